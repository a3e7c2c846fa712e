package convert_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/internal/fakes"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// faked is a Selector for a machine that has these encoders (element=mode) and, in software, x264enc.
func faked(t *testing.T, list ...string) *probing.Selector {
	t.Helper()
	var names []string
	devices := map[string]bool{}
	for _, f := range list {
		element, mode, _ := strings.Cut(f, "=")
		require.NoError(t, fakes.Add(element, mode))
		names = append(names, element)
		devices[element] = strings.HasPrefix(mode, "device/")
	}
	dir := t.TempDir()
	remember(t, dir, list)
	return &probing.Selector{
		Dir: dir,
		Prober: probing.Prober{Env: append(os.Environ(), fakes.Variable+"="+strings.Join(list, " ")),
			Limit: 30 * time.Second},
		Sessions: &probing.Sessions{Dir: dir, Wait: 50 * time.Millisecond},
		Has: func(name string) bool {
			element, property, _ := strings.Cut(name, ".")
			return slices.Contains(names, element) && (property == "" || devices[element] && gstrun.HasElement(name)) ||
				element == "x264enc" && gstrun.HasElement(name)
		},
	}
}

// worked is what elements were tried with success, by what they do when they are tried: element=mode.
var worked = map[string][]byte{}

// remember spares a test to try again what another test has tried: that takes longer than all else.
func remember(t *testing.T, dir string, list []string) {
	files := map[string]string{"x264enc": "x264enc"}
	probed := make([]string, len(list))
	for i, f := range list {
		if name, inJobs := strings.CutSuffix(f, "-in-jobs"); inJobs {
			f = name[:strings.LastIndexAny(name, "=/")+1] + fakes.Works
		}
		probed[i] = f
	}
	for _, f := range probed {
		element, mode, _ := strings.Cut(f, "=")
		if strings.HasPrefix(mode, "device/decoder/") { // it is tried with all that belongs to it
			f = strings.Join(probed, " ")
		}
		files[f] = element
	}
	for f, element := range files {
		if text := worked[f]; text != nil {
			require.NoError(t, os.WriteFile(filepath.Join(dir, element+".json"), text, 0o600))
		}
	}
	t.Cleanup(func() {
		for f, element := range files {
			if text, err := os.ReadFile(filepath.Join(dir, element+".json")); err == nil &&
				strings.Contains(string(text), `"ok":true`) {
				worked[f] = text
			}
		}
	})
}

// whole requires that a file shows all pictures of the recording, once, upright, in order, and in time with the sound.
func whole(t *testing.T, path, recording string) {
	t.Helper()
	want := truthOf(t, recording)
	pictures := scene.Pictures(t, path)
	last := -1
	for _, p := range pictures {
		require.True(t, p.Known, "at %s", p.At)
		require.Equal(t, cvo.Orientation{}, p.Turn)
		require.Greater(t, p.Counter, last)
		last = p.Counter
	}
	if n := want.Participants[0].Video.Frames; n > 0 {
		require.Len(t, pictures, n)
	}
	require.Greater(t, len(pictures), 50)
	off := sync(t, path)
	require.GreaterOrEqual(t, len(off), 2)
	require.InDelta(t, 0, off[len(off)/2].Seconds()*1000, 10)
}

