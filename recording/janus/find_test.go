package janus

import (
	"encoding/json"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Real recordings: every participant of truth.json has exactly its files.
func TestFindRealRecordings(t *testing.T) {
	cases, err := filepath.Glob("../../testdata/*/truth.json")
	require.NoError(t, err)
	require.NotEmpty(t, cases)
	for _, truth := range cases {
		folder := filepath.Dir(truth)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			var want struct {
				Participants []struct{ Audio, Video, Data struct{ File string } }
			}
			require.NoError(t, json.Unmarshal(readAll(t, truth), &want))
			var expected []string
			for _, p := range want.Participants {
				var files []string
				for _, f := range []string{p.Video.File, p.Audio.File, p.Data.File} {
					if f != "" {
						files = append(files, f)
					}
				}
				expected = append(expected, strings.Join(files, " "))
			}
			recordings, bad, err := Find([]string{folder})
			require.NoError(t, err)
			require.Empty(t, bad)
			require.Len(t, recordings, 1)
			var found []string
			for _, line := range show(recordings) {
				found = append(found, line[strings.Index(line, ": ")+2:])
			}
			require.ElementsMatch(t, expected, found)
			for _, p := range recordings[0].Participants {
				for _, f := range p.Tracks {
					siblings, recording, err := Siblings(f.Path)
					require.NoError(t, err)
					require.Equal(t, p, siblings)
					require.Equal(t, recordings[0], recording)
				}
			}
		})
	}
}

func TestFindRealNames(t *testing.T) {
	for folder, want := range map[string][]string{
		"room-string-ids": {"team-user-standup-video-1-user-alice-user-7-audio-0",
			"team-user-standup-video-1-user-bob-user-7-audio-0"},
		"recordplay-vp8": {"rec-8189896314659482"},
		"empty-both":     {"1234-1001"},
	} {
		recordings := find(t, filepath.Join("../../testdata", folder))
		require.Len(t, recordings, 1)
		var names []string
		for _, p := range recordings[0].Participants {
			names = append(names, p.Name)
		}
		require.Equal(t, want, names, folder)
	}
	require.Equal(t, "team-user-standup-video-1", find(t, "../../testdata/room-string-ids")[0].Name)
	require.Equal(t, "corpus recordplay-vp8", find(t, "../../testdata/recordplay-vp8")[0].Title)
}

func TestFindDoesNotDependOnOrder(t *testing.T) {
	folder := busy(t)
	var files []string
	require.NoError(t, filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if info.Mode().IsRegular() {
			files = append(files, path)
		}
		return err
	}))
	want := show(find(t, files...))
	require.Len(t, want, 4*2+4+2)
	for range 20 {
		rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		require.Equal(t, want, show(find(t, files...)))
	}
}

func TestFindNamesAreDistinct(t *testing.T) {
	recordings := find(t, busy(t))
	seen := map[string]bool{}
	for _, r := range recordings {
		name := "recording " + strings.ToLower(r.Name)
		require.False(t, seen[name], name)
		seen[name] = true
		for _, p := range r.Participants {
			name := strings.ToLower(p.Name)
			require.False(t, seen[name], name)
			seen[name] = true
		}
	}
}

// A recording that comes later changes no name that was given before.
func TestFindNamesStay(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	audio(t, folder, "1", "a", 20, 30)
	before := show(find(t, folder))
	for i := range 3 {
		audio(t, folder, "1", "a", float64(i+1)*86400, float64(i+1)*86400+9)
		after := show(find(t, folder))
		// Alone it was session 1 or 2 of its recording already.
		require.Equal(t, before, after[:len(before)])
		before = after
	}
}

// The same room in two folders: copies, or a folder a day.
func TestFindFoldersAreApart(t *testing.T) {
	folder := t.TempDir()
	for i, day := range []string{"mon", "tue"} {
		audio(t, filepath.Join(folder, day), "1", "a", float64(i), 10)
		video(t, filepath.Join(folder, day), "1", "a", 1, float64(i)+0.0001, 10)
	}
	recordings := find(t, folder)
	require.Equal(t, map[string]int{"1-a": 2, "1-a-20260102-030406": 2}, sizes(recordings))
	require.Equal(t, []string{"1", "1-20260102-030406"}, []string{recordings[0].Name, recordings[1].Name})

	// A copy has not even another time.
	same := t.TempDir()
	audio(t, filepath.Join(same, "x"), "1", "a", 0, 10)
	audio(t, filepath.Join(same, "y"), "1", "a", 0, 10)
	audio(t, filepath.Join(same, "z"), "1", "a", 0, 10)
	require.Equal(t, map[string]int{"1-a": 1, "1-a-20260102-030405": 1, "1-a-20260102-030405.2": 1}, sizes(find(t, same)))
}

func TestFindTemporary(t *testing.T) {
	folder := t.TempDir()
	rec(t, folder, vr("1", "a", 0, "audio", 0)+".tmp", "a", "opus", 0, 5)
	video(t, folder, "1", "a", 1, 0.0001, 5)
	p := find(t, folder)[0].Participants[0]
	require.Len(t, p.Tracks, 2)
	require.False(t, p.Tracks[0].Temporary)
	require.True(t, p.Tracks[1].Temporary)
}
