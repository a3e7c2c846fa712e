package inspectpage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/timeline"
)

// Everything is where its time is: on an axis of ten seconds, a second is ten percent.
func TestPositions(t *testing.T) {
	root := drawn(t, one(sample10()))
	hole := func(kind string) [2]string {
		list := elements(root, "rect", "hole", kind)
		require.Len(t, list, 2, "one in the legend, one in the bar")
		return [2]string{attr(list[1], "x"), attr(list[1], "width")}
	}
	require.Equal(t, [2]string{"10%", "10%"}, hole("silent"))
	require.Equal(t, [2]string{"30%", "10%"}, hole("frozen"))
	require.Equal(t, [2]string{"80%", "10%"}, hole("loss"))
	require.Equal(t, [2]string{"59.875%", "0.25%"}, hole("jump"), "a leap takes no time, and is seen nevertheless")

	bar := elements(root, "svg", "bar")[0]
	media := elements(bar, "rect", "media", "video")
	require.Equal(t, []string{"0%"}, values(media, "x"))
	require.Equal(t, []string{"100%"}, values(media, "width"))
	require.Equal(t, []string{"0%", "50%"}, values(elements(bar, "line", "key"), "x1"))
	hidden := elements(bar, "rect", "hidden")
	require.Equal(t, []string{"70%"}, values(hidden, "x"))
	require.Equal(t, []string{"10%"}, values(hidden, "width"))
	require.Equal(t, "17", attr(hidden[0], "height"), "15 pictures of 30")

	require.Equal(t, []string{"0%", "25%", "50%"}, values(elements(root, "svg", "figure"), "x"))
	turns := elements(root, "rect", "turn")
	require.Equal(t, []string{"0%", "25%", "50%"}, values(turns, "x"))
	require.Equal(t, []string{"25%", "25%", "50%"}, values(turns, "width"))
	require.Equal(t, []string{"turn t0", "turn t90", "turn t0 flip"}, values(turns, "class"))
	require.Equal(t, []string{"0%", "70%"}, values(elements(root, "rect", "size"), "x"))

	axis := elements(root, "svg", "axis")[0]
	var labels []string
	for _, n := range elements(axis, "text") {
		labels = append(labels, text(n))
	}
	require.Equal(t, []string{"0", "2 s", "4 s", "6 s", "8 s", "10 s"}, labels)
	require.Equal(t, []string{"0%", "20%", "40%", "60%", "80%", "100%"}, values(elements(axis, "line"), "x1"))
	require.Equal(t, "10000000000", attr(elements(root, "div", "chart")[0], "data-ns"))
	require.Equal(t, "1700000000000000", attr(elements(root, "div", "chart")[0], "data-start-us"))
}

// Tracks that begin and end at other times share one axis.
func TestTracksShareTheAxis(t *testing.T) {
	p := Participant{Name: "x", Duration: 20 * time.Second, Tracks: []Track{
		{File: "a-video-0.mjr", Kind: Video, Units: 1, Start: 5 * time.Second, End: 20 * time.Second},
		{File: "a-audio-1.mjr", Kind: Audio, Units: 1, Start: 0, End: 10 * time.Second},
	}}
	root := drawn(t, one(p))
	bars := elements(root, "svg", "bar")
	require.Len(t, bars, 2)
	video, audio := elements(bars[0], "rect", "media")[0], elements(bars[1], "rect", "media")[0]
	require.Equal(t, "25%", attr(video, "x"))
	require.Equal(t, "75%", attr(video, "width"))
	require.Equal(t, "0%", attr(audio, "x"))
	require.Equal(t, "50%", attr(audio, "width"))
}

// The words say what the pictures show.
func TestWords(t *testing.T) {
	p := sample10()
	p.Warnings = []Warning{{Code: "TRUNCATED", Text: "it ends early", Help: "As after a crash."}}
	root := drawn(t, one(p))
	all := strings.Join(strings.Fields(text(root)), " ")
	for _, want := range []string{
		"What is in 1 recording, 1 participant, 1 file", "2023-11-14 22:13:20.000 UTC · 10.00 s · 1 file",
		"TRUNCATED it ends early As after a crash.",
		"vp8 · 640×480 · 120.6 KiB · 270 pictures",
		"0.00 s upright 2.50 s 90° clockwise 5.00 s mirrored", "0.00 s 640×480 7.00 s 320×240",
		"1 silent, 1.00 s in all; 1 frozen, 1.00 s in all; 1 jump, 0.00 s in all; 1 loss, 1.00 s in all, 30 packets missing",
		"clock stood still 1.00 s", "steps not to scale", "drift unknown",
		"mean 100 kbit/s",
	} {
		require.Contains(t, all, want)
	}
	require.Len(t, elements(root, "ul", "warnings"), 1)
}

