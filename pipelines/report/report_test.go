package report

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/internal/place"
)

func TestReportIsWrittenInOneStep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "alice.json")
	r := &Report{Schema: Schema, Participant: "a<b>", Inputs: []Input{}, Outputs: []Output{}, Warnings: []Warning{}}
	require.NoError(t, r.Save(path, dir, false))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), `"a<b>"`)
	require.Contains(t, string(text), `"inputs": []`)

	require.NoError(t, r.Save(path, dir, false), "a report without outputs may be replaced")
	r.Outputs = []Output{{File: "x"}}
	require.NoError(t, r.Save(path, dir, false))
	require.ErrorIs(t, r.Save(path, dir, false), place.ErrExists)
	require.NoError(t, r.Save(path, dir, true))
	require.NoError(t, os.WriteFile(path, []byte(`{"name": "someone else's"}`), 0o600))
	require.ErrorIs(t, r.Save(path, dir, false), place.ErrExists)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left behind")
	require.ErrorIs(t, r.Save(filepath.Join(dir, "none", "x.json"), filepath.Join(dir, "none"), false), os.ErrNotExist)
}

// TestDocsNameEveryField compares docs/report.md with the types.
func TestDocsNameEveryField(t *testing.T) {
	text, err := os.ReadFile("../../docs/report.md")
	require.NoError(t, err)
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			require.Contains(t, string(text), "`"+name+"`", typ.Name())
			if f := typ.Field(i).Type; f.Kind() == reflect.Slice && f.Elem().Kind() == reflect.Struct {
				visit(f.Elem())
			} else if f.Kind() == reflect.Struct {
				visit(f)
			}
		}
	}
	visit(reflect.TypeFor[Report]())
}

func TestDocsNameEveryWarning(t *testing.T) {
	text, err := os.ReadFile("../../docs/warnings.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| ([^|]*[.]) \\| [^|]+[.] \\|$").FindAllStringSubmatch(string(text),
		-1)
	require.Len(t, rows, len(help))
	for _, row := range rows {
		require.Equal(t, Help(row[1]), strings.ReplaceAll(row[2], "`", ""))
	}
	require.Empty(t, Help("NO_SUCH_CODE"))
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "alice.json")
	want := &Report{Schema: Schema, Identity: "abc", Inputs: []Input{{File: "a.mjr", Codec: "opus"}},
		Outputs: []Output{{File: "alice.mp4", Tracks: []Track{{Kind: "audio"}}}}, Warnings: []Warning{{Code: Loss, Text: "x"}},
		Plan: Plan{Mode: "copy", Rejected: []Rejection{{Encoder: "x264enc", Kind: "probe", Reason: "crashed"}}}}
	require.NoError(t, want.Save(path, dir, false))
	got, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, want, got)

	for text, says := range map[string]string{
		"":                                 "unexpected end of JSON input",
		"[]":                               "cannot unmarshal",
		"{}":                               "its schema is 0, not 1",
		`{"schema": 2}`:                    "its schema is 2, not 1",
		`{"schema": 1, "inputs": 3}`:       "cannot unmarshal",
		`{"schema": 1, "outputs": [{"a":`:  "unexpected end of JSON input",
		`{"schema": 1, "outputs": ["a"]} `: "cannot unmarshal",
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := Load(path)
		require.ErrorIs(t, err, ErrSchema, text)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "alice.json")
		_, ok := Replaceable(path)
		require.False(t, ok, "it is somebody else's")
	}
	_, err = Load(filepath.Join(dir, "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestReplaceable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json")
	for text, want := range map[string]map[string]bool{
		`{"schema":1,"outputs":[]}`: {},
		`{"schema":1,"outputs":[{"file":"a.mp4"}],"unverified":[{"file":"b.unverified.mp4"}]}`: {"a.mp4": true, "b.unverified.mp4": true},
		`{"schema":1,"outputs":[],"unverified":[{"file":"../b.mp4"}]}`:                         {"../b.mp4": false},
		`{"schema":1,"outputs":[{"file":"a.mp4"}]}`:                                            nil,
		`{"schema":2,"outputs":[]}`:                                                            nil,
		`{"schema":1}`:                                                                         nil,
		`nonsense`:                                                                             nil,
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		got, ok := Replaceable(path)
		require.Equal(t, want, got, text)
		require.Equal(t, want != nil, ok, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"schema":1,"inputs":[{"file":"a.mjr","holes":[{"kind":"loss"}]}],"plan":{"rejected":[{}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		again, err := r.JSON()
		require.NoError(t, err)
		back, err := Parse(again)
		require.NoError(t, err)
		twice, err := back.JSON()
		require.NoError(t, err)
		require.Equal(t, string(again), string(twice))
	})
}
