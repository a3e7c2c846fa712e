package watch

import (
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func fields() Fields {
	return Fields{
		Folder: "a/b", Name: "1234-1001-2", Recording: "1234", Title: "Weekly", Room: "1234", User: "1001", Session: 2,
		Watch: "calls", Start: start, ID: "0123456789abcdef0123456789abcdef",
	}
}

func TestExpandTemplate(t *testing.T) {
	old := time.Local
	time.Local = time.FixedZone("", 2*3600)
	defer func() { time.Local = old }()
	for template, want := range map[string]string{
		"{name}": "1234-1001-2",
		"{room}/{user}/{start:2006-01-02T15-04-05}.mp4": "1234/1001/2026-01-02T03-04-05",
		"{room}/{start}.MKV":                            "1234/2026-01-02T03-04-05",
		"{start_local:2006/01/02/1504} {user}":          "2026/01/02/0504 1001",
		"{start_local}":                                 "2026-01-02T05-04-05",
		"{start:15:04:05}":                              "03_04_05",
		"{folder}/{name}":                               "a/b/1234-1001-2",
		"{recording}-{title}-{session}-{watch}-{id}":    "1234-Weekly-2-calls-01234567",
		"{{{user}}}":                                    "{1001}",
		"fixed.avi":                                     "fixed.avi",
		"{name}.mp4.mp4":                                "1234-1001-2.mp4",
		"con":                                           "con_",
	} {
		require.NoError(t, CheckTemplate(template), template)
		got, err := ExpandTemplate(template, fields())
		require.NoError(t, err)
		require.Equal(t, want, got, template)
	}
}

func TestExpandTemplateUnknown(t *testing.T) {
	for template, want := range map[string]string{
		"{room}/{user}/{start}": "unknown/unknown/unknown",
		"{folder}/{name}":       "unknown",
		"{folder}{user}":        "unknown",
		"{folder}":              "unknown",
		"{folder}/x":            "x",
		"{id}-{session}":        "unknown-1",
	} {
		got, err := ExpandTemplate(template, Fields{})
		require.NoError(t, err)
		require.Equal(t, want, got, template)
	}
}

func TestExpandTemplateHostile(t *testing.T) {
	long := strings.Repeat("ä", 300)
	for value, want := range map[string]string{
		"..":               "_",
		"../../etc/passwd": "_.._etc_passwd",
		"/etc/passwd":      "_etc_passwd",
		".hidden":          "hidden",
		"-rf":              "rf",
		"a\nb\x00c":        "a_b_c",
		`a\b:c`:            "a_b_c",
		"\xff\xfe":         "_",
		" ":                "unknown",
		"🙂👩‍👩‍👧":           "🙂👩‍👩‍👧",
		"video.mp4":        "video.mp4",
	} {
		got, err := ExpandTemplate("{user}/{user}", Fields{User: value})
		require.NoError(t, err)
		require.Equal(t, want+"/"+want, got, "%q", value)
	}
	got, err := ExpandTemplate("{user}/{user}{room}", Fields{User: long, Room: long})
	require.NoError(t, err)
	dir, base := path.Split(got)
	require.LessOrEqual(t, len(dir), maxComponent+1)
	require.LessOrEqual(t, len(base), maxBase)
	other, err := ExpandTemplate("{user}/{user}{room}", Fields{User: long, Room: long + "2"})
	require.NoError(t, err)
	require.NotEqual(t, got, other, "what is cut stays different")

	got, err = ExpandTemplate("{folder}/{name}", Fields{Folder: "../a/./..//b", Name: "x"})
	require.NoError(t, err)
	require.Equal(t, "_/a/_/b/x", got)
	got, err = ExpandTemplate("{folder}/{name}", Fields{Folder: strings.Repeat("folder/", 500), Name: "x"})
	require.NoError(t, err)
	require.Less(t, len(got), maxComponent+10)
}

func TestCheckTemplate(t *testing.T) {
	for template, want := range map[string]string{
		"":                       "is empty",
		".mp4":                   "",
		" ":                      "is empty",
		"/abs/{name}":            "begins with",
		"{name}/":                "ends in",
		"{name}/.mp4":            "ends in",
		"../{name}":              `".." as a component`,
		"a/./b":                  `"." as a component`,
		"a//b":                   "nothing between",
		`a\b`:                    `holds "\"`,
		"{nom}":                  "unknown placeholder {nom}; there are {folder}, {name}",
		"{}":                     "unknown placeholder {}",
		"{name":                  `"{" without "}"`,
		"name}":                  `"}" without "{"`,
		"{name:2006}":            "only {start}",
		"{start:YYYY-MM-DD}":     "does not say how to write a time",
		"{start:}":               "does not say how to write a time",
		"{start:2006/../../../}": "begins or ends in",
		"{start:2006/..}":        `".." as a component`,
		"{start:2006/..}{name}":  "",
		"a\nb":                   "control character",
		"\xff":                   "UTF-8",
		strings.Repeat("a", 600): "more than 500 bytes",
	} {
		err := CheckTemplate(template)
		_, expandErr := ExpandTemplate(template, fields())
		require.Equal(t, err, expandErr)
		if want == "" {
			require.NoError(t, err, template)
			continue
		}
		require.ErrorContains(t, err, want, template)
	}
}

func FuzzExpandTemplate(f *testing.F) {
	f.Add("{room}/{user}/{start:2006/01/02}.mp4", "../..", "a\x00b", int64(1))
	f.Add("{folder}/{{{name}}}", "/", "", int64(0))
	f.Add("{start:2006/.././..Z07:00}/.{title}.", "..", strings.Repeat("/x", 2000), int64(-1))
	f.Fuzz(func(t *testing.T, template, a, b string, at int64) {
		x := Fields{Folder: b, Name: a, Recording: b, Title: a, Room: b, User: a, Session: int(at), Watch: a, ID: b}
		if at != 0 {
			x.Start = time.UnixMicro(at)
		}
		check := CheckTemplate(template)
		got, err := ExpandTemplate(template, x)
		require.Equal(t, check, err)
		if err != nil {
			return
		}
		require.True(t, filepath.IsLocal(got), "%q", got)
		require.Equal(t, path.Clean(got), got)
		require.True(t, utf8.ValidString(got))
		components := strings.Split(got, "/")
		for i, c := range components {
			require.NotEmpty(t, strings.Trim(c, ". "), "%q", got)
			require.False(t, strings.HasPrefix(c, ".") || strings.HasPrefix(c, "-"), "%q", got)
			require.NotContains(t, c, "\x00")
			limit := maxComponent
			if i == len(components)-1 {
				limit = maxBase
			}
			require.LessOrEqual(t, len(c), limit)
		}
	})
}