// The table has every number, and the bar their shares.
func TestAccounts(t *testing.T) {
	p := sample10()
	root := drawn(t, one(p))
	row := elements(elements(root, "div", "accounts")[0], "tr")[1]
	var cells []string
	for _, n := range elements(row, "td")[1:] {
		cells = append(cells, strings.TrimSpace(text(n)))
	}
	require.Equal(t, []string{"400", "350", "20", "10", "5", "4", "3", "2", "6", "100", "1", "–"}, cells)

	c := p.Tracks[0].Counts
	require.Equal(t, c.Records, c.Used+c.Duplicate+c.Late+c.Padding+c.Foreign+c.NotRTP+c.Malformed+c.Undecodable)
	parts := elements(row, "rect", "fate")
	require.Len(t, parts, 9)
	x := 0.0
	for _, n := range parts {
		var at, width float64
		_, err := fmt.Sscanf(attr(n, "x")+" "+attr(n, "width"), "%f%% %f%%", &at, &width)
		require.NoError(t, err)
		require.InDelta(t, x, at, 0.002)
		x = at + width
	}
	require.InDelta(t, 100, x, 0.002)
	require.Equal(t, "70%", attr(parts[0], "width"), "350 of 400 that came and 100 that did not")

	p.Tracks[0].DriftPPM, p.Tracks[0].DriftKnown = -149.8276, true
	require.Contains(t, text(drawn(t, one(p))), "−149.8 ppm")
}

// What cannot be used, or holds nothing, is named and not drawn.
func TestNothingToDraw(t *testing.T) {
	page := one(Participant{Name: "x", Created: time.Unix(1700000000, 0), Tracks: []Track{
		{File: "x-video-0.mjr", Kind: Video, State: "no media", Problem: "no media was ever written to it"},
	}})
	page.Unusable = []string{"cannot use y.mjr: it is a folder"}
	root := drawn(t, page)
	all := text(root)
	require.Contains(t, all, "no media was ever written to it")
	require.Contains(t, all, "cannot use y.mjr: it is a folder")
	require.Contains(t, all, "recorder created 2023-11-14 22:13:20.000 UTC")
	require.Empty(t, elements(root, "svg", "axis"))
	require.Empty(t, elements(root, "svg", "bar"))
	require.Empty(t, elements(root, "table"))

	require.Contains(t, text(drawn(t, Page{})), "0 recordings, 0 participants, 0 files")
}

// Of a track of which nothing can be decoded, what came is drawn.
func TestUndecodable(t *testing.T) {
	p := Participant{Name: "x", Duration: time.Second, Tracks: []Track{{
		File: "x-video-0.mjr", Kind: Video, State: "encrypted", Counts: timeline.Counts{Records: 30, Undecodable: 30},
		Activity: []timeline.Activity{
			{At: 0, Length: 2 * time.Second, Bytes: 1000, Packets: 15, Hidden: 15},
			{At: 2 * time.Second, Length: -2 * time.Second, Bytes: 1000, Packets: 15, Hidden: 15}, // End is not known
		},
	}}}
	root := drawn(t, one(p))
	bar := elements(root, "svg", "bar")[0]
	require.Empty(t, elements(bar, "rect", "media"))
	require.Equal(t, []string{"26", "26"}, values(elements(bar, "rect", "hidden"), "height"), "all of the bar")
	require.Contains(t, text(bar), "No media that can be shown.")
	require.Len(t, elements(root, "svg", "rate"), 1)
}

// Packets lost here and there fill the bar of a long recording as little as they fill the recording.
func TestShortLosses(t *testing.T) {
	holes := func(length time.Duration) int {
		var list []timeline.Hole
		for i := range int(length / time.Second) {
			at := time.Duration(i) * time.Second
			list = append(list, timeline.Hole{From: at, To: at + 40*time.Millisecond, Kind: timeline.HoleLoss, Packets: 2})
		}
		return len(mergedHoles(axis{length}, list))
	}
	require.Equal(t, 10, holes(10*time.Second))
	require.Equal(t, 0, holes(2*time.Hour))
}

