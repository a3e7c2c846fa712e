package room

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func seats(n, w, h int) (s Scene) {
	for i := range n {
		s.Seats = append(s.Seats, Seat{Person: fmt.Sprint("p", i), Camera: i%5 != 4, Width: w, Height: h, Spoke: i})
	}
	return s
}

// sound says what is wrong with regions.
func sound(l Look, s Scene, regions []Region) error {
	people, screen := map[string]int{}, false
	for i, r := range regions {
		if r.X < 0 || r.Y < 0 || r.W < 2 || r.H < 2 || r.X+r.W > l.Width || r.Y+r.H > l.Height {
			return fmt.Errorf("%+v is not on the canvas", r)
		}
		if (r.X|r.Y|r.W|r.H)&1 != 0 {
			return fmt.Errorf("%+v is not even", r)
		}
		if r.Source == Camera || r.Source == Avatar {
			people[r.Person]++
		}
		screen = screen || r.Source == Screen
		for _, q := range regions[i+1:] {
			if r.Z == q.Z && r.X < q.X+q.W && q.X < r.X+r.W && r.Y < q.Y+q.H && q.Y < r.Y+r.H {
				return fmt.Errorf("%+v and %+v overlap", r, q)
			}
		}
	}
	if len(s.Screens) > 0 && len(s.Seats) < MostCells && !screen {
		return fmt.Errorf("the screen is nowhere")
	}
	most := l.Max
	if most == 0 {
		most = defaultMax
	}
	for _, seat := range s.Seats {
		if n := people[seat.Person]; n > 1 || n == 0 && l.Layout != "single" && len(s.Seats) <= most {
			return fmt.Errorf("%s is there %d times", seat.Person, n)
		}
	}
	return nil
}

func TestArrange(t *testing.T) {
	for _, size := range [][2]int{{1280, 720}, {640, 480}, {720, 1280}, {1920, 1080}, {854, 480}} {
		for n := range 50 {
			for _, layout := range Layouts {
				for _, screen := range []bool{false, true} {
					l := Look{Layout: layout, Width: size[0], Height: size[1], Max: 49}
					require.NoError(t, l.Check())
					s := seats(n, 640, 360)
					if n > 0 {
						s.Floor = s.Seats[n/2].Person
					}
					if screen && n > 0 {
						s.Screens = []Seat{{Person: s.Seats[n-1].Person, Camera: true}}
					}
					regions := Arrange(l, s)
					require.NoError(t, sound(l, s, regions), "%s, %d people, %v", layout, n, size)
					require.Equal(t, regions, Arrange(l, s))
					if layout == "grid" && n > 0 {
						best, cells := 0.0, min(n+len(s.Screens), MostCells)
						require.Len(t, regions, cells)
						for c := 1; c <= cells; c++ {
							w := min(float64(size[0])/float64(c), float64(size[1])/math.Ceil(float64(cells)/float64(c))*16/9)
							best = max(best, w*w*9/16)
						}
						for _, r := range regions {
							require.GreaterOrEqual(t, float64(r.W*r.H), 0.88*best, "%d people on %v", n, size)
							require.Equal(t, regions[0].W, r.W)
						}
					}
					if screen && n > 0 && layout != "grid" && layout != "side-by-side" && layout != "vertical" {
						require.Equal(t, Screen, regions[0].Source)
						for _, r := range regions[1:] {
							require.Less(t, r.W*r.H, regions[0].W*regions[0].H)
						}
					}
				}
			}
		}
	}
}

func TestPicturesThatNeedNoScalingGetTheirGap(t *testing.T) {
	for n, want := range map[int][2]int{4: {640, 360}, 9: {418, 236}, 16: {320, 180}} {
		r := Arrange(Look{Layout: "grid", Width: 1280, Height: 720}, Scene{Seats: func() (s []Seat) {
			for i := range n {
				s = append(s, Seat{Person: fmt.Sprint(i), Camera: true, Width: 640, Height: 360})
			}
			return s
		}()})
		require.Equal(t, want, [2]int{r[0].W, r[0].H}, n)
	}
}

func TestMorePeopleThanCells(t *testing.T) {
	s := seats(30, 640, 360)
	s.Screens = []Seat{{Person: "p0"}}
	r := Arrange(Look{Layout: "grid", Width: 1280, Height: 720, Max: 10}, s)
	require.Len(t, r, 11)
	require.Equal(t, "p0", r[0].Person, "who shares a screen keeps a cell")
	require.Equal(t, "p22", r[1].Person, "then those who spoke last, in the order of their seats")
	require.Equal(t, More, r[9].Source)
	require.Equal(t, 21, r[9].Count)
	require.Equal(t, Screen, r[10].Source, "a screen is nobody's place")
}

func TestOneCellShowsSomebody(t *testing.T) {
	s := seats(30, 640, 360)
	s.Seats[3].Spoke = 100
	for layout, want := range map[string][]SourceKind{"grid": {Camera}, "auto": {Camera}, "vertical": {Camera},
		"speaker": {Camera, More}} {
		var got []SourceKind
		regions := Arrange(Look{Layout: layout, Width: 1280, Height: 720, Max: 1}, s)
		for _, r := range regions {
			got = append(got, r.Source)
		}
		require.Equal(t, want, got, layout)
		if layout != "speaker" {
			require.Equal(t, "p3", regions[0].Person, "who spoke last")
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		kind         SourceKind
		w, h         int
		region       rect
		flag, expect string
	}{
		{Camera, 640, 360, rect{0, 0, 640, 360}, "auto", "cover"},
		{Camera, 640, 480, rect{0, 0, 640, 440}, "auto", "cover"},
		{Camera, 640, 480, rect{0, 0, 640, 360}, "auto", "blur"}, // a quarter
		{Camera, 360, 640, rect{0, 0, 640, 360}, "", "blur"},
		{Camera, 0, 0, rect{0, 0, 640, 360}, "", "contain"},
		{Screen, 640, 360, rect{0, 0, 640, 360}, "auto", "contain"},
		{Screen, 640, 360, rect{0, 0, 640, 360}, "stretch", "stretch"},
		{Avatar, 640, 360, rect{0, 0, 640, 360}, "stretch", "contain"},
	} {
		a := arranging{Look: Look{Fit: c.flag}}
		require.Equal(t, c.expect, a.fit(tile{Seat: Seat{Width: c.w, Height: c.h}, kind: c.kind}, c.region), "%+v", c)
	}
}

func FuzzArrange(f *testing.F) {
	f.Add(uint16(1280), uint16(720), uint8(4), uint8(0), uint8(25), uint16(640), uint16(360), true)
	f.Add(uint16(64), uint16(64), uint8(49), uint8(6), uint8(49), uint16(0), uint16(9), false)
	f.Fuzz(func(t *testing.T, w, h uint16, n, layout, most uint8, sw, sh uint16, screen bool) {
		l := Look{Layout: Layouts[int(layout)%len(Layouts)], Width: int(w), Height: int(h), Max: int(most)}
		if l.Check() != nil || n > 100 {
			return
		}
		s := seats(int(n), int(sw), int(sh))
		if screen && n > 0 {
			s.Screens, s.Floor = []Seat{{Person: "p0", Camera: true}}, "p0"
		}
		regions := Arrange(l, s)
		if l.Width < 320 || l.Height < 180 {
			return // so many do not fit; nothing but a crash would be wrong
		}
		if err := sound(l, s, regions); err != nil {
			t.Fatalf("%+v: %v", l, err)
		}
	})
}
