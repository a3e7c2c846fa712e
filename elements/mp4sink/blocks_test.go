package mp4sink_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
)

// recorded are the recordings of a folder in testdata, each read with these properties.
func recorded(t *testing.T, folder, properties, link string) (line string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../../testdata", folder, "*.mjr"))
	require.NoError(t, err)
	for i, file := range files {
		line += fmt.Sprintf("mjrsrc name=s%d location=%q %s ! %s m. ", i, file, properties, link)
	}
	require.NotEmpty(t, line)
	return line + "uprightmp4sink name=m location=OUT"
}

// requireSameMedia compares two movies sample by sample, wherever these lie in the files.
func requireSameMedia(t *testing.T, line, other string) {
	t.Helper()
	a, pathA := run(t, line)
	b, pathB := run(t, other)
	fileA, err := os.ReadFile(pathA)
	require.NoError(t, err)
	fileB, err := os.ReadFile(pathB)
	require.NoError(t, err)
	require.Len(t, b.Tracks, len(a.Tracks))
	for i := range a.Tracks {
		require.Equal(t, a.Tracks[i].Samples, b.Tracks[i].Samples)
		require.Equal(t, a.Tracks[i].SyncSamples, b.Tracks[i].SyncSamples)
		samplesA, err := a.Samples(i)
		require.NoError(t, err)
		samplesB, err := b.Samples(i)
		require.NoError(t, err)
		for n := range a.Tracks[i].Samples {
			x, err := samplesA.Next()
			require.NoError(t, err)
			y, err := samplesB.Next()
			require.NoError(t, err)
			require.Equal(t, fileA[x.At:x.At+x.Size], fileB[y.At:y.At+y.Size],
				"sample %d of track %d", n, i)
			x.At, y.At = 0, 0
			require.Equal(t, x, y, "sample %d of track %d", n, i)
		}
	}
}

// Where nothing is between a recording and the sink, many units come in one buffer. The file is the same.
func TestBlocksHoldTheSameMedia(t *testing.T) {
	for _, folder := range []string{"h264-720p30-rot90", "rot-change-h264-libwebrtc", "chromium-vp9-opus", "pion-av1-opus",
		"audio-mute-gap", "video-late-3s"} {
		for _, properties := range []string{"", "fill-gaps=true", "from=1200000000", "from=700000000 to=1500000000",
			"num-buffers=9"} {
			t.Run(folder+" "+properties, func(t *testing.T) {
				requireSameMedia(t, recorded(t, folder, properties, ""), recorded(t, folder, properties, "identity !"))
			})
		}
	}
}

// What passes the link are blocks, and caps say so; and the stop of a seek ends them.
func TestBlocksAreFewBuffers(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	buffers := func(properties, link string) (n int, last gsttest.Item, caps []string) {
		line := strings.ReplaceAll(recorded(t, "h264-720p30-rot90", properties, link), "OUT",
			filepath.Join(t.TempDir(), "out.mp4"))
		p := gsttest.Parse(t, "%s", line)
		seen := gsttest.Watch(t, p, "s1", "src")
		gsttest.Play(t, p)
		all := seen.Buffers()
		return len(all), all[len(all)-1], seen.Events(gstx.EventCaps)
	}
	units, _, plain := buffers("", "identity !")
	blocks, _, caps := buffers("", "")
	require.Contains(t, caps[0], "video/x-h264(meta:UprightUnits)")
	require.NotContains(t, plain[0], "meta:")
	require.Greater(t, units, 10*blocks)
	require.Positive(t, blocks)

	_, last, _ := buffers("to=1500000000", "")
	require.InDelta(t, 1500*time.Millisecond, last.PTS+last.Duration, float64(50*time.Millisecond))
	counted, _, caps := buffers("num-buffers=7", "")
	require.Equal(t, 7, counted)
	require.NotContains(t, caps[0], "meta:")
}
