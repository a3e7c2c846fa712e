package inspectpage

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/timeline"
)

// mostStepWords is how many steps have words beside them; all can be pointed at.
const mostStepWords = 5

func stepMarks(a axis, runs []run) ([]line, []word) {
	var lines []line
	var words []word
	var taken []placed
	for i := 1; i < len(runs); i++ {
		r := &runs[i]
		x := a.at(r.at)
		text := r.text()
		lines = append(lines, line{X: percent(x), Y1: 0, Y2: delayHeight, Class: "step", Title: text + " at " +
			human.Clock(r.at)})
		if i > mostStepWords {
			continue
		}
		w := place(x, r.step > 0, text, taken)
		taken = append(taken, w)
		words = append(words, w.word)
	}
	return lines, words
}

// placed is a word with the room that it takes.
type placed struct {
	word
	room stretch
}

// lineHeight is how far words are below each other.
const lineHeight = 13

// place finds room for the words of a step at x percent.
func place(x float64, up bool, text string, taken []placed) placed {
	p := placed{word{X: percent(x), Y: 11, Anchor: "start", Class: "note", Text: "\u00a0" + text},
		stretch{x, x + wordRoom(text)}}
	behind := x < 60
	if !behind {
		p.Anchor, p.Text, p.room = "end", text+"\u00a0", stretch{x - wordRoom(text), x}
	}
	if behind == up { // before a step up and behind one down there is room above the line, else below
		p.Y = delayHeight - 5
	}
	inTheWay := func(q placed) bool { return q.Y == p.Y && q.room.from < p.room.to && p.room.from < q.room.to }
	for range mostStepWords {
		if !slices.ContainsFunc(taken, inTheWay) {
			break
		}
		if p.Y += lineHeight; p.Y > delayHeight {
			p.Y = 11 + lineHeight
		}
	}
	return p
}

// wordRoom is how much of the axis words take on a small screen, in percent.
func wordRoom(text string) float64 { return 0.9 * float64(len(text)) }

// maxStepMs is the longest step that a duration can hold.
const maxStepMs = 9e12

// text says what the sender's clock did.
func (r *run) text() string {
	how := human.Clock(time.Duration(min(math.Abs(r.step), maxStepMs) * float64(time.Millisecond)))
	switch {
	case r.step < 0:
		return "clock leapt ahead " + how
	case r.kind == timeline.HoleJump:
		return "clock leapt back " + how
	}
	return "clock stood still " + how
}

func stepTexts(runs []run) []string {
	var list []string
	for i := range runs {
		if i > 0 && i <= mostStepWords {
			list = append(list, runs[i].text()+" at "+human.Clock(runs[i].at))
		}
	}
	if n := len(runs) - 1 - mostStepWords; n > 0 {
		list = append(list, fmt.Sprintf("and %d more steps", n))
	}
	return list
}
