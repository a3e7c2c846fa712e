package inspectpage

import (
	"bytes"
	"encoding/binary"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/timeline"
)

// hostile names come from file systems, publishers and errors.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`,
	`</title></svg><iframe src=//evil>`,
	`{{.}}{{template "track"}}`, "javascript:alert(1)", "a\xff\xfeb\x00c\x1b[31m", "\u202egnp.mjr",
	"</style><style>*{display:none}", "<!--",
	"]]>", "&lt;b&gt;", "name\nwith\tbreaks",
}

func hostilePage(s string) Page {
	p := sample10()
	t := &p.Tracks[0]
	p.Name, t.File, t.Description, t.Codec, t.State = s, s, s, s, s
	p.Warnings = []Warning{{s, s, s}}
	broken := Track{File: s, Kind: s, Problem: s, State: s}
	odd := *t
	odd.Kind = s
	odd.Holes = []timeline.Hole{{From: 0, To: time.Second, Kind: timeline.HoleKind(s)}}
	p.Tracks = append(p.Tracks, broken, odd)
	page := Page{Unusable: []string{s}}
	page.Add(s, s, p)
	page.Add(s+"2", s, p)
	return page
}

func TestHostileNames(t *testing.T) {
	plain := checkHarmless(t, drawn(t, hostilePage("plain")))
	for _, s := range hostile {
		require.Equal(t, plain, checkHarmless(t, drawn(t, hostilePage(s))), "%q makes other elements than a plain name", s)
	}
	all := text(drawn(t, hostilePage(hostile[0])))
	require.True(t, strings.Contains(all, hostile[0]), "it is shown as it is")
	all = text(drawn(t, hostilePage("a\xffb\u202ec\x00")))
	require.True(t, strings.Contains(all, "a\uFFFDb\uFFFDc\uFFFD"))
	require.False(t, strings.ContainsAny(all, "\u202e\x00\x1b"))
}

// checkHarmless looks for everything that could run or fetch something, and returns how many elements of each name
// there are.
func checkHarmless(t testing.TB, root *html.Node) map[string]int {
	names := map[string]int{}
	for n := range root.Descendants() {
		require.NotEqual(t, html.CommentNode, n.Type)
		if n.Type != html.ElementNode {
			continue
		}
		names[n.Data]++
		for _, a := range n.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"), "%s %s=%q", n.Data, a.Key, a.Val)
			require.NotContains(t, []string{"src", "srcset", "data", "action", "formaction", "poster", "background", "ping",
				"style"}, a.Key)
			if strings.HasSuffix(a.Key, "href") {
				require.True(t, strings.HasPrefix(a.Val, "#"), a.Val)
			}
			for _, no := range []string{"NaN", "Inf", "ZgotmplZ"} {
				require.NotContains(t, a.Val, no, "%s %s", n.Data, a.Key)
			}
		}
	}
	for _, no := range []string{"img", "iframe", "object", "embed", "link", "base", "form", "audio", "video", "image",
		"foreignObject"} {
		require.Zero(t, names[no], no)
	}
	require.Equal(t, 1, names["script"])
	require.Equal(t, pageJS, text(elements(root, "script")[0]))
	require.Equal(t, 1, names["style"])
	require.Equal(t, pageCSS, text(elements(root, "style")[0]))
	return names
}

// The page is one file: it refers to nothing outside, and its policy forbids it.
func TestSelfContained(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Write(&b, one(sample10())))
	require.False(t, strings.Contains(b.String(), "//"), "an address has two slashes")
	require.NotContains(t, pageCSS, "@import")
	for _, m := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(b.String(), -1) {
		require.True(t, strings.HasPrefix(m[1], "#"), m[0])
	}
	root := drawn(t, one(sample10()))
	var rules string
	for _, meta := range elements(root, "meta") {
		if attr(meta, "http-equiv") == "Content-Security-Policy" {
			rules = attr(meta, "content")
		}
	}
	require.Contains(t, rules, "default-src 'none'")
	require.NotContains(t, rules, "script-src 'unsafe-inline'")
}

// Whatever is referred to by its id is there, once.
func TestIDs(t *testing.T) {
	var page Page
	page.Add("1", "", sample10())
	page.Add("2", "", sample10())
	root := drawn(t, page)
	ids := map[string]int{}
	var wanted []string
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "href" && a.Val[0] == '#':
				wanted = append(wanted, a.Val[1:])
			}
		}
	}
	for _, m := range regexp.MustCompile(`url\(#([^)]*)\)`).FindAllStringSubmatch(pageCSS, -1) {
		wanted = append(wanted, m[1])
	}
	require.NotEmpty(t, wanted)
	for _, id := range wanted {
		require.Equal(t, 1, ids[id], id)
	}
}

// Two hours of the worst that happens in calls stay small, and what happens in none is bounded.
func TestSize(t *testing.T) {
	size := func(p Participant) int {
		var b bytes.Buffer
		require.NoError(t, Write(&b, one(p)))
		return b.Len()
	}
	const hours = 2
	call := long(hours*time.Hour, 4, 20*time.Second)
	require.Less(t, size(call), 1_000_000)
	bad := long(hours*time.Hour, 1000, 100*time.Millisecond)
	require.Less(t, size(bad), 3_000_000)
	day := long(12*hours*time.Hour, 4, 20*time.Second)
	require.Less(t, size(day), 1_200_000, "twelve times as long, not twelve times as large")
}

