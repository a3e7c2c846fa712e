package watch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writing starts a process that has a file open, and says how it ends.
func writing(t *testing.T, redirection, path string) (stop func()) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "exec 7"+redirection+`"$1"; echo; read x`, "sh", path)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 1)) // it is open
	require.NoError(t, err)
	done := false
	stop = func() {
		if !done {
			done = true
			in.Close()
			_ = cmd.Wait()
		}
	}
	t.Cleanup(stop)
	return stop
}

func TestWriter(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	stop := writing(t, ">>", filepath.Join(b.root, audio))
	stopReading := writing(t, "<", filepath.Join(b.root, video))
	defer stopReading()
	b.pass(time.Hour)
	b.scan()
	require.Regexp(t, audio+` is open for writing by sh \(process \d+\)`, b.pendingWhy())
	b.pass(time.Hour)
	b.scan()
	stop()
	b.scan(both)
}

// Without a time to settle a file is complete as soon as nobody writes to it, and not before.
func TestNothingToSettle(t *testing.T) {
	b := newBench(t, func(f *Folder) { f.Settle = 0 })
	b.call("", "")
	stop := writing(t, ">>", filepath.Join(b.root, audio))
	b.scan()
	require.Contains(t, b.pendingWhy(), "is open for writing by sh")
	b.grow(audio)
	b.scan()
	stop()
	b.scan(both)

	b.call("moved", ".tmp")
	b.scan()
	require.Contains(t, b.pendingWhy(), "it still has its temporary name")
	b.rename("moved/"+audio+".tmp", "moved/"+audio)
	b.rename("moved/"+video+".tmp", "moved/"+video)
	b.scan("moved/" + audio + " moved/" + video)
}

func TestWriterOfTemporaryAndMarked(t *testing.T) {
	b := newBench(t)
	b.call("", ".tmp")
	stop := writing(t, "<>", filepath.Join(b.root, audio+".tmp"))
	b.pass(100 * time.Hour) // muted for long
	b.scan()
	require.Contains(t, b.pendingWhy(), "is open for writing by sh")
	stop()
	b.scan(audio + ".tmp " + video + ".tmp")

	b.call("marked", "")
	b.grow("marked/" + audio) // another recording
	b.write("marked/recording-done.txt", nil)
	stop = writing(t, ">>", filepath.Join(b.root, "marked", audio))
	b.scan()
	require.Contains(t, b.pendingWhy(), "is open for writing by sh")
	stop()
	b.scan("marked/" + audio + " marked/" + video)
}

func TestLease(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.mjr")
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o644))
	if !isLocal(path) {
		t.Skip("leases are only asked for on local file systems")
	}
	// Processes of another container are not in /proc.
	w := func() *writers { return &writers{proc: t.TempDir(), wanted: func(string) bool { return true }} }
	_, is := w().of(path, nil)
	require.False(t, is)
	stop := writing(t, ">>", path)
	who, is := w().of(path, nil)
	require.True(t, is)
	require.Nil(t, who)
	stop()
	_, is = w().of(path, nil)
	require.False(t, is)
	stop = writing(t, "<", path)
	_, is = w().of(path, nil)
	require.False(t, is)
	stop()
}

// A writer that is known is checked without looking through all processes.
func TestKnownWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.mjr")
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	stop := writing(t, ">>", path)
	wanted := func(base string) bool { return base == "x.mjr" }
	who, is := (&writers{wanted: wanted}).of(path, nil)
	require.True(t, is)
	require.Equal(t, "sh", who.name)
	again := &writers{wanted: wanted}
	same, is := again.of(path, who)
	require.True(t, is)
	require.Equal(t, who, same)
	require.False(t, again.done)
	stop()
	_, is = again.of(path, who)
	require.False(t, is)
	require.True(t, again.done)
}
