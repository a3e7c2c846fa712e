package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/asticode/go-astits"
)

// A transport stream is made of packets of 188 bytes that begin with 0x47 (ISO/IEC 13818-1 section 2.4.3.2).
const (
	tsPacket = 188
	tsSync   = 0x47
)

// maxRun is how many packets one picture may be spread over.
const maxRun = maxFrame / tsPacket

// lookTS looks for pictures in a file, and for sound.
func lookTS(path string) (*File, error) {
	video, heard, err := seeTS(path)
	if err != nil && (!heard || !errors.Is(err, ErrEmpty)) {
		return nil, err
	}
	file := &File{Path: path, Video: video}
	if !heard {
		return file, nil
	}
	switch file.Audio, err = hearTS(path); {
	case err != nil && (video == nil || !errors.Is(err, ErrEmpty)):
		return nil, err
	case err == nil && video != nil:
		file.Audio.Offset = ticksTime(ticksApart(file.Audio.begins, video.begins), 90000)
	}
	return file, nil
}

// seeTS reads a file to its end once, and remembers when each picture is shown. heard: there is sound, too.
func seeTS(path string) (video *Track, heard bool, err error) {
	t := &Track{Path: path}
	s := &transport{path: path, pictures: &indexed{}}
	r, err := s.reader()
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	var w *watch
	x := s.pictures
	for {
		data, at, err := r.unit()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, err
		}
		if w == nil {
			t.Codec = r.codec
			w = newWatch(t)
		}
		n := len(x.entries)
		key, _, width, height := w.sample(data, 4, n)
		if n >= maxFrames {
			return nil, false, fmt.Errorf("%w: more than %d pictures", ErrDamaged, maxFrames)
		}
		if key {
			t.key(n, at, width, height)
		}
		x.entries = append(x.entries, entry{at: at, key: key})
	}
	t.CutOff = len(r.aligned.rest) > 0
	if n := len(x.entries); t.CutOff && !r.begins(r.aligned.rest) && n > 1 { // the last picture is cut off, too
		x.entries = x.entries[:n-1]
	}
	if len(x.entries) == 0 {
		return nil, r.heard, ErrEmpty
	}
	for len(t.Keys) > 0 && t.Keys[len(t.Keys)-1].Frame >= len(x.entries) {
		t.Keys = t.Keys[:len(t.Keys)-1]
	}
	x.order()
	for i := range t.Keys {
		t.Keys[i].At = x.entries[t.Keys[i].Frame].at
	}
	x.length = x.place(len(x.entries)-1) + x.mean()
	t.Config = w.sets.config(t.Codec)
	t.take(x)
	t.Step, t.open = x.step(), s.open
	t.Damaged = r.aligned.skipped
	t.begins = r.origin + r.first
	return t, r.heard, nil
}

// transport is the pictures of a transport stream.
type transport struct {
	path     string
	pictures *indexed // without places: what lies in between has to be read
}

