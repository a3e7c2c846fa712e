package claim

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/pipelines/report"
)

func childOf(t *testing.T, spec job.Spec, hold string) *exec.Cmd {
	text, err := json.Marshal(spec)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childMode+"="+string(text), childMode+"_HOLD="+hold)
	return cmd
}

// killAt lets another process work on a job up to a step, and kills it there.
func killAt(t *testing.T, spec job.Spec, step string) {
	t.Helper()
	cmd := childOf(t, spec, step)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, step+"\n", line)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
}

func TestKilledAtEachStep(t *testing.T) {
	for _, step := range []string{"opened", "claimed", "written", "noted", "linked", "placed", "reported", "released"} {
		t.Run(step, func(t *testing.T) {
			out := t.TempDir()
			spec := specOf(out, "abc", "room/alice")
			killAt(t, spec, step)
			p := place(t, spec)
			c, found, err := p.Take()
			require.NoError(t, err)
			if step == "reported" || step == "released" {
				require.NotNil(t, found)
				require.Equal(t, []string{"room", "room/alice-2.mp4", "room/alice.json", "room/alice.mp4"},
					list(t, out))
				return
			}
			require.Equal(t, "alice", c.Name)
			require.NoError(t, c.Release())
			require.Equal(t, []string{"room"}, list(t, out))
		})
		t.Run(step+", swept by who saw it", func(t *testing.T) {
			out := t.TempDir()
			spec := specOf(out, "abc", "alice")
			killAt(t, spec, step)
			require.NoError(t, Sweep(spec))
			if step == "reported" || step == "released" {
				require.Equal(t, []string{"alice-2.mp4", "alice.json", "alice.mp4"}, list(t, out))
			} else {
				require.Empty(t, list(t, out))
			}
		})
	}
	require.NoError(t, Sweep(specOf(filepath.Join(t.TempDir(), "gone"), "abc", "alice")))
}

// Whoever clears away may be killed as well, between any two of the files: the next attempt clears away what is left.
func TestKilledWhileClearingAway(t *testing.T) {
	old := remove
	t.Cleanup(func() { remove = old })
	killed := errors.New("killed")
	for n := 0; ; n++ {
		out := t.TempDir()
		c := take(t, specOf(out, "abc", "alice"))
		for _, name := range []string{"alice.mp4", "zoe.mp4", "parts/1"} {
			put(t, c.Work, name, "half")
		}
		left := n
		remove = func(root *os.Root, path string) error {
			if left--; left < 0 {
				return killed
			}
			if filepath.Base(path) == filepath.Base(c.Work) {
				require.Equal(t, []string{workName}, list(t, c.Work), "all at once goes what has no order")
			}
			return old(root, path)
		}
		err := c.Release()
		remove = old
		if err == nil {
			require.Greater(t, n, 3)
			require.Empty(t, list(t, out))
			return
		}
		require.ErrorIs(t, err, killed)
		require.NotEmpty(t, list(t, out))
		require.NoError(t, take(t, specOf(out, "abc", "alice")).Release())
		require.Empty(t, list(t, out), "killed after %d were removed", n)
	}
}

// What somebody else has put under the name in the meantime is not ours, whatever the claim says.
func TestOthersFilesSurvive(t *testing.T) {
	out := t.TempDir()
	spec := specOf(out, "abc", "alice")
	killAt(t, spec, "noted")
	put(t, out, "alice.mp4", "by hand")
	c := take(t, spec)
	require.Equal(t, "alice.2", c.Name)
	require.NoError(t, c.Release())
	require.Equal(t, []string{"alice.mp4"}, list(t, out))
}

func TestOthersDeadClaims(t *testing.T) {
	for step, want := range map[string]string{"claimed": "alice", "noted": "alice", "linked": "alice.2",
		"reported": "alice.2"} {
		t.Run(step, func(t *testing.T) {
			out := t.TempDir()
			killAt(t, specOf(out, "other", "alice"), step)
			c := take(t, specOf(out, "abc", "alice"))
			require.Equal(t, want, c.Name)
			// It comes back, and finds its way around us.
			d, found, err := place(t, specOf(out, "other", "alice")).Take()
			require.NoError(t, err)
			if step == "reported" {
				require.NotNil(t, found)
			} else {
				require.NotEqual(t, c.Name, d.Name)
				require.NoError(t, d.Release())
			}
			require.NoError(t, c.Release())
			if step != "reported" {
				require.Empty(t, list(t, out))
			}
		})
	}
}

