package worker

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/options"
)

// same is a source of key pictures whose bytes are always the same.
func same(t testing.TB, payloads ...string) testmjr.Source {
	unit := testmjr.Unit{Key: true}
	for _, p := range payloads {
		b, err := hex.DecodeString(p)
		require.NoError(t, err)
		unit.Payloads = append(unit.Payloads, append(b, bytes.Repeat([]byte{0x5A}, 40)...))
	}
	return func(int) testmjr.Unit { return unit }
}

// sets is same with the first payloads as they are: parameter sets.
func sets(t testing.TB, payloads ...string) testmjr.Source {
	unit := same(t, payloads...)(0)
	for i, p := range payloads[:len(payloads)-1] {
		unit.Payloads[i] = unit.Payloads[i][:len(p)/2]
	}
	return func(int) testmjr.Unit { return unit }
}

// bombs are small recordings that say that much is in them.
func bombs(t testing.TB) map[string]testmjr.Track {
	apart := func(d time.Duration) testmjr.Track {
		a := testmjr.Audio(2)
		a.Breaks = []testmjr.Break{{Unit: 1, Pause: d}}
		return a
	}
	changing := testmjr.Video("vp8", 300, 30, func(i int) testmjr.Unit {
		return testmjr.VP8(320+16*(i%2), 180, 1, 2)(i)
	})
	long := testmjr.Video("vp8", 2, 30, testmjr.VP8(320, 180, 1, 1))
	long.Breaks = []testmjr.Break{{Unit: 1, Pause: 24 * 24 * time.Hour}}
	return map[string]testmjr.Track{
		"two packets 13 h apart":      apart(13 * time.Hour),
		"two packets 24 days apart":   apart(24 * 24 * time.Hour),
		"two pictures 24 days apart":  long,
		"VP8 of 16383x16383":          testmjr.Video("vp8", 60, 30, testmjr.VP8(16383, 16383, 1, 1)),
		"300 changes of size in 10 s": changing,
		// uncompressed header of a key frame (VP9, 6.2): 65536x65536
		"VP9 of 65536x65536": testmjr.Video("vp9", 60, 30, same(t, "08"+"82498342"+"4ffffffff000")),
		// temporal unit: a sequence header (AV1, 5.5) of 65536x65536 and the beginning of a key frame
		"AV1 of 65536x65536": testmjr.Video("av1", 60, 30, same(t, "28"+"0d08"+"00000007fffffffff8000080"+"3010")),
		// sequence parameter set of 1024x1024 macroblocks, picture parameter set, IDR slice
		"H.264 of 16384x16384": testmjr.Video("h264", 60, 30, sets(t, "6742c01eed00080000400c80", "68ce3c80", "6588")),
	}
}

// TestBombs has recordings of which much would be made out of little. Each is refused in no time, with a code and a
// sentence.
func TestBombs(t *testing.T) {
	for name, track := range bombs(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
			require.NoError(t, os.Mkdir(in, 0o755))
			kind := "video"
			if track.ClockRate == 48000 {
				kind = "audio"
			}
			path := track.Write(t, in, fmt.Sprintf("room-1-%s.mjr", kind))
			if keep := os.Getenv("UPRIGHT_BOMBS"); keep != "" {
				b, err := os.ReadFile(path)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(keep, fmt.Sprintf("%s.mjr", name)), b, 0o644))
			}
			o := runOptions()
			o.Limits = work.Limits{Memory: 300 << 20, Time: time.Minute}
			r := work.Run(t.Context(), requestFor(t, in, out, "a"), o)
			require.Equal(t, job.CodeTooMuch, r.Final.Code, "%+v", r.Final)
			require.Contains(t, r.Final.Error, "it says that")
			t.Logf("%d bytes: %s, %d MB, %.0f ms of CPU", fileSize(t, path), r.Final.Error, r.Attempt.MaxRSS>>20,
				r.Attempt.CPUMs)
		})
	}
}

func fileSize(t testing.TB, path string) int64 {
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Size()
}

// TestLongSilenceIsAllowed converts what is beyond a bound that was raised.
func TestLongSilenceIsAllowed(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	require.NoError(t, os.Mkdir(in, 0o755))
	track := testmjr.Audio(100)
	track.Breaks = []testmjr.Break{{Unit: 50, Pause: time.Minute}}
	track.Write(t, in, "room-1-audio.mjr")
	req := requestFor(t, in, out, "a")
	req.Bounds = options.Bounds{Length: 30 * time.Second}
	r := work.Run(t.Context(), req, runOptions())
	require.Equal(t, job.CodeTooMuch, r.Final.Code)
	req.Bounds = options.Bounds{Length: -1}
	r = work.Run(t.Context(), req, runOptions())
	require.Equal(t, "done", r.Final.Event, "%+v", r.Final)
}
