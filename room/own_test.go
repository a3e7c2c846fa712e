package room

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/room/layout"
)

// own is a look whose layout has one rule with these regions, as JSON.
func own(t testing.TB, width, height int, regions string) Look {
	t.Helper()
	return ruled(t, width, height, `[{"regions": [`+regions+`]}]`)
}

func ruled(t testing.TB, width, height int, rules string) Look {
	t.Helper()
	l := Look{Layout: "a", Width: width, Height: height}
	require.NoError(t, json.Unmarshal([]byte(rules), &l.Own))
	require.NoError(t, l.Check())
	return l
}

// where is what is in a scene, in short: who, where, with + for a cell that says how many others there are.
func where(regions []Region) (list []string) {
	for _, r := range regions {
		who := r.Person
		switch r.Source {
		case Screen:
			who += " screen"
		case More:
			who = fmt.Sprint("+", r.Count)
		case Fill:
			who = r.Background + r.Picture
		case Camera, Avatar:
		}
		list = append(list, fmt.Sprintf("%s %d,%d %dx%d", who, r.X, r.Y, r.W, r.H))
	}
	return list
}

// named are people who come one after the other, and speak in the order of their names.
func named(names ...string) (s Scene) {
	for i, n := range names {
		s.Seats = append(s.Seats, Seat{Person: fmt.Sprint(i + 1), Name: n, Camera: true, Width: 640, Height: 360,
			Spoke: 100 - int(n[0])})
	}
	return s
}

func TestOwnLayouts(t *testing.T) {
	four := named("Dana", "Bob", "Ann", "Cid")
	shared := four
	shared.Screens, shared.Floor = []Seat{{Person: "3", Name: "Ann"}, {Person: "1", Name: "Dana"}}, "2"
	for _, c := range []struct {
		name, regions string
		scene         Scene
		want          []string
	}{
		{"one cell takes who came first", `{"at": ["0","0","100%","50%"]}`, four, []string{"1 0,0 1280x360"}},
		{"… or who is first by the order", `{"at": ["0","0","100%","50%"], "order": ["name"]}`, four,
			[]string{"3 0,0 1280x360"}},
		{"… or came last", `{"at": ["0","0","100%","50%"], "keep": "newest"}`, four, []string{"4 0,0 1280x360"}},
		{"the floor", `{"at": ["0","0","100%","50%"], "take": "floor"}`, shared, []string{"2 0,0 1280x360"}},
		{"the floor among some", `{"at": ["0","0","100%","50%"], "take": "floor", "not": ["Bob"]}`, shared,
			[]string{"3 0,0 1280x360"}},
		{"the newest screen", `{"at": ["0","0","100%","50%"], "take": "screen"}`, shared, []string{"3 screen 0,0 1280x360"}},
		{"nobody is twice", `{"at": ["0","0","50%","100%"], "who": ["Bob"]}, {"at": ["50%","0","50%","100%"], "grid": "2x2", "gap": "0"}`,
			four, []string{"2 0,0 640x720", "1 640,180 320x180", "3 960,180 320x180", "4 800,360 320x180"}},
		{"as many as cells stay where the grid has them",
			`{"at": ["0","0","50%","100%"], "grid": "2x2", "gap": "0", "order": ["talked"]}`, four,
			[]string{"3 0,0 320x360", "2 320,0 320x360", "4 0,360 320x360", "1 320,360 320x360"}},
		{"skipped cells", `{"at": ["0","0","100%","100%"], "grid": "3x2", "skip": [1, 5], "gap": "2", "order": ["newest"]}`,
			four, []string{"4 428,0 424x358", "3 854,0 424x358", "2 2,360 424x358", "1 854,360 424x358"}},
		{"the last cell says how many others there are", `{"at": ["0","0","100%","50%"], "grid": "3x1", "gap": "0"}`, four,
			[]string{"1 0,0 426x360", "2 426,0 426x360", "+2 852,0 426x360"}},
		{"… but not of those in another region",
			`{"at": ["0","0","100%","50%"], "grid": "3x1", "gap": "0"}, {"at": ["0","50%","100%","50%"]}`, four,
			[]string{"1 0,0 426x360", "2 426,0 426x360", "3 852,0 426x360", "4 0,360 1280x360"}},
		{"the longest", `{"at": ["0","0","100%","50%"], "grid": "2x1", "gap": "0", "keep": "longest", "order": ["name"]}`,
			four, []string{"2 0,0 640x360", "1 640,0 640x360"}},
		{"the newest", `{"at": ["0","0","100%","50%"], "grid": "2x1", "gap": "0", "keep": "newest", "order": ["Cid", "*"]}`,
			four, []string{"4 0,0 640x360", "3 640,0 640x360"}},
		{"people and screens", `{"at": ["0","0","100%","100%"], "take": "any", "grid": "auto", "gap": "0"}`, shared,
			[]string{"1 214,0 426x240", "2 640,0 426x240", "3 214,240 426x240", "4 640,240 426x240", "1 screen 214,480 426x240",
				"3 screen 640,480 426x240"}},
		{"a picture where nobody is", `{"at": ["0","0","50%","50%"], "who": ["Eve"], "empty": "/a.png"}`, four,
			[]string{"/a.png 0,0 640x360"}},
		{"nothing where nobody is", `{"at": ["0","0","50%","50%"], "who": ["Eve"], "background": "#000000"}`, four, nil},
		{"a background", `{"at": ["0","0","50%","50%"], "grid": "2x1", "gap": "0", "who": ["B*"], "empty": "background", "background": "#000000"}`,
			four, []string{"#000000 0,0 640x360", "2 0,0 320x360"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, where(Arrange(own(t, 1280, 720, c.regions), c.scene)))
		})
	}
}

