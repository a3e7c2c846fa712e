package mp4sink_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/internal/mp4box"
)

// film is a video with a key picture every second.
const film = "videotestsrc num-buffers=%d ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! "

// packets are so many of so many bytes, with so many bytes a second.
const packets = "fakesrc num-buffers=%d format=time sizetype=fixed filltype=zero sizemax=%d datarate=%d ! "

// run plays a line with OUT for the file, and reads the file.
func run(t *testing.T, line string) (*mp4box.File, string) {
	t.Helper()
	require.NoError(t, elements.Register(nil))
	path := filepath.Join(t.TempDir(), "out.mp4")
	require.NoError(t, gstrun.Run(t.Context(), strings.ReplaceAll(line, "OUT", path),
		gstrun.Options{StallTimeout: 20 * time.Second}))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing but the file")
	f, err := mp4box.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	for i := range f.Tracks {
		s, err := f.Samples(i)
		require.NoError(t, err)
		for err == nil {
			_, err = s.Next()
		}
		require.ErrorIs(t, err, io.EOF)
	}
	require.True(t, f.FastStart)
	return f, path
}

// strict asks FFmpeg, which is not ours.
func strict(t *testing.T, path string) {
	t.Helper()
	tool, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Log("without ffmpeg")
		return
	}
	out, err := exec.Command(tool, "-v", "error", "-xerror", "-i", path, "-f", "null", "-").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Empty(t, string(out))
}

func TestCodecs(t *testing.T) {
	for name, c := range map[string]struct {
		line  string
		codec string
		n     int
	}{
		"h264": {fmt.Sprintf(film, 30) + "x264enc bframes=0 key-int-max=10 ! h264parse ! uprightmp4sink location=OUT " +
			"index-size=4000", "avc1", 30},
		"h265": {fmt.Sprintf(film, 30) + "x265enc key-int-max=10 ! h265parse ! uprightmp4sink location=OUT", "hvc1", 30},
		"vp9": {fmt.Sprintf(film, 30) + "vp9enc deadline=1 ! vp9parse ! uprightmp4sink location=OUT index-size=100", "vp09",
			30},
		"av1": {fmt.Sprintf(film, 10) + "av1enc cpu-used=8 ! av1parse ! uprightmp4sink location=OUT", "av01", 10},
		"opus": {"audiotestsrc num-buffers=40 samplesperbuffer=960 ! audio/x-raw,rate=48000 ! opusenc ! opusparse ! " +
			"uprightmp4sink location=OUT", "Opus", 40},
		"5.1": {"audiotestsrc num-buffers=40 samplesperbuffer=960 ! " +
			"audio/x-raw,rate=48000,channels=6,channel-mask=(bitmask)0x3f ! opusenc ! opusparse ! " +
			"uprightmp4sink location=OUT", "Opus", 40},
		"aac": {"audiotestsrc num-buffers=40 ! audio/x-raw,rate=48000 ! avenc_aac ! aacparse ! uprightmp4sink " +
			"location=OUT audio-skip=21333333", "mp4a", 40},
		"mp3": {"audiotestsrc num-buffers=45 ! audio/x-raw,rate=48000 ! lamemp3enc ! mpegaudioparse ! uprightmp4sink " +
			"location=OUT", "mp4a", 41},
		"mp3 of few samples": {"audiotestsrc num-buffers=45 ! audio/x-raw,rate=16000 ! lamemp3enc ! mpegaudioparse ! " +
			"uprightmp4sink location=OUT", "mp4a", 81},
		"alac": {"audiotestsrc num-buffers=40 ! audio/x-raw,rate=48000,channels=2 ! avenc_alac ! uprightmp4sink " +
			"location=OUT", "alac", 10},
		"ac3": {"audiotestsrc num-buffers=45 ! audio/x-raw,rate=48000,channels=2 ! avenc_ac3 ! ac3parse ! uprightmp4sink " +
			"location=OUT", "ac-3", 30},
		"ac3, 5.1": {"audiotestsrc num-buffers=45 ! audio/x-raw,rate=48000,channels=6,channel-mask=(bitmask)0x3f ! " +
			"audioconvert ! avenc_ac3 ! uprightmp4sink location=OUT", "ac-3", 30},
	} {
		t.Run(name, func(t *testing.T) {
			f, path := run(t, c.line)
			require.Len(t, f.Tracks, 1)
			require.Equal(t, c.codec, f.Tracks[0].Codec)
			require.InDelta(t, c.n, f.Tracks[0].Samples, 2)
			strict(t, path)
		})
	}
}

// All a file can say at once.
func TestEverything(t *testing.T) {
	f, path := run(t, fmt.Sprintf(film, 50)+"x264enc bframes=2 b-adapt=false key-int-max=10 ! h264parse ! "+
		"uprightmp4sink name=m location=OUT orientation=rotate-90 creation-time=1763710923000000 index-size=8000 "+
		"chapters=\"0 one\\n1000000000 two\" "+
		"audiotestsrc num-buffers=300 samplesperbuffer=960 ! audio/x-raw,rate=48000 ! opusenc ! opusparse ! m.")
	require.Len(t, f.Tracks, 2)
	v := f.Tracks[0]
	if v.Kind != mp4box.Video {
		v = f.Tracks[1]
	}
	require.Equal(t, cvo.Orientation{Degrees: 90}, v.Orientation)
	require.Equal(t, time.UnixMicro(1763710923000000).UTC(), f.Created)
	require.Equal(t, 50, v.Samples)
	require.InDelta(t, 6*time.Second, v.End(), float64(30*time.Millisecond), "the last picture stands")
	strict(t, path)
}

