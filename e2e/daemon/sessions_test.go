package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/testagora"
)

// filmed is an MP4 with one second of pictures, the same as those of clips.
func filmed(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	drop(t, in, clip(t, 1))
	said, err := exec.Command(e2e.Program(t), "convert", in, "-o", out, "--progress=none").CombinedOutput()
	require.NoError(t, err, string(said))
	made := outputs(out)
	require.Len(t, made, 1)
	b, err := os.ReadFile(made[0])
	require.NoError(t, err)
	return b
}

// The zero of sessions, each of which is a second further on.
var sessionZero = time.Date(2030, 1, 2, 3, 4, 5, 144e6, time.UTC)

// session writes the folder of Agora's recorder for one user who was there for a second. Each number is another
// session.
func session(t *testing.T, root string, number int, mp4 []byte) *testagora.Folder {
	t.Helper()
	f := testagora.New(t, root, fmt.Sprintf("class-%d", number), sessionZero.Add(time.Duration(number)*time.Second))
	uid := fmt.Sprint(100 + number)
	aac, pictures := f.Name(uid, 0, ".aac"), f.Name(uid, 5*time.Millisecond, ".mp4")
	f.File(aac, testagora.ADTS(47, 1))
	f.File(pictures, mp4)
	f.UID(uid, "0.000 "+aac+" create ", "0.005 "+pictures+" create ", "0.995 "+aac+" close ",
		"1.005 "+pictures+" close ")
	return f
}

// TestBothKindsKilled drops recordings of Janus and sessions of Agora's recorder into one watched folder and kills the
// daemon with SIGKILL at random moments of their conversion. In the end each is there once.
func TestBothKindsKilled(t *testing.T) {
	t.Parallel()
	const each, kills = 20, 4
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	config := e2e.Config(t, dir, quick(), e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
		Settle: 200 * time.Millisecond, Rescan: 2 * time.Second})
	mp4 := filmed(t)
	const more = each / kills // of each kind at a time
	killOften(t, config, out, kills, 2*more-2, func(n int) {
		drop(t, in, clips(t, 1000+n*more, more)...)
		for i := range more {
			session(t, in, n*more+i, mp4).Done()
		}
	})
	d := e2e.Start(t, config, e2e.Options{})
	jobs := d.Await(within, 2*each, job.Done)
	requireIntact(t, out, jobs)
	d.Stop()
	requireIntact(t, out, jobs)
}

// A session whose media still grow after the marker is taken once, when they are there as a whole.
func TestSessionGrowsAfterMarker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	const settle, parts = 4 * time.Second, 12
	config := e2e.Config(t, dir, quick(), e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
		Settle: settle, Rescan: time.Second})
	d := e2e.Start(t, config, e2e.Options{})
	mp4 := filmed(t)
	f := session(t, in, 1, nil)
	f.Done()
	name := f.Name("101", 5*time.Millisecond, ".mp4")
	for part := range parts { // all in all longer than settle, from one to the next much less, on a busy machine, too
		f.File(name, mp4[:len(mp4)*part/parts])
		time.Sleep(500 * time.Millisecond)
		require.Empty(t, outputs(out))
	}
	time.Sleep(settle + 2*time.Second) // it pauses
	require.Empty(t, outputs(out))
	f.File(name, mp4)
	requireIntact(t, out, d.Await(within, 1, job.Done))
	time.Sleep(3 * time.Second)
	requireIntact(t, out, d.Await(within, 1, job.Done))
}
