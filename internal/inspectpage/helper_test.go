package inspectpage

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// drawn writes a page and parses what was written.
func drawn(t testing.TB, p Page) *html.Node {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, p))
	root, err := html.Parse(&b)
	require.NoError(t, err)
	return root
}

// one is a page of one participant.
func one(p Participant) Page {
	var page Page
	page.Add("1234", "", p)
	return page
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// elements are all elements with a name and all of the given classes, in order.
func elements(n *html.Node, name string, classes ...string) []*html.Node {
	var list []*html.Node
	for c := range n.Descendants() {
		if c.Type != html.ElementNode || c.Data != name {
			continue
		}
		has := strings.Fields(attr(c, "class"))
		all := true
		for _, class := range classes {
			found := false
			for _, h := range has {
				found = found || h == class
			}
			all = all && found
		}
		if all {
			list = append(list, c)
		}
	}
	return list
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// values are an attribute of several elements.
func values(nodes []*html.Node, name string) []string {
	var list []string
	for _, n := range nodes {
		list = append(list, attr(n, name))
	}
	return list
}

// sample10 is a video of ten seconds in which everything happens.
func sample10() Participant {
	v := Track{
		File: "videoroom-1-user-2-1700000000000000-video-1.mjr", Kind: Video, Codec: "vp8", Bytes: 123456, State: "complete",
		Units: 270, End: 10 * time.Second, FrameDuration: time.Second / 30,
		Counts: timeline.Counts{Records: 400, Used: 350, Duplicate: 20, Late: 10, Padding: 5, Foreign: 4, NotRTP: 3,
			Malformed: 2, Undecodable: 6, Lost: 100, Recovered: 1},
		Orientations: []timeline.OrientationSpan{
			{At: 0}, {At: 2500 * time.Millisecond, Orientation: cvo.Orientation{Degrees: 90}},
			{At: 5 * time.Second, Orientation: cvo.Orientation{Flip: true}},
		},
		Sizes: []timeline.SizeSpan{{At: 0, Width: 640, Height: 480}, {At: 7 * time.Second, Width: 320, Height: 240}},
		Holes: []timeline.Hole{
			{From: 1 * time.Second, To: 2 * time.Second, Kind: timeline.HoleSilent},
			{From: 3 * time.Second, To: 4 * time.Second, Kind: timeline.HoleFrozen},
			{From: 6 * time.Second, To: 6 * time.Second, Kind: timeline.HoleJump},
			{From: 8 * time.Second, To: 9 * time.Second, Kind: timeline.HoleLoss, Packets: 30},
		},
	}
	for i := range 10 {
		a := timeline.Activity{At: time.Duration(i) * time.Second, Length: time.Second, Bytes: 12500, Packets: 30}
		switch i {
		case 0, 5:
			a.KeyFrames = 1
		case 7:
			a.Hidden = 15
		case 9:
			a.Missing = 30
		}
		v.Activity = append(v.Activity, a)
		step := 0.0
		if i >= 4 {
			step = 1000
		}
		v.Delays = append(v.Delays, timeline.Delay{At: a.At, Least: step + 2, Fit: step})
	}
	return Participant{Name: "1-2", Start: time.Date(2023, 11, 14, 22, 13, 20, 0, time.UTC), Duration: 10 * time.Second,
		Tracks: []Track{v}}
}

// read describes the only participant that paths belong to.
func read(t testing.TB, paths ...string) Participant {
	t.Helper()
	found, bad, err := janus.Find(paths)
	require.NoError(t, err)
	require.Empty(t, bad)
	require.Len(t, found, 1)
	require.Len(t, found[0].Participants, 1)
	p := found[0].Participants[0]
	var media []*recording.File
	for _, f := range p.Tracks {
		if !f.Empty {
			media = append(media, f)
		}
	}
	var tl *timeline.Timeline
	if len(media) > 0 {
		tl, err = timeline.Load(context.Background(), media, timeline.Options{})
		require.NoError(t, err)
	}
	return NewParticipant(p, tl, nil)
}