func (s *transport) open() (Reader, error) {
	r, err := s.reader()
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (s *transport) reader() (*tsReader, error) {
	f, _, err := open(s.path)
	if err != nil {
		return nil, err
	}
	r := &tsReader{transport: s, file: f}
	r.begin()
	return r, nil
}

// tsCodecs are those that are read.
var tsCodecs = map[astits.StreamType]string{astits.StreamTypeH264Video: H264, astits.StreamTypeH265Video: H265,
	astits.StreamTypeAACAudio: AAC}

// tsReader reads the pictures of a transport stream, or its sound.
type tsReader struct {
	*transport
	sound   bool // it is the sound
	heard   bool // there is some
	file    *os.File
	aligned *aligned
	demux   *astits.Demuxer
	pid     uint16 // of the pictures, 0 until the program map has come
	codec   string
	run     map[uint16]int // packets since a unit began
	first   int64          // by how much the first picture is shown later than it is decoded, in 1/90000 s
	origin  int64          // decoding time of the first picture
	last    int64          // … of the picture before
	decoded int64          // the same, from the first picture's
	step    int64          // from that of the one before
	begun   bool
	number  int
	fixed   []byte
}

func (r *tsReader) begin() {
	_, _ = r.file.Seek(0, io.SeekStart)
	r.aligned = &aligned{r: bufio.NewReaderSize(r.file, 256<<10)}
	r.run = map[uint16]int{}
	r.demux = astits.NewDemuxer(context.Background(), r.aligned, astits.DemuxerOptPacketSize(tsPacket),
		astits.DemuxerOptLogger(log.New(io.Discard, "", 0)), astits.DemuxerOptPacketSkipper(r.skip))
	r.pid, r.codec, r.begun, r.number, r.decoded, r.step = 0, "", false, 0, 0, 0
}

// begins says whether the packet of which there is only a part is the first of a picture.
func (r *tsReader) begins(part []byte) bool {
	return len(part) >= 4 && part[0] == tsSync && part[1]&0x40 != 0 && uint16(part[1]&0x1F)<<8|uint16(part[2]) == r.pid
}

// skip keeps what never ends from filling memory.
func (r *tsReader) skip(p *astits.Packet) bool {
	if p.Header.PayloadUnitStartIndicator {
		r.run[p.Header.PID] = 0
	}
	r.run[p.Header.PID]++
	return r.run[p.Header.PID] > maxRun
}

// unit returns the next picture, or what follows of the sound, as it is in the file, and when it plays, from the first.
func (r *tsReader) unit() (data []byte, at time.Duration, err error) {
	defer func() {
		if e := recover(); e != nil { // of a library, on a file that means ill
			err = fmt.Errorf("%s: %w: %v", r.path, ErrDamaged, e)
		}
	}()
	for failures := 0; ; {
		d, err := r.demux.NextData()
		switch {
		case errors.Is(err, astits.ErrNoMorePackets), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, 0, io.EOF
		case err != nil && r.aligned.err != nil:
			return nil, 0, r.aligned.err
		case err != nil: // a unit that makes no sense; the next one may
			if failures++; failures > 1000 {
				return nil, 0, fmt.Errorf("%s: %w: %w", r.path, ErrDamaged, err)
			}
			continue
		case d.PMT != nil && r.pid == 0:
			for _, e := range d.PMT.ElementaryStreams {
				name := tsCodecs[e.StreamType]
				r.heard = r.heard || name == AAC
				if name != "" && (name == AAC) == r.sound && r.pid == 0 {
					r.pid, r.codec = e.ElementaryPID, name
				}
			}
		}
		if d.PES == nil || d.PID != r.pid || r.pid == 0 || d.PES.Header.OptionalHeader == nil || len(d.PES.Data) == 0 {
			continue
		}
		h := d.PES.Header.OptionalHeader
		if h.PTS == nil && r.sound {
			return d.PES.Data, 0, nil // it goes on
		}
		if h.PTS == nil {
			continue
		}
		if !r.sound && !startsWithCode(bytes.TrimLeft(d.PES.Data[:min(8, len(d.PES.Data))], "\x00")) &&
			!startsWithCode(d.PES.Data) && !r.begun {
			continue
		}
		return d.PES.Data, r.time(h), nil
	}
}

// backwards is by how much decoding times may go back, in 1/90000 s. By more, the clock was set anew.
const backwards = 90000

// time is when a picture is shown, from the first.
func (r *tsReader) time(h *astits.PESOptionalHeader) time.Duration {
	pts, dts := h.PTS.Base, h.PTS.Base
	if h.DTS != nil {
		dts = h.DTS.Base
	}
	delay := ticksApart(pts, dts)
	if !r.begun {
		r.begun, r.first, r.origin, r.last = true, delay, dts, dts
	}
	switch step := ticksApart(dts, r.last); {
	case step < -backwards:
		r.decoded += r.step
	default:
		r.decoded += step
		r.step = max(step, 0)
	}
	r.last = dts
	return ticksTime(r.decoded+delay-r.first, 90000)
}

// ticksApart is by how much a time stamp of 33 bits is later than another.
func ticksApart(a, b int64) int64 {
	const wrap = 1 << 33
	return (a-b+wrap/2)&(wrap-1) - wrap/2
}

func (r *tsReader) Next() (Frame, error) {
	if r.number >= len(r.pictures.entries) {
		return Frame{}, io.EOF
	}
	data, _, err := r.unit()
	if err != nil {
		return Frame{}, err
	}
	r.fixed = mended(data, r.fixed[:0], 4)
	e := r.pictures.entries[r.number]
	f := Frame{Data: r.fixed, Number: r.number, At: e.at, Duration: r.pictures.lasts(r.number), Key: e.key}
	r.number++
	return f, nil
}

// Seek reads from the beginning: a stream has no index, and this one is what a crash has left.
func (r *tsReader) Seek(frame int) error {
	if frame < r.number {
		r.begin()
	}
	for r.number < min(frame, len(r.pictures.entries)) {
		if _, _, err := r.unit(); err != nil {
			return err
		}
		r.number++
	}
	return nil
}

func (r *tsReader) Close() error { return r.file.Close() }

// aligned reads whole packets, and finds the next one after damage.
type aligned struct {
	r       *bufio.Reader
	left    []byte
	buffer  [tsPacket]byte
	skipped int64
	inStep  bool   // the packet before lies right in front
	rest    []byte // of a last packet that is not there as a whole
	err     error  // of the file
}

func (a *aligned) Read(p []byte) (int, error) {
	if len(a.left) == 0 {
		if err := a.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, a.left)
	a.left = a.left[n:]
	return n, nil
}

func (a *aligned) next() error {
	for {
		b, err := a.r.Peek(2*tsPacket + 1)
		if len(b) < tsPacket {
			if err != nil && !errors.Is(err, io.EOF) {
				a.err = err
				return err
			}
			a.rest = bytes.Clone(b)
			return io.EOF
		}
		if b[0] == tsSync && (a.inStep || len(b) <= tsPacket || b[tsPacket] == tsSync || len(b) > 2*tsPacket &&
			b[2*tsPacket] == tsSync) {
			_, err := io.ReadFull(a.r, a.buffer[:])
			a.left, a.inStep = a.buffer[:], true
			return err
		}
		if _, err := a.r.Discard(1); err != nil {
			return err
		}
		a.skipped++
		a.inStep = false
	}
}
