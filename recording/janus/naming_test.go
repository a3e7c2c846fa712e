package janus

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Names that only look different until they are made safe, or are another one's second output.
func TestNamesCollide(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a:b", 0, 10)
	audio(t, folder, "1", "a?b", 1, 10)
	audio(t, folder, "1", "A*B", 2, 10)
	require.Equal(t, map[string]int{"1-a_b": 1, "1-a_b.2": 1, "1-A_B.3": 1}, sizes(find(t, folder)))

	folder = t.TempDir()
	video(t, folder, "1", "a", 1, 0, 10)
	video(t, folder, "1", "a", 2, 0.0001, 10, `"d": "screen"`)
	audio(t, folder, "1", "a-screen", 1, 10) // 1-a-screen is the first one's screen
	require.Equal(t, map[string]int{"1-a": 2, "1-a-screen.2": 1}, sizes(find(t, folder)))

	folder = t.TempDir()
	audio(t, folder, "1", "a-screen", 0, 10)
	video(t, folder, "1", "a", 1, 1, 10)
	video(t, folder, "1", "a", 2, 1.0001, 10, `"d": "Screen"`)
	require.Equal(t, map[string]int{"1-a.2": 2, "1-a-screen": 1}, sizes(find(t, folder)), "and the other way round")

	// Session 2 of a, and the user a-2.
	folder = t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	audio(t, folder, "1", "a", 20, 30)
	audio(t, folder, "1", "a-2", 5, 10)
	require.Equal(t, map[string]int{"1-a": 1, "1-a-2": 1, "1-a-2.2": 1}, sizes(find(t, folder)))
}

// A stem is the same whatever else lies there.
func TestStem(t *testing.T) {
	stems := func(folder string) (all []string) {
		for _, r := range find(t, folder) {
			for _, p := range r.Participants {
				all = append(all, p.Stem)
			}
		}
		return all
	}
	folder := t.TempDir()
	audio(t, folder, "1", "a", 7200, 10)
	require.Equal(t, []string{"1-a"}, stems(folder))
	audio(t, folder, "1", "a", 0, 10)
	audio(t, folder, "1", "a", 20, 30)
	require.Equal(t, []string{"1-a", "1-a-2", "1-a"}, stems(folder), "another call, with two sessions, before")
}