// forge writes a claim that nobody holds the lock of.
func forge(t *testing.T, out string, age time.Duration, edit func(*record)) {
	t.Helper()
	r := record{Identity: of("abc"), Name: "alice", Work: workPrefix + "0123456789abcdef", process: self(),
		Time: time.Now()}
	edit(&r)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	put(t, out, ".alice.claim", string(text)+"\n")
	touched := time.Now().Add(-age)
	require.NoError(t, os.Chtimes(filepath.Join(out, ".alice.claim"), touched, touched))
}

func TestWhoIsDead(t *testing.T) {
	ended := exec.CommandContext(t.Context(), "true")
	require.NoError(t, ended.Run())
	const day = 24 * time.Hour
	for what, c := range map[string]struct {
		age  time.Duration
		edit func(*record)
		dead bool
	}{
		"this process":                  {day, func(*record) {}, false},
		"a process that has ended":      {0, func(r *record) { r.PID = ended.Process.Pid }, true},
		"another process with its pid":  {0, func(r *record) { r.Started-- }, true},
		"before the machine was booted": {day, func(r *record) { r.Boot = "x" }, true},
		"another boot, a moment ago":    {time.Second, func(r *record) { r.Boot = "x" }, false},
		"another host, long ago":        {2 * time.Minute, func(r *record) { r.Host = "far-away" }, true},
		"another host, working":         {30 * time.Second, func(r *record) { r.Host = "far-away" }, false},
		"another container, working": {30 * time.Second,
			func(r *record) { r.PIDs, r.PID = "pid:[1]", ended.Process.Pid }, false},
		"another container, long ago": {2 * time.Minute, func(r *record) { r.PIDs = "pid:[1]" }, true},
	} {
		t.Run(what, func(t *testing.T) {
			out := t.TempDir()
			forge(t, out, c.age, c.edit)
			claim, _, err := place(t, specOf(out, "abc", "alice")).Take()
			if !c.dead {
				require.ErrorIs(t, err, ErrBusy)
				require.Equal(t, []string{".alice.claim"}, list(t, out))
				return
			}
			require.NoError(t, err)
			require.Equal(t, "alice", claim.Name)
			require.NoError(t, claim.Release())
			require.Empty(t, list(t, out))
		})
	}
}

