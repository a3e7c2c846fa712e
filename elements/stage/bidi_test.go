package stage

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// seen is a line as it stands, from left to right, without mirroring of brackets.
func seen(line string) string {
	text := []rune(line)
	levels, _ := embedding(text)
	places := make([]int, len(text))
	for i := range places {
		places[i] = i
	}
	inOrder(places, func(i int) int { return levels[i] })
	out := make([]rune, len(text))
	for k, i := range places {
		out[k] = text[i]
	}
	return string(out)
}

// Names from right to left, with words of another script, numbers and brackets, each as it is read: what is expected
// was compared with FriBidi.
func TestLinesOfTwoDirections(t *testing.T) {
	for line, want := range map[string]string{
		"":                "",
		"Dana 5":          "Dana 5",
		"דנה":             "הנד",
		"דנה 5":           "5 הנד",
		"5 דנה":           "הנד 5",
		"Dana דנה":        "Dana הנד",
		"Dana דנה 5":      "Dana 5 הנד",
		"Dana (דנה) 5":    "Dana (הנד) 5",
		"דנה (a) 5":       "5 )a( הנד",
		"דנה (Room 12)":   ")Room 12( הנד",
		"דנה (Room) 12":   "12 )Room( הנד",
		"דנה 3-5":         "3-5 הנד",
		"דנה 12:30 ב":     "ב 12:30 הנד",
		"abc אבג 123 def": "abc 123 גבא def",
		"סמ 50% x":        "x 50% מס",
		"سم 12 a":         "a 12 مس",
		"דנה [a (b) c] 7": "7 ]a (b) c[ הנד",
		"a) (ב":           "a) (ב",
		"דנה ,":           ", הנד",
	} {
		require.Equal(t, want, seen(line), line)
	}
}

func FuzzEmbedding(f *testing.F) {
	f.Add("דנה (Room 12) 5")
	f.Add("سم ٣٤% (a[ב)]")
	f.Fuzz(func(t *testing.T, line string) {
		text := []rune(line)
		levels, base := embedding(text)
		require.Len(t, levels, len(text))
		for _, level := range levels {
			require.True(t, base <= level && level <= base+2)
		}
		want, got := slices.Clone(text), []rune(seen(line))
		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, want, got)
	})
}
