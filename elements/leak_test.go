package elements_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/room"
)

const childVariable = "UPRIGHT_TEST_CHILD"

func TestMain(m *testing.M) {
	if err := elements.Register(nil); err != nil {
		panic(err)
	}
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if err := child(os.Getenv(childVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	gstx.Deinit()
}

// recorded returns the one file of a recording in testdata whose name ends so.
func recorded(folder, suffix string) string {
	found, err := filepath.Glob(filepath.Join("..", "testdata", folder, "*"+suffix+".mjr"))
	if err != nil || len(found) != 1 {
		panic(fmt.Sprint(folder, suffix, found, err))
	}
	return found[0]
}

// child runs in a process of its own, in which GStreamer counts its objects.
func child(what string) error {
	out, err := os.MkdirTemp("", "upright-leaks-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out)
	video, audio := recorded("rot-change-h264-libwebrtc", "video-1"), recorded("rot-change-h264-libwebrtc", "audio-0")
	score, err := roomScore(out)
	if err != nil {
		return err
	}
	lines := map[string]string{
		"room": fmt.Sprintf("uprightstage name=s score=%s ! fakesink  uprightmix name=m score=%s "+
			"levels=%s/levels ! fakesink  "+
			"mjrsrc location=%s clock=server ! decodebin ! s.sink_0  mjrsrc location=%s clock=server ! rtpopusdepay ! "+
			"opusdec ! m.sink_0", score, score, out, video, audio),
		"copy": fmt.Sprintf("mjrsrc location=%s ! rtph264depay ! h264parse ! uprightmp4sink "+
			"name=m orientation=rotate-90 location=%s/a.mp4  "+
			"mjrsrc location=%s ! rtpopusdepay ! opusparse ! m.", video, out, audio),
		"mp4": fmt.Sprintf("mjrsrc location=%s ! uprightmp4sink name=m orientation=rotate-90 "+
			"creation-time=1780000000000000 location=%s/b.mp4  mjrsrc location=%s ! m.", video, out, audio),
		"turn": fmt.Sprintf("mjrsrc location=%s ! decodebin ! cvorotate width=96 height=96 "+
			"background=0xffff0000 ! fakesink  mjrsrc fill-gaps=false location=%s ! fakesink", video, audio),
		"play":   fmt.Sprintf("filesrc location=%s ! uprightdemux name=d  d.video_0 ! fakesink  d.audio_0 ! fakesink", video),
		"full":   fmt.Sprintf("mjrsrc location=%s ! rtpopusdepay ! opusparse ! uprightmp4sink location=%s", audio, out),
		"fail":   "mjrsrc location=/does/not/exist.mjr ! decodebin ! cvorotate ! x264enc ! uprightmp4sink location=" + out + "/never",
		"glance": fmt.Sprintf("mjrsrc location=%s ! avdec_h264 ! uprightglance location=%s/small", video, out),
		"leak":   "",
	}
	for range 100 {
		err := gstrun.Run(context.Background(), lines[what], gstrun.Options{})
		if (err != nil) != (what == "fail" || what == "full" || what == "leak") {
			return fmt.Errorf("%s: %v", what, err)
		}
	}
	if what == "leak" { // does the tracer see it?
		if _, err := pipeline.Parse("mjrsrc ! fakesink"); err != nil {
			return err
		}
	}
	return nil
}

// roomScore writes a score of one person, who gets a cell, an avatar, and the whole canvas.
func roomScore(dir string) (path string, err error) {
	cell := func(x, w int, kind room.SourceKind) room.Region {
		return room.Region{Person: "1", Source: kind, X: x, W: w, H: 90, Fit: "blur", Pads: []int{0}}
	}
	s := &room.Score{Schema: room.ScoreSchema, Canvas: &room.Canvas{Width: 160, Height: 90, FPS: 10}, DurationMs: 3000,
		Timeline: []room.Piece{{MsSpan: room.MsSpan{To: 3000}}},
		People:   []room.Player{{ID: "1", Name: "A name", Initials: "A"}},
		Sources:  []room.ScoreSource{{Person: "1", Source: room.Camera, To: 10000}}, Voices: []room.Voice{{Person: "1"}},
		Talks: []room.ScoreTalk{{Person: "1", MsSpan: room.MsSpan{From: 500, To: 2500}}},
		Style: room.Style{Labels: "name", Speaker: "border", Clock: "elapsed", Title: "Title"},
		Spans: []room.Arrangement{
			{MsSpan: room.MsSpan{To: 1000}, Regions: []room.Region{cell(0, 80, room.Camera), cell(80, 80, room.Avatar)}},
			{MsSpan: room.MsSpan{From: 1000, To: 3000}, Regions: []room.Region{cell(0, 160, room.Camera)}},
		}}
	path = filepath.Join(dir, "score.json")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(s.Write(f), f.Close())
}

var alive = regexp.MustCompile(`object-alive, type-name=\(string\)(\w+)`)

// A hundred pipelines leave no object behind, although Go's garbage collector is off: nothing waits for it.
func TestNothingLeaks(t *testing.T) {
	for _, what := range []string{"copy", "mp4", "turn", "room", "play", "fail", "full", "glance", "leak"} {
		t.Run(what, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childVariable+"="+what, "GST_TRACERS=leaks", "GST_DEBUG=GST_TRACER:7",
				"GST_DEBUG_NO_COLOR=1", "GOGC=off")
			b, err := cmd.CombinedOutput()
			log := string(b)
			require.NoError(t, err, log)
			var objects []string
			for _, m := range alive.FindAllStringSubmatch(log, -1) {
				objects = append(objects, m[1])
			}
			if what == "leak" {
				require.Contains(t, objects, "mjrsrc", "the tracer does not report what is leaked on purpose")
				return
			}
			require.Empty(t, objects, "alive at the end")
			require.NotContains(t, log, "CRITICAL")
			require.NotContains(t, log, "WARNING **")
			require.False(t, strings.Contains(log, "panic"), log)
		})
	}
}
