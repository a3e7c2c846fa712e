package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

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
