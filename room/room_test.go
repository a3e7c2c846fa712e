package room

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sec(v float64) time.Duration { return time.Duration(math.Round(v * 1e9)) }

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

// speech fills levels with words: loud and not so loud, with pauses for breath.
func speech(l Levels, from, to, level float64) {
	for i := int(from * 10); i < int(to*10); i++ {
		l[i] = float32(level) - float32(i%3)*4
		if i%15 == 14 {
			l[i] = -70
		}
	}
}

func quiet(seconds int) Levels {
	l := make(Levels, seconds*10)
	for i := range l {
		l[i] = -66 + float32(i%5)
	}
	return l
}

func TestTalks(t *testing.T) {
	a, b := quiet(60), quiet(60)
	speech(a, 5, 12, -20)
	speech(b, 14, 14.7, -30)
	a[200], a[201] = -25, -25 // a beep
	talks := Talks(map[string]Levels{"a": a, "b": b})
	require.Len(t, talks, 2)
	require.Equal(t, "a", talks[0].Person)
	require.Equal(t, sec(5), talks[0].From)
	require.InDelta(t, 12, talks[0].To.Seconds(), 0.11)
	require.InDelta(t, -23, talks[0].Level, 2)
	require.Equal(t, "b", talks[1].Person)
	require.Equal(t, sec(14), talks[1].From)
}

func TestTalksThroughNoise(t *testing.T) {
	l := make(Levels, 900)
	for i := range l {
		l[i] = -35 + float32(i*7%4) // a fan
	}
	speech(l, 40, 50, -15)
	talks := Talks(map[string]Levels{"a": l})
	require.Len(t, talks, 1)
	require.Equal(t, sec(40), talks[0].From)
	require.InDelta(t, 50, talks[0].To.Seconds(), 0.11)
}

func TestWhatALoudspeakerSaysIsNobodysTalk(t *testing.T) {
	a, b := quiet(60), quiet(60)
	speech(a, 5, 20, -20)
	for i, v := range a { // b's microphone hears a
		b[i] = max(b[i], v-20)
	}
	speech(b, 10, 10.7, -22) // and b
	talks := Talks(map[string]Levels{"a": a, "b": b})
	require.Len(t, talks, 2)
	require.Equal(t, "b", talks[1].Person)
	require.InDelta(t, 10, talks[1].From.Seconds(), 0.11)
	require.InDelta(t, 0.7, talks[1].Len().Seconds(), 0.2)
}

func TestTwoWhoSpeakAtTheSameTimeBothTalk(t *testing.T) {
	a, b := quiet(60), quiet(60)
	speech(a, 5, 20, -15)
	for i := 60; i < 190; i++ { // another rhythm, and softer
		b[i] = -32 + float32(i*i%17) - 8
	}
	talks := Talks(map[string]Levels{"a": a, "b": b})
	require.Len(t, talks, 2)
}

func TestFloor(t *testing.T) {
	everybody := map[string][]Span{"a": {{0, sec(100)}}, "b": {{0, sec(100)}}, "c": {{0, sec(100)}}}
	talk := func(p string, from, to, level float64) Talk { return Talk{p, Span{sec(from), sec(to)}, level} }
	for _, c := range []struct {
		name  string
		talks []Talk
		here  map[string][]Span
		want  string
	}{
		{"from the first word", []Talk{talk("a", 3, 9, -20)}, nil, "a 3-60"},
		{"a mhm changes nothing", []Talk{talk("a", 3, 9, -20), talk("b", 5, 5.7, -20), talk("b", 12, 12.7, -20)}, nil,
			"a 3-60"},
		{"at once", []Talk{talk("a", 3, 9, -20), talk("b", 10, 16, -20)}, nil, "a 3-10, b 10-60"},
		{"who talks over somebody waits", []Talk{talk("a", 3, 9, -20), talk("b", 7, 16, -20)}, nil, "a 3-9, b 9-60"},
		{"unless the other is hardly heard", []Talk{talk("a", 3, 9, -40), talk("b", 7, 16, -20)}, nil, "a 3-7, b 7-60"},
		{"an aside changes nothing", []Talk{talk("a", 3, 9, -20), talk("b", 5, 6.2, -20)}, nil, "a 3-60"},
		{"nobody has it for less than 2 s", []Talk{talk("a", 3, 4.6, -20), talk("b", 4.7, 9, -20)}, nil, "a 3-5, b 5-60"},
		{"who leaves loses it", []Talk{talk("a", 3, 9, -20), talk("b", 30, 33, -20)},
			map[string][]Span{"a": {{0, sec(12)}}, "b": {{0, sec(60)}}}, "a 3-12, b 30-60"},
		{"nobody", nil, nil, ""},
	} {
		here := c.here
		if here == nil {
			here = everybody
		}
		var got []string
		for _, turn := range Floor(c.talks, here, sec(60)) {
			got = append(got, fmt.Sprintf("%s %v-%v", turn.Person, turn.From.Seconds(), turn.To.Seconds()))
		}
		require.Equal(t, c.want, strings.Join(got, ", "), c.name)
	}
}

