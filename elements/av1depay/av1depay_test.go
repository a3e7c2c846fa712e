package av1depay_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

// recordings are those in testdata, and the size of their pictures. The second has spatial layers, the lower of half
// the size.
var recordings = map[string]string{
	"pion-av1-opus":    "width=(int)320, height=(int)180",
	"chromium-av1-svc": "width=(int)640, height=(int)360",
}

// Every unit of a recording becomes one buffer, at its time.
func TestRecordings(t *testing.T) {
	for folder := range recordings {
		t.Run(folder, func(t *testing.T) {
			path := recorded(t, folder)
			p := gsttest.Parse(t, "mjrsrc origin=file location=%q ! uprightav1depay name=depay ! tee name=t ! queue ! "+
				"fakesink async=false t. ! queue ! identity drop-buffer-flags=delta-unit ! fakesink name=keys async=false", path)
			out, keys := gsttest.Watch(t, p, "depay", "src"), gsttest.Watch(t, p, "keys", "sink")
			gsttest.Play(t, p)

			var wantKeys []time.Duration
			got := out.Buffers()
			for i, u := range units(t, path) {
				require.Less(t, i, len(got))
				require.Equal(t, u.pts, got[i].PTS, i)
				if u.duration > 0 {
					require.Equal(t, u.duration, got[i].Duration, i)
				}
				require.Equal(t, u.data, got[i].Data, i)
				require.Equal(t, i == 0, got[i].Discont, i)
				require.False(t, got[i].Gap)
				if u.key {
					wantKeys = append(wantKeys, u.pts)
				}
			}
			require.Len(t, got, len(units(t, path)))
			var gotKeys []time.Duration
			for _, b := range keys.Buffers() {
				gotKeys = append(gotKeys, b.PTS)
			}
			require.NotEmpty(t, wantKeys)
			require.Equal(t, wantKeys, gotKeys)

			var order []gstx.EventType
			for _, i := range out.Items()[:5] {
				order = append(order, i.Event)
			}
			require.Equal(t, []gstx.EventType{gstx.EventStreamStart, gstx.EventCaps, gstx.EventSegment, gstx.EventTag,
				gstx.EventTag}, order)
			require.Equal(t, []string{"rotate-0"}, out.Tags())
			caps := out.Events(gstx.EventCaps)
			require.Len(t, caps, 1)
			for _, field := range []string{"video/x-av1", "stream-format=(string)obu-stream", "alignment=(string)tu",
				"framerate=(fraction)0/1"} {
				require.Contains(t, caps[0], field)
			}
			items := out.Items()
			require.Equal(t, gstx.EventEOS, items[len(items)-1].Event)
		})
	}
}

// One picture per temporal unit, of the full size, and no decoder complains.
func TestDecoders(t *testing.T) {
	for folder, size := range recordings {
		t.Run(folder, func(t *testing.T) {
			path := recorded(t, folder)
			want := len(units(t, path))
			raw := filepath.Join(t.TempDir(), "video.obu")
			p := gsttest.Parse(t, "mjrsrc location=%q ! uprightav1depay ! tee name=t ! queue ! av1parse ! av1dec ! fakesink "+
				"name=out async=false t. ! queue ! filesink buffer-mode=unbuffered async=false location=%q", path, raw)
			out := gsttest.Watch(t, p, "out", "sink")
			warnings := toEnd(t, p)
			p.SetState(pipeline.Null)
			p.Close()
			require.Empty(t, warnings)
			require.Len(t, out.Buffers(), want)
			caps := out.Events(gstx.EventCaps)
			require.Contains(t, caps[len(caps)-1], size)

			dav1d, complaints := decode(t, "libdav1d", raw)
			require.Empty(t, complaints)
			require.Len(t, dav1d, want)
			aom, complaints := decode(t, "libaom-av1", raw)
			require.Empty(t, complaints)
			require.Equal(t, dav1d, aom, "decoders show the same")
		})
	}
}

// decode has ffmpeg decode a bitstream, and returns a line of its framehash for each picture.
func decode(t *testing.T, decoder, path string) (pictures []string, complaints string) {
	t.Helper()
	var stderr strings.Builder
	ffmpeg := exec.Command("ffmpeg", "-hide_banner", "-v", "warning", "-threads", "1", "-c:v", decoder, "-f", "obu", "-i",
		path, "-fps_mode", "passthrough", "-f", "framemd5", "-")
	ffmpeg.Stderr = &stderr
	text, err := ffmpeg.Output()
	require.NoError(t, err, stderr.String())
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			pictures = append(pictures, line)
		}
	}
	return pictures, stderr.String()
}

// decodebin finds it by the caps of mjrsrc.
func TestAutoplugging(t *testing.T) {
	path := recorded(t, "pion-av1-opus")
	p := gsttest.Parse(t, "mjrsrc location=%q ! decodebin ! fakesink name=out", path)
	out := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	require.Len(t, out.Buffers(), len(units(t, path)))
	require.Contains(t, strings.Join(out.Events(gstx.EventCaps), ""), "video/x-raw")
}

