package media

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// adtsHeader is what is in front of each frame (ISO/IEC 14496-3 section 1.A.2.2):
//
//	syncword 12 | id 1 | layer 2 | protection_absent 1 | profile 2 | rate 4 | private 1 | channels 3 | … 4 |
//	frame_length 13 | buffer_fullness 11 | number_of_raw_data_blocks 2
type adtsHeader struct {
	size     int // of the header, in bytes
	length   int // of all
	object   int // audio object type
	rate     int // index
	channels int
	blocks   int
}

const adtsMin = 7

func parseADTS(b []byte) (h adtsHeader, ok bool) {
	if len(b) < adtsMin || b[0] != 0xFF || b[1]&0xF6 != 0xF0 {
		return h, false
	}
	h.size = adtsMin
	if b[1]&1 == 0 {
		h.size += 2 // CRC
	}
	h.object = int(b[2]>>6) + 1
	h.rate = int(b[2] >> 2 & 15)
	h.channels = int(b[2]&1)<<2 | int(b[3]>>6)
	h.length = int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5]>>5)
	h.blocks = int(b[6]&3) + 1
	return h, h.rate < len(aacRates) && h.channels > 0 && h.length > h.size
}

// same says whether two headers can be of one stream.
func (h adtsHeader) same(o adtsHeader) bool {
	return h.object == o.object && h.rate == o.rate && h.channels == o.channels
}

// adtsEvery is how many frames lie between the places that are remembered.
const adtsEvery = 256

// adtsPlace is where a frame lies.
type adtsPlace struct {
	offset int64
	blocks int64 // before it
}

// adtsWalk goes from frame to frame and finds the next one after damage.
type adtsWalk struct {
	r       *bufio.Reader
	at      int64
	like    *adtsHeader // the first
	damaged int64
	cut     bool
}

const adtsLongest = 1<<13 - 1

func newADTSWalk(r io.Reader, at int64, like *adtsHeader) *adtsWalk {
	return &adtsWalk{r: bufio.NewReaderSize(r, 32<<10), at: at, like: like}
}

// next returns the header of the next whole frame, whose bytes take then returns. io.EOF at the end.
func (w *adtsWalk) next() (adtsHeader, error) {
	for {
		if n := tagAhead(w.r); n > 0 {
			skipped, err := w.r.Discard(n)
			w.at += int64(skipped)
			if w.cut = w.cut || skipped < n; err != nil && !errors.Is(err, io.EOF) {
				return adtsHeader{}, err
			}
			continue
		}
		b, err := w.r.Peek(adtsMin)
		if len(b) < adtsMin {
			if err == nil || errors.Is(err, io.EOF) {
				w.cut = w.cut || len(b) > 0
				return adtsHeader{}, io.EOF
			}
			return adtsHeader{}, err
		}
		h, ok := parseADTS(b)
		if ok && (w.like == nil || h.same(*w.like)) {
			whole, err := w.r.Peek(h.length + adtsMin)
			switch {
			case len(whole) >= h.length+2 && (whole[h.length] != 0xFF || whole[h.length+1]&0xF6 != 0xF0) &&
				!beginsTag(whole[h.length:]):
				// no frame follows: it is damaged, or this was none
				if w.like == nil {
					break
				}
				if !w.resumes(h.length) {
					break
				}
				return h, nil
			case len(whole) >= h.length:
				return h, nil
			case errors.Is(err, io.EOF):
				w.cut = true
				return adtsHeader{}, io.EOF
			case err != nil && !errors.Is(err, io.EOF):
				return adtsHeader{}, err
			}
		}
		if _, err := w.r.Discard(1); err != nil {
			return adtsHeader{}, err
		}
		w.at++
		w.damaged++
	}
}

// resumes says whether what does not go on behind n bytes is no reason to doubt them: the next frame begins further
// on than it could if this frame's length were wrong.
func (w *adtsWalk) resumes(n int) bool {
	b, _ := w.r.Peek(n + adtsLongest)
	for i := adtsMin; i+adtsMin <= len(b); i++ {
		if h, ok := parseADTS(b[i:]); ok && h.same(*w.like) {
			return i > n
		}
	}
	return true
}

// take reads the frame whose header next has returned, into buffer.
func (w *adtsWalk) take(h adtsHeader, buffer []byte) ([]byte, error) {
	buffer = slices.Grow(buffer[:0], h.length)[:h.length]
	n, err := io.ReadFull(w.r, buffer)
	w.at += int64(n)
	if err != nil {
		return nil, err
	}
	return buffer[h.size:], nil
}

