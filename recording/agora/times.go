package agora

import "slices"

// How far times may be from each other, in ms.
const (
	nearMs     = 50           // names and columns agree
	backMs     = 1000         // lines of one moment are not in order to the ms
	longestMs  = 20 * 86400e3 // no user is there for as long: a time column beyond has run over (before 3.0.2)
	overMs     = 1 << 32      // by as much
	unknownEnd = -1
)

// span is when a media file was written, in ms since the time in the uid file's name.
type span struct{ from, to int64 } // to: unknownEnd if no line says it

// clock puts the times of a uid file's lines in order. The time column is right in most versions, and so are the
// stamps in names. But before 3.0.2 the column could run over, 3.0.0 wrote wrong stamps, and a server's clock can be
// set back in the middle of everything.
type clock struct {
	start  stamp                                 // in the uid file's name
	length func(base string) (ms int64, ok bool) // of a file whose own clock counts, such as ADTS

	offset  int64            // what is to be added since the clock was set back
	last    int64            // the latest time so far
	ranOver map[int]bool     // numbers of lines whose column had
	shift   map[string]int64 // of files that were begun at another time than their line says: how much later
	doubted map[string]bool
}

// times says when each named file was written, and when each line. doubted then has the files of which column and
// name say different things, or a column that cannot be.
func (c *clock) times(lines []line) (spans map[string]span, at []int64) {
	spans, c.doubted, c.shift, c.ranOver = map[string]span{}, map[string]bool{}, map[string]int64{}, map[int]bool{}
	at = make([]int64, len(lines))
	lines = slices.Clone(lines)
	for i := range lines {
		if l := &lines[i]; l.mended() != l.at {
			l.at = l.mended()
			c.ranOver[i] = true
			c.doubted[l.media.base] = true
		}
	}
	for i, l := range lines {
		t, ok := c.at(lines, i, spans)
		if at[i] = t; !ok {
			at[i] = c.last
			continue
		}
		base := l.media.base
		s, known := spans[base]
		switch {
		case !known && l.event != "close":
			s = span{from: t, to: unknownEnd}
		case l.event == "close" && known && t >= s.from:
			s.to = t
		}
		if known || l.event != "close" {
			spans[base] = s
		}
	}
	return spans, at
}

// at is the time of a line.
func (c *clock) at(lines []line, i int, spans map[string]span) (int64, bool) {
	l := lines[i]
	s, begun := spans[l.media.base]
	named, hasName := c.named(l.media.at)
	first := !begun && l.event != "close"
	switch {
	case l.at < -longestMs || l.at > longestMs:
		c.doubted[l.media.base] = true
		switch {
		case first && hasName && named >= c.last-backMs && named <= longestMs:
			return c.take(named), true
		case first:
			return c.last, true // behind what came before
		case begun && l.event == "close":
			return 0, false
		}
		return max(c.last, s.from), true
	case c.ranOver[i] && first && hasName && named >= c.last-backMs && named <= longestMs: // what ran over says little
		c.shift[l.media.base] = named - l.at
		return c.take(named), true
	case l.at+c.offset >= c.last-backMs:
		at := l.at + c.offset
		if first && hasName && (named-at > nearMs || at-named > nearMs) {
			c.doubted[l.media.base] = true
		}
		return c.take(at), true
	case first && hasName && named >= c.last-backMs && named <= longestMs:
		c.doubted[l.media.base] = true
		c.shift[l.media.base] = named - l.at
		return c.take(named), true
	case l.at+c.shift[l.media.base] >= c.last-backMs:
		return c.take(l.at + c.shift[l.media.base]), true
	}
	// The clock was set back between this line and the one before.
	c.doubted[l.media.base] = true
	c.offset += c.setBack(l.at, lines[i:], spans)
	return c.take(l.at + c.offset), true
}

func (c *clock) take(at int64) int64 {
	c.last = max(c.last, at)
	return at
}

// setBack is by how much the clock was set back in front of lines: what makes a file that was open at the time as
// long as it is, else what makes no time pass.
func (c *clock) setBack(at int64, rest []line, spans map[string]span) int64 {
	gap := c.last - (at + c.offset)
	for _, l := range rest {
		s, open := spans[l.media.base]
		if l.event != "close" || !open || s.to != unknownEnd {
			continue
		}
		if length, ok := c.length(l.media.base); ok {
			if by := s.from + length - (l.at + c.offset); by >= gap-backMs {
				return by
			}
		}
	}
	return gap
}

// named is the time in a media file's name.
func (c *clock) named(at stamp) (int64, bool) {
	switch {
	case at.dated && c.start.dated:
		return at.ms - c.start.ms, true
	case !at.dated && !c.start.dated:
		by := at.ms - c.start.ms
		if by < -dayMs/2 {
			by += dayMs // over midnight
		}
		return by, true
	}
	return 0, false
}

const dayMs = 86400e3
