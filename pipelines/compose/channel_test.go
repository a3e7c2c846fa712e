package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/testagora"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// grey are pictures of one brightness, coded as H.264, and beeps are sound in ADTS.
func grey(t *testing.T, level, n int) (pictures [][]byte) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf("videotestsrc num-buffers=%d pattern=solid-color "+
		"foreground-color=0xff%02x%02x%02x ! video/x-raw,format=I420,width=320,height=180,framerate=10/1 ! "+
		"x264enc tune=zerolatency key-int-max=20 ! h264parse ! video/x-h264,stream-format=byte-stream,alignment=au ! "+
		"multifilesink location=%s/%%05d", n, level, level, level, dir), gstrun.Options{}))
	for i := range n {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%05d", i)))
		require.NoError(t, err)
		pictures = append(pictures, b)
	}
	return pictures
}

func tone(t *testing.T, seconds float64) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aac")
	require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf("audiotestsrc num-buffers=%d samplesperbuffer=4800 ! "+
		"audio/x-raw,rate=48000,channels=1 ! audioconvert ! avenc_aac ! aacparse ! audio/mpeg,stream-format=adts ! "+
		"filesink location=%s", int(seconds*10), path), gstrun.Options{}))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

// channel is a channel of Agora with two users, of whom the second one comes 3 s after the first, at zero.
func channel(t *testing.T, zero time.Time) string {
	t.Helper()
	f := testagora.New(t, t.TempDir(), "class", zero)
	for _, u := range []struct {
		id     string
		level  int
		at, to float64
	}{{"a_1", 100, 0, 8}, {"b_2", 200, 3, 7}} {
		at := time.Duration(u.at * float64(time.Second))
		sound, pictures := f.Name(u.id, at, ".aac"), f.Name(u.id, at, ".mp4")
		f.File(sound, tone(t, u.to-u.at))
		f.File(pictures, testagora.MP4(t, grey(t, u.level, int((u.to-u.at)*10)), 100))
		f.UID(u.id, fmt.Sprintf("%.3f %s create ", u.at, sound), fmt.Sprintf("%.3f %s create ", u.at, pictures),
			fmt.Sprintf("%.3f %s info width=320 height=180 rotation=0", u.at, pictures),
			fmt.Sprintf("%.3f %s close ", u.to, pictures), fmt.Sprintf("%.3f %s close ", u.to, sound))
	}
	f.Done()
	return f.Path
}

// Each user of a channel of Agora has a time line of their own.
func TestComposeAChannelOfAgora(t *testing.T) {
	zero := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	rec, lost := meetingIn(t, channel(t, zero))
	s := composeSettings(t, "grid")
	r, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Len(t, r.People, 2)
	require.InDelta(t, 8000, r.Outputs[0].DurationMs, 250)
	require.InDelta(t, zero.UnixMicro(), r.Timeline[0].WallUs, 1e5)
	for i, want := range [][2]float64{{0, 8000}, {3000, 7000}} {
		require.Len(t, r.People[i].Present, 1)
		require.InDelta(t, want[0], r.People[i].Present[0].From, 250)
		require.InDelta(t, want[1], r.People[i].Present[0].To, 250)
		require.NotNil(t, r.People[i].Loudness, "heard")
	}
	require.Len(t, r.Inputs, 4)
	require.Empty(t, r.LeftOut)
	frames := decodedPictures(t, filepath.Join(s.OutputDir, r.Outputs[0].File), 640*360*3/2)
	for _, c := range []struct {
		ms   int
		want []int // from left to right
	}{{1500, []int{102}}, {5000, []int{102, 188}}, {7900, []int{102}}} {
		var span *report.RoomSpan
		for i := range r.Spans {
			if float64(c.ms) >= r.Spans[i].From && float64(c.ms) < r.Spans[i].To {
				span = &r.Spans[i]
			}
		}
		require.Len(t, span.Regions, len(c.want), "at %d ms", c.ms)
		for i, g := range span.Regions {
			require.Equal(t, room.Camera, g.Source)
			got := frames[min(c.ms/100, len(frames)-1)][(g.Y+g.H/2)*640+g.X+g.W/2]
			require.InDelta(t, c.want[i], int(got), 4, "at %d ms, region %d", c.ms, i)
		}
	}

	s = composeSettings(t, "grid")
	s.Filter.Without = []string{"video:a_1", "b_2"}
	r, err = Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Len(t, r.LeftOut, 3)
	require.Len(t, r.People, 1)
	require.Nil(t, r.Canvas)
}

// A channel that is drawn in parts is what it is in one go, too.
func TestPartsOfAChannelOfAgora(t *testing.T) {
	rec, lost := meetingIn(t, channel(t, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)))
	_, b := atOnceAndInParts(t, rec, lost, inParts(t, "grid"))
	require.Empty(t, b.Warnings)
}
