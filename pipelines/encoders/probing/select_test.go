package probing

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/internal/fakes"
)

// selector is one whose children have these fakes (element=mode), and that knows of them and of x264enc and vp8enc
// only.
func selector(t *testing.T, fake ...string) (s *Selector, tried *[]int) {
	t.Helper()
	p := faked(fake...)
	p.Limit = 30 * time.Second
	for _, f := range fake {
		if strings.HasSuffix(f, "="+fakes.Hangs) {
			p.Limit = 1500 * time.Millisecond
		}
	}
	tried = new([]int)
	p.Started = func(pid int) { *tried = append(*tried, pid) }
	return &Selector{Dir: filepath.Join(t.TempDir(), "cache"), Prober: *p, host: &host{t.TempDir()},
		Has: func(name string) bool {
			element, property, _ := strings.Cut(name, ".")
			for _, f := range fake {
				if strings.HasPrefix(f, element+"=") {
					return property == ""
				}
			}
			return element == "x264enc" || element == "vp8enc"
		}}, tried
}

var h264 = encoders.Wanted{Codec: "h264", Width: 640, Height: 480}

func TestTheNextEncoderIsTaken(t *testing.T) {
	s, tried := selector(t, "nvautogpuh264enc="+fakes.NoStart, "nvcudah264enc="+fakes.Large, "vah264lpenc="+fakes.Crashes,
		"vah264enc="+fakes.Garbage,
		"qsvh264enc="+fakes.MidStream, "v4l2h264enc="+fakes.Works)
	c, err := s.Choose(t.Context(), h264)
	require.NoError(t, err)
	require.Equal(t, "v4l2h264enc", c.Encoder.Element)
	var rejected []string
	for _, r := range c.Rejected {
		require.Equal(t, encoders.Probed, r.Kind)
		require.NotEmpty(t, r.Reason)
		rejected = append(rejected, r.Encoder)
	}
	require.Equal(t, []string{"nvautogpuh264enc", "nvcudah264enc", "vah264lpenc", "vah264enc", "qsvh264enc"}, rejected,
		"and nothing of what is not installed")
	require.Len(t, *tried, 6)

	again, err := s.Choose(t.Context(), h264)
	require.NoError(t, err)
	require.Equal(t, c, again)
	require.Len(t, *tried, 6, "it knows")
}

func TestAllThatIsLeftIsSoftware(t *testing.T) {
	s, _ := selector(t, "vah264enc="+fakes.Hangs)
	c, err := s.Choose(t.Context(), h264)
	require.NoError(t, err)
	require.Equal(t, "x264enc", c.Encoder.Element)
	require.Equal(t, []encoders.Rejection{{Encoder: "vah264enc", Kind: encoders.Probed,
		Reason: "did not finish within 1.5s, with pictures of 160x120"}}, c.Rejected)
}

func TestRequests(t *testing.T) {
	s, tried := selector(t, "nvautogpuh264enc="+fakes.Works, "vah264enc="+fakes.Works, "qsvh264enc="+fakes.NoStart)
	choose := func(encoder string, strict bool, w encoders.Wanted) (string, error) {
		s.Request = encoders.Request{Encoder: encoder, Strict: strict}
		c, err := s.Choose(t.Context(), w)
		return c.Encoder.Element, err
	}
	for _, c := range []struct {
		encoder string
		strict  bool
		wanted  encoders.Wanted
		want    string
		err     string
	}{
		{"", false, h264, "nvautogpuh264enc", ""},
		{"auto", false, h264, "nvautogpuh264enc", ""},
		{"software", false, h264, "x264enc", ""},
		{"va", false, h264, "vah264enc", ""},
		{"va", true, h264, "vah264enc", ""},
		{"vah264enc", true, h264, "vah264enc", ""},
		{"qsv", false, h264, "nvautogpuh264enc", ""},
		{"qsv", true, h264, "", "no encoder for H.264 works among what encoder: qsv allows: qsvh264enc at 160x120: "},
		{"v4l2", true, h264, "", "no encoder for H.264 is installed among what encoder: v4l2 allows"},
		{"varenderD129h264enc", false, h264, "nvautogpuh264enc", ""},
		{"varenderD129h264enc", true, h264, "", "no encoder for H.264 is installed"},
		{"vah264enc", false, encoders.Wanted{Codec: "vp8"}, "vp8enc", ""}, // never another codec
		{"vah264enc", true, encoders.Wanted{Codec: "vp8"}, "", "the encoder asked for, vah264enc, makes H.264, not VP8"},
		{"nvenc", true, encoders.Wanted{Codec: "vp8"}, "", "no encoder for VP8 is installed"},
		{"", false, encoders.Wanted{Codec: "av1"}, "", "no encoder for AV1 is installed"},
		{"handbrake", false, h264, "", `encoder is "handbrake"`},
		{"", false, encoders.Wanted{Codec: "h264", Width: 128, Height: 96}, "vah264enc", ""}, // too small for one
		{"", false, encoders.Wanted{Codec: "h264", Width: 32, Height: 24}, "x264enc", ""},
		{"", false, encoders.Wanted{Codec: "h264", Failed: []encoders.Rejection{{Encoder: "nvautogpuh264enc",
			Kind: encoders.Started, Reason: "x"}}}, "vah264enc", ""},
		{"auto", true, encoders.Wanted{Codec: "h264", Failed: []encoders.Rejection{{Encoder: "nvautogpuh264enc",
			Kind: encoders.Started, Reason: "said no"}}}, "", "no encoder for H.264 works: nvautogpuh264enc said no"},
	} {
		got, err := choose(c.encoder, c.strict, c.wanted)
		if c.err != "" {
			require.ErrorContains(t, err, c.err, "%+v", c)
			continue
		}
		require.NoError(t, err, "%+v", c)
		require.Equal(t, c.want, got, "%+v", c)
	}
	require.LessOrEqual(t, len(*tried), 5, "each once")
}

