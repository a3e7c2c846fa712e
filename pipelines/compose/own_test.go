package compose

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/room/layout"
)

// A room in a layout of one's own, in which people move to their places and borders follow how loud they are.
func TestComposeInALayoutOfOnesOwn(t *testing.T) {
	at := func(x, y, w, h float64) []layout.Length {
		return []layout.Length{layout.Percent(x), layout.Percent(y), layout.Percent(w), layout.Percent(h)}
	}
	a := arrangement.Arrangement{Layout: "own", Size: "640x360", Fit: "contain", Labels: "none", Speaker: "level",
		Animate: "250ms", Own: layout.Layout{
			{When: &layout.When{Screen: layout.Patterns{layout.Any}}, Regions: []layout.Region{
				{At: at(0, 0, 50, 50), Take: layout.TakeScreen}, {At: at(0, 50, 100, 50), Grid: layout.Grid{Columns: 5, Rows: 1}}}},
			{Regions: []layout.Region{{At: at(10, 10, 40, 40), Who: layout.Patterns{"Bob"}, Border: "4 #ffffff"},
				{At: at(50, 0, 50, 100), Grid: layout.Grid{Columns: 2, Rows: 2}, Empty: layout.EmptyBackground}}},
		}}
	dir := t.TempDir()
	s, err := Chosen(a, meeting)
	require.NoError(t, err)
	s.OutputDir = dir
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	r, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	places := map[string]int{}
	for _, span := range r.Spans {
		require.Equal(t, "own", span.Layout)
		for _, g := range span.Regions {
			if g.Person == "700138" && g.Source == room.Camera {
				places[[]string{"alone", "in the grid"}[min(g.Y/180, 1)]]++
				require.Contains(t, [][4]int{{64, 36, 256, 144}, {128, 180, 126, 180}},
					[4]int{g.X, g.Y, g.W, g.H})
			}
		}
	}
	require.Equal(t, map[string]int{"alone": 3, "in the grid": 1}, places)
	for id, n := range stripsSeen(t, r, filepath.Join(dir, "2024.mp4")) {
		require.Greater(t, n, 80, id)
	}
	f, err := os.Open(filepath.Join(dir, "2024.score.json"))
	require.NoError(t, err)
	defer f.Close()
	score, err := room.ReadScore(f)
	require.NoError(t, err)
	require.InDelta(t, 250, score.Style.AnimateMs, 0)
	require.NotEmpty(t, score.Levels)
}
