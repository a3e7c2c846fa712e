package testmjr

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
)

// Opus is valid mono silence (RFC 6716 section 3): CELT frames of up to 20 ms, several of them in longer packets.
// Lengths are 2.5, 5, 10, 20, 40, 60, 80, 100 and 120 ms.
func Opus(length time.Duration) Source {
	const longest = 20 * time.Millisecond
	frame := []byte{0xFF, 0xFE} // the range coder's first symbol says silence
	frames := int((length + longest - 1) / longest)
	config := map[time.Duration]byte{2500 * time.Microsecond: 28, 5 * time.Millisecond: 29, 10 * time.Millisecond: 30,
		longest: 31}[length/time.Duration(frames)]
	if config == 0 || frames > 6 {
		panic("testmjr.Opus: length must be 2.5, 5, 10, 20, 40, 60, 80, 100 or 120 ms")
	}
	packet := []byte{config << 3}
	if frames > 1 { // code 3, all of one size
		packet = []byte{config<<3 | 3, byte(frames)}
	}
	for range frames {
		packet = append(packet, frame...)
	}
	return func(int) Unit { return Unit{Payloads: [][]byte{packet}} }
}

// PCMU is G.711 silence in packets of 20 ms.
func PCMU() Source { return Filled(160, 0xFF) }

// Filled is packets of one byte, so and so many times: sound in codecs that have as many bytes as time.
func Filled(bytes int, value byte) Source {
	packet := make([]byte, bytes)
	for i := range packet {
		packet[i] = value
	}
	return func(int) Unit { return Unit{Payloads: [][]byte{packet}} }
}

// Noise is packets of so many bytes without any order, each other ones: G.722 of a loud room.
func Noise(bytes int) Source {
	return func(i int) Unit {
		random := rand.New(rand.NewPCG(uint64(i), 722))
		packet := make([]byte, bytes)
		for n := range packet {
			packet[n] = byte(random.Uint32())
		}
		return Unit{Payloads: [][]byte{packet}}
	}
}

// H264 makes pictures of one packet each that can be inspected, not decoded (RFC 6184 section 5.7.1, 5.6): one in
// keyEvery has parameter sets (320x180) and an IDR slice, the others are slices, to which others refer where
// discardable does not say no.
func H264(keyEvery int, discardable func(i int) bool) Source {
	sets := [][]byte{
		{0x67, 0x64, 0x00, 0x0c, 0xac, 0xb4, 0x0a, 0x0c, 0xfc, 0xf8, 0x09, 0x4a, 0, 0, 3, 0, 2, 0, 0, 3, 0,
			0x3d, 0x1e, 0x28, 0x55},
		{0x68, 0xef, 0x3c, 0xb0},
	}
	return func(i int) Unit {
		if i%keyEvery != 0 {
			kind := byte(0x41)
			if discardable != nil && discardable(i) {
				kind = 0x01
			}
			return Unit{Payloads: [][]byte{append([]byte{kind, 0x9A}, make([]byte, 60)...)}}
		}
		packet := []byte{0x78}
		for _, nal := range append(append([][]byte{}, sets...), append([]byte{0x65, 0x88}, make([]byte, 60)...)) {
			packet = append(binary.BigEndian.AppendUint16(packet, uint16(len(nal))), nal...)
		}
		return Unit{Payloads: [][]byte{packet}, Key: true}
	}
}

// VP8 makes pictures whose descriptors and headers are right (RFC 7741 §4, RFC 6386 §9.1) and whose contents are
// nonsense: enough to be inspected, not to be decoded. Each has the same number of packets; one in keyEvery is a key
// picture, beginning with the first. For pictures that decode use Recorded.
func VP8(width, height, keyEvery, packets int) Source {
	return func(i int) Unit {
		unit := Unit{Key: i%keyEvery == 0}
		for n := range packets {
			// X=1, S on the first packet; I=1, M=1: PictureID of 15 bits.
			payload := []byte{0x80, 0x80, 0x80 | byte(i>>8), byte(i)}
			if n == 0 {
				payload[0] |= 0x10
				const firstPartition = 100
				tag := uint32(firstPartition<<5 | 1<<4) // show_frame, version 0
				if !unit.Key {
					tag |= 1
				}
				payload = append(payload, byte(tag), byte(tag>>8), byte(tag>>16))
				if unit.Key {
					payload = append(payload, 0x9D, 0x01, 0x2A)
					payload = binary.LittleEndian.AppendUint16(payload, uint16(width))
					payload = binary.LittleEndian.AppendUint16(payload, uint16(height))
				}
			}
			for len(payload) < 200 {
				payload = append(payload, byte(i+n+len(payload)))
			}
			unit.Payloads = append(unit.Payloads, payload)
		}
		return unit
	}
}

