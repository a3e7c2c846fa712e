package movie

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Track is one medium of a movie. Its methods are called by one thread at a time.
type Track struct {
	movie *Movie
	o     TrackOptions

	entries []Entry
	entry   uint32 // number of the one that the samples are of, from 1
	scale   int64  // units of the track's clock per second

	times   numbers // video: when each picture is shown, in units, in the order in which they come
	oldest  int64   // of times
	newest  int64
	first   int64 // audio and text: when the first sample plays
	next    int64 // audio and text: when the next one is to play
	deltas  runs
	last    time.Duration // duration of the last sample, 0 if unknown
	end     time.Duration // of what was written
	sizes   numbers
	uniform bool    // all sizes are the first
	syncs   numbers // video: which samples decoding can start with, from 1
	allSync bool
	chunks  []uint64
	counts  []chunkRun
	turned  bool // times went back: decode times are others
}

// chunkRun says from which chunk on chunks have so many samples of an entry.
type chunkRun struct {
	chunk, samples, entry uint32
}

// runs are equal numbers in a row.
type runs struct {
	counts []uint32
	values []uint32
}

func (r *runs) add(v uint32) {
	if n := len(r.values); n > 0 && r.values[n-1] == v {
		r.counts[n-1]++
		return
	}
	r.counts, r.values = append(r.counts, 1), append(r.values, v)
}

var (
	errNoEntry = errors.New("nothing says how the samples are coded")
	errSizes   = errors.New("the samples have other sizes together than the data")
)

// Entry says how the samples that come next are coded. Saying the same again is nothing new.
func (t *Track) Entry(e Entry) error {
	if i := slices.IndexFunc(t.entries, e.equal); i >= 0 {
		t.entry = uint32(i + 1)
		return nil
	}
	if err := e.check(t.o.Kind); err != nil {
		return err
	}
	if t.scale == 0 {
		t.scale = e.scale(t.o.Kind)
	}
	t.entries = append(t.entries, e)
	t.entry = uint32(len(t.entries))
	return nil
}

// apart is how far sound may be from where the sample before it ends without there being a hole: clocks that are
// rounded, and times of packets that are.
const apart = 15 * time.Millisecond

// leap is how far pictures may be shown before ones that came earlier. Further back they are not out of order, but
// their clock is wrong: they are shown right behind what is there.
const leap = 2 * time.Second

// Write adds samples, one behind the other in data, as one chunk.
func (t *Track) Write(samples []Sample, data []byte) error {
	if len(samples) == 0 {
		return nil
	}
	if t.entry == 0 {
		return errNoEntry
	}
	total := 0
	for _, s := range samples {
		if s.Size < 0 || s.Size > len(data) {
			return errSizes
		}
		total += s.Size
	}
	if total != len(data) {
		return errSizes
	}
	if t.o.Kind == Text {
		samples, data = t.pauses(samples, data)
	}
	at, err := t.movie.append(data)
	if err != nil {
		return err
	}
	t.place(samples, at)
	return nil
}

// place notes a chunk of samples that lies at a place.
func (t *Track) place(samples []Sample, at int64) {
	for _, s := range samples {
		t.add(s)
	}
	t.chunks = append(t.chunks, uint64(at))
	run := chunkRun{uint32(len(t.chunks)), uint32(len(samples)), t.entry}
	if n := len(t.counts); n == 0 || t.counts[n-1].samples != run.samples || t.counts[n-1].entry != run.entry {
		t.counts = append(t.counts, run)
	}
}

// noText is a sample without text: its length of 0.
var noText = []byte{0, 0}

// pauses puts samples without text where nothing is to be read, from the beginning of the movie on since FFmpeg loses
// the end of text behind an empty edit, and the length of each text in front of it (3GPP TS 26.245 section 5.17).
func (t *Track) pauses(samples []Sample, data []byte) (all []Sample, coded []byte) {
	end := t.end
	for _, s := range samples {
		if s.At > end+time.Millisecond {
			all = append(all, Sample{At: end, Duration: s.At - end, Size: len(noText), Sync: true})
			coded = append(coded, noText...)
		}
		text := data[:s.Size]
		data = data[s.Size:]
		text = text[:min(len(text), 1<<16-1)]
		coded = append(coded, byte(len(text)>>8), byte(len(text)))
		coded = append(coded, text...)
		s.Size, s.Sync = 2+len(text), true
		all = append(all, s)
		end = max(end, s.At+s.Duration)
	}
	return all, coded
}

// add notes a sample.
func (t *Track) add(s Sample) {
	at := t.units(max(s.At, 0))
	n := t.sizes.n
	if t.o.Kind == Video {
		at = t.picture(n, at)
	} else {
		at = t.sound(n, at, s.Duration)
	}
	t.uniform = n == 0 || t.uniform && t.sizes.first == int64(s.Size)
	t.sizes.add(int64(s.Size))
	t.allSync = s.Sync && (n == 0 || t.allSync)
	if s.Sync && t.o.Kind == Video {
		t.syncs.add(int64(n + 1))
	}
	t.last = s.Duration
	t.end = max(t.end, t.duration(at)+s.Duration)
}

// picture notes when a picture is shown.
func (t *Track) picture(n int, at int64) int64 {
	if n > 0 && at <= t.newest {
		if t.newest-at > t.units(leap) {
			at = t.newest + 1
		} else {
			t.turned = true
		}
	}
	if n == 0 {
		t.oldest = at
	}
	t.oldest, t.newest = min(t.oldest, at), max(t.newest, at)
	t.times.add(at)
	return at
}