func file(user string, session int, kind Kind, from, to float64) File {
	return File{Name: fmt.Sprintf("%s-%d-%s-%v", user, session, kind, from), User: user, Session: session, Kind: kind,
		Index: -1,
		Runs:  Span{sec(from), sec(to)}, Seen: Span{sec(from), sec(to)}, FPS: 15, Sizes: []Size{{sec(from), 640, 360}}}
}

func both(user string, session int, from, to float64) []File {
	return []File{file(user, session, Audio, from, to), file(user, session, Video, from+0.07, to)}
}

func options(layout string) Options {
	return Options{Look: Look{Layout: layout, Width: 1280, Height: 720}, Trim: Trim{Mode: "ends"}, Chapters: true}
}

// outline is what a score shows, in short.
func outline(s *Score) string {
	var b strings.Builder
	for _, a := range s.Spans {
		fmt.Fprintf(&b, "%.2f-%.2f", a.From/1000, a.To/1000)
		for _, r := range a.Regions {
			fmt.Fprintf(&b, " %s", r.Person)
			if r.Source != Camera {
				fmt.Fprintf(&b, ":%s", r.Source)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestCompose(t *testing.T) {
	cat := func(lists ...[]File) (all []File) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	screen := file("b", 0, Video, 8, 22)
	screen.Description, screen.Name = "Screen", "screen"
	muted := both("b", 0, 0.2, 32)
	muted[1].Holes = []Span{{sec(10), sec(20)}}
	blink := both("b", 0, 0.2, 32)
	blink[1].Holes = []Span{{sec(10), sec(14)}}
	for _, c := range []struct {
		name  string
		files []File
		o     Options
		floor []Turn
		want  string
	}{
		{"alone", both("a", 0, 0, 10), options("grid"), nil, "0.00-9.93 a\n"},
		{"who comes within a second has been there", cat(both("a", 0, 0, 10), both("b", 0, 0.3, 10), both("c", 0, 0.9, 10)),
			options("auto"), nil,
			"0.00-9.93 a b c\n"},
		{"comes and goes", cat(both("a", 0, 0, 30), both("b", 0, 5, 30), both("c", 0, 9, 20)), options("grid"), nil,
			"0.00-4.93 a\n4.93-8.93 a b\n8.93-19.93 a b c\n19.93-29.93 a b\n"},
		{"a reconnect keeps the seat", cat(both("a", 0, 0, 30), both("b", 1, 0, 12), both("b", 2, 14, 30),
			both("c", 0, 0, 30)), options("grid"), nil,
			"0.00-29.93 a b c\n"},
		{"a longer absence does not", cat(both("a", 0, 0, 30), both("b", 1, 0, 12), both("b", 2, 22, 30),
			both("c", 0, 0, 30)), options("grid"), nil,
			"0.00-11.93 a b c\n11.93-21.93 a c\n21.93-29.93 a c b\n"},
		{"one leaves as another comes", cat(both("a", 0, 0, 30), both("b", 0, 0, 10), both("c", 0, 10.5, 30)),
			options("grid"), nil,
			"0.00-9.93 a b\n9.93-29.93 a c\n"},
		{"a screen", cat(both("a", 0, 0, 30), both("b", 0, 0, 30), []File{screen}), options("auto"), nil,
			"0.00-7.93 a b\n7.93-21.93 b:screen a b\n21.93-29.93 a b\n"},
		{"a camera without packets", cat(both("a", 0, 0, 32), muted), options("grid"), nil,
			"0.00-14.93 a b\n14.93-19.93 a b:avatar\n19.93-31.93 a b\n"},
		{"a camera that is slow", cat(both("a", 0, 0, 32), blink), options("grid"), nil, "0.00-31.93 a b\n"},
		{"a guest without a camera", cat(both("a", 0, 0, 32), []File{file("g", 0, Audio, 4, 20)}), options("grid"), nil,
			"0.00-3.93 a\n3.93-19.93 a g:avatar\n19.93-31.93 a\n"},
		{"who speaks is large", cat(both("a", 0, 0, 32), both("b", 0, 0, 32)), options("speaker"),
			[]Turn{{"b", Span{sec(5), sec(9)}}, {"a", Span{sec(9), sec(32)}}},
			"0.00-8.93 b a\n8.93-31.93 a b\n"},
		{"no span is short", cat(both("a", 0, 0, 32), both("b", 0, 8.5, 32), both("c", 0, 9.6, 32)), options("speaker"),
			[]Turn{{"a", Span{sec(5), sec(9)}}, {"b", Span{sec(9), sec(32)}}},
			"0.00-8.15 a\n8.15-9.15 a b\n9.15-31.93 b a c\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Compose(NewCast(c.files, nil), nil, c.floor, c.o)
			require.NoError(t, err)
			require.Equal(t, c.want, outline(s))
			var one, two bytes.Buffer
			require.NoError(t, s.Write(&one))
			again, err := ReadScore(bytes.NewReader(one.Bytes()))
			require.NoError(t, err)
			require.NoError(t, again.Write(&two))
			require.Equal(t, one.String(), two.String())
		})
	}
}

func TestTrim(t *testing.T) {
	cast := NewCast(append(both("a", 1, 0, 12), both("a", 2, 44, 60)...), nil)
	o := options("grid")
	o.Trim = Trim{Mode: "empty"}
	s, err := Compose(cast, nil, nil, o)
	require.NoError(t, err)
	require.Equal(t, []Piece{{MsSpan{0, 11930}, 70}, {MsSpan{11930, 27930}, 44000}}, s.Timeline)
	require.Equal(t, "0.00-27.93 a\n", outline(s))
	require.InDelta(t, 44100, s.RoomTime(12030), 0.01)
	at, ok := s.OutTime(sec(44.1))
	require.True(t, ok)
	require.InDelta(t, 12030, at, 0.01)
	_, ok = s.OutTime(sec(20))
	require.False(t, ok)
	for text, want := range map[string]Trim{"": {Mode: "ends"}, "none": {Mode: "none"},
		"quiet:10s": {"quiet", 10 * time.Second}} {
		got, err := ParseTrim(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"quiet", "quiet:", "quiet:1ms", "all"} {
		_, err := ParseTrim(text)
		require.Error(t, err, text)
	}
}

func TestScreens(t *testing.T) {
	first, second, later := file("a", 1, Video, 0, 20), file("a", 1, Video, 5, 10), file("a", 1, Video, 21, 30)
	named := file("b", 1, Video, 0, 20)
	named.Description = "my desktop"
	c := NewCast([]File{second, first, later, named}, nil)
	require.Equal(t, []string{second.Name}, c.Guessed)
	kinds := map[string]SourceKind{}
	for _, p := range c.People {
		for _, s := range p.Sources {
			kinds[s.File] = s.Kind
		}
	}
	require.Equal(t, map[string]SourceKind{first.Name: Camera, second.Name: Screen, later.Name: Camera,
		named.Name: Screen}, kinds)
}

func TestFilter(t *testing.T) {
	for _, c := range []struct {
		f        Filter
		kind     Kind
		id, name string
		leaves   bool
	}{
		{Filter{}, Video, "1", "Bob", false},
		{Filter{Without: []string{"Bob*"}}, Chat, "1", "Bob Unwilling", true},
		{Filter{Without: []string{"1"}}, Audio, "1", "Bob", true},
		{Filter{Without: []string{"video:1"}}, Audio, "1", "Bob", false},
		{Filter{Without: []string{"video:1"}}, Video, "1", "Bob", true},
		{Filter{Who: []string{"A*"}}, Video, "1", "Bob", true},
		{Filter{Who: []string{"A*", "B*"}}, Video, "1", "Bob", false},
		{Filter{Who: []string{"audio:A*"}}, Video, "1", "Bob", false},
		{Filter{Who: []string{"audio:A*"}}, Audio, "1", "Bob", true},
		{Filter{Without: []string{"*/*"}}, Audio, "1", "a/b/c", true},
	} {
		require.Equal(t, c.leaves, c.f.Leaves(c.kind, c.id, c.name), "%+v", c)
	}
	require.Error(t, Filter{Who: []string{"video:"}}.Check())
	require.Error(t, Filter{Who: []string{"[a"}}.Check())
	require.NoError(t, Filter{Who: []string{"video:*"}}.Check())
}

func TestNames(t *testing.T) {
	for text, want := range map[string]Names{
		`{"1": "Alice"}`:                       {"1": "Alice"},
		"1: Alice\n# no\n2: 'Bob: the second'": {"1": "Alice", "2": "Bob: the second"},
		"1,Alice\n2,\"Miller, Bob\"":           {"1": "Alice", "2": "Miller, Bob"},
		"":                                     {},
	} {
		got, err := ParseNames(strings.NewReader(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	_, err := ParseNames(strings.NewReader("Alice"))
	require.Error(t, err)
	require.Equal(t, "a b", CleanName(" a\n\x00\u202e b\t"))
	require.Len(t, []rune(CleanName(strings.Repeat("x", 200))), longestName+1)
	require.Equal(t, "สมชาย 🎧", CleanName("สมชาย 🎧"))
	for name, want := range map[string]string{"Jürgen Groß": "JG", "محمد": "م", "สมชาย 🎧": "ส", "a b c": "AC", "🎧": "?",
		"700101": "7"} {
		require.Equal(t, want, Initials(name), name)
	}
}

func FuzzNames(f *testing.F) {
	f.Add("1: a\n2,b")
	f.Fuzz(func(t *testing.T, s string) {
		names, err := ParseNames(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, n := range names {
			if c := CleanName(n); c != CleanName(c) && !strings.HasSuffix(c, "…") {
				t.Fatalf("%q is not clean", c)
			}
			Initials(n)
		}
	})
}

func FuzzReadScore(f *testing.F) {
	s, err := Compose(NewCast(both("a", 0, 0, 10), nil), nil, nil, options("grid"))
	require.NoError(f, err)
	var b bytes.Buffer
	require.NoError(f, s.Write(&b))
	f.Add(b.Bytes())
	f.Add([]byte(`{"schema":1,"timeline":[{"from_ms":0,"to_ms":1e300,"room_ms":0}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := ReadScore(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, a := range s.Spans {
			for _, r := range a.Regions {
				if r.X < 0 || r.X+r.W > s.Canvas.Width {
					t.Fatalf("%+v", r)
				}
			}
		}
	})
}

// FuzzCompose lets people come and go at any time: no span is short, spans have no holes, and everybody has one region.
func FuzzCompose(f *testing.F) {
	f.Add([]byte{0, 50, 10, 40, 5, 9, 20, 60}, uint8(0))
	f.Add([]byte{0, 50, 0, 10, 12, 50}, uint8(2))
	f.Fuzz(func(t *testing.T, times []byte, layout uint8) {
		var files []File
		var floor []Turn
		for i := 0; i+1 < len(times) && i < 40; i += 2 {
			from := float64(times[i]) / 4
			files = append(files, both(fmt.Sprint("p", i/2%7), i, from, from+1+float64(times[i+1])/2)...)
			at := sec(from)
			if n := len(floor); n == 0 || at > floor[n-1].From+2*time.Second {
				if n > 0 {
					floor[n-1].To = at
				}
				floor = append(floor, Turn{fmt.Sprint("p", i/2%7), Span{at, at + time.Hour}})
			}
		}
		o := options(Layouts[int(layout)%len(Layouts)])
		s, err := Compose(NewCast(files, nil), nil, floor, o)
		if err != nil {
			return
		}
		end := 0.0
		for i, a := range s.Spans {
			if math.Abs(a.From-end) > 0.01 || a.To <= a.From {
				t.Fatalf("span %d runs from %v to %v, the one before ended at %v", i, a.From, a.To, end)
			}
			if end = a.To; i > 0 && i < len(s.Spans)-1 && a.To-a.From < 999 {
				t.Fatalf("span %d lasts %v ms\n%s", i, a.To-a.From, outline(s))
			}
		}
		if math.Abs(end-s.DurationMs) > 0.01 {
			t.Fatalf("spans end at %v of %v", end, s.DurationMs)
		}
	})
}

func TestLoudness(t *testing.T) {
	// A sine of 997 Hz at 0 dBFS in one channel is -3.01 LUFS (BS.1770): K-weighting adds 0.691 dB there.
	tone := func(db float64, steps int) Blocks {
		b := make(Blocks, steps)
		for i := range b {
			b[i] = float32(0.5 * math.Pow(10, 0.0691) * math.Pow(10, db/10))
		}
		return b
	}
	require.InDelta(t, -3.01, Loudness([]Blocks{tone(0, 100)}, nil), 0.01)
	require.InDelta(t, -23.01, Loudness([]Blocks{append(tone(-20, 100), tone(-60, 400)...)}, nil), 0.3,
		"the gate leaves out what is soft")
	require.InDelta(t, -0.0, Loudness([]Blocks{tone(0, 100), tone(0, 100)}, nil), 0.01)
	require.True(t, math.IsInf(Loudness(nil, nil), -1))
	voices := []Blocks{append(tone(-20, 100), make(Blocks, 200)...),
		append(make(Blocks, 100), append(tone(-26, 100), make(Blocks, 100)...)...), make(Blocks, 300)}
	loud := []float64{Loudness(voices[:1], nil), Loudness(voices[1:2], nil), Loudness(voices[2:], nil)}
	gains := Gains(loud, voices, -16)
	require.InDelta(t, 6, gains[1]-gains[0], 0.15)
	require.InDelta(t, -16, Loudness(voices, gains), 0.2)
	require.Equal(t, []float64{0}, Gains([]float64{math.Inf(-1)}, []Blocks{nil}, -16))
}
