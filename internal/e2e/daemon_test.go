package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// A recording that somebody copies into the folder becomes a video; the daemon goes when it is asked to, and comes
// back.
func TestDaemon(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	Copy(t, Testdata("rot-h264-90"), in)
	config := Config(t, dir, nil, Watch{Folder: in, Output: out, Template: "{name}", Settle: time.Second})
	d := Start(t, config, Options{})
	jobs := d.Await(time.Minute, 1, job.Done)
	require.Equal(t, filepath.Join(out, "1234-1001.mp4"), jobs[0].Outputs[0].File)
	d.Stop()
	d = Start(t, config, Options{})
	require.Equal(t, jobs[0].Spec.ID, d.Await(time.Minute, 1, job.Done)[0].Spec.ID)
	d.Kill()
	_, err := d.Jobs()
	require.Error(t, err)
}
