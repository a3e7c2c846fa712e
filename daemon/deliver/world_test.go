package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "gocloud.dev/blob/fileblob"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/recording"
)

// world is a converted job with its files, and its record as a queue would keep it.
type world struct {
	t                                  *testing.T
	dir, watch, output, moved, uploads string

	stored []byte // the record: all that survives a kill
	keeps  int
	kill   func(n int, store func()) error // called for the n-th Keep in place of store
	now    time.Time
	opt    Options
}

const jobID = "0123456789abcdef0123456789abcdef"

func newWorld(t *testing.T, d job.Delivery) *world {
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	for name, p := range map[string]*string{"watch": &w.watch, "output": &w.output, "uploads": &w.uploads} {
		*p = filepath.Join(w.dir, name)
		require.NoError(t, os.Mkdir(*p, 0o755))
	}
	w.moved = filepath.Join(w.dir, "moved")
	if d.Sources == "" {
		d.Sources = "keep"
	}
	if d.Sources == "move" && d.MoveTo == "" {
		d.MoveTo = w.moved
	}
	d.SourceOf = w.watch
	rec := job.Record{
		Schema: 1, State: job.Delivering, Outcome: job.Done,
		Spec: job.Spec{
			ID: jobID, Watch: "calls", Recording: "1234", Participant: "1234-1001", Room: "1234", User: "1001",
			StartUs: 1767323045123456, Output: w.output, Name: "1234/1001", Delivery: d,
		},
		Attempts: []job.Attempt{{Number: 1, Owner: "host:1", Started: w.now.Add(-time.Minute), Log: "a secret log"}},
		MediaMs:  61000, Mode: "copy", Warnings: []string{"loss"},
	}
	for name, text := range map[string]string{"room/alice-audio.mjr": "the sound",
		"room/alice-video.mjr": "the pictures"} {
		rec.Spec.Sources = append(rec.Spec.Sources, w.source(name, text))
	}
	for name, text := range map[string]string{"1234/1001.mp4": "a film of hers",
		"1234/1001-screen.mp4": "a film of her screen"} {
		path := w.write(w.output, name, text)
		sum := sha256.Sum256([]byte(text))
		rec.Outputs = append(rec.Outputs, job.Output{
			File: path, Container: "mp4", Bytes: int64(len(text)), DurationMs: 61000,
			SHA256: hex.EncodeToString(sum[:]),
		})
	}
	rec.ReportFile = w.write(w.output, "1234/1001.json", `{"schema":1}`)
	w.set(rec)
	w.opt = Options{Now: func() time.Time { return w.now }, Backoff: func(int) time.Duration { return time.Second }}
	return w
}

func fileUpload(w *world, remove bool) {
	w.change(func(r *job.Record) {
		r.Spec.Delivery.Upload = &job.Upload{URL: "file://" + w.uploads, Prefix: "videos", RemoveLocal: remove}
	})
}

func (w *world) write(dir, name, text string) string {
	path := filepath.Join(dir, name)
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(w.t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

func (w *world) source(name, text string) job.Source {
	path := w.write(w.watch, name, text)
	sum, err := recording.Fingerprint(path)
	require.NoError(w.t, err)
	return job.Source{Path: path, Size: int64(len(text)), Fingerprint: hex.EncodeToString(sum[:])}
}

func (w *world) set(rec job.Record) {
	var err error
	w.stored, err = json.Marshal(rec)
	require.NoError(w.t, err)
}

func (w *world) rec() job.Record {
	var rec job.Record
	require.NoError(w.t, json.Unmarshal(w.stored, &rec))
	return rec
}

func (w *world) change(f func(*job.Record)) {
	rec := w.rec()
	f(&rec)
	w.set(rec)
}

func (w *world) keep(_ context.Context, change func(*job.Record)) error {
	w.keeps++
	store := func() { change(&job.Record{}); w.change(change) } // twice, as a queue may have to
	if w.kill != nil {
		return w.kill(w.keeps, store)
	}
	store()
	return nil
}

// run calls Run once with what is stored.
func (w *world) run() Result {
	o := w.opt
	o.Keep = w.keep
	return Run(w.t.Context(), w.rec(), o)
}

// finish runs, at the times that Run asks for, until nothing is left to be done.
func (w *world) finish() {
	w.t.Helper()
	for range 50 {
		r := w.run()
		require.NoError(w.t, r.Err)
		if r.Finished {
			return
		}
		if r.Next.After(w.now) {
			w.now = r.Next
		}
	}
	w.t.Fatalf("it does not come to an end: %+v", w.rec().Steps)
}

func (w *world) step(name string) job.Step {
	rec := w.rec()
	s := find(&rec, name)
	require.NotNil(w.t, s, "there is no step %s", name)
	return *s
}

// tree is all files below a folder: their paths and contents.
func tree(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		text := "-> a link"
		if e.Type().IsRegular() {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			text = string(b)
		}
		files[strings.ReplaceAll(rel, string(filepath.Separator), "/")] = text
		return nil
	})
	require.NoError(t, err)
	return files
}

var (
	allSources = map[string]string{"room/alice-audio.mjr": "the sound", "room/alice-video.mjr": "the pictures"}
	allOutputs = map[string]string{"1234/1001.mp4": "a film of hers", "1234/1001-screen.mp4": "a film of her screen",
		"1234/1001.json": `{"schema":1}`}
	allUploads = map[string]string{
		"videos/1234/1001.mp4": "a film of hers", "videos/1234/1001-screen.mp4": "a film of her screen",
		"videos/1234/1001.json": `{"schema":1}`,
	}
)