// lookADTS looks at a file.
func lookADTS(f *os.File, path string, size int64) (*File, error) {
	t, a, err := hearADTS(io.NewSectionReader(f, 0, size), path)
	if err != nil {
		return nil, err
	}
	t.open = a.open
	return &File{Path: path, Audio: t}, nil
}

// hearADTS counts the frames of a stream: its only times are 1024 samples a frame. The track cannot be opened yet.
func hearADTS(r io.Reader, path string) (*Track, *adts, error) {
	w := newADTSWalk(r, 0, nil)
	t := &Track{Path: path, Codec: AAC}
	a := &adts{path: path}
	var data []byte
	blocks := int64(0)
	for {
		h, err := w.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if w.like == nil {
			w.like, a.like = &h, h
			t.Rate, t.Channels = aacRates[h.rate], h.channels
			t.Config = aacConfig(h.object, h.rate, h.channels)
			if h.channels == 7 {
				t.Channels = 8
			}
		}
		if t.Frames%adtsEvery == 0 {
			a.places = append(a.places, adtsPlace{w.at, blocks})
		}
		if data, err = w.take(h, data); err != nil {
			return nil, nil, err
		}
		if t.Looked++; !plausibleAAC(data, h.channels) {
			t.Unparsed++
		}
		t.Frames++
		blocks += int64(h.blocks)
		if t.Frames > maxFrames {
			return nil, nil, fmt.Errorf("%w: more than %d frames", ErrDamaged, maxFrames)
		}
	}
	if t.Frames == 0 {
		return nil, nil, ErrEmpty
	}
	t.Damaged, t.CutOff = w.damaged, w.cut
	t.Length = a.time(blocks)
	t.Step = a.time(1)
	a.frames = t.Frames
	return t, a, nil
}

// adts is a track of such a file.
type adts struct {
	path   string
	like   adtsHeader
	places []adtsPlace // of every adtsEvery-th frame
	frames int
}

// time is how long so many blocks play.
func (a *adts) time(blocks int64) time.Duration {
	return SamplesTime(blocks*aacSamples, aacRates[a.like.rate])
}

// SamplesTime is how long so many samples play at a rate in Hz.
func SamplesTime(n int64, rate int) time.Duration {
	return time.Duration(n/int64(rate))*time.Second + time.Duration(n%int64(rate))*time.Second/time.Duration(rate)
}

func (a *adts) open() (Reader, error) {
	f, _, err := open(a.path)
	if err != nil {
		return nil, err
	}
	return &adtsReader{adts: a, Closer: f, from: func(offset int64) io.Reader {
		return io.NewSectionReader(f, offset, 1<<62)
	}}, nil
}

type adtsReader struct {
	*adts
	io.Closer
	from   func(offset int64) io.Reader // of one of the places
	walk   *adtsWalk
	number int
	blocks int64
	buffer []byte
}

func (r *adtsReader) Next() (Frame, error) {
	if r.number >= r.frames { // what has been written since is not ours
		return Frame{}, io.EOF
	}
	if r.walk == nil {
		if err := r.Seek(r.number); err != nil {
			return Frame{}, err
		}
	}
	h, err := r.walk.next()
	if err != nil {
		return Frame{}, err
	}
	if r.buffer, err = r.walk.take(h, r.buffer); err != nil {
		return Frame{}, fmt.Errorf("%s: byte %d: %w", r.path, r.walk.at, err)
	}
	f := Frame{Data: r.buffer, Number: r.number, At: r.time(r.blocks), Key: true}
	r.blocks += int64(h.blocks)
	f.Duration = r.time(r.blocks) - f.At
	r.number++
	return f, nil
}

func (r *adtsReader) Seek(frame int) error {
	frame = min(max(0, frame), r.frames)
	i := min(frame/adtsEvery, len(r.places)-1)
	p := r.places[i]
	section := r.from(p.offset)
	if r.walk == nil {
		r.walk = newADTSWalk(section, p.offset, &r.like)
	} else {
		r.walk.r.Reset(section)
		*r.walk = adtsWalk{r: r.walk.r, at: p.offset, like: &r.like}
	}
	r.number, r.blocks = i*adtsEvery, p.blocks
	for r.number < frame {
		h, err := r.walk.next()
		if err != nil {
			return err
		}
		if r.buffer, err = r.walk.take(h, r.buffer); err != nil {
			return err
		}
		r.number++
		r.blocks += int64(h.blocks)
	}
	return nil
}