func TestSoundTracksHaveTitles(t *testing.T) {
	const tone = "audiotestsrc num-buffers=50 samplesperbuffer=960 freq=%d ! audio/x-raw,rate=48000 ! opusenc ! " +
		"opusparse ! m.audio_%d "
	line := "uprightmp4sink name=m location=OUT main-sound=0 " +
		`sound-titles=\"1\\040Alice\\0122\\040Zo\\303\\253\\0403\" `
	for i := range 3 {
		line += fmt.Sprintf(tone, 400+200*i, i)
	}
	f, path := run(t, line)
	require.Len(t, f.Tracks, 3)
	for i, want := range []string{"", "Alice", "Zoë 3"} {
		require.Equal(t, want, f.Tracks[i].Title)
		require.Equal(t, i != 0, f.Tracks[i].Off)
	}
	strict(t, path)
	err := gstrun.Run(t.Context(), fmt.Sprintf("uprightmp4sink name=m location=x.mp4 sound-titles=Alice "+tone, 400, 0),
		gstrun.Options{})
	require.ErrorContains(t, err, "does not begin with the number")
}

// What streams say about the film is written if that is wanted; what pictures say comes before what sound says.
func TestTags(t *testing.T) {
	tool, err := exec.LookPath("ffprobe")
	if err != nil {
		t.Skip("without ffprobe nobody reads the tags")
	}
	const line = "x264enc ! h264parse ! taginject tags=\"title=Film,artist=Alice,comment=(string)1\" ! " +
		"uprightmp4sink name=m location=OUT tags=%v chapters=\"0 one\" " +
		"audiotestsrc num-buffers=50 ! opusenc ! opusparse ! taginject tags=title=Sound,copyright=me ! m."
	for on, want := range map[bool]string{true: "tag:artist=Alice|tag:comment=1|tag:copyright=me|" +
		"tag:description=audiotest wave|tag:title=Film", false: ""} {
		_, path := run(t, fmt.Sprintf(film, 10)+fmt.Sprintf(line, on))
		out, err := exec.Command(tool, "-v", "error", "-show_entries", "format_tags", "-of", "compact=p=0", path).Output()
		require.NoError(t, err)
		tags := strings.Split(strings.TrimSpace(string(out)), "|")
		slices.Sort(tags)
		tags = slices.DeleteFunc(tags, func(s string) bool { return regexp.MustCompile("_|compatible").MatchString(s) })
		require.Equal(t, want, strings.Join(tags, "|"))
		strict(t, path)
	}
}

// A second of video in the middle of a minute of sound, and at its end.
func TestShortVideoPlays(t *testing.T) {
	for _, at := range []time.Duration{0, 30 * time.Second, 59 * time.Second} {
		_, path := run(t, fmt.Sprintf(film, 10)+fmt.Sprintf("x264enc bframes=0 ! h264parse ! identity ts-offset=%d ! "+
			"uprightmp4sink name=m location=OUT ", at)+
			"audiotestsrc num-buffers=3000 samplesperbuffer=960 ! audio/x-raw,rate=48000 ! opusenc ! opusparse ! m.")
		strict(t, path)
		raw := filepath.Join(t.TempDir(), "raw")
		require.NoError(t, gstrun.Run(t.Context(), "filesrc location="+path+" ! qtdemux name=d d.video_0 ! queue ! "+
			"h264parse ! avdec_h264 ! filesink async=false location="+raw+
			" d.audio_0 ! queue ! fakesink async=false", gstrun.Options{StallTimeout: 20 * time.Second}),
			"qtdemux shows it, too")
		st, err := os.Stat(raw)
		require.NoError(t, err)
		require.GreaterOrEqual(t, st.Size(), int64(10*64*48*3/2), at)
	}
}

func TestOnlyOneEnds(t *testing.T) {
	// The second stream ends early, the third never has anything.
	f, _ := run(t, fmt.Sprintf(film, 100)+"x264enc bframes=0 ! h264parse ! uprightmp4sink name=m location=OUT "+
		"audiotestsrc num-buffers=5 ! audio/x-raw,rate=48000 ! opusenc ! opusparse ! m. "+
		"audiotestsrc num-buffers=5 ! valve drop=true drop-mode=forward-sticky-events ! audio/x-raw,rate=48000 ! opusenc "+
		"! opusparse ! m.")
	require.Len(t, f.Tracks, 2)
}

