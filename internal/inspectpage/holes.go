package inspectpage

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/timeline"
)

// finest is the smallest piece of the axis that is drawn apart from its neighbours, in percent.
const finest = 0.15

// kinds of holes: letter and words, in the order in which they are listed.
var kinds = []struct {
	kind                  timeline.HoleKind
	Letter, Name, Meaning string
}{
	{timeline.HoleSilent, "S", "silent", "mute, camera off or DTX: the sender's clock ran on"},
	{timeline.HoleFrozen, "F", "frozen", "the sender's clock stood still: microphone removed, or the recording paused"},
	{timeline.HoleJump, "J", "jump", "the sender's clock leapt: it started anew, or the source was switched"},
	{timeline.HoleLoss, "L", "loss", "packets were sent and never arrived"},
}

// holeSum is all holes of one kind.
type holeSum struct {
	name    string
	n       int
	packets int
	length  time.Duration
}

func (s holeSum) String() string {
	text := fmt.Sprintf("%d %s, %s in all", s.n, s.name, human.Clock(s.length))
	if s.packets > 0 {
		text += ", " + count(s.packets, "packet") + " missing"
	}
	return text
}

// holeSums counts holes by kind.
func holeSums(holes []timeline.Hole) []holeSum {
	var sums []holeSum
	for _, k := range kinds {
		s := holeSum{name: k.Name}
		for _, h := range holes {
			if h.Kind == k.kind {
				s.n++
				s.packets += h.Packets
				s.length += max(0, h.To-h.From)
			}
		}
		if s.n > 0 {
			sums = append(sums, s)
		}
	}
	return sums
}

// drawnHole is a hole, or several of one kind that are too close to be told apart.
type drawnHole struct {
	stretch
	kind         timeline.HoleKind
	name, letter string
	first, last  time.Duration
	n            int
	packets      int
}

func (h *drawnHole) title() string {
	text := fmt.Sprintf("%s, %s to %s (%s)", h.name, human.Clock(h.first), human.Clock(h.last),
		human.Clock(h.last-h.first))
	if h.n > 1 {
		text = fmt.Sprintf("%s: %d holes from %s to %s", h.name, h.n, human.Clock(h.first), human.Clock(h.last))
	}
	if h.packets > 0 {
		text += ", " + count(h.packets, "packet") + " missing"
	}
	return text
}

// mergedHoles are the holes to draw. Packets lost here and there are seen in the curve of losses: of a long recording's
// they would, drawn in a bar, seem to fill it.
func mergedHoles(a axis, holes []timeline.Hole) []drawnHole {
	shortest := min(time.Second, a.length/500)
	var list []drawnHole
	for _, k := range kinds {
		first := len(list)
		for _, h := range holes {
			if h.Kind != k.kind || h.Kind == timeline.HoleLoss && h.To-h.From < shortest {
				continue
			}
			d := drawnHole{stretch: stretch{a.at(h.From), a.at(max(h.From, h.To))}, kind: k.kind, name: k.Name, letter: k.Letter,
				first: h.From, last: h.To, n: 1, packets: h.Packets}
			if n := len(list); n > first && d.from-list[n-1].to < finest {
				last := &list[n-1]
				last.to, last.last = max(last.to, d.to), max(last.last, d.last)
				last.n++
				last.packets += d.packets
				continue
			}
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(x, y drawnHole) int { return cmp.Compare(x.first, y.first) })
	return list
}