// An encoder that works when it is tried, and fails in a job in whatever way: the next one of the same codec does the
// job, from the beginning, and nothing is to be seen of the first.
func TestTheNextEncoderTakesOver(t *testing.T) {
	scene.NeedDecoder(t)
	const in = "pion-vp8-opus"
	for _, c := range []struct {
		mode   string
		reason string
	}{
		{fakes.NoStartInJobs, "Could not open an encode session"},
		{fakes.MidStreamInJobs, "The device is lost"},
		{fakes.GarbageInJobs, ""},
		{fakes.DropsInJobs, "pictures came out"},
		{fakes.HangsInJobs, "stands still"},
	} {
		t.Run(c.mode, func(t *testing.T) {
			s := faked(t, "vah264enc="+c.mode, "qsvh264enc="+fakes.Works)
			dir := t.TempDir()
			planned := 0
			made, err := converted(t, testmjr.TestData(in), profile.MP4, convert.Settings{
				Settings: plan.Settings{OutputDir: dir}, Encoders: s, Stall: 2 * time.Second, OnPlan: func(p *plan.Plan) error {
					planned++
					require.Equal(t, []string{"vah264enc"}, p.Hardware)
					require.Equal(t, "va", p.Backend)
					return nil
				},
			})
			require.NoError(t, err)
			require.Equal(t, 1, planned)
			require.Len(t, made.Outputs, 1)
			require.Len(t, list(t, dir), 2, "output and report, and nothing else")
			require.Equal(t, made, read(t, report.Path(dir, made.Participant)))
			whole(t, filepath.Join(dir, made.Outputs[0].File), in)

			require.Equal(t, "qsvh264enc", made.Plan.Encoder)
			require.Equal(t, "qsv", made.Plan.Backend)
			require.Contains(t, made.Plan.Pipeline, "qsvh264enc")
			require.NotContains(t, made.Plan.Pipeline, "vah264enc")
			require.Len(t, made.Plan.Rejected, 1)
			r := made.Plan.Rejected[0]
			require.Equal(t, "vah264enc", r.Encoder)
			require.Contains(t, []string{encoders.Started, encoders.Stream, encoders.Output}, r.Kind)
			require.Contains(t, r.Reason, c.reason)
			require.Contains(t, codes(made.Warnings), report.EncoderFailed)

			// The next conversion does not try it again, for a while.
			again, err := converted(t, testmjr.TestData(in), profile.MP4,
				convert.Settings{Settings: plan.Settings{OutputDir: t.TempDir()}, Encoders: s})
			require.NoError(t, err)
			require.Equal(t, "qsvh264enc", again.Plan.Encoder)
			require.Equal(t, encoders.Probed, again.Plan.Rejected[0].Kind)
			require.Contains(t, again.Plan.Rejected[0].Reason, "failed in a conversion: ")
			require.NotContains(t, codes(again.Warnings), report.EncoderFailed)
		})
	}
}

// Where the first encoders do not even work when they are tried, nobody needs to know but who reads the report.
func TestTheFirstThatWorksIsUsed(t *testing.T) {
	s := faked(t, "nvh264enc="+fakes.NoStart, "vah264enc="+fakes.Garbage)
	made, err := converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4,
		convert.Settings{Settings: plan.Settings{OutputDir: t.TempDir()}, Encoders: s})
	require.NoError(t, err)
	require.Equal(t, "x264enc", made.Plan.Encoder)
	require.Equal(t, "software", made.Plan.Backend)
	require.Len(t, made.Plan.Rejected, 2)
	require.Equal(t, "nvh264enc", made.Plan.Rejected[0].Encoder)
	require.Contains(t, made.Plan.Rejected[0].Reason, "Could not open an encode session")
	require.NotContains(t, codes(made.Warnings), report.EncoderFailed)
}

func TestEncodersFailOneAfterTheOther(t *testing.T) {
	scene.NeedDecoder(t)
	s := faked(t, "nvh264enc="+fakes.NoStartInJobs, "vah264enc="+fakes.MidStreamInJobs, "qsvh264enc="+fakes.GarbageInJobs)
	dir := t.TempDir()
	report, err := converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4,
		convert.Settings{Settings: plan.Settings{OutputDir: dir}, Encoders: s})
	require.NoError(t, err)
	require.Equal(t, "x264enc", report.Plan.Encoder)
	require.Len(t, report.Plan.Rejected, 3)
	require.Len(t, report.Warnings, 1, "all of it in one")
	whole(t, filepath.Join(dir, report.Outputs[0].File), "pion-vp8-opus")
}

// What is to be used alone fails alone.
func TestStrictFails(t *testing.T) {
	s := faked(t, "vah264enc="+fakes.MidStreamInJobs, "qsvh264enc="+fakes.Works)
	s.Request = encoders.Request{Encoder: "va", Strict: true}
	dir := t.TempDir()
	_, err := converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4,
		convert.Settings{Settings: plan.Settings{OutputDir: dir}, Encoders: s})
	require.ErrorContains(t, err, "The device is lost")
	require.ErrorAs(t, err, new(*pipelines.PipelineError))
	require.Empty(t, list(t, dir))
	require.Len(t, sources(t, s), 1)
}

// sources are the elements that a Selector knows to work.
func sources(t *testing.T, s *probing.Selector) (names []string) {
	t.Helper()
	for _, e := range encoders.Candidates("h264") {
		if !s.Installed(e) || !e.Hardware() {
			continue
		}
		if r, err := s.Try(t.Context(), e); err == nil && r.OK && e.Backend == encoders.VA {
			names = append(names, e.Element)
		}
	}
	return names
}

// The last one that there is fails: the error is what it said.
func TestNoOtherEncoder(t *testing.T) {
	s := faked(t, "vah264enc="+fakes.MidStreamInJobs)
	has := s.Has
	s.Has = func(name string) bool { return has(name) && !strings.HasPrefix(name, "x264enc") }
	dir := t.TempDir()
	_, err := converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4,
		convert.Settings{Settings: plan.Settings{OutputDir: dir}, Encoders: s})
	require.ErrorContains(t, err, "The device is lost")
	require.ErrorContains(t, err, "there is no other encoder for it")
	require.Empty(t, list(t, dir))
}

