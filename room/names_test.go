package room

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	for text, want := range map[string]Names{
		`{"1": "Alice"}`:                       {"1": "Alice"},
		"1: Alice\n# no\n2: 'Bob: the second'": {"1": "Alice", "2": "Bob: the second"},
		"1,Alice\n2,\"Miller, Bob\"":           {"1": "Alice", "2": "Miller, Bob"},
		"":                                     {},
	} {
		got, err := ParseNames(strings.NewReader(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	_, err := ParseNames(strings.NewReader("Alice"))
	require.Error(t, err)
	require.Equal(t, "a b", CleanName(" a\n\x00\u202e b\t"))
	require.Len(t, []rune(CleanName(strings.Repeat("x", 200))), longestName+1)
	require.Equal(t, "สมชาย 🎧", CleanName("สมชาย 🎧"))
	for name, want := range map[string]string{"Jürgen Groß": "JG", "محمد": "م", "สมชาย 🎧": "ส", "a b c": "AC", "🎧": "?",
		"700101": "01", "7": "7", "": "?", "42 b": "4B"} {
		require.Equal(t, want, Initials(name), name)
	}
}

func TestWhoIsCalledSo(t *testing.T) {
	c := &Cast{People: []Person{{ID: "1", Name: "Kim"}, {ID: "2", Name: "Lee"}, {ID: "3", Name: "Kim"},
		{ID: "Lee", Name: "1"}}}
	require.Equal(t, []string{"1", "3"}, c.Called("Kim"))
	require.Equal(t, []string{"Lee"}, c.Called("Lee"), "an id comes before a name")
	require.Equal(t, []string{"1"}, c.Called("1"))
	require.Empty(t, c.Called("Ann"))
}

func FuzzNames(f *testing.F) {
	f.Add("1: a\n2,b")
	f.Fuzz(func(t *testing.T, s string) {
		names, err := ParseNames(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, n := range names {
			if c := CleanName(n); c != CleanName(c) && !strings.HasSuffix(c, "…") {
				t.Fatalf("%q is not clean", c)
			}
			Initials(n)
		}
	})
}
