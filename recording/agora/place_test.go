package agora

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPace(t *testing.T) {
	for name, tt := range map[string]struct {
		length, span, scale float64
		mended, odd         bool
	}{
		"right":                     {8000, 8001, 1, false, false},
		"a third too fast":          {6000, 8000, 4.0 / 3, true, false},
		"twice too slow":            {16000, 8000, 0.5, true, false},
		"a clock's drift":           {3600000, 3600900, 3600900.0 / 3600000, false, false},
		"waited for who had left":   {4100, 19100, 1, false, false},
		"nothing is known about it": {1000, 60000, 1, false, true},
		"no pictures":               {0, 8000, 1, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			scale, mended, odd := pace(tt.length, tt.span)
			require.InDelta(t, tt.scale, scale, 1e-9)
			require.Equal(t, []bool{tt.mended, tt.odd}, []bool{mended, odd})
		})
	}
}

func TestGuessRate(t *testing.T) {
	for name, tt := range map[string]struct {
		n          int
		span, said float64
		want       float64
	}{
		"the default":                      {126, 8517, 15, 15},
		"30 that nothing says":             {300, 10200, 15, 30},
		"7":                                {420, 60100, 15, 7},
		"10, of which few are there":       {30, 3400, 15, 10},
		"what the parameter sets say":      {90, 5800, 18, 18},
		"the parameter sets say otherwise": {150, 10300, 30, 15},
		"pictures were left out":           {780, 60500, 15, 13},
		"the camera went off long before":  {150, 600000, 15, 15},
		"one picture":                      {1, 100000, 15, 15},
	} {
		t.Run(name, func(t *testing.T) { require.InDelta(t, tt.want, guessRate(tt.n, tt.span, tt.said), 1e-9) })
	}
}

const frameMs = 1024 / 48.0

func TestDrift(t *testing.T) {
	one := func(length, wall float64) []soundSpan { return []soundSpan{{from: 0, to: wall, length: length}} }
	for name, tt := range map[string]struct {
		sounds []soundSpan
		want   float64
		known  bool
	}{
		"300 ppm fast":    {one(600180, 600000), 300e-6, true},
		"200 ppm slow":    {one(599880, 600000), -200e-6, true},
		"none":            {one(600010, 600000), 0, true},
		"too short":       {one(8050, 8000), 0, false},
		"some is missing": {one(300000, 600000), 0, false},
		"not closed":      {[]soundSpan{{from: 0, to: unknownEnd, length: 600180}}, 0, false},
		"over many files": {[]soundSpan{{from: 0, to: 30000, length: 30030}, {from: 40000, to: 100000,
			length: 60060}}, 1e-3, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, known := drift(tt.sounds)
			require.InDelta(t, tt.want, got, 1e-9)
			require.Equal(t, tt.known, known)
		})
	}
}

// Whatever lies between files of sound, frames follow each other without a hole, and nothing is further from its
// time than half a frame.
func TestPlaceSounds(t *testing.T) {
	for name, starts := range map[string][]float64{
		"a hole":           {0, 20300},
		"chunks":           {0, 9990, 19991, 29983, 39999},
		"a long overlap":   {0, 5000},
		"one behind other": {0, 10000},
	} {
		t.Run(name, func(t *testing.T) {
			n := math.Ceil(10000 / frameMs)
			var sounds []soundSpan
			for _, at := range starts {
				sounds = append(sounds, soundSpan{from: at, to: unknownEnd, length: n * frameMs, frame: frameMs,
					fillable: true})
			}
			places, k := placeSounds(sounds, 0)
			end := 0.0
			for i, p := range places {
				require.InDelta(t, end, p.start-float64(p.silent)*frameMs, 1e-6)
				require.InDelta(t, starts[i]+float64(p.drop)*frameMs, p.start, frameMs/2+1e-6, "file %d", i)
				require.InDelta(t, p.start, k.at(starts[i]+float64(p.drop)*frameMs), frameMs/2+1e-6)
				end = p.start + sounds[i].length - float64(p.drop)*frameMs
			}
			for w := -100.0; w < 50000; w += 100 {
				require.GreaterOrEqual(t, k.at(w+100), k.at(w))
			}
		})
	}
}

func TestKnots(t *testing.T) {
	var k knots
	require.Equal(t, 17.0, k.at(17))
	k.add(100, 0)
	k.add(1100, 1001)
	k.add(2000, 1901)
	for wall, want := range map[float64]float64{0: -100, 100: 0, 600: 500.5, 1100: 1001, 1550: 1451, 3000: 2901} {
		require.InDelta(t, want, k.at(wall), 1e-9)
	}
}
