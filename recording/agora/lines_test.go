package agora

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A text whose lines somebody has turned round or shuffled says the same as in order, wherever that shows: where it
// does not, it is read as it is.
func TestLinesInAnotherOrder(t *testing.T) {
	text := strings.Split(`0.000 9_20300102030405000.aac create
0.400 9_20300102030405400.mp4 create
0.400 9_20300102030405400.mp4 info width=480 height=270 rotation=90
2.000 9_20300102030405400.mp4 rotate rotation=0
4.200 9_20300102030405400.mp4 close
4.733 9_20300102030409733.mp4 create
4.733 9_20300102030409733.mp4 info width=320 height=180 rotation=0
8.930 9_20300102030409733.mp4 close
9.003 9_20300102030405000.aac close`, "\n")
	whole := parse(t, "9", strings.Join(text, "\n"))
	require.False(t, whole.sorted)
	reversed := slices.Clone(text)
	slices.Reverse(reversed)
	got := parse(t, "9", strings.Join(reversed, "\n"))
	require.True(t, got.sorted)
	require.Equal(t, whole.lines, got.lines)
	random, sorted := rand.New(rand.NewPCG(1, 2)), 0
	for range 300 {
		shuffled := slices.Clone(text)
		random.Shuffle(len(text), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
		if got = parse(t, "9", strings.Join(shuffled, "\n")); got.sorted {
			require.Equal(t, whole.lines, got.lines)
			sorted++
		}
	}
	require.Greater(t, sorted, 250)
}

// What a recorder writes is left as it is, whatever its clock does.
func TestLinesAsWritten(t *testing.T) {
	for name, text := range map[string]string{
		"no create line":  "3.0 9_20300102030405000.aac close\n1.0 9_20300102030405400.mp4 info rotation=0",
		"set back":        "5.0 9_20300102030405000.aac create\n1.0 9_20300102030405000.aac close",
		"one moment":      "1.0 9_20300102030405400.mp4 info rotation=0\n1.0 9_20300102030405400.mp4 create",
		"opened again":    "1.0 9_20300102030405400.mp4 create\n2.0 9_20300102030405400.mp4 close\n0.5 9_20300102030405400.mp4 create",
		"the column over": "4294967.295 9_20300102030405400.mp4 create\n8.9 9_20300102030405400.mp4 close",
	} {
		require.False(t, parse(t, "9", text).sorted, name)
	}
}
