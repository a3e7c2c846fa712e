package media

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// entry is where a frame lies in a file.
type entry struct {
	offset int64
	at     time.Duration
	size   uint32
	key    bool
}

// indexed is a track whose frames are in one piece each.
type indexed struct {
	path    string
	entries []entry
	// when pictures are shown, in order, if they are decoded in another one (B-frames); else nil
	shown  []time.Duration
	length time.Duration
	repair func(frame, buffer []byte) []byte // makes a frame what it should be; nil: it is
}

func (x *indexed) open() (Reader, error) {
	f, _, err := open(x.path)
	if err != nil {
		return nil, err
	}
	return &indexReader{indexed: x, file: f}, nil
}

func (x *indexed) when(frame int) time.Duration { return x.entries[frame].at }

// maxReorder is how many pictures can be decoded before one that is shown before them: decoders of H.264 and H.265 hold
// back 16 at the most (H.264 section A.3.1, H.265 section A.4.1).
const maxReorder = 16

// order finds out in which order frames are shown. Of two at the same time, the one that is decoded later is shown a
// little later. Times that no decoder can follow are wrong, and leave the order as it is.
func (x *indexed) order() {
	if slices.IsSortedFunc(x.entries, func(a, b entry) int { return cmp.Compare(a.at, b.at) }) {
		return
	}
	places := make([]int, len(x.entries))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(x.entries[a].at, x.entries[b].at) })
	for i, place := range places {
		if max(i-place, place-i) > maxReorder {
			x.shown = nil
			return
		}
		e := &x.entries[place]
		if i > 0 && e.at <= x.shown[i-1] {
			e.at = x.shown[i-1] + time.Millisecond
		}
		x.shown = append(x.shown, e.at)
	}
}

// place is when the i-th frame is shown, in the order in which they are.
func (x *indexed) place(i int) time.Duration {
	if x.shown != nil {
		return x.shown[i]
	}
	return x.entries[i].at
}

// lasts is how long a frame stands, in the order in which they are shown.
func (x *indexed) lasts(frame int) time.Duration {
	at, next := x.entries[frame].at, frame+1
	if x.shown != nil {
		i, _ := slices.BinarySearch(x.shown, at)
		next = i + 1
	}
	if next < len(x.entries) {
		return max(0, x.place(next)-at)
	}
	return max(0, x.length-at)
}

// step is the most common time from frame to frame, in ms.
func (x *indexed) step() time.Duration {
	n := map[time.Duration]int{}
	var best time.Duration
	for i := 1; i < len(x.entries); i++ {
		d := (x.place(i) - x.place(i-1)).Round(time.Millisecond)
		if n[d]++; n[d] > n[best] {
			best = d
		}
		if len(n) > 10_000 {
			break
		}
	}
	return best
}

// mean is the median time from frame to frame.
func (x *indexed) mean() time.Duration {
	var d []time.Duration
	for i := 1; i < len(x.entries) && i < 10_000; i++ {
		d = append(d, x.place(i)-x.place(i-1))
	}
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[len(d)/2]
}

// indexReader reads an indexed track.
type indexReader struct {
	*indexed
	file  *os.File
	next  int
	ahead []byte // bytes of the file from from on
	from  int64
	raw   []byte
	fixed []byte
}

// readAhead is how much is read at once: pictures are small, and lie behind each other.
const readAhead = 128 << 10

func (r *indexReader) Next() (Frame, error) {
	if r.next >= len(r.entries) {
		return Frame{}, io.EOF
	}
	e := r.entries[r.next]
	data, err := r.read(e)
	if err != nil {
		return Frame{}, fmt.Errorf("%s: byte %d: %w", r.path, e.offset, err)
	}
	if r.repair != nil {
		r.fixed = r.repair(data, r.fixed[:0])
		data = r.fixed
	}
	f := Frame{Data: data, Number: r.next, At: e.at, Duration: r.lasts(r.next), Key: e.key}
	r.next++
	return f, nil
}

// read returns an entry's bytes.
func (r *indexReader) read(e entry) ([]byte, error) {
	size := int(e.size)
	if e.offset >= r.from && e.offset+int64(size) <= r.from+int64(len(r.ahead)) {
		return r.ahead[e.offset-r.from:][:size], nil
	}
	if size >= readAhead {
		r.raw = slices.Grow(r.raw[:0], size)[:size]
		_, err := io.ReadFull(io.NewSectionReader(r.file, e.offset, int64(size)), r.raw)
		return r.raw, err
	}
	if r.ahead == nil {
		r.ahead = make([]byte, readAhead)
	}
	n, err := r.file.ReadAt(r.ahead[:readAhead], e.offset)
	r.from, r.ahead = e.offset, r.ahead[:max(n, 0)]
	if n < size {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return r.ahead[:size], nil
}

func (r *indexReader) Seek(frame int) error {
	r.next = max(0, frame)
	return nil
}

func (r *indexReader) Close() error { return r.file.Close() }