// sound notes when a sample plays that plays as long as it says, or text until the next.
func (t *Track) sound(n int, at int64, duration time.Duration) int64 {
	if n == 0 {
		t.first, t.next = at, at
	}
	start := t.next
	if ahead := at - t.next; n > 0 && (ahead > t.units(apart) || t.o.Kind == Text && ahead > 0) {
		t.lengthen(ahead)
		start = at
	}
	length := t.units(duration)
	if t.o.Kind == Text {
		length = max(length, 1)
	}
	t.deltas.add(uint32(length))
	t.next = start + length
	return start
}

// lengthen makes the last sample longer: nothing plays in between.
func (t *Track) lengthen(by int64) {
	i := len(t.deltas.values) - 1
	v := t.deltas.values[i]
	if t.deltas.counts[i]--; t.deltas.counts[i] == 0 {
		t.deltas.counts, t.deltas.values = t.deltas.counts[:i], t.deltas.values[:i]
	}
	t.deltas.add(uint32(int64(v) + by))
}

// units turns a time into units of the track's clock.
func (t *Track) units(d time.Duration) int64 { return rescale(int64(d), int64(time.Second), t.scale) }

func (t *Track) duration(units int64) time.Duration {
	return time.Duration(rescale(units, t.scale, int64(time.Second)))
}

// rescale turns n units of a clock into those of another, rounded, for what is not longer than centuries.
func rescale(n, from, to int64) int64 {
	whole, rest := n/from, n%from
	half := from / 2
	if rest < 0 {
		half = -half
	}
	return whole*to + (rest*to+half)/from
}

// table is a track's time table.
type table struct {
	deltas runs
	shifts runs  // composition offsets, empty if there are none
	first  int64 // when the first picture is shown, in units
	delay  int64 // by how much pictures are shown later than they are decoded
	total  int64 // of deltas
	shown  int64 // when the last sample ends, in units from first
}

// begin is when the first sample plays.
func (t *Track) begin() time.Duration {
	if t.o.Kind == Video {
		return t.duration(t.oldest)
	}
	return t.duration(t.first)
}

// table makes the time table of a track in a movie that goes from one time to another.
func (t *Track) table(from, end time.Duration) (x table, err error) {
	if t.o.Kind == Video {
		x = t.pictures(t.units(end))
	} else {
		x = table{deltas: t.deltas, first: t.first, total: t.next - t.first, shown: t.next - t.first}
	}
	x.first -= t.units(from)
	if t.o.Kind == Text && x.first < 0 { // with the silence in front of the first text
		x.shorten(-x.first)
	}
	x.first = max(x.first, 0)
	for _, v := range x.deltas.values {
		if v > 1<<31-1 {
			return x, fmt.Errorf("a sample of the %s would play for %s, which an MP4 cannot say", t.o.Kind, t.duration(int64(v)))
		}
	}
	return x, nil
}

// shorten takes away of the first sample, of which at least one unit stays.
func (x *table) shorten(by int64) {
	counts, values := slices.Clone(x.deltas.counts), slices.Clone(x.deltas.values)
	by = min(by, int64(values[0])-1)
	first := runs{[]uint32{1}, []uint32{values[0] - uint32(by)}}
	if counts[0]--; counts[0] == 0 {
		counts, values = counts[1:], values[1:]
	}
	x.deltas = runs{append(first.counts, counts...), append(first.values, values...)}
	x.total, x.shown = x.total-by, x.shown-by
}

// add adds a sample that lasts so long.
func (x *table) add(delta int64) {
	x.deltas.add(uint32(min(delta, 1<<32-1)))
	x.total += delta
}

// pictures makes decode times. The last picture stands until end.
func (t *Track) pictures(end int64) (x table) {
	if t.turned {
		return t.reordered(end)
	}
	x.first = t.oldest
	before, begun := x.first, false
	for at := range t.times.all() {
		if begun {
			x.add(at - before)
		}
		before, begun = at, true
	}
	last := t.lastUntil(end, before)
	x.add(last)
	x.shown = before + last - x.first
	return x
}

// lastUntil is how long the last picture stands.
func (t *Track) lastUntil(end, at int64) int64 { return max(end-at, t.units(t.last), 1) }

// reordered is pictures for those that do not come as they are shown: decode times are those at which pictures are
// shown, in order, earlier by so much that none is shown before it is decoded.
func (t *Track) reordered(end int64) (x table) {
	shown := slices.Collect(t.times.all())
	decode := slices.Clone(shown)
	slices.Sort(decode)
	x.first = decode[0]
	for i := range decode {
		if i > 0 && decode[i] <= decode[i-1] {
			decode[i] = decode[i-1] + 1
		}
		x.delay = max(x.delay, decode[i]-shown[i])
	}
	n := len(decode)
	last := t.lastUntil(end, decode[n-1])
	for i := range decode {
		if i+1 < n {
			x.add(decode[i+1] - decode[i])
		} else {
			x.add(last + x.delay)
		}
		if x.delay > 0 {
			x.shifts.add(uint32(shown[i] - decode[i] + x.delay))
		}
	}
	x.shown = decode[n-1] + last - x.first
	return x
}
