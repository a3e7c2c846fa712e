package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
)

// TestPlaced says what becomes of a participant where there are outputs of that name.
func TestPlaced(t *testing.T) {
	const content, made = "c0ffee", "c0ffee-5e77"
	output := report.Output{File: "ann.mp4", Bytes: 5}
	whole := report.Report{Schema: 1, Identity: made, Inputs: []report.Input{{File: "v.mjr"}},
		Outputs: []report.Output{output}}
	with := func(change func(*report.Report)) *report.Report {
		r := whole
		change(&r)
		return &r
	}
	for name, c := range map[string]struct {
		there   *report.Report // as ann
		video   string         // ann.mp4, "" if missing
		dated   *report.Report // as ann-20261121-043142
		fixed   bool
		want    string
		done    bool
		replace bool
		says    string
	}{
		"nothing there": {want: "ann"},
		"done already":  {there: &whole, video: "video", want: "ann", done: true},
		"without media": {there: with(func(r *report.Report) { r.Outputs, r.Error = nil, "nothing recorded" }),
			want: "ann", done: true},
		"the video was deleted": {there: &whole, want: "ann", replace: true},
		"not verified then": {there: with(func(r *report.Report) { r.Unverified = []report.Unverified{{File: "x"}} }),
			video: "video", want: "ann", replace: true},
		"the video is not ours any more": {there: &whole, video: "a video of mine", says: "was changed since it was made"},
		"other options": {there: with(func(r *report.Report) { r.Identity = content + "-0000" }), video: "video",
			says: "another profile or other options"},
		"another recording": {there: with(func(r *report.Report) { r.Identity = "beef-5e77" }), video: "video",
			want: "ann-20261121-043142"},
		"another recording, and done already": {there: with(func(r *report.Report) { r.Identity = "beef-5e77" }),
			video: "video",
			dated: with(func(r *report.Report) { r.Outputs = []report.Output{{File: "d.mp4", Bytes: 4}} }),
			want:  "ann-20261121-043142", done: true},
		"two other recordings": {there: with(func(r *report.Report) { r.Identity = "beef-5e77" }),
			dated: with(func(r *report.Report) { r.Identity = "f00d-5e77" }), want: "ann-20261121-043142-2"},
		"another recording, and a name that was asked for": {there: with(func(r *report.Report) { r.Identity = "beef-5e77" }),
			fixed: true, says: "is of another recording"},
		"a report of old, of the same files": {there: with(func(r *report.Report) { r.Identity = "" }),
			says: "use --overwrite"},
		"a report of old, of other files": {there: with(func(r *report.Report) {
			r.Identity, r.Inputs = "", []report.Input{{File: "w.mjr"}}
		}), want: "ann-20261121-043142"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for base, r := range map[string]*report.Report{"ann": c.there, "ann-20261121-043142": c.dated} {
				if r != nil {
					require.NoError(t, r.Save(report.Path(dir, base), dir, false))
				}
			}
			if c.video != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "ann.mp4"), []byte(c.video), 0o666))
			}
			require.NoError(t, os.WriteFile(filepath.Join(dir, "d.mp4"), []byte("dddd"), 0o666))
			began := time.Date(2026, 11, 21, 4, 31, 42, 0, time.UTC)
			p := participant{participant: &recording.Participant{Name: "ann", StartUs: began.UnixMicro(),
				Tracks: []*recording.File{{Path: "/in/v.mjr"}}}}
			is, err := placed(dir, "ann", p, content, made, c.fixed)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, is.name)
			require.Equal(t, c.done, is.done != nil)
			require.Equal(t, c.replace, is.replace)
		})
	}
}

func TestDestination(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.mp4"), 0o777))
	for path, want := range map[string]destination{
		"out":                {dir: "out"},
		"out.d":              {dir: "out.d"},
		"out/call.mp4":       {dir: "out", file: "call.mp4"},
		"call.WebM":          {dir: ".", file: "call.WebM"},
		"call.mp4/":          {dir: "call.mp4/"},
		dir + "/folder.mp4":  {dir: dir + "/folder.mp4"},
		dir + "/another.m4a": {dir: dir, file: "another.m4a"},
	} {
		is, err := destinationOf(path)
		require.NoError(t, err)
		require.Equal(t, want, is, path)
	}
	_, err := destinationOf("-")
	require.ErrorContains(t, err, "standard output")
	_, err = destinationOf("out/call.MOV")
	require.ErrorContains(t, err, "ends in .mp4, .webm, .mkv or .m4a, not in .mov; a folder of that name is out/call.MOV/")
	is, err := destinationOf("call.mov/")
	require.NoError(t, err)
	require.Equal(t, destination{dir: "call.mov/"}, is)
	require.Equal(t, "webm", destination{file: "a.webm"}.profileFor("mp4"))
	require.Equal(t, "original", destination{file: "a.webm"}.profileFor("original"))
	require.Equal(t, "mp4", destination{dir: "out"}.profileFor("mp4"))
	require.NoError(t, destination{dir: "out"}.check(people("a", "b")))
	require.NoError(t, destination{dir: "out", file: "x.mp4"}.check(people("a")))
	require.ErrorContains(t, destination{dir: "out", file: "x.mp4"}.check(people("a", "b", "c", "d", "e", "f")),
		"out/x.mp4 is one file, but there are 6 participants (a, b, c, d, e, …)")
}

func TestClosing(t *testing.T) {
	for want, s := range map[string]summary{
		"":                         {Already: 1, Done: 1},
		"2 done already; 1 failed": {Already: 2, Done: 2, Failed: 1},
		"1 converted: 30.00 s of media in 0.5 s, 60 times as fast as it plays": {Done: 1, media: 30 * time.Second,
			took: 500 * time.Millisecond},
		"1 converted: 30.00 s of media in 20.0 s, 1.5 times as fast as it plays; 1 warning": {Done: 1,
			media: 30 * time.Second,
			took:  20 * time.Second, warnings: 1},
		"2 converted: 1:00.0 of media in 0.0 s; 1 done already; 1 without media; 3 warnings": {Done: 3, Already: 1, Empty: 1,
			media: time.Minute, warnings: 3},
	} {
		require.Equal(t, want, s.closing())
	}
}

func TestUnknownCommand(t *testing.T) {
	parser, err := newParser(new(cli))
	require.NoError(t, err)
	for line, says := range map[string]string{
		"jobs lst":  `upright jobs has no command "lst", did you mean "list"? It has list, show, `,
		"convrt":    `upright has no command "convrt", did you mean "convert"? It has convert, compose, `,
		"jobs xyzz": `upright jobs has no command "xyzz". It has list, `,
	} {
		require.ErrorContains(t, unknownCommand(parser.Model.Node, strings.Fields(line)), says)
	}
	for _, line := range []string{"jobs", "jobs --address=x nope", "jobs list nope", "convert nope", "--help", "work"} {
		require.NoError(t, unknownCommand(parser.Model.Node, strings.Fields(line)), line)
	}
}
