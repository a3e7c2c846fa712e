package daemon

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestClockGoesAhead holds back what is deleted by its age, as long as the clock went ahead, and a day at most.
func TestClockGoesAhead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock")
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	const hour, day = time.Hour, 24 * time.Hour
	p := newPace(file)
	for _, s := range []struct {
		what        string
		clock       time.Duration // since the beginning
		elapsed     time.Duration
		restart     bool
		hold, ahead time.Duration
	}{
		{"the first look", 0, 0, false, 0, 0},
		{"an hour", hour, hour, false, 0, 0},
		{"put right by minutes", 2*hour + 9*time.Minute, 2 * hour, false, 0, 0},
		{"set ahead by 3 h", 6 * hour, 3 * hour, false, 3*hour - 9*time.Minute, 3*hour - 9*time.Minute},
		{"that is not over", 8 * hour, 5 * hour, false, hour - 9*time.Minute, 0},
		{"set back", 6 * hour, 6 * hour, false, 0, 0},
		{"and ahead by years", 6*hour + 4000*day, 6 * hour, false, day, 4000 * day},
		{"put right", 7 * hour, 7 * hour, false, day - hour, 0},
		{"a day later", 31 * hour, 31 * hour, false, 0, 0},
		{"restarted", 31*hour + 5*time.Minute, 0, true, 0, 0},
		{"away for a week", 31*hour + 7*day, 0, true, day, 7*day - 5*time.Minute},
		{"started with a dead clock", -20000 * day, 0, true, 0, 0},
		{"which is put right", 40 * day, time.Minute, false, day, 20040*day - time.Minute},
	} {
		if s.restart {
			p = newPace(file)
		}
		hold, ahead := p.look(at.Add(s.clock), s.elapsed)
		require.Equal(t, []time.Duration{s.hold, s.ahead}, []time.Duration{hold, ahead}, s.what)
	}
	hold, _ := newPace("").look(at, 0)
	require.Zero(t, hold)
}
