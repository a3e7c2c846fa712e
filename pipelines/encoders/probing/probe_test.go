package probing

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/internal/fakes"
)

func named(t *testing.T, element string) encoders.Encoder {
	t.Helper()
	e, ok := encoders.Named(element)
	require.True(t, ok, element)
	return e
}

// Every software encoder that is installed here has to pass, with every option that it can be given.
func TestInstalledSoftwareEncodersWork(t *testing.T) {
	var tried []string
	for _, codec := range encoders.Codecs {
		for _, e := range encoders.Candidates(codec) {
			if e.Hardware() || !gstrun.HasElement(e.Element) {
				continue
			}
			tried = append(tried, e.Element)
			t.Run(e.Element, func(t *testing.T) {
				r, err := new(Prober).Probe(t.Context(), e)
				require.NoError(t, err)
				require.Equal(t, "", r.Reason)
				require.True(t, r.OK)
			})
		}
	}
	require.Contains(t, tried, "x264enc")
	require.Contains(t, tried, "vp8enc")
}

// faked is a prober whose children have a fake in place of an element.
func faked(fake ...string) *Prober {
	return &Prober{Env: append(os.Environ(), fakes.Variable+"="+strings.Join(fake, " "))}
}

func TestProbeSaysWhatAnEncoderDoesWrong(t *testing.T) {
	for mode, reason := range map[string]string{
		fakes.Works:     "",
		fakes.NoStart:   "at 160x120: .*Could not open an encode session.*",
		fakes.Large:     "at 1280x720: .*Failed to init encoder.*",
		fakes.Hangs:     "did not finish within 1.5s, with pictures of 160x120",
		fakes.Slow:      "did not finish within 1.5s, with pictures of 160x120",
		fakes.Garbage:   "at 160x120: (made 0 pictures of 10|.*No valid frames found.*|.*is not H.264.*)",
		fakes.Crashes:   `crashed \(SIGSEGV\) with pictures of 160x120`,
		fakes.Exits:     `ended the process that tried it \(exit status 3\) with pictures of 160x120`,
		fakes.MidStream: "at 160x120: .*The device is lost.*",
		fakes.Drops:     "at 160x120: made 5 pictures of 10",
		fakes.Black:     "at 160x120: what it made does not look like what it was given",
	} {
		t.Run(mode, func(t *testing.T) {
			p := faked("vah264enc=" + mode)
			var child int
			p.Started = func(pid int) { child = pid }
			if mode == fakes.Hangs || mode == fakes.Slow {
				p.Limit = 1500 * time.Millisecond
			} else {
				p.Limit = 30 * time.Second // this machine may be slow, and that is not what is tested
			}
			r, err := p.Probe(t.Context(), named(t, "vah264enc"))
			require.NoError(t, err)
			require.Regexp(t, "^"+reason+"$", r.Reason)
			require.Equal(t, mode == fakes.Works, r.OK)
			require.Equal(t, mode == fakes.Hangs || mode == fakes.Slow, r.Late)
			require.ErrorIs(t, syscall.Kill(child, 0), syscall.ESRCH, "the child is gone")
		})
	}
}

func TestProbeOfWhatIsNotThere(t *testing.T) {
	r, err := new(Prober).Probe(t.Context(), named(t, "vah264enc"))
	require.NoError(t, err)
	require.Equal(t, "is not installed", r.Reason)

	_, err = (&Prober{Command: []string{"/does/not/exist"}}).Probe(t.Context(), named(t, "x264enc"))
	require.ErrorContains(t, err, "cannot start a process")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = new(Prober).Probe(ctx, named(t, "x264enc"))
	require.ErrorIs(t, err, context.Canceled, "that says nothing about the encoder")
}

func TestProbeLeavesNothingBehind(t *testing.T) {
	tmp := filepath.Join(t.TempDir(), "with a space")
	require.NoError(t, os.Mkdir(tmp, 0o700))
	t.Setenv("TMPDIR", tmp)
	r, err := faked("vah264enc="+fakes.Works).Probe(t.Context(), named(t, "vah264enc"))
	require.NoError(t, err)
	require.Equal(t, "", r.Reason)
	left, err := os.ReadDir(tmp)
	require.NoError(t, err)
	require.Empty(t, left)
}

// Whatever encoders are told, they are told the same: key frames as often as asked for, and better pictures for more.
func TestOptionsMeanTheSameEverywhere(t *testing.T) {
	for _, codec := range encoders.Codecs {
		for _, e := range encoders.Candidates(codec) {
			if e.Hardware() || !gstrun.HasElement(e.Element) {
				continue
			}
			t.Run(e.Element, func(t *testing.T) {
				dir := t.TempDir()
				size := func(o encoders.Options) (bytes int) {
					o.KeyFrames, o.Threads = 12, 1
					line := fmt.Sprintf("videotestsrc num-buffers=30 pattern=smpte horizontal-speed=2 ! "+
						"video/x-raw,format=%s,width=320,height=240,framerate=30/1 ! %s ! ", e.Format, e.Line(o, gstrun.HasElement))
					if after := e.After(o); after != "" {
						line += after + " ! "
					}
					require.NoError(t, gstrun.Run(t.Context(), line+shapes[e.Codec]+" ! multifilesink location="+dir+"/%05d",
						gstrun.Options{}), line)
					var keys []int
					for i := range 30 {
						b, err := os.ReadFile(fmt.Sprintf("%s/%05d", dir, i))
						require.NoError(t, err, "no B-frames, no hidden pictures: as many come out as go in")
						bytes += len(b)
						if key(t, e.Codec, b) {
							keys = append(keys, i)
						}
					}
					require.GreaterOrEqual(t, len(keys), 3)
					require.Zero(t, keys[0])
					for i := 1; i < len(keys); i++ {
						require.LessOrEqual(t, keys[i]-keys[i-1], 12, "%v", keys)
					}
					return bytes
				}
				worst, standard, best := size(encoders.Options{Quality: 5}), size(encoders.Options{}),
					size(encoders.Options{Quality: 95})
				require.Less(t, worst, standard)
				require.Less(t, standard, best)
				low, high := size(encoders.Options{Bitrate: 300_000}), size(encoders.Options{Bitrate: 1_000_000})
				require.Less(t, low, high)
				require.Less(t, low, 300_000/8*2, "for one second, twice as much at most")
			})
		}
	}
}

func key(t *testing.T, codec string, coded []byte) bool {
	t.Helper()
	inspector := newInspector(t, codec)
	seen, err := inspect(inspector, codec, coded)
	return err == nil && seen.key
}
