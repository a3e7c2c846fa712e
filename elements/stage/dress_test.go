package stage_test

import (
	"fmt"
	"image/color"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/room"
)

// dressed is a region that looks as a layout of a user's own says.
func dressed(r room.Region, d room.Dress) room.Region {
	r.Dress = d
	return r
}

func TestRoundCorners(t *testing.T) {
	below := camera(0, 0, 0, 320, 180, "cover")
	above := dressed(camera(1, 40, 20, 120, 80, "cover"), room.Dress{Round: 20})
	above.Z = 1
	bordered := dressed(camera(2, 200, 20, 100, 80, "cover"), room.Dress{Round: 20, Border: 6, Colour: "#ffffff"})
	bordered.Z = 1
	frames := play(t, score(below, above, bordered), "skip-still=false", grey(50, 64, 36, "num-buffers=10"),
		grey(200, 64, 36, "num-buffers=4"), grey(150, 64, 36, "num-buffers=10"))
	for i, f := range frames {
		for _, p := range [][2]int{{41, 21}, {158, 21}, {41, 98}, {158, 98}, {45, 24}, {201, 21}, {298, 98}} {
			require.InDelta(t, luma(50), at(f, p[0], p[1]), 2, "picture %d at %v is what is below", i, p)
		}
		for _, p := range [][2]int{{100, 21}, {41, 60}, {60, 40}, {48, 28}, {100, 98}, {158, 60}} {
			require.InDelta(t, luma(200), at(f, p[0], p[1]), 2, "picture %d at %v", i, p)
		}
		for _, p := range [][2]int{{250, 22}, {202, 60}, {297, 60}, {250, 97}, {208, 28}, {291, 91}} {
			require.InDelta(t, luma(255), at(f, p[0], p[1]), 2, "picture %d at %v is the border, which goes round", i, p)
		}
		require.InDelta(t, luma(150), at(f, 250, 60), 2)
		require.InDelta(t, luma(150), at(f, 214, 34), 2, "within the border's curve")
		require.InDelta(t, (luma(200)*69+luma(50)*31)/100, at(f, 45, 26), 3, "the edge is soft")
	}
}

func TestFillsAndBackgrounds(t *testing.T) {
	fill := func(x, y, w, h int, d room.Dress) room.Region {
		return room.Region{Source: room.Fill, X: x, Y: y, W: w, H: h, Fit: "cover", Dress: d}
	}
	f := play(t, score(fill(0, 0, 160, 180, room.Dress{Background: "#404040"}), camera(0, 20, 20, 100, 50, "cover"),
		fill(160, 0, 100, 100, room.Dress{Picture: picture(t, 10, 10, color.White)}),
		dressed(camera(1, 160, 100, 160, 80, "contain"), room.Dress{Background: "#808080"})), "",
		grey(200, 64, 36, "num-buffers=10"), grey(250, 30, 30, "num-buffers=10"))[0]
	for _, c := range []struct{ x, y, want int }{{5, 5, 0x40}, {150, 170, 0x40}, {50, 50, 200}, {180, 50, 255},
		{259, 99, 255}, {300, 50, 0}, {165, 110, 0x80}, {318, 170, 0x80}, {240, 140, 250}} {
		require.InDelta(t, luma(c.want), at(f, c.x, c.y), 2, "%d,%d", c.x, c.y)
	}
	s := score(fill(0, 0, 160, 180, room.Dress{Picture: "/does/not/exist.png"}))
	require.ErrorContains(t, gstrun.Run(t.Context(), "uprightstage name=s score="+write(t, t.TempDir(), s)+
		" ! fakesink  videotestsrc ! s.", gstrun.Options{}), "/does/not/exist.png")
}

// The border is wider while somebody is louder, and does not go away between two sentences.
func TestBordersFollowTheLevel(t *testing.T) {
	const w, h = 64, 720
	s := score(camera(0, 0, 0, w, 360, "cover"))
	s.Style.Speaker = "level"
	s.Canvas.Width, s.Canvas.Height = w, h
	s.DurationMs, s.Timeline[0].To, s.Spans[0].To = 3000, 3000, 3000
	s.Talks = []room.ScoreTalk{{Person: "p0", MsSpan: room.MsSpan{From: 500, To: 1300}},
		{Person: "p1", MsSpan: room.MsSpan{From: 500, To: 2500}}, {Person: "p0", MsSpan: room.MsSpan{From: 1600, To: 2200}}}
	s.Levels = []room.ScoreLevels{{Person: "p0", From: 500, Steps: "01233333"}, {Person: "p1", From: 500,
		Steps: "33333333333333333333"}, {Person: "p0", From: 1600, Steps: "333000"}}
	frames := playOn(t, w*h*3/2, s, "skip-still=false", grey(100, 64, 36, "num-buffers=30"))
	got := ""
	for _, f := range frames {
		got += fmt.Sprint(rows(f, w))
	}
	require.Equal(t, "000002468888822288822200000000", got)
	s.Levels = nil
	require.Equal(t, 2, rows(playOn(t, w*h*3/2, s, "skip-still=false", grey(100, 64, 36, "num-buffers=30"))[8], w))
}

// rows are how many lines of the canvas in front of the first that is all of the camera's grey.
func rows(f []byte, w int) (n int) {
	for int(f[n*w+w/2]) != luma(100) {
		n++
	}
	return n
}

// Regions move at the end of a span, and are where they belong when the next one begins.
func TestRegionsMove(t *testing.T) {
	s := score(camera(0, 0, 0, 100, 180, "stretch"))
	s.DurationMs, s.Timeline[0].To = 2000, 2000
	s.Spans = append(s.Spans, room.Arrangement{MsSpan: room.MsSpan{From: 1000, To: 2000}, Regions: []room.Region{
		camera(0, 220, 0, 100, 180, "stretch"), camera(1, 0, 0, 100, 180, "stretch")}})
	left := func(f []byte) int {
		x := 0
		for x < width && at(f, x, 90) != luma(100) {
			x++
		}
		return x
	}
	var places [2][]int
	for i, ms := range []float64{0, 500} {
		s.Style.AnimateMs = ms
		for _, f := range play(t, s, "skip-still=false", grey(100, 64, 36, "num-buffers=20"),
			grey(200, 64, 36, "num-buffers=20")) {
			places[i] = append(places[i], left(f))
		}
	}
	want := slices.Concat(slices.Repeat([]int{0}, 10), slices.Repeat([]int{220}, 10))
	require.Equal(t, want, places[0])
	copy(want[5:], []int{0, 22, 78, 142, 198}) // 3t²-2t³ of 220
	require.Equal(t, want, places[1])
}
