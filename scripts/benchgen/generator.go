package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/pion/rtp"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

const (
	originUs       = 1_700_000_000_000_000 // wall clock of the recording's beginning
	orientationID  = 4
	quarterTurn    = 1    // CVO byte of 90°
	picturesPerSec = 30   // of the source
	packetsPerSec  = 50   // Opus, 20 ms each
	maxPayload     = 1180 // bytes: what browsers put into one packet
)

// generator repeats whole seconds of a recording.
type generator struct {
	pictures, sound []testmjr.Unit
	pictureBytes    int // each picture is padded to this size, if it is smaller
	rate            int // pictures per second
	length          time.Duration
	loss            float64 // share of packets that never arrived
	turns           int     // how often the camera is turned on by 90°, at equal distances
}

// newGenerator takes pictures and sound from a recording, or the pictures from an H.264 byte stream if there is one.
func newGenerator(source, h264 string, bits, rate int, length time.Duration) (*generator, error) {
	if rate < 1 || h264 == "" && rate != picturesPerSec {
		return nil, fmt.Errorf("%d pictures per second: only those of a byte stream have another rate than %d", rate,
			picturesPerSec)
	}
	g := &generator{pictureBytes: bits / 8 / rate, rate: rate, length: length}
	for kind, units := range map[mjr.Kind]*[]testmjr.Unit{mjr.Video: &g.pictures, mjr.Audio: &g.sound} {
		path, err := testmjr.Find(source, kind)
		if err != nil {
			return nil, err
		}
		if *units, err = testmjr.ReadUnits(path); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	seconds := min(len(g.pictures)/picturesPerSec, len(g.sound)/packetsPerSec)
	if seconds == 0 || !g.pictures[0].Key {
		return nil, fmt.Errorf("%s: needs at least a second of sound and of pictures, the first a key picture", source)
	}
	g.pictures, g.sound = g.pictures[:seconds*picturesPerSec], g.sound[:seconds*packetsPerSec]
	if h264 == "" {
		return g, nil
	}
	var err error
	g.pictures, err = readH264(h264)
	return g, err
}

func (g *generator) audio(w io.Writer) error {
	h := mjr.Header{Kind: mjr.Audio, Codec: "opus"}
	return g.write(w, h, rtp.Header{PayloadType: 111, SSRC: 0xA0D10}, 48000, packetsPerSec, g.sound, 0)
}

func (g *generator) video(w io.Writer) error {
	h := mjr.Header{Kind: mjr.Video, Codec: "h264", Extensions: map[int]string{orientationID: cvo.URI}}
	return g.write(w, h, rtp.Header{PayloadType: 107, SSRC: 0x71DE0}, 90000, g.rate, g.pictures, g.pictureBytes)
}

// write writes a recording: perSec units a second, each with as much filler as it needs to have so many bytes.
// Arrival is up to 5 ms after sending, the packets of a picture one after another.
func (g *generator) write(out io.Writer, h mjr.Header, p rtp.Header, clock, perSec int, units []testmjr.Unit,
	unitBytes int) error {
	buffered := bufio.NewWriterSize(out, 1<<20)
	h.Generation, h.CreatedUs, h.FirstUs = mjr.Generation2, originUs, originUs
	w, err := mjr.NewWriter(buffered, h)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, uint64(p.SSRC)))
	fate := rand.New(rand.NewPCG(2, uint64(p.SSRC)))
	p.Version = 2
	var arrived time.Duration
	var raw []byte
	count := int(g.length.Seconds() * float64(perSec))
	for i := range count {
		payloads := fill(units[i%len(units)].Payloads, unitBytes)
		sent := time.Duration(i) * time.Second / time.Duration(perSec)
		p.Timestamp = uint32(i * clock / perSec)
		for n, payload := range payloads {
			p.SequenceNumber++
			p.Extension, p.Extensions = false, nil
			if last := n == len(payloads)-1; last && h.Kind == mjr.Video { // as libwebrtc does while the camera is turned
				p.Marker = true
				if err := p.SetExtension(orientationID, []byte{g.orientation(sent)}); err != nil {
					return err
				}
			} else {
				p.Marker = false
			}
			if arrived = max(arrived, sent+time.Duration(random.Int64N(int64(5*time.Millisecond)))); i == 0 && n == 0 {
				arrived = 0
			}
			if g.loss > 0 && fate.Float64() < g.loss {
				continue
			}
			size := p.MarshalSize()
			if cap(raw) < size+len(payload) {
				raw = make([]byte, size+len(payload))
			}
			raw = raw[:size+len(payload)]
			if _, err := p.MarshalTo(raw); err != nil {
				return err
			}
			copy(raw[size:], payload)
			if err := w.WriteRecord(uint32(arrived.Milliseconds()), raw); err != nil {
				return err
			}
		}
	}
	return buffered.Flush()
}

// orientation is the CVO byte of a picture.
func (g *generator) orientation(at time.Duration) byte {
	turned := int(int64(g.turns+1) * int64(at) / int64(g.length))
	return byte(quarterTurn+turned) % 4
}

// fill adds packets of filler data (H.264 clause 7.3.2.7: FF bytes and the stop bit) until the unit has so many bytes.
func fill(payloads [][]byte, size int) [][]byte {
	for _, p := range payloads {
		size -= len(p)
	}
	filled := payloads[:len(payloads):len(payloads)]
	for size > 2 {
		n := min(size, maxPayload)
		filled = append(filled, filler[n])
		size -= n
	}
	return filled
}

// filler has a filler data NAL unit of every size.
var filler = func() (all [maxPayload + 1][]byte) {
	for n := 3; n <= maxPayload; n++ {
		nal := make([]byte, n)
		nal[0] = 12 // nal_ref_idc 0, nal_unit_type 12
		for i := 1; i < n-1; i++ {
			nal[i] = 0xFF
		}
		nal[n-1] = 0x80
		all[n] = nal
	}
	return all
}()