func TestFurtherDevicesAreCandidates(t *testing.T) {
	list, err := encoders.Request{}.Order("h264", []string{"/dev/nvidia0", "/dev/dri/renderD128", "/dev/dri/renderD129"})
	require.NoError(t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Element)
	}
	require.Equal(t, []string{"vah264enc", "varenderD128h264enc", "varenderD129h264enc", "qsvh264enc"},
		names[slices.Index(names, "vah264enc"):slices.Index(names, "v4l2h264enc")])
}

func TestResultsAreShared(t *testing.T) {
	s, _ := selector(t, "vah264enc="+fakes.NoStart)
	first, err := s.Choose(t.Context(), h264)
	require.NoError(t, err)

	fresh := func() (*Selector, *[]int) {
		f, tried := selector(t, "vah264enc="+fakes.NoStart)
		f.Dir, f.host = s.Dir, s.host
		return f, tried
	}
	t.Run("by another process", func(t *testing.T) {
		f, tried := fresh()
		got, err := f.Choose(t.Context(), h264)
		require.NoError(t, err)
		require.Equal(t, first, got)
		require.Empty(t, *tried)
	})
	t.Run("until they are forgotten", func(t *testing.T) {
		f, tried := fresh()
		f.Forget()
		_, err := f.Choose(t.Context(), h264)
		require.NoError(t, err)
		require.Len(t, *tried, 2)
	})
	t.Run("until a device changes, for what needs one", func(t *testing.T) {
		f, tried := fresh()
		root := t.TempDir()
		require.NoError(t, os.MkdirAll(root+"/dev/dri", 0o755))
		require.NoError(t, os.WriteFile(root+"/dev/dri/renderD128", nil, 0o600))
		f.host = &host{root}
		_, err := f.Choose(t.Context(), h264)
		require.NoError(t, err)
		require.Len(t, *tried, 1)
		f.put(t, s)
	})
	for name, text := range map[string]string{
		"nothing": "", "half of it": `{"schema":1,"ke`, "noise": "\x00\xff\x17",
		"another version": `{"schema":99,"key":"x","ok":true}`, "something else": `[1,2]`,
		"no reason": `{"schema":1,"ok":false}`,
	} {
		t.Run("not if there is "+name+" in it", func(t *testing.T) {
			f, tried := fresh()
			require.NoError(t, os.WriteFile(cache{f.Dir}.path("vah264enc"), []byte(text), 0o600))
			got, err := f.Choose(t.Context(), h264)
			require.NoError(t, err)
			require.Equal(t, first.Encoder, got.Encoder)
			require.Len(t, *tried, 1)
		})
	}
	t.Run("not for ever, if it did not work", func(t *testing.T) {
		key := s.key(named(t, "vah264enc"))
		for _, c := range []struct {
			r    Result
			age  time.Duration
			keep bool
		}{
			{Result{Reason: "x"}, 59 * time.Minute, true}, {Result{Reason: "x"}, 61 * time.Minute, false},
			{Result{Reason: "x", Late: true}, 9 * time.Minute, true}, {Result{Reason: "x", Late: true}, 11 * time.Minute, false},
			{Result{OK: true}, 1000 * time.Hour, true}, {Result{Reason: "x"}, -time.Hour, false},
		} {
			c.r.At = time.Now().Add(-c.age)
			cache{s.Dir}.put("vah264enc", key, c.r)
			_, ok := cache{s.Dir}.get("vah264enc", key)
			require.Equal(t, c.keep, ok, "%+v", c)
		}
	})
}

// put writes what another Selector knows back into the files they share.
func (s *Selector) put(t *testing.T, o *Selector) {
	t.Helper()
	for element, r := range o.known {
		cache{s.Dir}.put(element, o.key(named(t, element)), r)
	}
}

func TestManyProcessesFindOutOnce(t *testing.T) {
	dir, root := filepath.Join(t.TempDir(), "cache"), t.TempDir()
	var all []*[]int
	var wait sync.WaitGroup
	for range 6 {
		s, tried := selector(t)
		s.Dir, s.host = dir, &host{root}
		all = append(all, tried)
		wait.Go(func() {
			c, err := s.Choose(t.Context(), h264)
			if err != nil || c.Encoder.Element != "x264enc" {
				t.Error(c, err)
			}
		})
	}
	wait.Wait()
	total := 0
	for _, tried := range all {
		total += len(*tried)
	}
	require.Equal(t, 1, total)
}

func TestWithoutACacheFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, dir := range []string{"", file, filepath.Join(file, "below")} {
		s, tried := selector(t)
		s.Dir = dir
		c, err := s.Choose(t.Context(), h264)
		require.NoError(t, err)
		require.Equal(t, "x264enc", c.Encoder.Element)
		require.Len(t, *tried, 1)
	}
}

func TestWhatCannotBeTriedIsNotRefused(t *testing.T) {
	s, _ := selector(t)
	s.Prober.Command = []string{"/does/not/exist"}
	_, err := s.Choose(t.Context(), h264)
	require.ErrorContains(t, err, "cannot start a process to try encoders in")
	_, ok := cache{s.Dir}.get("x264enc", s.key(named(t, "x264enc")))
	require.False(t, ok)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, _ = selector(t)
	_, err = s.Choose(ctx, h264)
	require.ErrorIs(t, err, context.Canceled)
}

func TestKeyChangesWithWhatItDependsOn(t *testing.T) {
	root := t.TempDir()
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(root+path), 0o755))
		require.NoError(t, os.WriteFile(root+path, []byte(text), 0o600))
	}
	s := &Selector{host: &host{root}}
	seen := map[string]string{}
	software := s.key(named(t, "x264enc"))
	note := func(what string) {
		k := s.key(named(t, "vah264enc"))
		require.NotContains(t, seen, k, what)
		seen[k] = what
		require.Equal(t, k, s.key(named(t, "vah264enc")))
	}
	note("nothing")
	write("/dev/nvidia0", "")
	note("a node")
	write("/proc/driver/nvidia/version", "NVRM version: 550.1")
	note("a driver")
	write("/proc/driver/nvidia/version", "NVRM version: 560.2")
	note("another driver")
	write("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t NVIDIA L4\nIRQ: 12\nGPU UUID: GPU-1\n")
	note("a GPU")
	write("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t NVIDIA L4\nIRQ: 12\nGPU UUID: GPU-2\n")
	note("another GPU")
	before := s.key(named(t, "vah264enc"))
	write("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t NVIDIA L4\nIRQ: 13\nGPU UUID: GPU-2\n")
	require.Equal(t, before, s.key(named(t, "vah264enc")), "an interrupt's number is nothing")
	write("/usr/lib/x86_64-linux-gnu/dri/iHD_drv_video.so", "x")
	note("a VA driver")
	write("/sys/class/drm/renderD128/device/device", "0x56a0")
	note("a device")
	t.Setenv("NVIDIA_DRIVER_CAPABILITIES", "compute")
	note("what a container may do")
	require.Equal(t, software, s.key(named(t, "x264enc")), "software does not depend on devices")
	require.NotEqual(t, software, s.key(named(t, "openh264enc")))
}

func TestRegistryIsOfTheDevices(t *testing.T) {
	t.Setenv("GST_REGISTRY", "")
	root, dir := t.TempDir(), filepath.Join(t.TempDir(), "cache")
	h := host{root}
	h.prepareRegistry(dir)
	require.Empty(t, os.Getenv("GST_REGISTRY"), "no GPU: nothing changes")
	require.NoError(t, os.MkdirAll(root+"/dev", 0o755))
	require.NoError(t, os.WriteFile(root+"/dev/nvidia0", nil, 0o600))
	h.prepareRegistry("")
	require.Empty(t, os.Getenv("GST_REGISTRY"), "nowhere to keep it")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	old, recent := filepath.Join(dir, "registry-old.bin"), filepath.Join(dir, "registry-recent.bin")
	for _, path := range []string{old, recent} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	require.NoError(t, os.Chtimes(old, time.Time{}, time.Now().Add(-31*24*time.Hour)))
	h.prepareRegistry(dir)
	one := os.Getenv("GST_REGISTRY")
	require.Equal(t, dir, filepath.Dir(one))
	require.NoFileExists(t, old)
	require.FileExists(t, recent)
	h.prepareRegistry(dir)
	require.Equal(t, one, os.Getenv("GST_REGISTRY"), "what is set is left alone")
	require.NoError(t, os.Unsetenv("GST_REGISTRY"))
	require.NoError(t, os.WriteFile(root+"/dev/nvidia1", nil, 0o600))
	h.prepareRegistry(dir)
	require.NotEqual(t, one, os.Getenv("GST_REGISTRY"))
}

func TestDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/some/where")
	require.Equal(t, "/some/where/upright/encoders", encoders.Dir())
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	require.Empty(t, encoders.Dir())
}

func TestEntriesAreReadable(t *testing.T) {
	s, _ := selector(t, "vah264enc="+fakes.NoStart)
	_, err := s.Choose(t.Context(), h264)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(s.Dir, "vah264enc.json"))
	require.NoError(t, err)
	var e map[string]any
	require.NoError(t, json.Unmarshal(text, &e))
	require.Contains(t, e["reason"], "Could not open an encode session")
	require.True(t, gstrun.HasElement("x264enc"))
}
