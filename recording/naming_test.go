package recording

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
		return &File{Medium: Video, Info: Info{Medium: Video, Description: d}, Line: index}
	}
	require.Equal(t, "screen", video("screen", 2).Label())
	require.Equal(t, "video-2", video("", 2).Label())
	require.Equal(t, "video-2", video("..", 2).Label())
	require.Equal(t, "video", video("", -1).Label())
	require.Equal(t, "_a_b", video("../a/b", 1).Label())
	require.LessOrEqual(t, len(video(strings.Repeat("x", 1000), 1).Label()), maxLabelBytes)
	require.Equal(t, "audio-0", (&File{Medium: Audio}).Label(), "an empty file has only its name")

	p := &Participant{Tracks: []*File{video("screen", 1), video("Screen", 2), video("", -1), video("", -1),
		video("video", -1)}}
	require.Equal(t, []string{"screen", "Screen-2", "video", "video.2", "video.3"}, p.Labels())
}
