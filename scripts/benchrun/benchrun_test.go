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
	return way{name, func(out string) []step {
		var steps []step
		for _, c := range commands {
			steps = append(steps, step{c, []string{"sh", "-c", "cd '" + out + "' && " + c}})
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
	require.GreaterOrEqual(t, r.median().wall, 200*time.Millisecond, "sleeping takes time")
	require.Less(t, r.steps[0].median().cpu, 100*time.Millisecond, "but no work")
	require.Greater(t, r.steps[2].median().cpu, 10*time.Millisecond)
	require.Greater(t, r.median().peak, int64(100_000))
}

func TestModest(t *testing.T) {
	r := &result{name: "works", runs: []usage{{peak: 90e6}, {peak: 101e6}}}
	require.NoError(t, modest(r, 0))
	require.NoError(t, modest(r, 101e6))
	require.EqualError(t, modest(r, 100e6), "works took 101.0 MB of memory, more than 100.0")
}

func TestMedian(t *testing.T) {
	r := result{runs: []usage{{wall: 5}, {wall: 1}, {wall: 2}}}
	require.EqualValues(t, 2, r.median().wall)
	r.runs = append(r.runs, usage{wall: 4})
	require.EqualValues(t, 3, r.median().wall)
	require.Zero(t, (&result{}).median().wall)
}

func TestTable(t *testing.T) {
	second := func(wall, cpu float64) []usage {
		return []usage{{wall: time.Duration(wall * 1e9), cpu: time.Duration(cpu * 1e9), peak: 50_000_000}}
	}
	var out strings.Builder
	printTable(&out, input{folder: "x/10min", bytes: 116_000_000}, 3, []*result{
		{name: "upright convert", runs: second(0.5, 0.4)},
		{name: "janus-pp-rec + ffmpeg", runs: second(1, 0.8), steps: []*result{
			{name: "janus-pp-rec, video", runs: second(0.6, 0.5)}, {name: "ffmpeg -c copy", runs: second(0.4, 0.3)},
		}},
		{name: "cp", runs: second(0.1, 0.1)},
	})
	require.Equal(t, `
10min: 116.0 MB of H.264 and Opus. Medians of 3 runs in turns; wall time from least to most; memory of the
largest process; on the right how many times as much as the others.

                                                                      / pp-rec+ffmpeg               / cp
                          wall s                    CPU s  peak MB      wall      CPU      wall      CPU
upright convert             0.50       0.50–0.50     0.40     50.0      0.50     0.50      5.00     4.00
janus-pp-rec + ffmpeg       1.00       1.00–1.00     0.80     50.0                        10.00     8.00
  janus-pp-rec, video       0.60       0.60–0.60     0.50     50.0
  ffmpeg -c copy            0.40       0.40–0.40     0.30     50.0
cp                          0.10       0.10–0.10     0.10     50.0      0.10     0.12
`, out.String())
}