// Loop repeats units from the first key picture on (audio: from the first unit). Sequence numbers and timestamps are
// the track's, so the result is one continuous stream.
func Loop(units []Unit) Source {
	first := 0
	for i, u := range units {
		if u.Key {
			first = i
			break
		}
	}
	units = units[first:]
	return func(i int) Unit { return units[i%len(units)] }
}

// TestData is the path of a file in the folder testdata.
func TestData(elements ...string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(append([]string{filepath.Dir(here), "..", "..", "testdata"}, elements...)...)
}

// Recorded returns the units of the first recording of a kind in a folder of testdata, for instance "rot-h264-90" or
// "pion-vp8-opus". Key pictures are known for VP8 and H.264. The recording must be in order and without loss.
func Recorded(tb testing.TB, folder string, kind mjr.Kind) []Unit {
	tb.Helper()
	path, err := Find(TestData(folder), kind)
	require.NoError(tb, err)
	units, err := ReadUnits(path)
	require.NoError(tb, err)
	return units
}

// Find returns the path of the first recording of a kind in a folder.
func Find(folder string, kind mjr.Kind) (string, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.mjr"))
	if err != nil {
		return "", err
	}
	for _, path := range paths {
		if h, err := readHeader(path); err == nil && h.Kind == kind {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s holds no recording of kind %q", folder, kind)
}

func readHeader(path string) (mjr.Header, error) {
	file, err := os.Open(path)
	if err != nil {
		return mjr.Header{}, err
	}
	defer file.Close() //nolint:errcheck // only read
	r, err := mjr.NewReader(file)
	if err != nil {
		return mjr.Header{}, err
	}
	return r.Header(), nil
}

// ReadUnits returns the units of a recording: packets with the same timestamp, in the order of the file.
func ReadUnits(path string) ([]Unit, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	r, err := mjr.NewReader(file)
	if err != nil {
		return nil, err
	}
	var units []Unit
	var timestamp uint32
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return units, nil
		}
		if err != nil {
			return nil, err
		}
		var p rtp.Packet
		if err := p.Unmarshal(append([]byte(nil), rec.Payload...)); err != nil {
			return nil, err
		}
		if len(p.Payload) == 0 {
			continue
		}
		if len(units) == 0 || p.Timestamp != timestamp {
			units = append(units, Unit{})
			timestamp = p.Timestamp
		}
		u := &units[len(units)-1]
		u.Payloads = append(u.Payloads, p.Payload)
		u.Key = u.Key || isKey(r.Header().Codec, p.Payload)
	}
}

func isKey(codec string, payload []byte) bool {
	switch codec {
	case "vp8":
		return vp8Key(payload)
	case "h264":
		return h264Key(payload)
	}
	return false
}

// vp8Key looks behind the payload descriptor (RFC 7741 §4.2) at the inverse key frame flag (RFC 6386 §9.1).
func vp8Key(p []byte) bool {
	if p[0]&0x10 == 0 || p[0]&0x07 != 0 { // not the start of a picture
		return false
	}
	n := 1
	if p[0]&0x80 != 0 && len(p) > 1 {
		x := p[1]
		n++
		if x&0x80 != 0 && len(p) > n {
			n += 1 + int(p[n]>>7)
		}
		if x&0x40 != 0 {
			n++
		}
		if x&0x30 != 0 {
			n++
		}
	}
	return len(p) > n && p[n]&1 == 0
}

// h264Key looks for an IDR slice or an SPS (RFC 6184 §5.6-5.8: single NAL unit, STAP-A, first FU-A).
func h264Key(p []byte) bool {
	switch p[0] & 0x1F {
	case 5, 7:
		return true
	case 24:
		for rest := p[1:]; len(rest) > 2; {
			n := int(binary.BigEndian.Uint16(rest))
			if kind := rest[2] & 0x1F; kind == 5 || kind == 7 {
				return true
			}
			rest = rest[min(2+n, len(rest)):]
		}
	case 28:
		return len(p) > 1 && p[1]&0x80 != 0 && (p[1]&0x1F == 5 || p[1]&0x1F == 7)
	}
	return false
}
