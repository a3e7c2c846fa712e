package pace

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPace(t *testing.T) {
	var p Pace
	now, done := time.Unix(0, 0), time.Duration(0)
	_, ok := p.Left(time.Minute)
	require.False(t, ok)
	run := func(d time.Duration, speed int) {
		for end := now.Add(d); now.Before(end); {
			now, done = now.Add(100*time.Millisecond), done+100*time.Millisecond*time.Duration(speed)
			p.At(now, done)
		}
	}
	run(4*time.Second, 3)
	_, ok = p.Left(time.Minute)
	require.False(t, ok, "too little has been seen")
	run(2*time.Second, 3)
	left, ok := p.Left(time.Minute)
	require.True(t, ok)
	require.InDelta(t, 20, left.Seconds(), 0.1)
	run(2*window, 6) // what was before is forgotten
	left, _ = p.Left(time.Minute)
	require.InDelta(t, 10, left.Seconds(), 0.1)
	require.Less(t, len(p.seen), 100)
	left, ok = p.Left(-time.Second)
	require.True(t, ok)
	require.Zero(t, left)
	run(2*window, 0)
	_, ok = p.Left(time.Minute)
	require.False(t, ok, "it stands still")
}
