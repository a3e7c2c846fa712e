package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/pipelines/report"
)

// longMeeting is a room of two people, of so many minutes. In each of its pictures, ten a second, something moves.
func longMeeting(t testing.TB, minutes int) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for user := range 2 {
		audio := testmjr.Audio(minutes * 60 * 50)
		video := testmjr.Video("h264", minutes*60*10, 10, testmjr.Loop(testmjr.Recorded(t, "rot-h264-90", mjr.Video)))
		for i, track := range []testmjr.Track{audio, video} {
			track.Header.CreatedUs = int64(testmjr.OriginUs)
			track.SSRC += uint32(user+1) << 4
			kind := []string{"audio", "video"}[i]
			files[fmt.Sprintf("videoroom-77-user-%d-%d-%s-%d.mjr", user, track.Header.CreatedUs, kind, i)] = track.Bytes(t)
		}
	}
	return files
}

// Names of parts: of one that is complete, and of one that another host is at.
var (
	complete       = regexp.MustCompile(`^\.77\.part-[0-9a-f]{16}\.mp4$`)
	begunElsewhere = regexp.MustCompile(`^\.\.77\.part-[0-9a-f]{16}\.[0-9A-Z]{26}\.mp4\.part$`)
)

// matching are the files in a folder that have such names.
func matching(dir string, is *regexp.Regexp) (names []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if is.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// TestRoomShared has two daemons of a cluster draw one room, and kills one of them in the middle: the one that draws
// for the other, or the one that composes the room. The room is complete, and no picture of it is missing or there
// twice.
func TestRoomShared(t *testing.T) {
	t.Parallel()
	nodes := startCluster(t, 1)
	const minutes = 6
	files := longMeeting(t, minutes)
	for _, victim := range []string{"who helps", "who composes"} {
		t.Run(victim, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
			var daemons []*e2e.Daemon
			for i := range 2 {
				settings := quick()
				settings["queue"] = map[string]any{"url": urls(nodes), "name": strings.ReplaceAll(victim, " ", "-")}
				settings["workers"].(map[string]any)["jobs"] = 1
				own := filepath.Join(dir, fmt.Sprintf("host-%d", i))
				require.NoError(t, os.Mkdir(own, 0o755))
				config := e2e.Config(t, own, settings, e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{name}",
					Settle: time.Second, Rescan: time.Second, More: map[string]any{"compose": []any{map[string]any{
						"name": "{room}", "wait": "1s", "size": "320x180", "fps": 10, "participants": false}}}})
				daemons = append(daemons, e2e.Start(t, config, e2e.Options{}))
			}
			drop(t, in, files)
			composes := -1
			require.Eventually(t, func() bool {
				for i, d := range daemons {
					if strings.Contains(d.Text(), "a part of the room is given to another host") {
						composes = i
					}
				}
				return composes >= 0 && len(matching(out, begunElsewhere)) > 0 &&
					(victim == "who helps" || len(matching(out, complete)) > 0)
			}, within, 5*time.Millisecond)
			lost := 1 - composes
			if victim == "who composes" {
				lost = composes
			}
			daemons[lost].Kill()
			require.Empty(t, outputs(out), "in the middle")
			jobs := daemons[1-lost].Await(within, 1, job.Done)
			daemons[1-lost].Stop()

			requireVideo(t, jobs[0].Outputs[0], minutes*time.Minute)
			requirePictures(t, jobs[0].Outputs[0].File, 10, minutes*60*10)
			r, ok := report.LoadRoom(jobs[0].ReportFile)
			require.True(t, ok)
			t.Logf("parts: %+v", r.Chunks)
			require.Len(t, r.Chunks, 4)
			used, attempts := 0, 0
			for _, c := range r.Chunks {
				attempts += c.Attempts
				if c.Attempts == 0 {
					used++
				}
			}
			require.LessOrEqual(t, attempts, len(r.Chunks)+1, "it costs an attempt of one part")
			if victim == "who composes" {
				require.Positive(t, used, "what was complete is of use")
			}
			for _, name := range listed(t, out) {
				require.NotContains(t, name, "/.")
			}
		})
	}
}

// requirePictures requires that a video has so many pictures a second, each at its time.
func requirePictures(t *testing.T, path string, rate, count int) {
	t.Helper()
	f, err := mp4box.Open(path)
	require.NoError(t, err)
	defer f.Close()
	samples, err := f.Samples(0)
	require.NoError(t, err)
	n := 0
	for ; ; n++ {
		s, err := samples.Next()
		if err != nil {
			break
		}
		require.InDelta(t, float64(n)/float64(rate), f.Tracks[0].Time(s.Show).Seconds(), 0.002, "picture %d", n)
	}
	require.InDelta(t, count, n, 1)
}
