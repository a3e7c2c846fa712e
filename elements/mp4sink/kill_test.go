package mp4sink_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
)

// childVariable makes the test program write this file, over and over.
const childVariable = "UPRIGHT_TEST_MP4"

// kills is how many processes are killed; each has written several files by then.
const kills = 20

func TestMain(m *testing.M) {
	path := os.Getenv(childVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := elements.Register(nil); err != nil {
		panic(err)
	}
	for i := 0; ; i++ {
		line := part(500, 40, 0, 0) + fmt.Sprintf("uprightmp4sink name=m location=%s.%d.mp4 ", path, i) +
			part(300, 41, 0, 0) + "m."
		if err := gstrun.Run(context.Background(), line, gstrun.Options{}); err != nil {
			panic(err)
		}
	}
}

// Whenever a process is killed, what has the name of a file is complete.
func TestKilled(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 11))
	complete := 0
	for range kills {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+filepath.Join(dir, "a"))
		require.NoError(t, cmd.Start())
		for began := time.Now(); ; time.Sleep(time.Millisecond) { // it is at work
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			if len(entries) > 0 {
				break
			}
			require.Less(t, time.Since(began), 3*time.Minute, "nothing is written")
		}
		time.Sleep(time.Duration(r.Int64N(int64(30 * time.Millisecond))))
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		found, err := filepath.Glob(filepath.Join(dir, "a.*.mp4"))
		require.NoError(t, err)
		for _, path := range found {
			require.Equal(t, [][2]int{{500, 40}, {300, 41}}, sizes(t, path))
		}
		complete += len(found)
	}
	t.Log(complete, "files were complete")
}
