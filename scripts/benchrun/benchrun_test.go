package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func folder(t *testing.T) input {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"room-audio-0.mjr", "room-video-1.mjr"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), make([]byte, 1000), 0o600))
	}
	in, err := openInput(dir)
	require.NoError(t, err)
	require.EqualValues(t, 2000, in.bytes)
	return in
}

func shell(name string, commands ...string) way {
	return way{name: name, steps: func(out string) []step {
		var steps []step
		for _, c := range commands {
			steps = append(steps, step{name: c, args: []string{"sh", "-c", "cd '" + out + "' && " + c}})
		}
		return steps
	}}
}

func TestMeasureInTurns(t *testing.T) {
	const busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"
	results, err := measureInTurns(folder(t), []way{
		shell("works", "sleep 0.2", "head -c 1500 /dev/zero > out", busy),
		shell("fails", "echo the disk is on fire >&2; exit 3"),
		shell("makes too little", "head -c 50 /dev/zero > out"),
	}, filepath.Join(t.TempDir(), "scratch"), 3)
	require.ErrorContains(t, err, "fails: sh -c")
	require.ErrorContains(t, err, "the disk is on fire")
	require.ErrorContains(t, err, "makes too little: the largest file that came out has 50 bytes")
	require.Len(t, results, 1, "what fails has no numbers")
	r := results[0]
	require.Len(t, r.runs, 3)
	require.Len(t, r.steps, 3)
	require.GreaterOrEqual(t, r.least().wall, 200*time.Millisecond, "sleeping takes time")
	require.Less(t, r.steps[0].least().cpu, 100*time.Millisecond, "but no work")
	require.Greater(t, r.steps[2].least().cpu, 10*time.Millisecond)
	require.Greater(t, r.least().peak, int64(100_000))
}

func TestModest(t *testing.T) {
	r := &result{name: "works", runs: []usage{{peak: 90e6}, {peak: 101e6}}}
	require.NoError(t, modest(r, 0))
	require.NoError(t, modest(r, 101e6))
	require.EqualError(t, modest(r, 100e6), "works took 101.0 MB of memory, more than 100.0")
}

func TestLeast(t *testing.T) {
	r := result{runs: []usage{{wall: 5, cpu: 1, peak: 1}, {wall: 1, cpu: 3, peak: 7}, {wall: 2, cpu: 2, peak: 5}}}
	require.Equal(t, usage{wall: 1, cpu: 1, peak: 7}, r.least())
	require.Zero(t, (&result{}).least())
}

func TestMedian(t *testing.T) {
	of := func(cpu ...time.Duration) *result {
		r := &result{}
		for _, c := range cpu {
			r.runs = append(r.runs, usage{cpu: c * time.Second})
		}
		return r
	}
	require.InDelta(t, 0.5, median(of(1, 4, 9), of(2, 4, 90)), 1e-9)
	require.InDelta(t, 0.75, median(of(1, 4), of(2, 4)), 1e-9)
	require.Zero(t, median(of(), of(2)))
}