// Copied into MP4, Matroska and WebM, and read back.
func TestMuxers(t *testing.T) {
	for _, mux := range []string{"mp4mux", "matroskamux", "webmmux"} {
		for folder := range recordings {
			t.Run(mux+" "+folder, func(t *testing.T) {
				path, file := recorded(t, folder), filepath.Join(t.TempDir(), "out")
				// Without a rate, av1parse forgets how long the last picture stands, and behind mp4mux of 1.26 nobody shows it.
				gsttest.Play(t, gsttest.Parse(t, "mjrsrc location=%q ! uprightav1depay ! capssetter "+
					"caps=video/x-av1,framerate=15/1 ! av1parse ! %s ! filesink buffer-mode=unbuffered location=%q", path, mux, file))
				text, err := exec.Command("ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries",
					"stream=codec_name,nb_read_frames,width,height", "-of", "csv=p=0", file).CombinedOutput()
				require.NoError(t, err, string(text))
				size := map[string]string{"pion-av1-opus": "320,180", "chromium-av1-svc": "640,360"}[folder]
				require.Equal(t, "av1,"+size+","+map[string]string{"pion-av1-opus": "120", "chromium-av1-svc": "106"}[folder],
					strings.TrimSpace(string(text)))
				record := codecData(t, path)
				content, err := os.ReadFile(file)
				require.NoError(t, err)
				require.Equal(t, 1, strings.Count(string(content), record), "the codec configuration record, in front of the media")
				if mux != "mp4mux" { // mp4mux of 1.22 puts five zeros in front of it
					require.Contains(t, string(content), "\x63\xa2"+string([]byte{0x80 | byte(len(record))})+record, "CodecPrivate")
				}
			})
		}
	}
}

// codecData is the codec configuration record of a recording.
func codecData(t *testing.T, path string) string {
	sequence, ok := codec.AV1Unit{Data: units(t, path)[0].data}.Sequence()
	require.True(t, ok)
	return string(sequence.Record())
}

// A flushing seek: nothing of before is left, and the segment is the source's.
func TestSeek(t *testing.T) {
	path := recorded(t, "pion-av1-opus")
	p := gsttest.Parse(t, "mjrsrc location=%q ! uprightav1depay name=depay ! av1parse ! av1dec ! fakesink "+
		"sync=false name=out", path)
	defer p.Close()
	defer p.SetState(pipeline.Null)
	depay, out := gsttest.Watch(t, p, "depay", "src"), gsttest.Watch(t, p, "out", "sink")
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.WaitState(20*time.Second))
	for _, at := range []time.Duration{3 * time.Second, 500 * time.Millisecond, 5 * time.Second} {
		depay.Clear()
		out.Clear()
		require.True(t, p.Seek(pipeline.SeekFlush|pipeline.SeekAccurate, at, -1))
		require.True(t, p.WaitState(20*time.Second))
		first := depay.Buffers()[0]
		require.True(t, first.Discont)
		require.LessOrEqual(t, first.PTS, at)
		require.Contains(t, depay.Events(gstx.EventSegment)[0], "time=(guint64)"+itoa(at))
		require.InDelta(t, at, out.Buffers()[0].PTS, float64(50*time.Millisecond))
	}
	depay.Clear()
	require.Empty(t, toEnd(t, p))
	require.NotEmpty(t, depay.Buffers())
}

// One element, used again and again, from READY and from NULL.
func TestStateCycles(t *testing.T) {
	path := recorded(t, "chromium-av1-svc")
	p := gsttest.Parse(t, "mjrsrc location=%q ! uprightav1depay name=depay ! fakesink", path)
	defer p.Close()
	defer p.SetState(pipeline.Null)
	out := gsttest.Watch(t, p, "depay", "src")
	want := len(units(t, path))
	for i := range 20 {
		out.Clear()
		require.Empty(t, toEnd(t, p))
		got := out.Buffers()
		require.Len(t, got, want)
		require.True(t, got[0].Discont)
		require.True(t, p.SetState([]pipeline.State{pipeline.Null, pipeline.Ready}[i%2]))
		require.True(t, p.WaitState(time.Second))
	}
}

// Torn down at any moment.
func TestStopInTheMiddle(t *testing.T) {
	path := recorded(t, "chromium-av1-svc")
	for i := range 40 {
		p := gsttest.Parse(t, "mjrsrc location=%q ! uprightav1depay ! queue ! identity sleep-time=1000 ! fakesink", path)
		require.True(t, p.SetState(pipeline.Playing))
		time.Sleep(time.Duration(i) * 500 * time.Microsecond)
		require.True(t, p.SetState(pipeline.Null))
		p.Close()
	}
}

const leakEnv = "UPRIGHT_TEST_LEAKS"

// The leaks tracer of GStreamer, in a process of its own, since it has to be there from the start.
func TestNothingLeaks(t *testing.T) {
	if mode := os.Getenv(leakEnv); mode != "" {
		leakChild(t, mode)
		return
	}
	for mode, leaks := range map[string]bool{"clean": false, "leaky": true} {
		self := exec.Command(os.Args[0], "-test.run=^TestNothingLeaks$", "-test.count=1")
		self.Env = append(os.Environ(), leakEnv+"="+mode, "GST_TRACERS=leaks", "GST_DEBUG=GST_TRACER:7",
			"GST_DEBUG_NO_COLOR=1")
		text, err := self.CombinedOutput()
		require.NoError(t, err, string(text))
		var alive []string
		for line := range strings.Lines(string(text)) {
			// Factories are registered for good.
			if strings.Contains(line, ":: object-alive,") && !strings.Contains(line, "(string)GstElementFactory") {
				alive = append(alive, line)
			}
		}
		if leaks {
			require.Contains(t, strings.Join(alive, ""), "UprightAV1Depay", "the test must be able to fail: %s", text)
		} else {
			require.Empty(t, alive)
		}
	}
}
