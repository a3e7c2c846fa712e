package inspectpage

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/upright-media/upright/timeline"
)

// Curves keep their classes, and go where their values say: 900 wide for 100 percent, upwards from the bottom.
func TestCurves(t *testing.T) {
	c := newCurves(40, 0, 10)
	c.line("least audio", []point{{X: 0, Y: 0}, {X: 50, Y: 10}, {X: 100, Y: 5}})
	c.area("lost", [][]point{{{X: 10, Y: 0}, {X: 10, Y: 10}, {X: 20, Y: 10}, {X: 20, Y: 0}},
		{{X: 90, Y: 0}, {X: 90, Y: 5}, {X: 100, Y: 0}}})
	c.line("fit", []point{{X: 1, Y: 1}}) // one point is no line
	paths, err := c.drawn()
	require.NoError(t, err)
	require.Equal(t, []path{{"least audio", "M0,40L450,0L900,20"},
		{"lost", "M90,40L90,0L180,0L180,40ZM810,40L810,20L900,40Z"}}, paths)

	paths, err = newCurves(40, 0, 10).drawn()
	require.NoError(t, err)
	require.Empty(t, paths)

	c = newCurves(40, 0, 10)
	c.line("least", []point{{X: 0, Y: math.NaN()}, {X: 1, Y: 1}})
	_, err = c.drawn()
	require.ErrorContains(t, err, "cannot draw")
}

func TestLevels(t *testing.T) {
	l := newCurves(40, 0, 100).levels(number)
	require.Equal(t, []level{{At: "40", Y: 39, Text: "0"}, {At: "20", Y: 24, Text: "50"}, {At: "0", Y: 10, Text: "100"}},
		l)
	require.Empty(t, newCurves(40, 1, 1).levels(number))
	for _, c := range []struct{ low, high, step float64 }{{0, 100, 50}, {0, 99, 50}, {0, 1.05, 0.5}, {-0.6, 10.6, 5},
		{0, 2.1e6, 1e6}, {0, 4.9, 2}, {-1e300, 1e300, 1e300}} {
		require.InEpsilon(t, c.step, levelStep(c.low, c.high), 1e-9, "%+v", c)
	}
	for _, high := range []float64{5e-324, math.MaxFloat64, math.Inf(1)} {
		require.LessOrEqual(t, len(newCurves(40, -high, high).levels(number)), mostLevels)
	}
}

// Two hours in 900 columns: what was sent stays the same, and no peak is lost.
func TestReduce(t *testing.T) {
	a := axis{2 * time.Hour}
	var list []sample
	sum := 0.0
	for i := range 7200 {
		v := float64(i % 10)
		if i == 5000 {
			v = 1000
		}
		sum += v
		list = append(list, sample{time.Duration(i) * time.Second, time.Duration(i+1) * time.Second, v, v})
	}
	out := reduce(a, list, 900)
	require.Len(t, out, 900)
	total := 0.0
	for i, s := range out {
		total += s.mean * (s.to - s.from).Seconds()
		if i > 0 {
			require.Equal(t, out[i-1].to, s.from)
		}
	}
	require.InDelta(t, sum, total, 1e-6*sum)
	require.Equal(t, 1000.0, highest(out))
	require.Equal(t, 1000.0, out[625].peak, "5000 s of 7200")

	require.Equal(t, list[:900], reduce(a, list[:900], 900), "few are left as they are")
	half := reduce(axis{time.Hour}, list[1800:1800+1000], 900)
	require.Equal(t, 30*time.Minute, half[0].from, "where nothing is, no column is")
}

// The lowest and the highest of a column stay; so a spike of one second is seen in two hours.
func TestExtremes(t *testing.T) {
	a := axis{7200 * time.Second}
	var points []timeline.Delay
	for i := range 7200 {
		d := timeline.Delay{At: time.Duration(i) * time.Second, Least: 5}
		switch i {
		case 3601:
			d.Least = 400
		case 3603:
			d.Least = 1
		}
		points = append(points, d)
	}
	out := extremes(a, points, 900)
	require.Less(t, len(out), 1810)
	low, high := math.Inf(1), 0.0
	for i, xy := range out {
		low, high = min(low, xy.Y), max(high, xy.Y)
		if i > 0 {
			require.GreaterOrEqual(t, xy.X, out[i-1].X)
		}
	}
	require.Equal(t, 1.0, low)
	require.Equal(t, 400.0, high)
}

// A step that leaves nothing to be seen of the network is made smaller, others are as they are.
func TestSteps(t *testing.T) {
	track := func(step float64) *Track {
		tr := &Track{}
		for i := range 20 {
			d := timeline.Delay{At: time.Duration(i) * time.Second, Least: float64(i % 7)}
			if i >= 10 {
				d.Least, d.Fit = d.Least+step, step
			}
			tr.Delays = append(tr.Delays, d)
		}
		return tr
	}
	runs := clockRuns(track(30))
	require.Len(t, runs, 2)
	require.True(t, fit(runs))
	require.Equal(t, 30.0, runs[1].points[0].Fit)

	big := track(-11111111)
	runs = clockRuns(big)
	require.False(t, fit(runs))
	require.Equal(t, -11111111.0, runs[1].step)
	require.Equal(t, -15.0, runs[1].points[0].Fit)
	require.Equal(t, "clock leapt ahead 3:05:11.1", runs[1].text())
	require.Equal(t, -11111111.0, big.Delays[10].Fit, "what is drawn is not what was measured")

	require.Len(t, clockRuns(track(0.5)), 1)

	wild := &Track{}
	for i := range 1000 {
		wild.Delays = append(wild.Delays, timeline.Delay{At: time.Duration(i) * time.Second, Least: float64(i*100 + 3),
			Fit: float64(i * 100)})
	}
	smoothed, left := smooth(clockRuns(wild))
	require.Equal(t, 999, left)
	require.Len(t, smoothed, 1)
	for _, p := range smoothed[0].points {
		require.InDelta(t, 0, p.Fit, 1e-6)
		require.InDelta(t, 3, p.Least, 1e-6)
	}
}

// Words of steps that are close together do not cover each other.
func TestStepWords(t *testing.T) {
	var runs []run
	for i := range 6 {
		runs = append(runs, run{step: 1000, at: time.Duration(i) * time.Second})
	}
	_, words := stepMarks(axis{time.Minute}, runs)
	require.Len(t, words, mostStepWords)
	lines := map[int]bool{}
	for _, w := range words {
		require.False(t, lines[w.Y], "%+v", words)
		require.LessOrEqual(t, w.Y, delayHeight)
		lines[w.Y] = true
	}
}
