package janus

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/recording"
)

// A file whose header was cut off is put where its name says, if there is something to put it with.
func TestUnreadableHeader(t *testing.T) {
	cut := func(folder, name string) string { return write(t, folder, name, []byte("MJR00002\x00\x50{\"t\": ")) }
	for name, tt := range map[string]struct {
		make func(folder string)
		want map[string]int
		bad  int
	}{
		"of a pair": {func(f string) { audio(t, f, "1", "a", 0, 9); cut(f, vr("1", "a", 0.001, "video", 1)) },
			map[string]int{"1-a": 2}, 0},
		"while still open": {func(f string) { audio(t, f, "1", "a", 0, 9); cut(f, vr("1", "a", 0.001, "video", 1)+".tmp") },
			map[string]int{"1-a": 2}, 0},
		"added later": {func(f string) { audio(t, f, "1", "a", 0, 9); cut(f, vr("1", "a", 5, "video", 1)) },
			map[string]int{"1-a": 2}, 0},
		"one of two sessions": {func(f string) { audio(t, f, "1", "a", 0, 9); cut(f, vr("1", "a", 60, "video", 1)) },
			map[string]int{"1-a": 1}, 1},
		"all of a session": {func(f string) { cut(f, vr("1", "a", 0, "audio", 0)); cut(f, vr("1", "a", 0.001, "video", 1)) },
			map[string]int{}, 2},
		"another user's": {func(f string) { audio(t, f, "1", "a", 0, 9); cut(f, vr("1", "b", 0.001, "video", 1)) },
			map[string]int{"1-a": 1}, 1},
		"Record&Play": {func(f string) { rec(t, f, "rec-7-audio.mjr", "a", "opus", 0, 9); cut(f, "rec-7-video.mjr") },
			map[string]int{"rec-7": 2}, 0},
		"a name of its own": {func(f string) { rec(t, f, "talk-audio.mjr", "a", "opus", 0, 9); cut(f, "talk-video.mjr") },
			map[string]int{"talk": 2}, 0},
		"a name of no meaning": {func(f string) { rec(t, f, "talk.mjr", "a", "opus", 0, 9); cut(f, "talk2.mjr") },
			map[string]int{"talk": 1}, 1},
		"two lost, one readable": {func(f string) {
			audio(t, f, "1", "a", 0, 9)
			cut(f, vr("1", "a", 0.001, "video", 1))
			cut(f, vr("1", "a", 0.002, "video", 2))
		}, map[string]int{"1-a": 3}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			tt.make(folder)
			recordings, bad, err := Find([]string{folder})
			require.NoError(t, err)
			require.Equal(t, tt.want, sizes(recordings))
			require.Len(t, bad, tt.bad)
			for _, f := range bad {
				require.ErrorIs(t, f.Err, recording.ErrTruncatedHeader)
			}
			for _, r := range recordings {
				for _, p := range r.Participants {
					require.Zero(t, p.Session, "what cannot be read is no session")
				}
			}
		})
	}
}

// A disk that is away for a moment must not make half a recording look like all of it.
func TestUnreadableForNow(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 9)
	link := filepath.Join(folder, vr("1", "a", 0.001, "video", 1))
	require.NoError(t, os.Symlink(video(t, t.TempDir(), "1", "a", 1, 0, 9), link))
	_, bad, err := Find([]string{filepath.Join(folder, vr("1", "a", 0, "audio", 0)), link})
	require.NoError(t, err)
	require.Len(t, bad, 1)
}
