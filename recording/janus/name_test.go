package janus

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/recording"
)

const stamp = 1767323045123456

var nameTests = []struct {
	base string
	want Name
}{
	// VideoRoom 1.x, 0.x, ids that are numbers of 16 digits, ids that look like the rest of a name
	{"videoroom-1234-user-1001-1767323045123456-audio-0.mjr",
		Name{Scheme: "videoroom", Room: "1234", User: "1001", Base: "videoroom-1234-user-1001", StampUs: stamp,
			Medium: recording.Audio, MIndex: 0}},
	{"videoroom-1234-user-1001-1767323045123456-video-12.mjr",
		Name{Scheme: "videoroom", Room: "1234", User: "1001", Base: "videoroom-1234-user-1001", StampUs: stamp,
			Medium: recording.Video, MIndex: 12}},
	{"videoroom-1234-user-1001-1767323045123456-data.mjr",
		Name{Scheme: "videoroom", Room: "1234", User: "1001", Base: "videoroom-1234-user-1001", StampUs: stamp,
			Medium: recording.Data, MIndex: -1}},
	{"videoroom-1234-user-4503599627370496-1767323045123456-video-1.mjr",
		Name{Scheme: "videoroom", Room: "1234", User: "4503599627370496", Base: "videoroom-1234-user-4503599627370496",
			StampUs: stamp, Medium: recording.Video, MIndex: 1}},
	{"videoroom-1234-user-4503599627370496-video-1.mjr",
		Name{Scheme: "videoroom", Room: "1234", User: "4503599627370496", Base: "videoroom-1234-user-4503599627370496",
			Medium: recording.Video, MIndex: 1}},
	{"videoroom-team-user-standup-video-1-user-alice-user-7-audio-0-1767323045123456-video-1.mjr",
		Name{Scheme: "videoroom", Room: "team-user-standup-video-1-user-alice", User: "7-audio-0",
			Base: "videoroom-team-user-standup-video-1-user-alice-user-7-audio-0", StampUs: stamp, Medium: recording.Video,
			MIndex: 1}},
	{"videoroom-räume am Donnerstag-user-Zoë-7-1767323045123456-audio-0.mjr.tmp",
		Name{Scheme: "videoroom", Room: "räume am Donnerstag", User: "Zoë-7",
			Base: "videoroom-räume am Donnerstag-user-Zoë-7", StampUs: stamp, Medium: recording.Audio, MIndex: 0}},
	{"videoroom-5-user-a-7-audio-0.mjr", // somebody's own name: 7 is no time
		Name{Scheme: "videoroom", Room: "5", User: "a-7", Base: "videoroom-5-user-a-7", Medium: recording.Audio, MIndex: 0}},
	// AudioBridge
	{"audiobridge-5678-user-ab-cd-1767323045123456-audio.mjr",
		Name{Scheme: "audiobridge", Room: "5678", User: "ab-cd", Base: "audiobridge-5678-user-ab-cd", StampUs: stamp,
			Medium: recording.Audio, MIndex: -1}},
	// EchoTest and VideoCall
	{"echotest-0x7f12a4003c80-1767323045123456-video.mjr",
		Name{Scheme: "echotest", User: "0x7f12a4003c80", Base: "echotest-0x7f12a4003c80", StampUs: stamp,
			Medium: recording.Video, MIndex: -1}},
	{"echotest-alice-audio.mjr",
		Name{Scheme: "custom", Base: "echotest-alice", Medium: recording.Audio, MIndex: -1}},
	{"videocall-alice-bob-1767323045123456-audio.mjr",
		Name{Scheme: "videocall", Room: "alice-bob", User: "alice", Base: "videocall-alice-bob", StampUs: stamp,
			Medium: recording.Audio, MIndex: -1}},
	{"videocall-alice-b-unknown-1767323045123456-video.mjr",
		Name{Scheme: "videocall", Room: "alice-b-unknown", User: "alice-b", Base: "videocall-alice-b-unknown", StampUs: stamp,
			Medium: recording.Video, MIndex: -1}},
	// Record&Play
	{"rec-8189896314659482-video.mjr",
		Name{Scheme: "recordplay", Base: "rec-8189896314659482", Medium: recording.Video, MIndex: -1}},
	{"rec-sample-audio.mjr",
		Name{Scheme: "recordplay", Base: "rec-sample", Medium: recording.Audio, MIndex: -1}},
	{"rec-5-audio-0.mjr", // m-line index: VideoRoom with a file name that somebody chose
		Name{Scheme: "custom", Base: "rec-5", Medium: recording.Audio, MIndex: 0}},
	// SIP, NoSIP, with Janus' names and with a base of the client's
	{"sip-alice-jones-Tk3jq0dXy-1767323045123456-own-audio.mjr",
		Name{Scheme: "sip", User: "alice-jones", Side: "user", Base: "sip-alice-jones-Tk3jq0dXy", StampUs: stamp,
			Medium: recording.Audio, MIndex: -1}},
	{"sip-alice-Tk3jq0dXy-1767323045123456-peer-video.mjr",
		Name{Scheme: "sip", User: "alice", Side: "peer", Base: "sip-alice-Tk3jq0dXy", StampUs: stamp, Medium: recording.Video,
			MIndex: -1}},
	{"nosip-0x7f12a4003c80-1767323045123456-own-video.mjr",
		Name{Scheme: "nosip", User: "0x7f12a4003c80", Side: "user", Base: "nosip-0x7f12a4003c80", StampUs: stamp,
			Medium: recording.Video, MIndex: -1}},
	{"call-4711-user-audio.mjr",
		Name{Scheme: "custom", Side: "user", Base: "call-4711", Medium: recording.Audio, MIndex: -1}},
	{"call-4711-peer-video.mjr",
		Name{Scheme: "custom", Side: "peer", Base: "call-4711", Medium: recording.Video, MIndex: -1}},
	{"peer-audio.mjr",
		Name{Scheme: "custom", Side: "peer", Medium: recording.Audio, MIndex: -1}},
	{"my-own-audio.mjr", // with a base of the client's Janus writes user
		Name{Scheme: "custom", Base: "my-own", Medium: recording.Audio, MIndex: -1}},
	{"meeting-user-audio-0.mjr", // with an m-line index it is no call
		Name{Scheme: "custom", Base: "meeting-user", Medium: recording.Audio, MIndex: 0}},
	// Streaming, and names that somebody chose
	{"janus-recording-3141592653.mjr",
		Name{Scheme: "streaming", Base: "janus-recording-3141592653", MIndex: -1}},
	{"my meeting_2024 (alice)-video-1.mjr",
		Name{Scheme: "custom", Base: "my meeting_2024 (alice)", Medium: recording.Video, MIndex: 1}},
	{"lua-echotest-42-1767323045-audio.mjr",
		Name{Scheme: "custom", Base: "lua-echotest-42-1767323045", Medium: recording.Audio, MIndex: -1}},
	{"call-audio-2024.mjr", // a year, not an m-line
		Name{Scheme: "custom", Base: "call-audio-2024", MIndex: -1}},
	{"audio.mjr", Name{Scheme: "custom", Medium: recording.Audio, MIndex: -1}},
	{"video-1.mjr", Name{Scheme: "custom", Medium: recording.Video, MIndex: 1}},
	{"interview.mjr", Name{Scheme: "custom", Base: "interview", MIndex: -1}},
	{"videoroom-1234-user--1767323045123456-audio-0.mjr", // the user id is ""
		Name{Scheme: "videoroom", Room: "1234", Base: "videoroom-1234-user-", StampUs: stamp, Medium: recording.Audio,
			MIndex: 0}},
	// nothing of it is enough for a scheme
	{"videoroom-1234-1767323045123456-audio-0.mjr",
		Name{Scheme: "custom", Base: "videoroom-1234-1767323045123456", Medium: recording.Audio, MIndex: 0}},
	{"videocall-alice-1767323045123456-audio.mjr",
		Name{Scheme: "custom", Base: "videocall-alice-1767323045123456", Medium: recording.Audio, MIndex: -1}},
	{"rec--audio.mjr", Name{Scheme: "custom", Base: "rec-", Medium: recording.Audio, MIndex: -1}},
	{"", Name{Scheme: "custom", MIndex: -1}},
	{".mjr", Name{Scheme: "custom", Base: ".mjr", MIndex: -1}},
}