func TestTable(t *testing.T) {
	second := func(wall, cpu float64) []usage {
		return []usage{{wall: time.Duration(wall * 1e9), cpu: time.Duration(cpu * 1e9), peak: 50_000_000}}
	}
	var out strings.Builder
	printHead(&out, 3)
	printCase(&out, "10min, 116.0 MB, copied", "janus-pp-rec + ffmpeg", []*result{
		{name: "upright convert", runs: second(0.5, 0.4), seen: &quality{bits: 4_792_700, psnr: 42.463, ssim: 0.99201}},
		{name: "janus-pp-rec + ffmpeg", runs: second(1, 0.8), steps: []*result{
			{name: "janus-pp-rec, video", runs: second(0.6, 0.5)},
			{name: "ffmpeg -c copy", runs: append(second(0.4, 0.3), second(0.9, 0.3)...)},
		}},
		{name: "cp", runs: second(0.1, 0.1)},
	})
	printCase(&out, "60min", "janus-pp-rec + ffmpeg", []*result{{name: "upright convert", runs: second(30, 42)}})
	require.Equal(t, `The least of 3 runs in turns; wall time also from least to most; memory of the largest process, the most of all runs.

                                                                      / pp-rec+ffmpeg
                            wall s                    CPU s  peak MB    wall    CPU   kbit/s PSNR dB    SSIM
10min, 116.0 MB, copied
  upright convert             0.50       0.50–0.50     0.40     50.0    0.50   0.50     4792   42.46  0.9920
  janus-pp-rec + ffmpeg       1.00       1.00–1.00     0.80     50.0
    janus-pp-rec, video       0.60       0.60–0.60     0.50     50.0
    ffmpeg -c copy            0.40       0.40–0.90     0.30     50.0
  cp                          0.10       0.10–0.10     0.10     50.0    0.10   0.12
60min
  upright convert            30.00     30.00–30.00    42.00     50.0
`, out.String())
}

func TestQuality(t *testing.T) {
	const said = `[Parsed_psnr_4 @ 0x5] PSNR y:42.304080 u:43.131254 v:42.492114 average:42.463157 min:40.006796 max:48.555374
[Parsed_ssim_5 @ 0x5] SSIM Y:0.991640 (20.777817) U:0.992741 (21.391233) V:0.992776 (21.411930) All:0.992013 (20.975945)`
	q, err := parseQuality(said, 4_792_000)
	require.NoError(t, err)
	require.Equal(t, &quality{bits: 4_792_000, psnr: 42.463157, ssim: 0.992013}, q)
	_, err = parseQuality("PSNR average:42", 1)
	require.ErrorContains(t, err, "did not say")

	better, worse := &quality{bits: 4000, psnr: 42}, &quality{bits: 1000, psnr: 38}
	require.InDelta(t, 42, at(4000, better, worse), 1e-9)
	require.InDelta(t, 40, at(2000, better, worse), 1e-9, "half as many bits are 2 dB, twice")
	require.InDelta(t, 44, at(8000, better, worse), 1e-9)
	require.InDelta(t, 42, at(8000, better, better), 1e-9)
}

func TestCompareNeedsOneFile(t *testing.T) {
	_, err := compare("original.mp4", t.TempDir(), "*.mp4", 60)
	require.EqualError(t, err, "0 files *.mp4 came out, expected 1")
}

// Each of many recordings has a name and a beginning of its own, and is otherwise the one it was made of.
func TestMakeMany(t *testing.T) {
	dir := t.TempDir()
	in := input{folder: dir, audio: filepath.Join(dir, "videoroom-1-user-1001-1700000000000000-audio-0.mjr"),
		video: filepath.Join(dir, "videoroom-1-user-1001-1700000000000000-video-1.mjr")}
	for _, path := range []string{in.audio, in.video} {
		require.NoError(t, os.WriteFile(path, []byte(`{"s": 1700000000000000, "u": 1700000000000000}MEET`), 0o600))
	}
	all, err := makeMany(in, dir)
	require.NoError(t, err)
	found, err := os.ReadDir(all.folder)
	require.NoError(t, err)
	require.Len(t, found, 2*many)
	last, err := os.ReadFile(filepath.Join(all.folder, "videoroom-1-user-1100-1700000099000000-video-1.mjr"))
	require.NoError(t, err)
	require.Equal(t, `{"s": 1700000099000000, "u": 1700000099000000}MEET`, string(last))
}

// A daemon that does not start is not waited for.
func TestServeThatFails(t *testing.T) {
	began := time.Now()
	_, err := serveAll("false", input{folder: t.TempDir()}, t.TempDir())
	require.ErrorContains(t, err, "it ended by itself")
	require.Less(t, time.Since(began), serveLimit/2)
}
