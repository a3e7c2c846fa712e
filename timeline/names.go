package timeline

import (
	"fmt"
	"math"
	"time"
)

// namedTogetherUs is how far apart the times in the names of files are at most that were named in one go.
const namedTogetherUs = 1000

// believeNames puts tracks right whose files were named in one go and yet, if their headers are believed, were begun
// seconds apart: the server's wall clock was set between a name and its header, and what follows is on the clock as it
// was set. It returns the tracks that it has put right.
//
// A server that is slow to make files looks as if its clock were set forward, and so do files that were given the time
// of their call as a name; but then they end together as their headers say. No header is older than its name.
func (tl *Timeline) believeNames(usable []*Track) (right []*Track) {
	var named []*Track
	var base *Track // the one whose name and header agree best
	for _, t := range usable {
		if !t.timed() || !t.sane() || t.file == nil || t.file.CreatedUs <= 0 {
			continue
		}
		named = append(named, t)
		if base == nil || math.Abs(t.misnamed()) < math.Abs(base.misnamed()) {
			base = t
		}
	}
	if base == nil || math.Abs(base.misnamed()) > impossibleMs {
		return nil // who named these files had another clock
	}
	for _, t := range named {
		step := t.misnamed() - base.misnamed()
		apart := t.file.CreatedUs - base.file.CreatedUs
		if math.Abs(step) < impossibleMs || apart < -namedTogetherUs || apart > namedTogetherUs {
			continue
		}
		ends := math.Abs(t.endWall() - base.endWall())
		if step > 0 && ends <= endTogetherMs && ends < math.Abs(t.endWall()-step-base.endWall()) {
			continue
		}
		t.shift = -step
		right = append(right, t)
		by := time.Duration(step * float64(time.Millisecond)).Round(100 * time.Millisecond)
		tl.Warnings = append(tl.Warnings, Warning{Code: CodeClockStep, Track: t, Text: fmt.Sprintf("the server's clock was "+
			"set by about %v between the file's name and its header: it is aligned by its name, which was made together "+
			"with others", by)})
	}
	return right
}

// misnamed is by how many ms the file's header says a later time than its name; 0 if the name has none.
func (t *Track) misnamed() float64 { return float64(t.Info.CreatedUs-t.file.CreatedUs) / 1000 }