func TestRules(t *testing.T) {
	at := func(who string) string { return `"regions": [{"at": ["0","0","100%","100%"], "who": ["` + who + `"]}]` }
	l := ruled(t, 640, 360, `[{"when": {"screen": ["any"], "people": "3.."}, `+at("1")+`}, {"when": {"screen": ["Bob"]}, `+at("2")+`},
		{"when": {"speaking": ["none"], "who": ["Cid"]}, `+at("3")+`}, {"when": {"speaking": ["Bob"]}, `+at("4")+`}, {`+at("5")+`}]`)
	s := named("Ann", "Bob", "Cid", "Dana", "Eve")
	shows := func(s Scene) string { return Arrange(l, s)[0].Person }
	require.Equal(t, "3", shows(s))
	s.Floor = "1"
	require.Equal(t, "5", shows(s))
	s.Floor = "2"
	require.Equal(t, "4", shows(s))
	s.Screens = s.Seats[:1]
	require.Equal(t, "1", shows(s))
	s.Seats = s.Seats[:2]
	s.Screens = s.Seats[1:2]
	require.Equal(t, "2", shows(s))
}

func TestDress(t *testing.T) {
	l := own(t, 1280, 720, `{"at": ["0","0","100%","100%"], "grid": "2x1", "round": "10%", "border": "4 #ffffff", "label": "none",
		"fit": "cover", "z": 3}`)
	for _, r := range Arrange(l, named("Ann", "Bob")) {
		require.Equal(t, Dress{Label: "none", Round: 72, Border: 4, Colour: "#ffffff"}, r.Dress)
		require.Equal(t, "cover", r.Fit)
		require.Equal(t, 3, r.Z)
	}
}

func TestOwnLayoutsOnACanvasThatIsTooSmall(t *testing.T) {
	var l layout.Layout
	require.NoError(t, json.Unmarshal([]byte(`[{"regions": [{"at": ["0","0","1280","720"]}]}]`), &l))
	require.NoError(t, Look{Layout: "a", Own: l, Width: 1280, Height: 720}.Check())
	require.EqualError(t, Look{Layout: "a", Own: l, Width: 640, Height: 360}.Check(),
		"layout a[0].regions[0].at: the region ends "+
			"off the canvas, which is 640 pixels wide: 0 and 1280; use percent, or a larger --size")
}

// FuzzOwn arranges people by any layout that is not refused: regions are on the canvas, even, disjoint, nobody is
// twice.
func FuzzOwn(f *testing.F) {
	f.Add(`[{"regions": [{"at": ["0","0","100%","100%"], "grid": "auto"}]}]`, uint8(9), uint16(1280), uint16(720))
	f.Add(`[{"when": {"screen": ["any"]}, "regions": [{"at": ["0","0","75%","100%"], "take": "screen", "empty": "a.png"},
		{"at": ["75%","0","25%","100%"], "grid": "1x4", "order": ["talked"], "gap": "3"}]}, {"regions": [
		{"at": ["0","0","33.333%","50%"], "take": "floor"}, {"at": ["33.333%","0","66.667%","100%"], "grid": "3x3", "skip": [5],
		"keep": "newest", "empty": "background", "background": "#000000", "round": "50%", "border": "100 #ffffff"},
		{"at": ["1%","50%","32%","49%"], "z": 1, "take": "any", "grid": "auto"}]}]`, uint8(30), uint16(642), uint16(480))
	f.Fuzz(func(t *testing.T, rules string, people uint8, width, height uint16) {
		l := Look{Layout: "a", Width: int(width), Height: int(height), Max: int(people)%MostCells + 1}
		if json.Unmarshal([]byte(rules), &l.Own) != nil || l.Own == nil || l.Check() != nil {
			return
		}
		s := seats(int(people), 640, 480)
		if people > 2 {
			s.Floor, s.Screens = "p1", []Seat{{Person: "p2"}, {Person: "p0"}}
		}
		regions := Arrange(l, s)
		var cells []Region
		seen := map[string]bool{}
		for _, r := range regions {
			if err := (&Score{Canvas: &Canvas{l.Width, l.Height, 15}}).checkRegion(r); err != nil {
				t.Fatalf("%s: %+v: %v", rules, r, err)
			}
			if r.Source != Fill || r.Picture != "" {
				cells = append(cells, r)
			}
			if who := r.Person + string(r.Source); r.Person != "" && seen[who] {
				t.Fatalf("%s: %s is twice", rules, who)
			} else {
				seen[who] = true
			}
		}
		if len(regions) > mostRegions {
			t.Fatalf("%s: %d regions", rules, len(regions))
		}
		look := Look{Layout: "single", Width: l.Width, Height: l.Height, Max: MostCells}
		if err := sound(look, Scene{}, cells); err != nil {
			t.Fatalf("%s: %v", rules, err)
		}
	})
}
