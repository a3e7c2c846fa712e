package claim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTakeAndRelease(t *testing.T) {
	out := filepath.Join(t.TempDir(), "not", "there", "yet")
	c := take(t, specOf(out, "abc", "room/alice"))
	require.Equal(t, "alice", c.Name)
	require.DirExists(t, c.Work)
	require.Equal(t, filepath.Join(out, "room"), filepath.Dir(filepath.Dir(c.Work)),
		"in the same folder, so that files only need new names")
	require.NoError(t, c.Held())
	text, err := os.ReadFile(filepath.Join(out, "room/.alice.claim"))
	require.NoError(t, err)
	var r record
	require.NoError(t, json.Unmarshal(text, &r))
	require.Equal(t, of("abc"), r.Identity)
	require.Equal(t, "daemon-1", r.Owner)
	require.Equal(t, os.Getpid(), r.PID)
	require.NotZero(t, r.Started)
	require.NotEmpty(t, r.Boot)
	require.WithinDuration(t, time.Now(), r.Time, time.Minute)
	require.NoError(t, os.WriteFile(filepath.Join(c.Work, "half"), nil, 0o666))
	require.NoError(t, c.Release())
	require.Equal(t, []string{"room"}, list(t, out))
}

func TestNamesThatAreTaken(t *testing.T) {
	other := string(reportOf("other", File{File: "alice.mp4", Bytes: 1}))
	doubted := func(identity string) string {
		return fmt.Sprintf(`{"schema":1,"identity":%q,"outputs":[{"file":"alice.mp4"}],"unverified":[{"file":"alice-screen.unverified.mp4"}]}`, identity)
	}
	for what, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"ours, not all verified": {map[string]string{"alice.json": doubted(of("abc")), "alice.mp4": "1",
			"alice-screen.unverified.mp4": "2"}, "alice"},
		"ours, and another's file": {map[string]string{"alice.json": doubted(of("abc")), "alice.mp4": "1",
			"alice.srt": "2"}, "alice.2"},
		"another's, not verified": {map[string]string{"alice.json": doubted("other"), "alice.mp4": "1"}, "alice.2"},
		"nothing":                 {nil, "alice"},
		"others of a similar name": {map[string]string{"alice2.mp4": "", "alice-2.mp4": "", "malice.mp4": ""},
			"alice"},
		"media":                      {map[string]string{"alice.webm": ""}, "alice.2"},
		"two":                        {map[string]string{"alice.mp4": "", "alice.2.srt": ""}, "alice.3"},
		"a gap":                      {map[string]string{"alice.mp4": "", "alice.3.mp4": ""}, "alice.2"},
		"another's report":           {map[string]string{"alice.json": other}, "alice.2"},
		"a report without identity":  {map[string]string{"alice.json": `{"schema":1,"outputs":[]}`}, "alice.2"},
		"no report at all":           {map[string]string{"alice.json": "hello"}, "alice.2"},
		"our report without outputs": {map[string]string{"alice.json": string(reportOf(of("abc")))}, "alice"},
		"ours, but it was changed": {map[string]string{"alice.json": string(reportOf(of("abc"),
			File{File: "alice.mp4", Bytes: 3})), "alice.mp4": "1234"}, "alice.2"},
		"ours, but odd": {map[string]string{"alice.json": string(reportOf(of("abc"),
			File{File: "../alice.mp4", Bytes: 3}))}, "alice.2"},
	} {
		t.Run(what, func(t *testing.T) {
			out := t.TempDir()
			for name, content := range c.files {
				put(t, out, name, content)
			}
			before := list(t, out)
			got := take(t, specOf(out, "abc", "alice"))
			require.Equal(t, c.want, got.Name)
			require.NoError(t, got.Release())
			require.Equal(t, before, list(t, out))
		})
	}
	t.Run("a link and a folder", func(t *testing.T) {
		out := t.TempDir()
		require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(out, "alice.json")))
		require.NoError(t, os.Mkdir(filepath.Join(out, "alice.2.json"), 0o777))
		require.NoError(t, syscall.Mkfifo(filepath.Join(out, "alice.3.json"), 0o666))
		require.NoError(t, syscall.Mkfifo(filepath.Join(out, ".alice.4.claim"), 0o666))
		c := take(t, specOf(out, "abc", "alice"))
		require.Equal(t, "alice.5", c.Name)
		require.NoError(t, c.Release())
	})
}

