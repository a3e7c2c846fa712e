package agorasrc

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/elements/mp4sink"
	"github.com/upright-media/upright/internal/testagora"
	"github.com/upright-media/upright/recording/agora/media"
)

func TestMain(m *testing.M) {
	if err := Register(nil); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

var zero = time.Date(2030, 1, 2, 3, 4, 5, 144e6, time.UTC)

// stay writes a folder in which a user is heard twice and seen once, and returns the path of the uid file.
func stay(t *testing.T) string {
	f := testagora.New(t, t.TempDir(), "demo", zero)
	one, two := f.Name("a b_1", 0, ".aac"), f.Name("a b_1", 6*time.Second, ".aac")
	mp4 := f.Name("a b_1", 400*time.Millisecond, ".mp4")
	f.File(one, testagora.ADTS(200, 1))
	f.File(two, testagora.ADTS(100, 1))
	f.File(mp4, testagora.MP4(t, testagora.Pictures(119), 67))
	f.UID("a b_1", "0.000 "+one+" create ", "0.400 "+mp4+" create ",
		"0.401 "+mp4+" info width=640 height=360 rotation=90",
		"4.000 "+mp4+" rotate rotation=0 ", "4.267 "+one+" close ", "6.000 "+two+" create ", "8.133 "+two+" close ",
		"8.373 "+mp4+" close ")
	f.Done()
	return filepath.Join(f.Path, "uid_a b_1_"+testagora.Stamp(zero)+".txt")
}

// locate sets the location, which may have blanks in it.
func locate(p *pipeline.Pipeline, path string) {
	if e, ok := p.Element("src"); ok && path != "" {
		e.SetString("location", path)
	}
}

func TestPictures(t *testing.T) {
	p := gsttest.Parse(t, "agorasrc name=src ! fakesink")
	locate(p, stay(t))
	r := gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	caps := r.Events(gstx.EventCaps)
	require.Len(t, caps, 1)
	for _, want := range []string{"video/x-h264", "stream-format=(string)avc", "alignment=(string)au",
		"width=(int)640", "codec_data=(buffer)0164"} {
		require.Contains(t, caps[0], want)
	}
	require.Equal(t, []string{"rotate-90", "rotate-0"}, r.Tags())
	list := r.Buffers()
	require.Len(t, list, 119)
	for i, b := range list {
		require.InDelta(t, 0.4+0.067*float64(i), b.PTS.Seconds(), 0.011) // by the clock of the sound
		require.Equal(t, i == 0, b.Discont)
		require.Equal(t, testagora.WithLengths(testagora.Pictures(119)[i]), b.Data)
	}
	// The tag stands in front of the first picture that it is about.
	for i, item := range r.Items() {
		if item.Tag == "rotate-0" {
			require.InDelta(t, 4.018, r.Items()[i+1].PTS.Seconds(), 0.011)
		}
	}
}

func TestSound(t *testing.T) {
	uid := stay(t)
	for _, fill := range []bool{true, false} {
		p := gsttest.Parse(t, "agorasrc name=src medium=audio fill-gaps=%v ! fakesink", fill)
		locate(p, uid)
		r := gsttest.Watch(t, p, "src", "src")
		gsttest.Play(t, p)
		require.Contains(t, r.Events(gstx.EventCaps)[0], "codec_data=(buffer)1188")
		gaps, end := 0, time.Duration(0)
		for _, b := range r.Buffers() {
			if b.Gap {
				gaps++
			}
			if fill {
				require.InDelta(t, end, b.PTS, 2)
			}
			require.Equal(t, media.SilentAAC(1), b.Data)
			end = b.PTS + b.Duration
		}
		require.InDelta(t, 8.133, end.Seconds(), 0.011)
		if fill {
			require.Equal(t, 81, gaps) // 1.733 s
		} else {
			require.Zero(t, gaps)
			require.Len(t, r.Events(gstx.EventGap), 81)
		}
	}
}

// A user who came later than another one lies so much later in a pipeline of both, also behind a seek.
func TestOffset(t *testing.T) {
	const offset = 3 * time.Second
	uid := stay(t)
	for _, medium := range []string{"video", "audio"} {
		times := func(more string, seek time.Duration) (list []time.Duration) {
			p := gsttest.Parse(t, "agorasrc name=src medium=%s fill-gaps=false %s ! fakesink sync=false", medium, more)
			defer p.Close()
			defer p.SetState(pipeline.Null)
			locate(p, uid)
			r := gsttest.Watch(t, p, "src", "src")
			require.True(t, p.SetState(pipeline.Paused))
			require.True(t, p.WaitState(time.Minute))
			if seek > 0 {
				r.Clear()
				require.True(t, p.Seek(pipeline.SeekFlush, seek, -1))
				require.True(t, p.WaitState(time.Minute))
			}
			gsttest.ToEnd(t, p)
			for _, i := range r.Items() {
				if i.Event == 0 {
					list = append(list, i.PTS)
				}
			}
			return list
		}
		for _, seek := range []time.Duration{0, 5 * time.Second} {
			to := seek
			if seek > 0 {
				to += offset
			}
			plain, moved := times("", seek), times("offset=3000000000", to)
			require.NotEmpty(t, plain)
			for i := range plain {
				plain[i] += offset
			}
			require.Equal(t, plain, moved, "%s from %v", medium, seek)
		}
	}
}

func TestSeek(t *testing.T) {
	p := gsttest.Parse(t, "agorasrc name=src ! fakesink sync=false")
	locate(p, stay(t))
	r := gsttest.Watch(t, p, "src", "src")
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.WaitState(time.Minute))
	_, duration := p.Query()
	require.InDelta(t, 8.373, duration.Seconds(), 0.011)
	r.Clear()
	require.True(t, p.Seek(pipeline.SeekFlush, 5*time.Second, -1))
	require.True(t, p.WaitState(time.Minute))
	gsttest.ToEnd(t, p)
	got := r.Buffers()
	require.InDelta(t, 0.4+0.067*60, got[0].PTS.Seconds(), 0.011)
	require.True(t, got[0].Discont)
	require.Equal(t, []string{"rotate-0"}, r.Tags())
	require.Len(t, got, 59)
}

