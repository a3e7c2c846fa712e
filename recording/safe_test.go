package recording

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestSafePathComponent(t *testing.T) {
	for in, want := range map[string]string{
		"1234":             "1234",
		"":                 "_",
		"..":               "_",
		" . ":              "_",
		"../../etc/passwd": "_.._etc_passwd",
		"/etc":             "_etc",
		"a\nb":             "a_b",
		"\xff\xfe":         "_",
		"🎥 会议":             "🎥 会议",
		"nul":              "nul_",
		"COM1.log":         "COM1_.log",
		"console":          "console",
		"con.x.y":          "con_.x.y",
		"Lpt1 .x":          "Lpt1 _.x",
	} {
		require.Equal(t, want, SafeName(in, 255), "%q", in)
	}
	long := SafeName(strings.Repeat("x", 255), 200)
	require.Len(t, long, 200)
	require.NotEqual(t, long, SafeName(strings.Repeat("x", 254)+"y", 200))
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"..", "a/b", "\xff", "con", strings.Repeat("ä", 200), "~", "-\u202e.", "e\u0301"} {
		f.Add(s, 255)
		f.Add(s, 12)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		name := SafeName(s, limit)
		if limit >= 16 && len(name) > limit {
			t.Fatalf("%q has more than %d bytes", name, limit)
		}
		if name == "" || filepath.Base(name) != name || !filepath.IsLocal(name) || name[0] == '.' || name[0] == '-' {
			t.Fatalf("%q is no safe component of a path", name)
		}
		if !utf8.ValidString(name) || strings.ContainsAny(name, "\x00\n\r\t\\:") {
			t.Fatalf("%q holds what it must not", name)
		}
		if limit >= 32 && SafeName(name, limit) != name {
			t.Fatalf("%q becomes %q when it is made safe again", name, SafeName(name, limit))
		}
	})
}
