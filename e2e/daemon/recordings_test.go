package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// clip is a call of one person and one second, recorded with a phone that was held sideways. Each number is another
// call: other times, other streams, other content.
func clip(t testing.TB, number int) map[string][]byte {
	t.Helper()
	created := int64(testmjr.OriginUs) + int64(number)*10_000_000
	audio := testmjr.Audio(50)
	video := testmjr.Video("h264", 30, 30, testmjr.Loop(testmjr.Recorded(t, "rot-h264-90", mjr.Video)))
	video.Header.Extensions = map[int]string{4: "urn:3gpp:video-orientation"}
	video.Orientation = &testmjr.Orientation{ID: 4, Value: testmjr.Turned(0, 1)}
	files := map[string][]byte{}
	for i, track := range []testmjr.Track{audio, video} {
		track.Header.CreatedUs = created
		track.SSRC += uint32(number) << 4
		track.FirstTimestamp = uint32(number) * 7919
		kind := []string{"audio", "video"}[i]
		files[fmt.Sprintf("videoroom-%d-user-7-%d-%s-%d.mjr", number, created, kind, i)] = track.Bytes(t)
	}
	return files
}

const clipLength = time.Second

// drop writes recordings, each of them as one.
func drop(t testing.TB, dir string, list ...map[string][]byte) {
	t.Helper()
	for _, files := range list {
		e2e.Write(t, dir, files)
	}
}

// clips are the calls with numbers from first on.
func clips(t testing.TB, first, n int) (list []map[string][]byte) {
	t.Helper()
	for i := range n {
		list = append(list, clip(t, first+i))
	}
	return list
}

// requireIntact requires that the jobs, all of which are done, have made what lies below out, all of it and nothing
// else: each a video of its own that can be read, of the length of a clip, and its report.
func requireIntact(t *testing.T, out string, jobs []*job.Record) {
	t.Helper()
	wanted := map[string]bool{}
	identities := map[string]bool{}
	for _, j := range jobs {
		require.Equal(t, job.Done, j.State, "%s: %s", j.Spec.Name, j.Reason)
		require.False(t, identities[j.Spec.Identity], "%s was converted twice", j.Spec.Name)
		identities[j.Spec.Identity] = true
		require.Len(t, j.Outputs, 1)
		file := j.Outputs[0].File
		require.False(t, wanted[file], "%s is the output of two jobs", file)
		wanted[file], wanted[j.ReportFile] = true, true
		if j.Spec.Delivery.Hook != nil || j.Spec.Delivery.Webhook != nil {
			dir, report := filepath.Split(j.ReportFile)
			wanted[filepath.Join(dir, "."+strings.TrimSuffix(report, ".json")+".delivered")] = true
		}
		require.FileExists(t, j.ReportFile)
		requireVideo(t, j.Outputs[0], clipLength)
	}
	for _, file := range listed(t, out) {
		assert.True(t, wanted[file], "%s is left over", file)
	}
}

// requireVideo requires that an output is as the job says, and a video with sound of a certain length, all of whose
// samples are in the file.
func requireVideo(t *testing.T, o job.Output, length time.Duration) {
	t.Helper()
	b, err := os.ReadFile(o.File)
	require.NoError(t, err)
	sum := sha256.Sum256(b)
	require.Equal(t, o.SHA256, hex.EncodeToString(sum[:]), o.File)
	require.InDelta(t, length.Seconds()*1000, o.DurationMs, 100, o.File)

	f, err := os.Open(o.File)
	require.NoError(t, err)
	defer f.Close()
	m, err := mp4.DecodeFile(f)
	require.NoError(t, err, o.File)
	require.NotNil(t, m.Moov, o.File)
	kinds := map[string]bool{}
	for _, track := range m.Moov.Traks {
		kinds[track.Mdia.Hdlr.HandlerType] = true
		require.InDelta(t, length.Seconds(), float64(track.Mdia.Mdhd.Duration)/float64(track.Mdia.Mdhd.Timescale), 0.1,
			o.File)
		samples, err := track.GetSampleData(1, track.GetNrSamples())
		require.NoError(t, err, o.File)
		for _, s := range samples {
			require.NotZero(t, s.Size, o.File)
		}
		ranges, err := track.GetRangesForSampleInterval(1, track.GetNrSamples())
		require.NoError(t, err, o.File)
		for _, r := range ranges {
			require.LessOrEqual(t, r.Offset+r.Size, uint64(len(b)), o.File)
		}
	}
	require.Equal(t, map[string]bool{"soun": true, "vide": true}, kinds, o.File)
}

// listed are all files below a folder, hidden ones too, and empty folders.
func listed(t testing.TB, dir string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !e.IsDir() {
			names = append(names, path)
			return nil
		}
		entries, err := os.ReadDir(path)
		if len(entries) == 0 && path != dir {
			names = append(names, path)
		}
		return err
	}))
	return names
}

// outputs are the videos below a folder, while others work in it.
func outputs(dir string) (names []string) {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && filepath.Ext(path) == ".mp4" && !strings.Contains(path, "/.") {
			names = append(names, path)
		}
		return nil // folders for unfinished files come and go
	})
	return names
}
