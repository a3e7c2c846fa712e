package recording

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
)

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"my meeting_2024 (alice)":  "my meeting_2024 (alice)",
		"Besprechung Räume 会议 👩‍💻": "Besprechung Räume 会议 👩‍💻",
		"../../etc/passwd":         "_.._etc_passwd",
		"..":                       "",
		"-rf":                      "rf",
		" .hidden":                 "hidden",
		"a\nb\x00c\u202ed":         "a_b_c_d",
		`C:\a*b?"<>|`:              "C__a_b_____",
		"a\xffb":                   "a_b",
		"ends. . ":                 "ends",
		"a\u00a0b":                 "a b",
	} {
		require.Equal(t, want, safeName(in), in)
	}
}

func TestFit(t *testing.T) {
	require.Equal(t, "name-2", fit("name", "-2", 120))
	long := strings.Repeat("ä", 100)
	a, b := fit(long+"a", "-2", 120), fit(long+"b", "-2", 120)
	require.LessOrEqual(t, len(a), 120)
	require.NotEqual(t, a, b, "long names that differ at their end stay different")
	require.True(t, strings.HasSuffix(a, "-2"))
	require.Regexp(t, `^ä+~[0-9a-f]{8}-2$`, a)
}

func TestLabel(t *testing.T) {
	video := func(d string, index int) *File {
		return &File{Header: mjr.Header{Kind: mjr.Video, Description: d}, Name: Name{MIndex: index}}
	}
	require.Equal(t, "screen", video("screen", 2).Label())
	require.Equal(t, "video-2", video("", 2).Label())
	require.Equal(t, "video-2", video("..", 2).Label())
	require.Equal(t, "video", video("", -1).Label())
	require.Equal(t, "_a_b", video("../a/b", 1).Label())
	require.LessOrEqual(t, len(video(strings.Repeat("x", 1000), 1).Label()), maxLabelBytes)
	require.Equal(t, "audio-0", (&File{Name: Name{Medium: mjr.Audio}}).Label(), "an empty file has only its name")

	p := &Participant{Tracks: []*File{video("screen", 1), video("Screen", 2), video("", -1), video("", -1), video("video", -1)}}
	require.Equal(t, []string{"screen", "Screen-2", "video", "video.2", "video.3"}, p.Labels())
}

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
