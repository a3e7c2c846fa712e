package agora

import (
	"cmp"
	"slices"
)

// inOrder puts lines into the order in which they were written if they are in another one, as of a text that somebody
// has sorted or turned round. It says whether they were. Lines of a file never stand in front of the one that it was
// created with, whatever happens to the recorder's clock, so where one does that is of a later time, time is the order.
func inOrder(lines []line) bool {
	created := map[string]bool{}
	closed := map[string]bool{}
	latest := map[string]int64{} // of lines in front of the one that creates their file
	for _, l := range lines {
		base, at := l.media.base, l.mended()
		switch {
		case created[base]:
		case l.event != "create":
			if before, known := latest[base]; !known || at > before {
				latest[base] = at
			}
			closed[base] = closed[base] || l.event == "close"
		default:
			created[base] = true
			if before, known := latest[base]; closed[base] || known && before > at {
				slices.SortStableFunc(lines, earlier)
				return false
			}
		}
	}
	return true
}

// earlier compares lines by their times, and those of one moment by what they say.
func earlier(a, b line) int {
	return cmp.Or(cmp.Compare(a.mended(), b.mended()), cmp.Compare(eventOrder[a.event], eventOrder[b.event]))
}

var eventOrder = map[string]int{"create": 0, "info": 1, "rotate": 2, "close": 3}

// mended is the time of the line, less what a column has run over by.
func (l line) mended() int64 {
	if l.at > longestMs && l.at <= overMs+backMs {
		return l.at - overMs
	}
	return l.at
}