// Both streams come from one thread: who waits for the other would wait for ever.
func TestOneThread(t *testing.T) {
	began := time.Now()
	f, _ := run(t, fmt.Sprintf(film, 300)+"x264enc bframes=0 speed-preset=ultrafast tune=zerolatency ! h264parse ! tee "+
		"name=t ! identity ts-offset=100000000000 ! uprightmp4sink name=m location=OUT t. ! m.video_1")
	require.Len(t, f.Tracks, 2)
	require.Less(t, time.Since(began), 2*time.Minute)
}

func TestManyStreams(t *testing.T) {
	line := "uprightmp4sink name=m location=OUT "
	for i := range 16 {
		line += fmt.Sprintf("audiotestsrc num-buffers=%d samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! "+
			"opusenc ! opusparse ! m. ", 50+i*20)
	}
	f, path := run(t, line)
	require.Len(t, f.Tracks, 16)
	strict(t, path)
}

// Text plays as long as it is to be read, whether it comes before the pictures or behind them.
func TestSubtitles(t *testing.T) {
	srt := filepath.Join(t.TempDir(), "a.srt")
	require.NoError(t, os.WriteFile(srt, []byte("1\n00:00:01,000 --> 00:00:02,000\nhello\n\n"+
		"2\n00:00:03,000 --> 00:00:04,000\nyou\n\n"), 0o600))
	for _, pause := range []int{0, 500_000} {
		f, path := run(t, fmt.Sprintf(film, 50)+"x264enc bframes=0 ! h264parse ! uprightmp4sink name=m location=OUT "+
			fmt.Sprintf("filesrc location=%s ! subparse ! text/x-raw,format=utf8 ! identity sleep-time=%d ! m.", srt, pause))
		require.Len(t, f.Tracks, 2)
		tool, err := exec.LookPath("ffmpeg")
		if err != nil {
			t.Log("without ffmpeg")
			continue
		}
		out, err := exec.Command(tool, "-v", "error", "-i", path, "-f", "srt", "-").CombinedOutput()
		require.NoError(t, err, string(out))
		require.Contains(t, string(out), "00:00:01,000 --> 00:00:02,000\nhello")
		require.Contains(t, string(out), "00:00:03,000 --> 00:00:04,000\nyou")
	}
}

func TestRefusals(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	dir := t.TempDir()
	for _, c := range []struct{ line, want string }{
		{"audiotestsrc num-buffers=5 ! opusenc ! opusparse ! uprightmp4sink", "no file to write"},
		{"audiotestsrc num-buffers=5 ! opusenc ! opusparse ! uprightmp4sink location=/nowhere/a.mp4", "cannot be written"},
		{"audiotestsrc num-buffers=5 ! opusenc ! opusparse ! uprightmp4sink location=" + dir + "/a.mp4 chapters=x",
			"does not begin with a time"},
		{"audiotestsrc num-buffers=5 ! opusenc ! opusparse ! uprightmp4sink location=" + dir, "cannot be written"},
		{"audiotestsrc num-buffers=5 ! opusenc ! opusparse ! valve drop=true drop-mode=forward-sticky-events ! " +
			"uprightmp4sink location=" + dir + "/a.mp4", "no media"},
	} {
		require.ErrorContains(t, gstrun.Run(t.Context(), c.line, gstrun.Options{StallTimeout: 10 * time.Second}), c.want)
	}
	entries, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left of what failed")
	entries, err = os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is left of what failed")
}

// A full disk is called by its name, for what is shown and for what is done about it.
func TestFullDisk(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	err := gstrun.Run(t.Context(), fmt.Sprintf(packets+"audio/x-opus,channels=1,rate=48000 ! uprightmp4sink location=%s/a.mp4",
		200, 1000, 50000, dir), gstrun.Options{StallTimeout: 20 * time.Second})
	var e *gstrun.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, gstrun.NoSpaceLeft, e.Name)
	require.Contains(t, e.Message, "no space left for "+dir)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// Who does not stop at an error must not find a file that looks complete when the other streams end: sound that could
// not be written is missing in it.
func TestNoFileAfterAnError(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	for _, n := range []int{5, 200} { // all at the end, and on the way
		dir := t.TempDir()
		p, err := pipeline.Parse(fmt.Sprintf(film+"x264enc bframes=0 ! h264parse ! uprightmp4sink name=m location=%s/a.mp4 "+
			packets+"audio/mpeg,mpegversion=4,stream-format=raw,channels=1,rate=48000 ! m.", 50, dir, n, 100, 5000))
		require.NoError(t, err)
		p.SetState(pipeline.Playing)
		for limit, failed := time.Minute, false; ; {
			m, ok := p.Pop(limit)
			if !ok {
				require.True(t, failed, "no error")
				break
			}
			require.NotEqual(t, pipeline.MessageEOS, m.Type)
			if m.Type == pipeline.MessageError {
				failed, limit = true, time.Second
			}
		}
		p.SetState(pipeline.Null)
		p.Close()
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries)
	}
}

func TestStoppedInTheMiddle(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := gstrun.Run(ctx, "audiotestsrc ! opusenc ! opusparse ! uprightmp4sink location="+dir+"/a.mp4", gstrun.Options{})
	require.ErrorAs(t, err, new(*gstrun.CancelError))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
