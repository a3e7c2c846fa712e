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
