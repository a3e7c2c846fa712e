package inspectpage

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/timeline"
)

// All people of a room lie on one axis, whoever they are and however often they came.
func TestEverybody(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2024, 5, 1, 10, 0, s, 0, time.UTC) }
	track := func(kind string, from, to int, holes ...timeline.Hole) Track {
		return Track{File: kind, Kind: kind, Units: 1, Start: time.Duration(from) * time.Second,
			End: time.Duration(to) * time.Second, Holes: holes}
	}
	var p Page
	p.Add("room", "", Participant{Name: "a-2", Person: "a", Start: at(60), Duration: 40 * time.Second,
		Tracks: []Track{track(Audio, 0, 40)}})
	p.Add("room", "", Participant{Name: "b", Person: "b", Start: at(10), Duration: 50 * time.Second, Tracks: []Track{
		track(Video, 0, 50), track(Video, 10, 20), track(Data, 0, 99)}})
	p.Add("room", "", Participant{Name: "a-1", Person: "a", Start: at(0), Duration: 50 * time.Second, Tracks: []Track{
		track(Audio, 0, 50), track(Video, 0, 50, timeline.Hole{From: 10 * time.Second, To: 20 * time.Second})}})
	p.Add("room", "", Participant{Name: "c", Person: "c", Start: at(0), Tracks: []Track{{File: "empty"}}})
	p.Add("room", "", Participant{Name: "<d>", Start: at(0), Tracks: []Track{track(Audio, 25, 50)}})
	p.Add("other", "", Participant{Name: "e", Start: at(0), Tracks: []Track{track(Audio, 0, 1)}})

	root := drawn(t, p)
	boxes := elements(root, "article", "everybody")
	require.Len(t, boxes, 1, "nobody is with e")
	require.Contains(t, text(boxes[0]), "1:40.0 · 3 people")
	require.Equal(t, "100000000000", attr(elements(boxes[0], "div", "chart")[0], "data-ns"))
	lanes := elements(boxes[0], "svg", "person")
	require.Len(t, lanes, 3)
	var names []string
	for _, l := range elements(boxes[0], "div", "label")[1:] {
		names = append(names, text(l))
	}
	require.Equal(t, []string{"a", "b", "<d>"}, names)
	video, audio := elements(lanes[0], "rect", "media", "video"), elements(lanes[0], "rect", "media", "audio")
	require.Equal(t, []string{"0%", "20%"}, values(video, "x"))
	require.Equal(t, []string{"10%", "30%"}, values(video, "width"))
	require.Equal(t, []string{"0%", "60%"}, values(audio, "x"))
	require.Equal(t, []string{"17", "17"}, values(audio, "y"), "below the pictures")
	screen := elements(lanes[1], "rect", "media", "video")
	require.Equal(t, []string{"10%", "20%"}, values(screen, "x"))
	require.Equal(t, []string{"3", "17"}, values(screen, "y"), "two pictures at a time")
	require.Equal(t, "25%", attr(elements(lanes[2], "rect", "media", "audio")[0], "x"))
}
