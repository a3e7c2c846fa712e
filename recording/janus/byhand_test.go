package janus

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestByHand(t *testing.T) {
	type files map[string]string // name -> kind
	for name, tt := range map[string]struct {
		files files
		want  map[string]int
	}{
		"nothing but the medium": {files{"audio.mjr": "a", "video.mjr": "v"}, map[string]int{"FOLDER": 2}},
		"names of no meaning":    {files{"mic.mjr": "a", "cam.mjr": "v"}, map[string]int{"cam": 2}},
		"Streaming": {files{"janus-recording-17.mjr": "a", "janus-recording-4.mjr": "v"},
			map[string]int{"janus-recording-4": 2}},
		"other extension":       {files{"mic.dat": "a", "cam.bin": "v"}, map[string]int{"cam.bin": 2}},
		"camera and screen":     {files{"mic.mjr": "a", "cam.mjr": "v", "screen.mjr": "v"}, map[string]int{"cam": 3}},
		"two bases, one person": {files{"alice-audio.mjr": "a", "alice2-video.mjr": "v"}, map[string]int{"alice2": 2}},
		"two microphones":       {files{"alice.mjr": "a", "bob.mjr": "a"}, map[string]int{"alice": 1, "bob": 1}},
		"two people's pictures": {files{"alice-video.mjr": "v", "bob-video.mjr": "v"},
			map[string]int{"alice": 1, "bob": 1}},
		"two people by name": {files{"alice-audio.mjr": "a", "alice-video.mjr": "v", "bob-audio.mjr": "a",
			"bob-video.mjr": "v"}, map[string]int{"alice": 2, "bob": 2}},
		"two users": {files{vr("1", "a", 0, "audio", 0): "a", vr("1", "b", 0, "video", 1): "v"},
			map[string]int{"1-a": 1, "1-b": 1}},
		"one renamed": {files{vr("1", "a", 0, "audio", 0): "a", "renamed.mjr": "v"}, map[string]int{"1-a": 2}},
		"one renamed, already there": {files{vr("1", "a", 0, "audio", 0): "a", "renamed.mjr": "a"},
			map[string]int{"1-a": 1, "renamed": 1}},
		"one renamed, of whom": {files{vr("1", "a", 0, "audio", 0): "a", vr("1", "b", 0, "audio", 0): "a",
			"renamed.mjr": "v"}, map[string]int{"1-a": 1, "1-b": 1, "renamed": 1}},
		"both sides of a call": {files{"c-user-audio.mjr": "a", "c-peer-audio.mjr": "a"},
			map[string]int{"c-user": 1, "c-peer": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			var inputs []string
			for name, kind := range tt.files {
				inputs = append(inputs, rec(t, folder, name, kind, map[string]string{"a": "opus", "v": "vp8"}[kind], 0, 5))
			}
			want := map[string]int{}
			for name, n := range tt.want {
				want[strings.ReplaceAll(name, "FOLDER", filepath.Base(folder))] = n
			}
			require.Equal(t, want, sizes(find(t, inputs...)))
		})
	}
}

// In a folder nobody has said that these belong together.
func TestNotByHandInFolder(t *testing.T) {
	folder := t.TempDir()
	rec(t, folder, "mic.mjr", "a", "opus", 0, 5)
	rec(t, folder, "cam.mjr", "v", "vp8", 0, 5)
	require.Equal(t, map[string]int{"mic": 1, "cam": 1}, sizes(find(t, folder)))
}

func TestByHandOtherTimes(t *testing.T) {
	folder := t.TempDir()
	mic := rec(t, folder, "mic.mjr", "a", "opus", 0, 5)
	cam := rec(t, folder, "cam.mjr", "v", "vp8", 86400, 86405)
	require.Len(t, find(t, mic, cam), 2, "a day later is another recording")
}

func TestByHandFolders(t *testing.T) {
	// Somebody has sorted audio and video apart.
	folder := t.TempDir()
	a := audio(t, filepath.Join(folder, "audio"), "1", "a", 0, 5)
	v := video(t, filepath.Join(folder, "video"), "1", "a", 1, 0.0001, 5)
	require.Equal(t, map[string]int{"1-a": 2}, sizes(find(t, a, v)))
	// Names that were used again: each folder is a recording.
	again := t.TempDir()
	var inputs []string
	for i, day := range []string{"mon", "tue"} {
		at := float64(i) * 86400
		inputs = append(inputs, rec(t, filepath.Join(again, day), "audio.mjr", "a", "opus", at, at+5))
		inputs = append(inputs, rec(t, filepath.Join(again, day), "video.mjr", "v", "vp8", at, at+5))
	}
	require.Equal(t, map[string]int{"mon": 2, "tue": 2}, sizes(find(t, inputs...)))
}
