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

// killOften starts the daemon and kills it with SIGKILL, again and again. Before each start there is more work, and
// fewer than most outputs of it are waited for, so that kills fall into it on any machine; then it is a matter of
// chance.
func killOften(t *testing.T, config, out string, kills, most int, more func(n int)) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for n := range kills {
		more(n)
		before, after := len(outputs(out)), random.IntN(most)
		d := e2e.Start(t, config, e2e.Options{})
		soon(t, "not enough is converted", func() bool { return len(outputs(out)) >= before+after })
		time.Sleep(time.Duration(random.Int64N(int64(20 * time.Millisecond))))
		d.Kill()
		t.Logf("kill %d with %d outputs", n+1, len(outputs(out)))
	}
}

// TestKilledTenTimes drops 200 recordings, 20 at a time, and kills the daemon with SIGKILL ten times, at random moments
// of their conversion.
func TestKilledTenTimes(t *testing.T) {
	t.Parallel()
	const recordings, kills = 200, 10
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	config := e2e.Config(t, dir, quick(), e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
		Settle: 200 * time.Millisecond, Rescan: 2 * time.Second})
	began := time.Now()
	const each = recordings / kills
	killOften(t, config, out, kills, each-5, func(n int) { drop(t, in, clips(t, 1000+n*each, each)...) })
	d := e2e.Start(t, config, e2e.Options{})
	jobs := d.Await(within, recordings, job.Done)
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
