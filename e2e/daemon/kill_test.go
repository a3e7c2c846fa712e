package daemon

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
)

// killOften starts the daemon and kills it with SIGKILL, again and again. Some work is done between two kills, fewer
// than most outputs, so that all kills fall into it on any machine; then it is a matter of chance.
func killOften(t *testing.T, config, out string, kills, most int) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for n := range kills {
		d := e2e.Start(t, config, e2e.Options{})
		before, after := len(outputs(out)), random.IntN(most)
		require.Eventually(t, func() bool { return len(outputs(out)) >= before+after }, time.Minute, 10*time.Millisecond)
		// Less than it takes to convert what is left: that is hundreds a second.
		time.Sleep(time.Duration(random.Int64N(int64(50 * time.Millisecond))))
		d.Kill()
		t.Logf("kill %d with %d outputs", n+1, len(outputs(out)))
	}
}

// TestKilledTenTimes drops 200 recordings at once and kills the daemon with SIGKILL ten times, at random moments of
// their conversion.
func TestKilledTenTimes(t *testing.T) {
	t.Parallel()
	const recordings, kills = 200, 10
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	config := e2e.Config(t, dir, quick(), e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
		Settle: time.Second, Rescan: 2 * time.Second})
	drop(t, in, clips(t, 1000, recordings)...)
	began := time.Now()
	killOften(t, config, out, kills, recordings/kills-5)
	require.Less(t, len(outputs(out)), recordings, "the kills were in the middle")
	d := e2e.Start(t, config, e2e.Options{})
	jobs := d.Await(3*time.Minute, recordings, job.Done)
	requireIntact(t, out, jobs)
	interrupted := 0
	for _, j := range jobs {
		for _, a := range j.Attempts {
			if a.Outcome == "interrupted" {
				interrupted++
			}
		}
		require.Zero(t, j.Tried, "attempts that a kill cut off do not count")
	}
	t.Logf("%d attempts were cut off; done after %s", interrupted, time.Since(began).Round(time.Second))
	require.Positive(t, interrupted)
	d.Stop()
	requireIntact(t, out, jobs)
}
