package inspectpage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/timeline"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		length      time.Duration
		first, last string
		n           int
	}{
		{100 * time.Millisecond, "0.02 s", "0.1 s", 6},
		{2 * time.Second, "0.5 s", "2 s", 5},
		{9020 * time.Millisecond, "1 s", "9 s", 10},
		{76 * time.Second, "0:10", "1:10", 8},
		{12 * time.Minute, "2:00", "12:00", 7},
		{2*time.Hour + 6*time.Minute, "15:00", "2:00:00", 9},
		{100 * 24 * time.Hour, "384:00:00", "2304:00:00", 7},
	} {
		ticks := axis{c.length}.ticks()
		require.Len(t, ticks, c.n, c.length)
		require.Equal(t, "0", ticks[0].Label)
		require.Equal(t, c.first, ticks[1].Label, c.length)
		require.Equal(t, c.last, ticks[len(ticks)-1].Label, c.length)
	}
}

func TestAxis(t *testing.T) {
	a := axis{8 * time.Second}
	require.Equal(t, 25.0, a.at(2*time.Second))
	require.Zero(t, a.at(-time.Second))
	require.Equal(t, 100.0, a.at(time.Hour))
	require.Equal(t, "33.333%", percent(100.0/3))
	require.Equal(t, "0%", percent(0))

	require.Equal(t, shortestAxis, newAxis(&Participant{}).length)
	p := &Participant{Duration: time.Second, Tracks: []Track{{End: 3 * time.Second},
		{Activity: []timeline.Activity{{At: 5 * time.Second}}}}}
	require.Equal(t, 5*time.Second, newAxis(p).length, "nothing is off the axis")
}

func TestText(t *testing.T) {
	require.Equal(t, "1\u202f234\u202f567", grouped(1234567))
	require.Equal(t, "−12", grouped(-12))
	require.Equal(t, "123", grouped(123))
	require.Equal(t, "1.2 Mbit/s", rateText(1_234_567))
	require.Equal(t, "68 kbit/s", rateText(68_123))
	require.Equal(t, "0", rateText(0))
	require.Equal(t, "−2.5", number(-2.5))
	require.Equal(t, "0", number(-0.0001))
}
