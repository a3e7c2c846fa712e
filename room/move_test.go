package room

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMoved(t *testing.T) {
	r := func(who string, kind SourceKind, x, y, w, h int) Region {
		return Region{Person: who, Source: kind, X: x, Y: y, W: w, H: h, Fit: "cover", Dress: Dress{Round: 40}}
	}
	s := &Score{Canvas: &Canvas{1280, 720, 20}, Timeline: []Piece{{MsSpan{0, 2000}, 0}, {MsSpan{2000, 3000}, 9000}},
		Spans: []Arrangement{
			{MsSpan{0, 1000}, "a", []Region{r("1", Camera, 0, 0, 640, 720), r("2", Avatar, 640, 0, 640, 720),
				r("", More, 0, 0, 64, 64)}},
			{MsSpan{1000, 2000}, "a", []Region{r("2", Camera, 0, 0, 1280, 720), r("3", Camera, 0, 0, 64, 64)}},
			{MsSpan{2000, 3000}, "a", []Region{r("1", Camera, 0, 0, 640, 720)}},
		}}
	const animate, step = 250 * time.Millisecond, 50 * time.Millisecond
	at := func(span int, ms float64) (string, float64) {
		regions, until := s.Moved(span, sec(ms/1000), animate, step)
		text := ""
		for _, r := range regions {
			text += fmt.Sprintf("%s%s %d,%d %dx%d; ", r.Person, r.Source, r.X, r.Y, r.W, r.H)
		}
		return text, float64(until) / 1e6
	}
	for _, c := range []struct {
		span  int
		ms    float64
		want  string
		until float64
	}{
		{0, 0, "1camera 0,0 640x720; 2avatar 640,0 640x720; more 0,0 64x64; ", 750},
		{0, 750, "1camera 0,0 640x720; 2avatar 640,0 640x720; ", 800},
		{0, 875, "1camera 160,180 320x360; 2avatar 320,0 960x720; ", 925},
		{0, 995, "2avatar 0,0 1280x720; ", 1000},
		{1, 1000, "2camera 0,0 1280x720; 3camera 0,0 64x64; ", 2000}, // then something was cut out
		{2, 2999, "1camera 0,0 640x720; ", 3000},
	} {
		text, until := at(c.span, c.ms)
		require.Equal(t, c.want, text, c.ms)
		require.InDelta(t, c.until, until, 0.001, c.ms)
	}
	regions, _ := s.Moved(0, sec(0.98), animate, step)
	require.Equal(t, 40, regions[0].Round)
	regions, until := s.Moved(0, sec(0.9), 0, step)
	require.Equal(t, s.Spans[0].Regions, regions)
	require.Equal(t, time.Second, until)
}

// What nobody is in stays where it is, or goes at once.
func TestFillsDoNotMove(t *testing.T) {
	fill := func(x int) Region {
		return Region{Source: Fill, X: x, W: 100, H: 100, Dress: Dress{Background: "#000000"}}
	}
	s := &Score{Canvas: &Canvas{1280, 720, 20}, Timeline: []Piece{{MsSpan{0, 2000}, 0}}, Spans: []Arrangement{
		{MsSpan{0, 1000}, "a", []Region{fill(0), fill(200), fill(400)}},
		{MsSpan{1000, 2000}, "a", []Region{fill(400), fill(0)}}}}
	regions, _ := s.Moved(0, sec(0.9), 250*time.Millisecond, time.Millisecond)
	require.Equal(t, []Region{fill(0), fill(400)}, regions)
}

// FuzzMoved lets people move between any two arrangements: they stay on the canvas, even, and move in one direction.
func FuzzMoved(f *testing.F) {
	f.Add(uint8(3), uint8(4), uint8(1), uint8(2), uint16(500))
	f.Fuzz(func(t *testing.T, n, m, first, second uint8, ms uint16) {
		look := func(layout uint8) Look {
			return Look{Layout: Layouts[int(layout)%len(Layouts)], Width: 1280, Height: 720}
		}
		a, b := Arrange(look(first), seats(int(n%30), 640, 360)), Arrange(look(second), seats(int(m%30), 360, 640))
		s := &Score{Canvas: &Canvas{1280, 720, 20}, Spans: []Arrangement{{MsSpan{0, 1000}, "", a},
			{MsSpan{1000, 2000}, "", b}}}
		at := time.Duration(ms%1000) * time.Millisecond
		regions, until := s.Moved(0, at, 400*time.Millisecond, 40*time.Millisecond)
		if until <= at || until > time.Second {
			t.Fatalf("at %v until %v", at, until)
		}
		for _, r := range regions {
			if err := s.checkRegion(r); err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
		}
	})
}

func TestFollow(t *testing.T) {
	levels := Levels{}
	for range 40 {
		levels = append(levels, -20)
	}
	copy(levels[5:], []float32{-60, -38, -33, -30, -26})
	far := make(Levels, 40)
	for i, v := range levels {
		far[i] = v - 25 // the same person, far from the microphone
	}
	s := &Score{Timeline: []Piece{{MsSpan{0, 1000}, 500}, {MsSpan{1000, 3000}, 2000}}, Talks: []ScoreTalk{
		{"a", MsSpan{0, 800}, -20}, {"b", MsSpan{0, 800}, -45}, {"c", MsSpan{0, 800}, -20}, {"a", MsSpan{1500, 2000}, -20}}}
	s.Follow(map[string]Levels{"a": levels, "b": far})
	require.Equal(t, []ScoreLevels{{"a", 0, "00112333"}, {"b", 0, "00112333"}, {"a", 1500, "33333"}}, s.Levels)
}