func TestFound(t *testing.T) {
	out := t.TempDir()
	put(t, out, "alice.mp4", "somebody else's")
	put(t, out, "alice.2.mp4", "123")
	report := reportOf(of("abc"), File{"alice.2.mp4", 3, "cafe"}, File{"alice.2-screen.mp4", 5, "beef"})
	put(t, out, "alice.2.json", string(report))
	_, found, err := place(t, specOf(out, "abc", "alice")).Take()
	require.NoError(t, err)
	require.NotNil(t, found)
	require.Equal(t, filepath.Join(out, "alice.2.json"), found.ReportFile)
	require.Equal(t, "copy", found.Mode)
	require.JSONEq(t, string(report), string(found.Report))
	require.Len(t, found.Outputs, 2)
	o := found.Outputs[0]
	require.Equal(t, filepath.Join(out, "alice.2.mp4"), o.File)
	require.Equal(t, int64(3), o.Bytes)
	require.Equal(t, "cafe", o.SHA256)
	require.InDelta(t, 1500, o.DurationMs, 0)
	require.False(t, o.Removed)
	require.True(t, found.Outputs[1].Removed, "uploaded, or too old to keep")
	require.Equal(t, []string{"alice.2.json", "alice.2.mp4", "alice.mp4"}, list(t, out))

	// It is found although what was before it is gone.
	require.NoError(t, os.Remove(filepath.Join(out, "alice.mp4")))
	_, found, err = place(t, specOf(out, "abc", "alice")).Take()
	require.NoError(t, err)
	require.NotNil(t, found)
}

func TestTwoAtOnce(t *testing.T) {
	out := t.TempDir()
	a := take(t, specOf(out, "abc", "alice"))
	_, _, err := place(t, specOf(out, "abc", "alice")).Take()
	require.ErrorIs(t, err, ErrBusy, "the same recording")
	require.NoError(t, a.Held())
	require.DirExists(t, a.Work, "who comes second leaves the first alone")
	_, _, err = place(t, specOf(out, "abc", "alice.2")).Take()
	require.NoError(t, err, "the same, wanted under another name, has a name of its own")

	b := take(t, specOf(out, "def", "alice"))
	require.Equal(t, "alice.3", b.Name)
	require.NoError(t, a.Release())
	require.NoError(t, b.Release())
}

func TestPass(t *testing.T) {
	p := place(t, specOf(t.TempDir(), "abc", "alice"))
	for _, want := range []string{"alice", "alice.2", "alice.3"} {
		c, _, err := p.Take()
		require.NoError(t, err)
		require.Equal(t, want, c.Name)
		require.NoError(t, c.Pass())
	}
	require.Empty(t, list(t, p.Dir))
}

func TestOpenRefuses(t *testing.T) {
	out, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(out, "link")))
	require.NoError(t, os.Symlink("../..", filepath.Join(out, "up")))
	require.NoError(t, os.Mkdir(filepath.Join(out, "in"), 0o777))
	require.NoError(t, os.Symlink("in", filepath.Join(out, "inside")))
	for _, name := range []string{"", ".", "..", "../x", "a/../../x", "/x", "a//b", "a/", ".hidden", "a/.b", "a\x00b",
		"link/x", "link/deep/x", "up/x"} {
		_, err := Open(specOf(out, "abc", name), "")
		require.ErrorIs(t, err, ErrName, "%q", name)
	}
	require.Empty(t, list(t, outside))
	_, err := Open(specOf("relative", "abc", "x"), "")
	require.ErrorIs(t, err, ErrName)
	require.NoDirExists(t, "relative")

	c := take(t, specOf(out, "abc", "inside/x"))
	require.FileExists(t, filepath.Join(out, "in/.x.claim"))
	require.NoError(t, c.Release())

	put(t, out, "file", "")
	_, err = Open(specOf(out, "abc", "file/x"), "")
	require.ErrorIs(t, err, syscall.EEXIST)
}

func TestLongName(t *testing.T) {
	out := t.TempDir()
	long := strings.Repeat("ü", 127)
	a, b := take(t, specOf(out, "abc", long+"a")), take(t, specOf(out, "abc", long+"b"))
	require.NotEqual(t, a.Name, b.Name)
	require.LessOrEqual(t, len(a.Name), maxNameBytes)
	require.True(t, strings.HasPrefix(a.Name, "üüü"))
	require.NoError(t, a.Release())
	require.NoError(t, b.Release())
}

