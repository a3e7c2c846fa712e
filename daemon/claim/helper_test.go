package claim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// childMode makes the test binary a worker that TestMain hands over to.
const childMode = "UPRIGHT_TEST_CLAIM_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childMode); text != "" {
		var spec job.Spec
		if err := json.Unmarshal([]byte(text), &spec); err != nil {
			panic(err)
		}
		os.Exit(child(spec))
	}
	os.Exit(m.Run())
}

// child does what a conversion does, slowly, so that it can be killed at each step. It says "died here" steps by its
// environment: hold stops for ever at that step.
func child(spec job.Spec) int {
	hold := os.Getenv(childMode + "_HOLD")
	at := func(step string) {
		if step == hold {
			fmt.Println(step)
			select {}
		}
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Microsecond)
	}
	p, err := Open(spec, "test")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	at("opened")
	c, found, err := p.Take()
	if err != nil || found != nil {
		fmt.Println(found != nil, err)
		if err != nil {
			return 1
		}
		return 0
	}
	at("claimed")
	work := func(name string) string { return filepath.Join(c.Work, name) }
	final := func(name string) string { return filepath.Join(p.Dir, name) }
	var files []File
	for _, ext := range []string{".mp4", "-2.mp4"} {
		name, content := c.Name+ext, []byte(fmt.Sprint(spec.Identity, ext, os.Getpid())) // never twice the same
		check(os.WriteFile(work(name), content, 0o666))
		sum := sha256.Sum256(content)
		files = append(files, File{File: name, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])})
		at("written")
	}
	check(c.Placing(files))
	at("noted")
	for _, f := range files {
		check(os.Link(work(f.File), final(f.File)))
		at("linked")
		check(os.Remove(work(f.File)))
		at("placed")
	}
	check(os.WriteFile(work("report"), reportOf(Identity(spec), files...), 0o666))
	check(os.Rename(work("report"), final(c.Name+".json")))
	at("reported")
	check(c.Release())
	at("released")
	check(p.Close())
	return 0
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// reportOf is what matters of a pipelines.Report.
func reportOf(identity string, files ...File) []byte {
	outputs := []map[string]any{}
	for _, f := range files {
		outputs = append(outputs, map[string]any{"file": f.File, "bytes": f.Bytes, "sha256": f.SHA256,
			"container": "mp4", "duration_ms": 1500})
	}
	text, err := json.Marshal(map[string]any{"schema": 1, "identity": identity, "outputs": outputs,
		"plan": map[string]any{"mode": "copy"}})
	check(err)
	return text
}

func specOf(dir, identity, name string) job.Spec {
	return job.Spec{Output: dir, Identity: identity, Name: name}
}

func place(t *testing.T, spec job.Spec) *Place {
	t.Helper()
	p, err := Open(spec, "daemon-1")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// take expects a claim.
func take(t *testing.T, spec job.Spec) *Claim {
	t.Helper()
	c, found, err := place(t, spec).Take()
	require.NoError(t, err)
	require.Nil(t, found)
	return c
}

func put(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
}

// list lists all files and folders below a folder.
func list(t *testing.T, dir string) []string {
	t.Helper()
	names := []string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if path != dir {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, rel)
		}
		return err
	}))
	return names
}

// of is the identity in claims and reports of a spec with this identity.
func of(identity string) string { return Identity(job.Spec{Identity: identity}) }