// long is a camera, a screen and a microphone, each with a loss every second, changing in several ways so many times an
// hour, and with a hole of each kind every so often.
func long(length time.Duration, changes int, holes time.Duration) Participant {
	p := Participant{Name: "long", Duration: length}
	for k, kind := range []string{Video, Video, Audio} {
		t := Track{File: "x.mjr", Kind: kind, Units: 1, End: length, DriftPPM: 50, DriftKnown: true,
			FrameDuration: 20 * time.Millisecond,
			Counts:        timeline.Counts{Records: 1, Used: 1}}
		for i := range int(length / time.Second) {
			at := time.Duration(i) * time.Second
			noise := float64((i*7919 + k) % 97)
			t.Activity = append(t.Activity, timeline.Activity{At: at, Length: time.Second, Bytes: 10000 + 731*int(noise),
				Packets: 90,
				Missing: i % 5, KeyFrames: i % 2, Hidden: i % 3})
			t.Delays = append(t.Delays, timeline.Delay{At: at, Least: noise + float64(i)/20, Fit: float64(i) / 20})
		}
		hour := int(length / time.Hour)
		for i := range changes * hour {
			at := length * time.Duration(i) / time.Duration(changes*hour)
			t.Orientations = append(t.Orientations, timeline.OrientationSpan{At: at,
				Orientation: cvo.Orientation{Degrees: i % 4 * 90, Flip: i%3 == 0}})
			t.Sizes = append(t.Sizes, timeline.SizeSpan{At: at, Width: 100 + i, Height: 100})
		}
		for i := range min(100_000, int(length/holes)) {
			at := holes * time.Duration(i)
			t.Holes = append(t.Holes, timeline.Hole{From: at, To: at + holes/2, Kind: kinds[i%4].kind, Packets: i % 4 / 3})
		}
		p.Tracks = append(p.Tracks, t)
	}
	return p
}

// numbers takes values out of a fuzzer's bytes.
type numbers struct{ b []byte }

func (n *numbers) next() int64 {
	var eight [8]byte
	n.b = n.b[copy(eight[:], n.b):]
	return int64(binary.LittleEndian.Uint64(eight[:]))
}

func (n *numbers) time() time.Duration { return time.Duration(n.next()) }
func (n *numbers) float() float64      { return math.Float64frombits(uint64(n.next())) }

// fuzzed is a participant with any values.
func fuzzed(name string, n *numbers) Participant {
	p := Participant{Name: name, Duration: n.time()}
	for len(n.b) > 0 && len(p.Tracks) < 3 {
		tr := Track{File: name, Kind: []string{Video, Audio, Data, name}[uint64(n.next())%4], Units: int(n.next()),
			Start: n.time(), End: n.time(),
			DriftPPM: n.float(), DriftKnown: n.next()%2 == 0, FrameDuration: n.time(),
			Counts: timeline.Counts{Records: int(n.next()), Used: int(n.next()), Late: int(n.next()), Lost: int(n.next())}}
		for i := 0; i < 4 && len(n.b) > 0; i++ {
			tr.Activity = append(tr.Activity, timeline.Activity{At: n.time(), Length: n.time(), Bytes: int(n.next()),
				Packets: int(n.next()),
				Missing: int(n.next()), KeyFrames: int(n.next()), Hidden: int(n.next())})
			tr.Delays = append(tr.Delays, timeline.Delay{At: n.time(), Least: n.float(), Fit: n.float()})
			tr.Holes = append(tr.Holes, timeline.Hole{From: n.time(), To: n.time(), Kind: kinds[uint64(n.next())%4].kind,
				Packets: int(n.next())})
			tr.Orientations = append(tr.Orientations, timeline.OrientationSpan{At: n.time(),
				Orientation: cvo.Orientation{Degrees: int(n.next()%4) * 90}})
			tr.Sizes = append(tr.Sizes, timeline.SizeSpan{At: n.time(), Width: int(n.next()), Height: int(n.next())})
		}
		p.Tracks = append(p.Tracks, tr)
	}
	return p
}

// Whatever the values are, there is a page, with numbers in it that are some.
func FuzzWrite(f *testing.F) {
	f.Add("x", []byte{})
	f.Add("<script>", bytes.Repeat([]byte{0xFF, 0xFF, 0xFF, 0x7F, 1, 0, 0, 0, 0}, 90))
	f.Add("y", bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0xF0, 0x7F, 0, 0xCA, 0x9A, 0x3B, 0, 0, 0, 0}, 60))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		p := fuzzed(name, &numbers{b})
		root := drawn(t, one(p))
		checkHarmless(t, root)
		for _, r := range slices.Concat(elements(root, "rect"), elements(root, "svg")) {
			require.False(t, strings.HasPrefix(attr(r, "width"), "-"), "%v", r.Attr)
			require.False(t, strings.HasPrefix(attr(r, "height"), "-"), "%v", r.Attr)
		}
	})
}
