package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/profile"
)

// withProfiles is a configuration with these lines below profiles:, of which the first is line 3.
func withProfiles(lines ...string) string {
	return "watch: [{folder: /in, output: /out, profile: small}]\nprofiles:\n" + strings.Join(lines, "\n") + "\n"
}

var small = "  small: {from: web, height: 360}"

func TestProfiles(t *testing.T) {
	var checked []profile.Profile
	known := Known{Profiles: profile.Builtin(), CheckProfile: func(p profile.Profile) []profile.Problem {
		checked = append(checked, p)
		return nil
	}}
	c, _, err := Parse([]byte(withProfiles(small, "  &x thumb:", "    from: small", "    bitrate: 200", "  empty-line:",
		"    video: |", "      timeoverlay !", "      auto")), "/", nil, known)
	require.NoError(t, err)
	require.Equal(t, map[string]profile.Profile{
		"small": {From: "web", Height: 360}, "thumb": {From: "small", Bitrate: 200},
		"empty-line": {Video: "timeoverlay !\nauto\n"},
	}, c.Profiles)
	require.Len(t, checked, 3)
	require.Equal(t, "h264", checked[2].VideoCodec, "thumb has what web says")

	changed := *c
	changed.Profiles = map[string]profile.Profile{"small": {}}
	require.True(t, Diff(c, &changed).Workers)
	require.True(t, Diff(c, c).Empty())
}

func TestProfilesThatAreWrong(t *testing.T) {
	known := Known{Profiles: profile.Builtin(), CheckProfile: func(p profile.Profile) []profile.Problem {
		if i := strings.Index(p.Video, "x264encc"); i >= 0 {
			return []profile.Problem{{Field: "video", Offset: i, Text: "there is no element x264encc",
				Hint: "did you mean x264enc?"}}
		}
		return nil
	}}
	for _, c := range []struct{ lines, want string }{
		{"  small: {from: web, heigth: 360}", `3:22: there is no option "heigth" in small; did you mean height?`},
		{"  small: {from: wep}", `3:17: there is no profile "wep"; there are mp4,`},
		{small + "\n  a: {from: b}\n  b: {from: a}",
			"4:13: profiles inherit from each other in a circle: a from b from a"},
		{small + "\n  mp4: {height: 3}", "4:3: the profile mp4 is built in; take another name"},
		{small + "\n  a b: {height: 3}", `4:3: "a b" is no name`},
		{small + "\n  a:", "4:3: the profile a is empty"},
		{small + "\n  a: 5", "4:6: a is a section"},
		{small + "\n  a: {height: 3}", "4:15: height: 3 is not between 16 and 8192"},
		{small + "\n  a: {height: x}", `4:15: height: "x" is no whole number`},
		{small + "\n  a: {video: x264enc ! filesink location=/x}", "4:24: video: filesink would write elsewhere"},
		{small + "\n  a:\n    video: \"timeoverlay ! x264enc ! filesink\"",
			"5:37: video: filesink would write elsewhere"},
		{small + "\n  a:\n    video: |\n      timeoverlay !\n      timeoverlay ! x264encc",
			"7:21: video: there is no element x264encc; did you mean x264enc?"},
		{small + "\n  a:\n    video: >\n      timeoverlay ! x264enc !\n      tcpserversink\n  b: {from: a}",
			"7:7: video: tcpserversink would write elsewhere"},
		{"  smalll: {from: web}", `1:46: profile: there is no profile "small"; did you mean smalll?`},
	} {
		_, _, err := Parse([]byte(withProfiles(c.lines)), "/", nil, known)
		var all *Error
		require.ErrorAs(t, err, &all, c.lines)
		require.Contains(t, all.Error(), "upright.yaml:"+c.want, c.lines)
		if !strings.Contains(c.lines, "circle") && !strings.Contains(c.lines, "b}") {
			require.Len(t, all.Problems, 1, c.lines)
		}
	}
	_, _, err := Parse([]byte(withProfiles(small)), "/", []string{"UPRIGHT_PROFILES_VIDEO=copy"}, known)
	require.ErrorContains(t, err, "UPRIGHT_PROFILES_VIDEO: a profile cannot be given by the environment")
}
