package stage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A font without pictures has the signs that join them, though, and those must not keep spaces at the ends.
func TestWhatNoFontHasLeavesNothing(t *testing.T) {
	has := func(r rune) bool { return r < 0x2000 || r == '\u200d' || r == '\ufe0f' }
	for text, want := range map[string]string{
		"👨\u200d👩\u200d👧 family 🏳\ufe0f\u200d🌈": "family",
		"🎧 Anna 🎧 Lena":    "Anna Lena",
		"a\u0323\u0301":    "a\u0323\u0301",
		"🎧\u200d \u200d":   "",
		"می\u200cخواهم":    "می\u200cخواهم",
		"\u202eevil\u202c": "evil\u202c",
	} {
		require.Equal(t, want, string(drawable(text, has)), "%+q", text)
	}
}

func TestLettersThatNoFontHas(t *testing.T) {
	has := func(r rune) bool { return r < 0x0e00 }
	for text, want := range map[string]bool{"": true, "Jürgen Groß": true, "محمد": true, "Anna 🎧": true, "สมชาย": false,
		"Anna (สมชาย)": false, "漢": false, "\u200d": true} {
		require.Equal(t, want, spelled(text, has), "%+q", text)
	}
	require.True(t, Drawable("Émile 123"), "the built-in font has them")
	require.False(t, Drawable("\U0001E900\u0378 \U000323AF"), "the last letter of all that are encoded")
}
