package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// thousands fills the folder with n finished recordings of two files, all in one folder or each in its own.
func (b *bench) thousands(n int, nested bool) {
	b.t.Helper()
	a, err := os.ReadFile(filepath.Join("../../testdata/rot-h264-90", audio))
	require.NoError(b.t, err)
	v, err := os.ReadFile(filepath.Join("../../testdata/rot-h264-90", video))
	require.NoError(b.t, err)
	old := time.Now().Add(-time.Hour)
	for i := range n {
		folder := b.root
		if nested {
			folder = filepath.Join(b.root, fmt.Sprintf("%03d/%03d", i/100, i%100))
			require.NoError(b.t, os.MkdirAll(folder, 0o755))
		}
		at := int64(1795235572557674) + int64(i)*3600e6
		for _, f := range []struct {
			name string
			data []byte
		}{
			{fmt.Sprintf("videoroom-%d-user-%d-%d-audio-0.mjr", i%50, i, at), a[:4096]},
			{fmt.Sprintf("videoroom-%d-user-%d-%d-video-1.mjr", i%50, i, at+63), v[:4096]},
		} {
			path := filepath.Join(folder, f.name)
			require.NoError(b.t, os.WriteFile(path, f.data, 0o644))
			require.NoError(b.t, os.Chtimes(path, old, old))
		}
	}
}

// What a daemon pays for 10,000 finished recordings: the first scan after a start, the next ones while nothing happens
// or one recording is growing, and memory.
func BenchmarkScan10000(bb *testing.B) {
	for _, nested := range []bool{false, true} {
		bb.Run(map[bool]string{false: "flat", true: "nested"}[nested], func(bb *testing.B) {
			b := newBench(bb)
			b.thousands(10_000, nested)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := time.Now()
			require.NoError(bb, b.Scan(bb.Context()))
			first := time.Since(began)
			require.Len(bb, b.specs, 10_000)
			b.specs = nil
			require.NoError(bb, b.Scan(bb.Context()))
			runtime.GC()
			runtime.ReadMemStats(&after)
			kept := float64(after.HeapAlloc-before.HeapAlloc) / 20_000
			bb.Run("nothing new", func(bb *testing.B) {
				bb.ReportAllocs()
				cpu := cpuTime()
				for bb.Loop() {
					require.NoError(bb, b.Scan(bb.Context()))
				}
				bb.ReportMetric(float64(cpuTime()-cpu)/float64(bb.N)/float64(b.folder.Rescan)*100, "%-of-a-core")
				bb.ReportMetric(kept, "B-kept/file")
				bb.ReportMetric(first.Seconds(), "s-first")
				require.Empty(bb, b.specs)
			})
			b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "live.mjr.tmp")
			bb.Run("one growing", func(bb *testing.B) {
				for bb.Loop() {
					b.grow("live.mjr.tmp")
					require.NoError(bb, b.Scan(bb.Context()))
				}
			})
			bb.Run("walk alone", func(bb *testing.B) {
				for bb.Loop() {
					_, err := walk(bb.Context(), b.folder, 20_000, 10_000, func(string, fileID) {})
					require.NoError(bb, err)
				}
			})
			runtime.KeepAlive(b)
		})
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