// A loss of a whole second is where nothing came, and not where it was noticed.
func TestOutage(t *testing.T) {
	p := sample10()
	list := losses(&p.Tracks[0])
	var at []string
	for _, s := range list {
		if s.peak > 0 {
			at = append(at, fmt.Sprintf("%v-%v %.0f%%", s.from, s.to, s.peak))
		}
	}
	require.Equal(t, []string{"8s-9s 100%"}, at)

	p.Tracks[0].Holes[3].Packets = 2 // a pause next to which something was lost
	at = nil
	for _, s := range losses(&p.Tracks[0]) {
		if s.peak > 0 {
			at = append(at, fmt.Sprintf("%v-%v %.0f%%", s.from, s.to, s.peak))
		}
	}
	require.Equal(t, []string{"9s-10s 50%"}, at)
}

// Several participants have a list of contents whose links lead somewhere.
func TestContents(t *testing.T) {
	var page Page
	page.Add("1234", "Daily", sample10())
	page.Add("99", "", sample10())
	page.Add("1234", "Daily", sample10())
	require.Len(t, page.Recordings, 2)
	root := drawn(t, page)
	links := values(elements(elements(root, "nav")[0], "a"), "href")
	require.Equal(t, []string{"#p1", "#p2", "#p3"}, links)
	require.Equal(t, []string{"p1", "p2", "p3"}, values(elements(root, "article"), "id"))
	var titles []string
	for _, n := range elements(root, "h2") {
		titles = append(titles, text(n))
	}
	require.Equal(t, []string{"Daily", "99"}, titles)
}

// For those who do not see them, pictures have a title and say in words what they show.
func TestPicturesHaveWords(t *testing.T) {
	root := drawn(t, one(sample10()))
	n := 0
	for _, svg := range elements(root, "svg") {
		if attr(svg, "role") != "img" {
			continue
		}
		n++
		var words []string
		for c := range svg.ChildNodes() {
			if c.Type == html.ElementNode && (c.Data == "title" || c.Data == "desc") {
				words = append(words, c.Data)
				require.NotEmpty(t, strings.TrimSpace(text(c)))
			}
		}
		require.Equal(t, []string{"title", "desc"}, words)
	}
	require.Equal(t, 8, n, "axis, bar, loss, bitrate, orientation, size, delay, packets")
}

// All eight orientations: the figure is what a player turns upright by doing what the orientation says.
func TestFigures(t *testing.T) {
	for _, degrees := range []int{0, 90, 180, 270} {
		for _, flip := range []bool{false, true} {
			o := cvo.Orientation{Degrees: degrees, Flip: flip}
			f := newFigure(0, timeline.OrientationSpan{Orientation: o}, timeline.SizeSpan{Width: 640, Height: 480})
			head := transform(t, f.Transform, [2]float64{0, -10})
			hand := transform(t, f.Transform, [2]float64{5, -8})
			middle := [2]float64{float64(f.MidX), float64(f.MidY)}
			head, hand = play(o, minus(head, middle)), play(o, minus(hand, middle))
			require.InDelta(t, 0, head[0], 1e-9, "%v", o)
			require.Less(t, head[1], 0.0, "%v: the head is up", o)
			require.Greater(t, hand[0], 0.0, "%v: the right hand is on the right", o)
			require.Less(t, hand[1], 0.0, "%v", o)
		}
	}
}

func minus(a, b [2]float64) [2]float64 { return [2]float64{a[0] - b[0], a[1] - b[1]} }

// play does what cvo.Orientation asks of a receiver: mirror, then turn clockwise. y points down.
func play(o cvo.Orientation, p [2]float64) [2]float64 {
	if o.Flip {
		p[0] = -p[0]
	}
	for range o.Degrees / 90 {
		p = [2]float64{-p[1], p[0]}
	}
	return p
}

// transform applies an SVG transform list: the last comes first.
func transform(t *testing.T, list string, p [2]float64) [2]float64 {
	parts := strings.Fields(list)
	for i := len(parts) - 1; i >= 0; i-- {
		var x, y float64
		name, arguments, _ := strings.Cut(strings.TrimSuffix(parts[i], ")"), "(")
		n, err := fmt.Sscanf(strings.Replace(arguments, ",", " ", 1), "%f %f", &x, &y)
		if n == 0 {
			require.NoError(t, err)
		}
		switch name {
		case "translate":
			p = [2]float64{p[0] + x, p[1] + y}
		case "scale":
			if n == 1 {
				y = x
			}
			p = [2]float64{p[0] * x, p[1] * y}
		case "rotate":
			require.Zero(t, int(x)%90)
			for range (int(x) + 360) % 360 / 90 {
				p = [2]float64{-p[1], p[0]}
			}
		default:
			require.Fail(t, name)
		}
	}
	return p
}