func TestClaimsThatMakeNoSense(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"identity":"abc"`, "\xff\x00"} {
		out := t.TempDir()
		put(t, out, ".alice.claim", text)
		c := take(t, specOf(out, "abc", "alice"))
		require.Equal(t, "alice.2", c.Name, "it may be being written")
		require.NoError(t, c.Release())
		old := time.Now().Add(-time.Hour)
		require.NoError(t, os.Chtimes(filepath.Join(out, ".alice.claim"), old, old))
		c = take(t, specOf(out, "abc", "alice"))
		require.Equal(t, "alice", c.Name)
		require.NoError(t, c.Release())
		require.Empty(t, list(t, out))
	}
	// A line that was torn was never acted upon.
	r := parse([]byte(`{"identity":"abc","name":"alice"}` + "\n" +
		`{"placing":[{"file":"a.mp4","bytes":3,"sha256":"x"}]}` + "\n" + `{"placing":[{"fi`))
	require.Equal(t, []File{{"a.mp4", 3, "x"}}, r.placing)
	// What a claim names outside of the folder is left alone.
	out := t.TempDir()
	put(t, out, "keep/me", "x")
	forge(t, out, 0, func(r *record) { r.PID, r.Work = 1<<30, "keep" })
	c := take(t, specOf(out, "abc", "alice"))
	require.NoError(t, c.Release())
	require.Equal(t, []string{"keep", "keep/me"}, list(t, out))
}

func TestBeatAndLoss(t *testing.T) {
	old := beat
	beat = 10 * time.Millisecond
	t.Cleanup(func() { beat = old })
	out := t.TempDir()
	c := take(t, specOf(out, "abc", "alice"))
	file := filepath.Join(out, ".alice.claim")
	long := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(file, long, long))
	require.Eventually(t, func() bool {
		st, err := os.Stat(file)
		return err == nil && time.Since(st.ModTime()) < time.Minute
	}, 2*time.Minute, 5*time.Millisecond)
	select {
	case <-c.Lost():
		t.Fatal("lost")
	default:
	}
	// Somebody else believes that we are dead.
	require.NoError(t, os.Remove(file))
	put(t, out, ".alice.claim", "theirs")
	select {
	case <-c.Lost():
	case <-time.After(2 * time.Minute):
		t.Fatal("not lost")
	}
	require.ErrorIs(t, c.Held(), ErrLost)
	require.ErrorIs(t, c.Placing(nil), ErrLost)
	require.NoError(t, c.Release())
	require.Equal(t, []string{".alice.claim"}, list(t, out))
}

// TestKilledAtRandom has 40 recordings of four names converted by processes that are killed after any time, two at a
// time.
func TestKilledAtRandom(t *testing.T) {
	out := t.TempDir()
	const recordings = 40
	kills := 0
	specs := make(chan job.Spec, recordings)
	for i := range recordings {
		specs <- specOf(out, fmt.Sprintf("recording-%d", i), fmt.Sprintf("name-%d", i%4))
	}
	for done := 0; done < recordings; {
		var cmds []*exec.Cmd
		var batch []job.Spec
		for range min(2, len(specs)) {
			spec := <-specs
			cmd := childOf(t, spec, "")
			require.NoError(t, cmd.Start())
			cmds, batch = append(cmds, cmd), append(batch, spec)
		}
		if rand.IntN(3) > 0 {
			time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
			for _, cmd := range cmds {
				_ = cmd.Process.Kill()
			}
		}
		for i, cmd := range cmds {
			if err := cmd.Wait(); err == nil {
				done++
			} else {
				require.Negative(t, cmd.ProcessState.ExitCode(), "it was killed")
				kills++
				specs <- batch[i]
			}
		}
	}
	t.Logf("%d kills", kills)
	byIdentity := map[string]int{}
	files := map[string]bool{}
	for _, name := range list(t, out) {
		files[name] = true
	}
	for name := range files {
		if filepath.Ext(name) != ".json" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		r, err := report.Parse(text)
		require.NoError(t, err)
		byIdentity[r.Identity]++
		delete(files, name)
		for _, o := range r.Outputs {
			p := place(t, specOf(out, "x", "x"))
			same, err := p.contains(File{o.File, o.Bytes, o.SHA256})
			require.NoError(t, err)
			require.True(t, same, o.File)
			delete(files, o.File)
		}
	}
	require.Empty(t, files, "stray files")
	require.Len(t, byIdentity, recordings)
	for identity, n := range byIdentity {
		require.Equal(t, 1, n, identity)
	}
}

// FuzzParse: whatever is in a claim, it is read or it is not.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"identity":"abc","name":"alice","pid":1,"boot_id":"x"}` + "\n" +
		`{"placing":[{"file":"a.mp4","bytes":3,"sha256":"x"}]}` + "\n"))
	f.Add([]byte("{}\n{\"placing\":[{\"file\":\"../../x\"}]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		out := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(out, ".alice.claim"), text, 0o666))
		old := time.Now().Add(-time.Hour)
		require.NoError(t, os.Chtimes(filepath.Join(out, ".alice.claim"), old, old))
		p, err := Open(specOf(out, "abc", "alice"), "")
		require.NoError(t, err)
		defer p.Close()
		s, err := p.sweep("alice")
		require.NoError(t, err)
		if r := parse(text); r.PID == 0 && !slices.ContainsFunc(r.placing,
			func(f File) bool { return f.File == ".alice.claim" }) {
			require.Equal(t, free, s)
		}
	})
}