// TestWithoutLinks is about file systems that have none.
func TestWithoutLinks(t *testing.T) {
	old := link
	link = func(*os.Root, string, string) error { return syscall.EPERM }
	t.Cleanup(func() { link = old })
	out := t.TempDir()
	c := take(t, specOf(out, "abc", "alice"))
	require.FileExists(t, filepath.Join(out, ".alice.claim"))
	require.NoError(t, c.Held())
	_, _, err := place(t, specOf(out, "abc", "alice")).Take()
	require.ErrorIs(t, err, ErrBusy)
	d := take(t, specOf(out, "def", "alice"))
	require.Equal(t, "alice.2", d.Name)
	require.NoError(t, c.Release())
	require.NoError(t, d.Release())
	require.Empty(t, list(t, out))
}

// TestManyAtOnce lets many processes, as far as locks can tell, take names for few recordings.
func TestManyAtOnce(t *testing.T) {
	out := t.TempDir()
	var group sync.WaitGroup
	var held [4]atomic.Int32
	var made [4]atomic.Int32
	for i := range 24 {
		group.Go(func() {
			identity := string(rune('a' + i%4))
			for range 30 {
				p, err := Open(specOf(out, identity, "alice"), "")
				if err != nil {
					t.Error(err)
					return
				}
				c, found, err := p.Take()
				switch {
				case errors.Is(err, ErrBusy), err == nil && found != nil:
				case err != nil:
					t.Error(err)
				default:
					if n := held[i%4].Add(1); n != 1 {
						t.Errorf("%d at once have %s", n, identity)
					}
					if made[i%4].Add(1) == 1 { // only now and then is anything made
						check(os.WriteFile(filepath.Join(out, c.Name+".mp4"), []byte(identity), 0o666))
						check(os.WriteFile(filepath.Join(c.Work, "r"),
							reportOf(of(identity), File{File: c.Name + ".mp4", Bytes: 1}), 0o666))
						check(os.Rename(filepath.Join(c.Work, "r"), filepath.Join(out, c.Name+".json")))
					} else {
						t.Errorf("%s is made again", identity)
					}
					held[i%4].Add(-1)
					if err := c.Release(); err != nil {
						t.Error(err)
					}
				}
				check(p.Close())
			}
		})
	}
	group.Wait()
	require.Equal(t, []string{"alice.2.json", "alice.2.mp4", "alice.3.json", "alice.3.mp4", "alice.4.json",
		"alice.4.mp4", "alice.json", "alice.mp4"}, list(t, out))
}

// What is to be made again is made beside what is there, or in place of what is gone, and adopted only if it was made
// for this request.
func TestAgain(t *testing.T) {
	file := File{File: "alice.mp4", Bytes: 1}
	answers := func(again string) string {
		text := string(reportOf(of("abc"), file))
		return strings.Replace(text, `"schema":1`, `"schema":1,"again":"`+again+`"`, 1)
	}
	for what, c := range map[string]struct {
		files map[string]string
		want  string // "": there they are
	}{
		"made before":             {map[string]string{"alice.json": answers(""), "alice.mp4": "1"}, "alice.2"},
		"made for another":        {map[string]string{"alice.json": answers("first"), "alice.mp4": "1"}, "alice.2"},
		"made for this":           {map[string]string{"alice.json": answers("now"), "alice.mp4": "1"}, ""},
		"made for this, and gone": {map[string]string{"alice.json": answers("now")}, ""},
		"made before, and gone":   {map[string]string{"alice.json": answers("")}, "alice"},
		"gone, and another's":     {map[string]string{"alice.json": answers(""), "alice.srt": "2"}, "alice.2"},
	} {
		t.Run(what, func(t *testing.T) {
			out := t.TempDir()
			for name, content := range c.files {
				put(t, out, name, content)
			}
			p := place(t, specOf(out, "abc", "alice"))
			p.Again = "now"
			got, found, err := p.Take()
			require.NoError(t, err)
			if c.want == "" {
				require.NotNil(t, found)
				return
			}
			require.Nil(t, found)
			require.Equal(t, c.want, got.Name)
			require.NoError(t, got.Release())
		})
	}
}

// What an attempt left that died between its output and its report is removed, although a report lies there of outputs
// that were gone.
func TestDeadAttemptToConvertAgain(t *testing.T) {
	out := t.TempDir()
	put(t, out, "alice.json", string(reportOf(of("abc"), File{File: "alice.mp4", Bytes: 9})))
	put(t, out, "alice.mp4", "new")
	sum := sha256.Sum256([]byte("new"))
	p := place(t, specOf(out, "abc", "alice"))
	dead := record{Identity: of("abc"), Name: "alice", Again: "now", placing: []File{{File: "alice.mp4", Bytes: 3,
		SHA256: hex.EncodeToString(sum[:])}}}
	require.NoError(t, p.undo(dead))
	require.Equal(t, []string{"alice.json"}, list(t, out))
}