func TestParseName(t *testing.T) {
	for _, tt := range nameTests {
		t.Run(tt.base, func(t *testing.T) { require.Equal(t, tt.want, ParseName(tt.base)) })
	}
}

func TestParseNameStampTooLarge(t *testing.T) {
	n := ParseName("echotest-1-99999999999999999999-audio.mjr")
	require.Equal(t, SchemeCustom, n.Scheme)
	require.Zero(t, n.StampUs)
}

func TestIsName(t *testing.T) {
	for name, want := range map[string][2]bool{ // is a name, is temporary
		"a.mjr":              {true, false},
		"a.MJR":              {true, false},
		"a.mjr.tmp":          {true, true},
		"a.mjr.writing":      {true, true},
		"a.mjr.part.1":       {true, true},
		"a.mjr.mjr":          {true, false},
		"İ.mjr.tmp":          {true, true},
		"a.mjr.json":         {},
		"a.mjr.webm":         {},
		"a.mjr.tar.gz":       {},
		"a.mjr.bak":          {},
		"a.mjr.":             {},
		"a.mjr~":             {},
		"a.mp4":              {},
		"mjr":                {},
		".mjr":               {},
		".mjr.tmp":           {},
		"":                   {},
		"notes about mjr.md": {},
	} {
		_, temporary, _ := splitExtension(name)
		require.Equal(t, want, [2]bool{IsName(name), temporary}, name)
	}
	require.False(t, IsName("._a.mjr"), "hidden")
}

func FuzzParseName(f *testing.F) {
	for _, tt := range nameTests {
		f.Add(tt.base)
	}
	f.Add("-user--user--0-audio-0.mjr.mjr.")
	f.Fuzz(func(t *testing.T, base string) {
		n := ParseName(base)
		stem, _, _ := splitExtension(base)
		require.NotEmpty(t, n.Scheme)
		require.GreaterOrEqual(t, n.MIndex, -1)
		require.GreaterOrEqual(t, n.StampUs, int64(0))
		require.True(t, strings.HasPrefix(stem, n.Base), "the base %q is where the name begins", n.Base)
		for _, part := range []string{n.Room, n.User} {
			require.Contains(t, stem, part)
		}
		if n.Scheme == SchemeVideoRoom || n.Scheme == SchemeAudioBridge {
			require.Equal(t, n.Base, n.Scheme+"-"+n.Room+"-user-"+n.User)
		}
		// Looking at names together keeps what they say.
		resolved := n
		resolve([]*Name{&resolved, &n})
		require.Equal(t, n, resolved)

		safe := recording.SafeName(n.Base, 120)
		require.LessOrEqual(t, len(safe), 120)
		require.True(t, utf8.ValidString(safe))
		require.NotContains(t, safe, "/")
	})
}
