package config

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/profile"
)

// Files that are made to take all time, memory or stack there is get an error, soon.
func TestBombs(t *testing.T) {
	fill := func(s string) string { return strings.Repeat(s, MaxFileBytes/len(s)) }
	nested := ""
	for i := range 300 {
		nested += strings.Repeat(" ", i) + "a:\n"
	}
	laughs := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'z'; c++ {
		last := string(c - 1)
		laughs += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+last+", ", 9) + "*" + last + "]\n"
	}
	big := "watch:\n  - &a\n"
	for i := range 500 {
		big += "    x" + strings.Repeat("y", i%10) + strings.Repeat("z", i/10) + ": 1\n"
	}
	for name, test := range map[string]struct{ text, want string }{
		"sequences": {fill("["), "nested deeper"},
		"mappings":  {fill("{a: "), "nested deeper"},
		"dashes":    {fill("- "), "nested deeper"},
		"questions": {fill("? "), "nested deeper"},
		"anchors":   {fill("&a "), "nested deeper"},
		"tags":      {fill("!a "), "nested deeper"},
		"steps":     {nested, "nested deeper"},
		"keys":      {fill("a: \n"), "more in it"},
		"items":     {"watch:\n" + fill("- a\n")[:MaxFileBytes-10], "more in it"},
		"quotes":    {fill(`"`), "more in it"},
		"laughs":    {laughs, "there is no option"},
		"aliases":   {big + "  " + strings.Repeat("- *a\n  ", 3000), "aliases make more"},
		"folders": {"watch:\n  - &a {folder: /x, output: /y}\n  " + strings.Repeat("- *a\n  ", 3000),
			"more than 1000 items"},
		"merges":     {big + "  - <<: [" + strings.Repeat("*a, ", 3000) + "*a]\n", "aliases make more"},
		"merge loop": {"watch:\n  - &a\n    <<: *a\n    folder: /x\n    output: /y\n", "<< takes over itself"},
		"alias loop": {"watch: &a [*a]\n", "watch[0] is a section"},
		"self":       {"state: &a *a\n", ""},
		"long key":   {strings.Repeat("k", 100000) + ": 1\n", "there is no option"},
	} {
		t.Run(name, func(t *testing.T) {
			start := work()
			_, _, err := Parse([]byte(test.text), "/", nil, known)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.True(t, slices.ContainsFunc(e.Problems,
				func(p Problem) bool { return strings.Contains(p.Text, test.want) }), "%.500s", err.Error())
			require.Less(t, len(err.Error()), 100_000)
			require.Less(t, work()-start, enough)
		})
	}
}

// The largest file that is taken at all does not take long, either.
func TestLargestFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("watch:\n")
	for i := 0; i < 400; i++ {
		n := strings.Repeat("n", i/20+1) + string(rune('a'+i%20))
		b.WriteString("  - folder: /in/" + n + "\n    output: /out/" + n +
			"\n    settle: 10s\n    audio: auto\n    sources: {move: /done}\n    hook: {command: [/bin/true, a, b]}\n")
	}
	start := work()
	c, _, err := Parse([]byte(b.String()), "/", nil, known)
	require.NoError(t, err)
	require.Len(t, c.Watch, 400)
	require.Less(t, work()-start, enough)
}

// enough is how much any file may take: a few seconds on a slow machine.
const enough uint64 = 12_000_000

// work is what was done so far, as the number of values that were made: no machine, and nothing beside it, changes
// that.
func work() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

func FuzzParse(f *testing.F) {
	fixture, err := os.ReadFile(fixture)
	require.NoError(f, err)
	f.Add(fixture)
	f.Add(commented.ReplaceAll(fixture, []byte("$1$2")))
	for _, s := range []string{
		"", "a", "- a", minimal, "watch: &a [*a]", "? a\n: b", "watch:\n- &a\n  <<: *a", "<<: [*a, {b: c}]",
		"state: |\n  a\n  b\n", "a: !!binary x", "--- \na: 1\n...\n---\n",
		"watch: [{folder: 'x', output: \"y\\u0000\"}]", "\ufeffstate: x\r\n", "%YAML 1.2\n---\nstate: x\n",
		"history: .inf", "workers: {memory: 1.5GiB, jobs: auto}", "[a]: b", "&a *b : c", "watch:\n  - ? <<\n",
		withProfiles(small, "  a: {from: small, video: \"timeoverlay text='a b' ! auto\"}"),
		withProfiles("  small: &x {from: b, width: 3}", "  b: *x", "  \"c\": {pipeline: '${video} ! filesink'}"),
		withProfiles("  small:", "    video: >-", "      x264enc", "", "      ! video/x-h264 ! ! y", "    mux: |",
			"      mp4mux"), withProfiles("  small: [a, {b: c}]", "  \"\": {}", "  ? x"),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := Parse(data, "/etc/upright", nil, known)
		if err != nil {
			require.Nil(t, c)
			require.NotEmpty(t, err.Error())
			return
		}
		// What is accepted is whole.
		require.True(t, c.State != "" && c.Workers.Jobs > 0 && c.Queue.Name != "" && c.HTTP.Listen != "")
		for _, w := range c.Watch {
			require.True(t, strings.HasPrefix(w.Folder, "/") && strings.HasPrefix(w.Output, "/"), "%q %q", w.Folder,
				w.Output)
			require.NotEmpty(t, w.Name)
			require.NotEmpty(t, w.Template)
			require.Contains(t, []string{Keep, Move, Delete}, w.Sources.After)
			require.Equal(t, w.Sources.After == Move, w.Sources.Move != "")
			require.True(t, w.Settle == 0 || w.Settle >= minPause, "%v", w.Settle)
		}
		for name := range c.Profiles {
			p, err := profile.Find(name, c.Profiles)
			require.NoError(t, err)
			require.Empty(t, profile.Check(p))
		}
		require.True(t, Diff(c, c).Empty())
		require.NotEmpty(t, c.String())
	})
}
