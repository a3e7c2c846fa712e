package janus

import (
	"cmp"
	"slices"
	"time"

	"github.com/upright-media/upright/recording"
)

const (
	// burstUs: the recorders of one publication are created within this time of each other, in µs. Measured: 10 to
	// 2000 µs. A person who leaves and comes back takes longer.
	burstUs = 250_000
	// joinPause: a file of a medium that the session does not have yet may begin this much after its last record.
	joinPause = time.Second
)

// item is a file on its way into a session.
type item struct {
	*file
	folder string // real path of its folder
	claim  *claim // .nfo section, nil if none
	like   *item  // put with this one by the user, not by its name
	start  int64  // when its recorder was created, µs; 0 if unknown
	end    int64  // last record, µs; filled by until
	ended  bool   // end is known, or known to be unknown
	memory *known // where until keeps what it has found, nil if nowhere
	byHand bool   // one of several files that only the user has put together: each is a track of its own
}

// slot is what a participant has once at a time.
type slot struct {
	kind   recording.Medium
	mindex int
	path   string // only by hand
}

func (it *item) slot() slot {
	s := slot{kind: it.Medium, mindex: it.Name.MIndex}
	if it.byHand {
		s.path = it.Path
	}
	return s
}

// until returns when the file ends, its start if that cannot be known. It reads the file's end, so it is asked only
// where it matters.
func (it *item) until() int64 {
	if m := it.memory; m != nil && m.ended {
		return m.end
	}
	if !it.ended {
		it.ended = true
		it.end = max(it.start, it.Span().ToUs)
		if m := it.memory; m != nil {
			m.ended, m.end = true, it.end
		}
	}
	return it.end
}

// byStart orders by time, unknown first, then by path, so that nothing depends on the order of the input.
func byStart(a, b *item) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.Path, b.Path))
}

// session is what one participant publishes from coming to leaving.
type session struct {
	items []*item
	start int64 // first start, µs; 0 if unknown
	slots map[slot][]*item
}

func newSession(start int64) *session {
	return &session{start: start, slots: map[slot][]*item{}}
}

func (s *session) add(items ...*item) {
	for _, it := range items {
		s.items = append(s.items, it)
		s.slots[it.slot()] = append(s.slots[it.slot()], it)
		if it.start > 0 && (s.start == 0 || it.start < s.start) {
			s.start = it.start
		}
	}
}

// until returns when the last file of the session ends.
func (s *session) until() int64 {
	var end int64
	for _, it := range s.items {
		end = max(end, it.until())
	}
	return end
}

// pauses are how long a session may pause without being over.
type pauses struct {
	within time.Duration // before files of other media than it has
	rejoin time.Duration // before any files, however it was interrupted; 0: not at all
}

// admits says whether later files, published together, belong to the session: they do if it is still being recorded and
// none of its files is of the same medium and m-line at that time. Shortly after the end only files of other media do,
// and as long as a person may take to come back all do.
func (s *session) admits(later *session, p pauses) bool {
	same := false
	for slot, items := range later.slots {
		for _, mine := range s.slots[slot] {
			same = true
			if mine.until() > items[0].start {
				return false
			}
		}
	}
	apart := later.start - s.until() // µs
	return apart < 0 || !same && apart < p.within.Microseconds() || p.rejoin > 0 && apart <= p.rejoin.Microseconds()
}

// sessions puts the files of one participant into sessions, in order of time.
func sessions(items []*item, p pauses) []*session {
	items = slices.SortedFunc(slices.Values(items), byStart)
	var done []*session
	known := slices.IndexFunc(items, func(it *item) bool { return it.start > 0 })
	if known < 0 {
		known = len(items)
	}
	for _, burst := range bursts(items[known:]) {
		joined := false
		// The one that began last is the most likely. Sessions of one participant hardly ever overlap, so looking at more
		// than a few would only cost time.
		for i := len(done) - 1; i >= max(0, len(done)-8) && !joined; i-- {
			if joined = done[i].admits(burst, p); joined {
				done[i].add(burst.items...)
			}
		}
		if !joined {
			done = append(done, burst)
		}
	}
	// Files that do not say when they were made, one of each medium to a session.
	for _, it := range items[:known] {
		i := slices.IndexFunc(done, func(s *session) bool { return len(s.slots[it.slot()]) == 0 })
		if i < 0 {
			done = append(done, newSession(0))
			i = len(done) - 1
		}
		done[i].add(it)
	}
	slices.SortStableFunc(done, func(a, b *session) int { return cmp.Compare(a.start, b.start) })
	return done
}

// bursts puts together what was created at the same moment. items are in order of time.
func bursts(items []*item) []*session {
	var all []*session
	first := 0 // bursts before it are over
	for _, it := range items {
		for first < len(all) && it.start-all[first].start > burstUs {
			first++
		}
		i := slices.IndexFunc(all[first:], func(s *session) bool { return len(s.slots[it.slot()]) == 0 })
		if i < 0 {
			all = append(all, newSession(it.start))
			i = len(all) - 1 - first
		}
		all[first+i].add(it)
	}
	return all
}

// maxPause is how long nobody may be recorded in a room before what follows is another recording.
const maxPause = 30 * time.Minute

// splitByPause puts the sessions of one room into recordings. sessions are in order of time.
func splitByPause(sessions []*session) [][]*session {
	var all [][]*session
	var until int64 // the room was in use at least until then, µs
	for _, s := range sessions {
		last := len(all) - 1
		if last >= 0 && s.start-until > maxPause.Microseconds() {
			for _, earlier := range all[last] { // only now their ends matter
				until = max(until, earlier.until())
			}
		}
		if last < 0 || until > 0 && s.start-until > maxPause.Microseconds() {
			all, last = append(all, nil), last+1
		}
		all[last] = append(all[last], s)
		until = max(until, s.start)
	}
	return all
}
