package daemon

import (
	"os"
	"time"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/human"
)

const (
	// slack is by how much a clock may go ahead without being suspected: it is put right, or the daemon was away.
	slack = 10 * time.Minute
	// mostHold is how long nothing is deleted by its age at most, after the clock went ahead.
	mostHold = 24 * time.Hour
)

// pace suspects a clock that went ahead: by it everything is older than it is, and what is deleted does not come back.
// So nothing counts as old before as much time has passed as the clock went ahead, or a day. A daemon that was away
// cannot tell that from a clock that was wrong.
type pace struct {
	file    string        // where the time is kept for the next start; "" for none
	last    time.Time     // looked at, by the clock
	elapsed time.Duration // the same, by a clock that nobody sets
	until   time.Duration // by that one, until which nothing counts as old
}

// newPace goes on from what an earlier run has kept.
func newPace(file string) *pace {
	p := &pace{file: file}
	if text, err := files.Read(file, 100); err == nil {
		_ = p.last.UnmarshalText(text)
	}
	return p
}

// look takes the time by the clock and by one that nobody sets. It returns for how long nothing is to be deleted by its
// age, and by how much the clock went ahead if that was found out just now.
func (p *pace) look(now time.Time, elapsed time.Duration) (hold, ahead time.Duration) {
	now = now.Round(0)
	if !p.last.IsZero() {
		ahead = now.Sub(p.last) - (elapsed - p.elapsed)
	}
	if ahead > slack {
		p.until = max(p.until, elapsed+min(ahead, mostHold))
	} else {
		ahead = 0
	}
	p.last, p.elapsed = now, elapsed
	if text, err := now.MarshalText(); err == nil && p.file != "" {
		_ = os.WriteFile(p.file, text, 0o640) // at worst the next start suspects nothing
	}
	return max(0, p.until-elapsed), ahead
}

// trusts says whether the clock may be believed when something is to be deleted by its age, and logs why not.
func (k *keeper) trusts(now time.Time) bool {
	hold, ahead := k.pace.look(now, time.Since(k.began))
	if ahead > mostHold {
		k.log.Warn("the clock went ahead, or the daemon was away: nothing is deleted by its age for a while. If the "+
			"clock is wrong, put it right", "by", human.Duration(ahead.Round(time.Second)),
			"for", human.Duration(hold.Round(time.Second)))
	}
	return hold == 0
}