// A part of a recording begins with the picture that stands there, by the time of whoever came first, and ends where it
// is to.
func TestPart(t *testing.T) {
	uid := stay(t)
	const offset = 3 * time.Second
	play := func(more string) (times []time.Duration, r *gsttest.Record) {
		p := gsttest.Parse(t, "agorasrc name=src offset=%d %s ! fakesink name=out sync=false", offset, more)
		locate(p, uid)
		r = gsttest.Watch(t, p, "out", "sink")
		gsttest.Play(t, p)
		for _, b := range r.Buffers() {
			times = append(times, b.PTS)
		}
		return times, r
	}
	all, _ := play("")
	require.Len(t, all, 119)
	from, to := all[40]+30*time.Millisecond, all[90]-time.Millisecond
	got, r := play(fmt.Sprintf("from=%d to=%d", from, to))
	require.Contains(t, r.Events(gstx.EventSegment)[0], fmt.Sprintf("start=(guint64)%d,", from))
	const key = 30 // every thirtieth can be decoded on its own
	require.Equal(t, all[key:40], got[:40-key], "what is decoded and not seen")
	require.Equal(t, from, got[40-key], "the picture that stands")
	require.Equal(t, all[41], got[41-key])
	require.InDelta(t, all[90], got[len(got)-1], float64(70*time.Millisecond))
	require.Equal(t, []string{"rotate-90"}, r.Tags()[:1])

	p := gsttest.Parse(t, "agorasrc name=src from=5 to=5 ! fakesink")
	defer p.Close()
	locate(p, uid)
	require.False(t, p.SetState(pipeline.Paused))
	m, ok := p.Pop(time.Minute)
	require.True(t, ok)
	require.Contains(t, m.Text, "agorasrc is to end at 5 ns, before it begins")
	p.SetState(pipeline.Null)
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	empty := testagora.New(t, t.TempDir(), "x", zero)
	empty.UID("1")
	noise := testagora.New(t, t.TempDir(), "x", zero)
	mp4 := noise.Name("1", 0, ".mp4")
	var pictures [][]byte
	for i := range 40 {
		b := make([]byte, 90)
		for j := range b {
			b[j] = byte((i*101+j)*73 + j*j)
		}
		pictures = append(pictures, b)
	}
	noise.File(mp4, testagora.MP4(t, pictures, 67))
	noise.UID("1", "0.000 "+mp4+" create ")
	uid := "uid_1_" + testagora.Stamp(zero) + ".txt"
	for _, c := range []struct {
		name, path string
		domain     gstx.Domain
		code       int
		text       string
	}{
		{"no location", "", gstx.ResourceDomain, gstx.ResourceNotFound, "set its property location"},
		{"missing", filepath.Join(empty.Path, "uid_2_"+testagora.Stamp(zero)+".txt"), gstx.ResourceDomain,
			gstx.ResourceNotFound, "uid_2_"},
		{"something else", filepath.Join(dir, "a.txt"), gstx.StreamDomain, gstx.StreamWrongType,
			"a.txt is no text file"},
		{"nothing in it", filepath.Join(empty.Path, uid), gstx.StreamDomain, gstx.StreamFailed,
			"No media were ever recorded"},
		{"encrypted", filepath.Join(noise.Path, uid), gstx.StreamDomain, gstx.StreamDecrypt, "wrong secret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := gsttest.Parse(t, "agorasrc name=src ! fakesink")
			defer p.Close()
			locate(p, c.path)
			require.False(t, p.SetState(pipeline.Paused))
			m, ok := p.Pop(time.Minute)
			require.True(t, ok)
			require.Equal(t, "agorasrc", m.Factory)
			require.Equal(t, c.domain, m.Domain, m.Text)
			require.Equal(t, c.code, m.Code, m.Text)
			require.Contains(t, m.Text, c.text)
			require.Contains(t, m.Debug, ".go")
			p.SetState(pipeline.Null)
		})
	}
}

// Which pad of a muxer a source is linked to is decided before it has opened anything.
func TestExpectedMedium(t *testing.T) {
	require.NoError(t, mp4sink.Register(nil))
	for medium, pad := range map[string]string{"video": "video_0", "audio": "audio_0"} {
		p := gsttest.Parse(t, "agorasrc location=none.txt medium=%s ! uprightmp4sink name=mux", medium)
		gsttest.Watch(t, p, "mux", pad) // which requires that there is one
		p.Close()
	}
}