// A device all of whose sessions are taken by others.
func TestSessionsRunOut(t *testing.T) {
	s := faked(t, "vah264enc="+fakes.Works)
	s.Sessions.Limit = 1
	_, err := s.Choose(t.Context(), encoders.Wanted{Codec: "h264"}) // trying takes one, too
	require.NoError(t, err)
	va, _ := encoders.Named("vah264enc")
	other := &probing.Sessions{Dir: s.Dir, Limit: 1}
	release, err := other.Acquire(t.Context(), va)
	require.NoError(t, err)
	report, err := converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4,
		convert.Settings{Settings: plan.Settings{OutputDir: t.TempDir()}, Encoders: s})
	require.NoError(t, err)
	require.Equal(t, "x264enc", report.Plan.Encoder)
	require.Equal(t, []encoders.Rejection{{Encoder: "vah264enc", Kind: encoders.Busy,
		Reason: "all 1 sessions of renderD128 are in use"}}, report.Plan.Rejected)

	release()
	report, err = converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4,
		convert.Settings{Settings: plan.Settings{OutputDir: t.TempDir()}, Encoders: s})
	require.NoError(t, err)
	require.Equal(t, "vah264enc", report.Plan.Encoder, "nothing was wrong with it")
	release, err = other.Acquire(t.Context(), va)
	require.NoError(t, err, "it was given back")
	release()
}

// What is not the encoder's fault is not tried again: it would only take longer.
func TestOtherFailuresStay(t *testing.T) {
	s := faked(t, "vah264enc="+fakes.Works)
	attempts := 0
	dir := t.TempDir()
	rec, p := only(t, testmjr.TestData("pion-vp8-opus"))
	_, err := convert.Participant(t.Context(), rec, p, profile.Profile{Name: profile.MP4}, convert.Settings{
		Settings: plan.Settings{OutputDir: dir}, Encoders: s, OnPlan: func(*plan.Plan) error { return os.Chmod(dir, 0o500) },
	}, func(p pipelines.Progress) {
		if p.Done == 0 && !p.Verifying {
			attempts++
		}
	})
	_ = os.Chmod(dir, 0o700)
	if os.Geteuid() == 0 {
		require.NoError(t, err, "root may write everywhere")
		require.Equal(t, 1, attempts)
		return
	}
	require.Error(t, err)
	require.LessOrEqual(t, attempts, 1)
}

// A crash takes the process with it. Whoever starts another one says what was in use, and it does without that.
func TestAfterACrash(t *testing.T) {
	scene.NeedDecoder(t)
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), "UPRIGHT_TEST_CRASH="+dir, fakes.Variable+"=vah264enc="+fakes.CrashesInJobs)
	out, err := cmd.Output()
	require.ErrorContains(t, err, "segmentation fault")
	require.Contains(t, string(out), "in use: vah264enc\n")

	s := faked(t, "vah264enc="+fakes.CrashesInJobs)
	made, err := converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4, convert.Settings{
		Settings: plan.Settings{OutputDir: dir, Avoid: []encoders.Rejection{{Encoder: "vah264enc", Kind: encoders.Crashed,
			Reason: "crashed"}}}, Encoders: s,
	})
	require.NoError(t, err)
	require.Equal(t, "x264enc", made.Plan.Encoder)
	require.Equal(t, encoders.Crashed, made.Plan.Rejected[0].Kind)
	require.Contains(t, codes(made.Warnings), report.EncoderFailed)
	whole(t, filepath.Join(dir, made.Outputs[0].File), "pion-vp8-opus")

	r, err := s.Try(t.Context(), named(t, "vah264enc"))
	require.NoError(t, err)
	require.Equal(t, "failed in a conversion: crashed", r.Reason, "something else did the same job, so it is put aside")
}

func named(t *testing.T, element string) encoders.Encoder {
	t.Helper()
	e, ok := encoders.Named(element)
	require.True(t, ok)
	return e
}

// TestCrash is what TestAfterACrash runs in a process of its own.
func TestCrash(t *testing.T) {
	dir := os.Getenv("UPRIGHT_TEST_CRASH")
	if dir == "" {
		t.Skip("for TestAfterACrash")
	}
	_, err := converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4, convert.Settings{
		Settings: plan.Settings{OutputDir: dir}, Encoders: faked(t, os.Getenv(fakes.Variable)),
		OnPlan: func(p *plan.Plan) error {
			_, err := os.Stdout.WriteString("in use: " + strings.Join(p.Hardware, " ") + "\n")
			return err
		},
	})
	t.Fatal("it did not crash:", err)
}
