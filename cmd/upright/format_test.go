package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSeconds(t *testing.T) {
	for ms, want := range map[float64]string{
		0:          "0.00 s",
		-1:         "0.00 s",
		-1500:      "-1.50 s",
		8040:       "8.04 s",
		59_994:     "59.99 s",
		59_996:     "1:00.0",
		205_100:    "3:25.1",
		3_599_960:  "1:00:00.0",
		3_723_400:  "1:02:03.4",
		86_400_000: "24:00:00.0",
	} {
		require.Equal(t, want, seconds(ms), "%v ms", ms)
	}
}

func TestPercent(t *testing.T) {
	require.Equal(t, "0 %", percent(0, 100))
	require.Equal(t, "0 %", percent(0, 0))
	require.Equal(t, "<0.1 %", percent(1, 100_000), "a loss is not nothing")
	require.Equal(t, "5.0 %", percent(1, 20))
}

func TestWrap(t *testing.T) {
	require.Equal(t, []string{"one two", "three", "einundzwanzig"}, wrap(" one two  three einundzwanzig", 8))
	require.Equal(t, []string{"äöü ä"}, wrap("äöü ä", 5), "characters, not bytes")
	require.Empty(t, wrap("", 10))
}

func TestColumns(t *testing.T) {
	require.Equal(t, []string{
		"file    lost",
		"…é.mjr     7",
		"b",
	}, columns([][]string{{"file", "lost"}, {"…é.mjr", "7"}, {"b", ""}}, []bool{false, true}))
}
