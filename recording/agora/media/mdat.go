package media

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/upright-media/upright/codec"
)

// nominalRate is what the recorder writes unless told otherwise, in pictures a second.
const nominalRate = 15

// Rates that are believed of parameter sets.
const slowest, fastest = 1, 120

// lookMdat finds the pictures in an MP4 that was never finished: NAL units one behind the other. The times of
// pictures stood in the index, so they get those of a nominal rate.
func lookMdat(f *os.File, path string, b topBox) (*File, error) {
	t := &Track{Path: path, NoIndex: true, Nominal: nominalRate, Codec: H264}
	head := make([]byte, 64)
	n, err := f.ReadAt(head, b.body)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	first := head[min(4, len(head)):]
	t.StartCodes = startsWithCode(head)
	if t.StartCodes && head[2] == 1 {
		first = head[3:]
	}
	if len(first) > 1 && first[0]>>1&0x3F == hevcVPS && first[1] == 1 {
		t.Codec = H265
	}
	x := &indexed{path: path}
	g := &grouper{watch: newWatch(t), x: x, shown: codec.NewPictureOrder(t.Codec)}
	if t.StartCodes {
		err = scanCodes(f, b, g)
	} else {
		err = scanLengths(f, b, g)
	}
	if err != nil {
		return nil, err
	}
	g.end()
	if t.Config = g.watch.sets.config(t.Codec); len(x.entries) == 0 || t.Config == nil {
		if len(x.entries) > 0 {
			return nil, fmt.Errorf("%w, and %w", ErrNoIndex, errNoSets)
		}
		return nil, fmt.Errorf("%w, and no pictures are found in it", ErrNoIndex)
	}
	t.CutOff = true
	if rate := g.watch.sets.rate(t.Codec); rate >= slowest && rate <= fastest {
		t.Nominal = rate
	}
	shown := g.order()
	for i, place := range shown {
		x.entries[i].at = time.Duration(float64(place-shown[0]) * 1e9 / t.Nominal)
	}
	x.order()
	for i, e := range x.entries {
		if e.key {
			size := g.sizes[i]
			t.key(i, e.at, size[0], size[1])
		}
	}
	x.length = time.Duration(float64(len(x.entries)) * 1e9 / t.Nominal)
	x.repair = func(sample, buffer []byte) []byte { return mended(sample, buffer, 4) }
	t.take(x)
	t.Step = time.Duration(1e9 / t.Nominal)
	return &File{Path: path, Video: t}, nil
}

// grouper puts NAL units together to pictures (H.264 section 7.4.1.2.3).
type grouper struct {
	watch   *watch
	x       *indexed
	shown   *codec.PictureOrder
	places  []int64 // of pictures, where they stand in that order
	place   int64   // of the picture that is being put together
	sizes   map[int][2]int
	begin   int64 // of the picture that is being put together
	stop    int64
	has     bool // it has slices
	started bool
	key     bool
	w, h    int
}

// unit takes the NAL unit from from to to, what marks its beginning included, of which nal is at least the beginning.
func (g *grouper) unit(nal []byte, whole bool, from, to int64) {
	k := kindOfNAL(g.watch.codec, nal)
	if !k.valid {
		return
	}
	if g.has && (k.before || k.first) {
		g.close()
	}
	if k.set > 0 || k.picture && !g.has {
		g.shown.Add(nal)
		g.place = g.shown.Place()
	}
	if whole {
		g.watch.nal(nal, &g.w, &g.h)
	}
	if !g.started {
		g.begin, g.started = from, true
	}
	g.stop = to
	g.has, g.key = g.has || k.picture, g.key || k.key
}

// close ends a picture.
func (g *grouper) close() {
	if g.has && g.stop-g.begin <= maxFrame && len(g.x.entries) < maxFrames && (g.key || len(g.x.entries) > 0) {
		if g.sizes == nil {
			g.sizes = map[int][2]int{}
		}
		if g.key {
			g.sizes[len(g.x.entries)] = [2]int{g.w, g.h}
		}
		g.places = append(g.places, g.place)
		g.x.entries = append(g.x.entries, entry{offset: g.begin, size: uint32(g.stop - g.begin), key: g.key})
	}
	g.has, g.started, g.key, g.w, g.h = false, false, false, 0, 0
}

// order says of each picture as which it is shown, from 0. Places that no decoder can follow are wrong, and pictures
// are then shown as they come.
func (g *grouper) order() (shown []int) {
	sorted := make([]int, len(g.places))
	for i := range sorted {
		sorted[i] = i
	}
	slices.SortStableFunc(sorted, func(a, b int) int { return cmp.Compare(g.places[a], g.places[b]) })
	shown = make([]int, len(sorted))
	for place, i := range sorted {
		if shown[i] = place; max(place-i, i-place) > maxReorder {
			slices.Sort(sorted)
			return sorted
		}
	}
	return shown
}

// end drops the last picture: it may be cut off.
func (g *grouper) end() { g.has, g.started = false, false }

// nalHead is how much of a NAL unit is looked at: all of parameter sets, the beginning of slices.
const nalHead = 512

// scanCodes finds NAL units between start codes.
func scanCodes(f *os.File, b topBox, g *grouper) error {
	r := bufio.NewReaderSize(io.NewSectionReader(f, b.body, b.stop-b.body), 256<<10)
	var head []byte
	zeros, at := 0, b.body
	begin := int64(-1) // of the start code of the current unit
	finish := func(end int64) {
		if begin >= 0 {
			nal := head
			whole := end-begin < nalHead
			for whole && len(nal) > 0 && nal[len(nal)-1] == 0 {
				nal = nal[:len(nal)-1]
			}
			g.unit(nal, whole, begin, end)
		}
	}
	for ; ; at++ {
		c, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch {
		case c == 0:
			zeros++
		case c == 1 && zeros >= 2:
			code := at - int64(min(zeros, 3))
			finish(code)
			begin, head, zeros = code, head[:0], 0
			continue
		default:
			zeros = 0
		}
		if len(head) < nalHead {
			head = append(head, c)
		}
	}
	finish(at)
	return nil
}

// scanLengths follows lengths of four bytes as long as they make sense.
func scanLengths(f *os.File, b topBox, g *grouper) error {
	head := make([]byte, 4+nalHead)
	for at := b.body; at+5 <= b.stop; {
		n, err := f.ReadAt(head, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n < 6 {
			return nil
		}
		length := int64(head[0])<<24 | int64(head[1])<<16 | int64(head[2])<<8 | int64(head[3])
		if length < 1 || length > b.stop-at-4 || !kindOfNAL(g.watch.codec, head[4:n]).valid {
			return nil // cut off, or something else
		}
		nal := head[4:min(int64(n), 4+length)]
		g.unit(nal, int64(len(nal)) == length, at, at+4+length)
		at += 4 + length
	}
	return nil
}
