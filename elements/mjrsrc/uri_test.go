package mjrsrc

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

func TestURI(t *testing.T) {
	for uri, want := range map[string]string{
		"mjr:///a/b.mjr":                "/a/b.mjr",
		"mjr:///a%20b/%41%3F%23%25.mjr": "/a b/A?#%.mjr",
		"MJR:///x":                      "/x",
		"mjr://localhost/x":             "/x",
		"mjr://":                        "",
	} {
		got, err := pathOf(uri)
		require.NoError(t, err, uri)
		require.Equal(t, want, got)
	}
	for _, uri := range []string{"file:///x", "mjr:x.mjr", "mjr://host/x", "mjr:///x?a=b", "mjr:///x#a", "mjr:///%zz",
		"mjr://user@localhost/x", "mjr:///x?"} {
		_, err := pathOf(uri)
		require.Error(t, err, uri)
	}
	for _, path := range []string{"/a/b.mjr", `/ü ?#%:\"&;/x`, "/"} {
		s := &source{}
		s.SetProperty("location", path)
		got, err := pathOf(s.URI())
		require.NoError(t, err)
		require.Equal(t, path, got)
	}
	require.Empty(t, (&source{}).URI())

	p := gsttest.Parse(t, "uridecodebin uri=mjr://otherhost/x.mjr ! fakesink")
	defer p.Close()
	require.False(t, p.SetState(pipeline.Paused))
	p.SetState(pipeline.Null)
}

func TestSiblingsProperty(t *testing.T) {
	for list, want := range map[string][]string{
		"a": {"a"}, "a:b": {"a", "b"}, `a\:b:c`: {"a:b", "c"}, `a\\:b`: {`a\`, "b"}, ":a::b:": {"a", "b"}, `a\`: {`a\`},
	} {
		require.Equal(t, want, split(list), list)
	}
	require.Empty(t, split(""))
}

// Whatever a program hands over as a URI, it is refused or a path that makes a URI which means the same.
func FuzzURI(f *testing.F) {
	for _, uri := range []string{"mjr:///a%20b.mjr", "mjr://", "mjr:///%zz", "mjr://host/x", "file:///x", "mjr:///\x00",
		"mjr:x"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		path, err := pathOf(uri)
		if err != nil || !strings.HasPrefix(path, "/") {
			return
		}
		s := &source{}
		s.SetProperty("location", filepath.Clean(path))
		again, err := pathOf(s.URI())
		require.NoError(t, err)
		require.Equal(t, filepath.Clean(path), again)
	})
}

// No list makes split fail or lose a byte of a path.
func FuzzSiblings(f *testing.F) {
	for _, list := range []string{"a:b", `a\:b`, `\\`, ":", `\`} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		paths := split(list)
		escape := strings.NewReplacer(`\`, `\\`, `:`, `\:`)
		var escaped []string
		for _, p := range paths {
			require.NotEmpty(t, p)
			escaped = append(escaped, escape.Replace(p))
		}
		require.Equal(t, len(paths), len(split(strings.Join(escaped, ":"))))
		for i, p := range split(strings.Join(escaped, ":")) {
			require.Equal(t, paths[i], p)
		}
	})
}
