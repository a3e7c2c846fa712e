package janus

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// large fills a folder with n files: rooms of ten people with audio and video, half an hour each.
func large(t testing.TB, n int) (folder string, first string) {
	folder = t.TempDir()
	var files []string
	for i := range n / 2 {
		room, user, at := fmt.Sprint("room ", i/10), fmt.Sprint(i), float64(i/10)*4000
		files = append(files, audio(t, folder, room, user, at, at+2))
		files = append(files, video(t, folder, room, user, 1, at+0.0001, at+2))
	}
	slices.Sort(files)
	return folder, files[0]
}

func BenchmarkSiblings10000(b *testing.B) {
	_, first := large(b, 10_000)
	for b.Loop() {
		p, r, err := Siblings(first)
		require.NoError(b, err)
		require.Len(b, p.Tracks, 2)
		require.Len(b, r.Participants, 10)
	}
}

// One room that is used every day, in a folder that nobody has touched since, and in a copy of it.
func BenchmarkSiblings10000OneRoom(b *testing.B) {
	for _, name := range []string{"original", "copy"} {
		b.Run(name, func(b *testing.B) {
			folder := b.TempDir()
			var one string
			for i := range 5000 {
				at := float64(i) * 4000
				a := audio(b, folder, "1", "a", at, at+2)
				v := video(b, folder, "1", "a", 1, at+0.0001, at+2)
				if name == "original" {
					written(b, a, at+2)
					written(b, v, at+2)
				}
				if i == 2500 {
					one = a
				}
			}
			for b.Loop() {
				p, _, err := Siblings(one)
				require.NoError(b, err)
				require.Len(b, p.Tracks, 2)
			}
		})
	}
}

func BenchmarkFind10000(b *testing.B) {
	folder, _ := large(b, 10_000)
	for b.Loop() {
		recordings, _, err := Find([]string{folder})
		require.NoError(b, err)
		require.Len(b, recordings, 500)
	}
}

// A daemon's look at a folder of 20,000 finished files, when nothing has happened and when one file is new.
func BenchmarkCache20000(b *testing.B) {
	folder, _ := large(b, 20_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var c Cache
	_, err := c.Scan([]string{folder})
	require.NoError(b, err)
	recordings, _ := c.Recordings()
	require.Len(b, recordings, 1000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	kept := float64(after.HeapAlloc-before.HeapAlloc) / 1e6
	b.Run("nothing new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			changed, err := c.Scan([]string{folder})
			require.NoError(b, err)
			require.False(b, changed)
		}
		b.ReportMetric(kept, "MB-kept")
	})
	b.Run("one new, look", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			video(b, folder, "room 1", "late", 1, 4000, 4001+float64(i%7))
			b.StartTimer()
			changed, err := c.Scan([]string{folder})
			require.NoError(b, err)
			require.True(b, changed)
		}
	})
	b.Run("one new, group", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			recordings, _ := c.Recordings()
			require.Len(b, recordings, 1000)
		}
	})
	b.Run("stat calls alone", func(b *testing.B) {
		for b.Loop() {
			entries, err := os.ReadDir(folder)
			require.NoError(b, err)
			for _, e := range entries {
				_, err := e.Info()
				require.NoError(b, err)
			}
		}
	})
	runtime.KeepAlive(&c)
}
