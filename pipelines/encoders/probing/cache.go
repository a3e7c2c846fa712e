package probing

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/internal/files"
)

// What was found is kept until something changes, but what may have been the fault of a moment (a device that was busy,
// a machine under load) not for long.
const (
	keepRefused = time.Hour
	keepLate    = 10 * time.Minute
)

// cacheSchema is the version of the files and of what Probe asks for.
const cacheSchema = 1

// cache has a file for each encoder. What cannot be read, or is of another time, counts as absent; what cannot be
// written is found out again next time. Any number of processes may use it.
type cache struct{ dir string } // "": nothing is kept

type entry struct {
	Schema int    `json:"schema"`
	Key    string `json:"key"` // what the result depends on
	Result
}

func (c cache) path(element string) string { return filepath.Join(c.dir, element+".json") }

func (c cache) get(element, key string) (Result, bool) {
	if c.dir == "" {
		return Result{}, false
	}
	text, err := os.ReadFile(c.path(element))
	if err != nil {
		return Result{}, false
	}
	var e entry
	if json.Unmarshal(text, &e) != nil || e.Schema != cacheSchema || e.Key != key || !e.OK && e.Reason == "" {
		return Result{}, false
	}
	if age := time.Since(e.At); !e.OK && (age < 0 || age > keepRefused || e.Late && age > keepLate) {
		return Result{}, false
	}
	return e.Result, true
}

func (c cache) put(element, key string, r Result) {
	if c.dir == "" || os.MkdirAll(c.dir, 0o700) != nil {
		return
	}
	text, err := json.Marshal(entry{cacheSchema, key, r})
	if err != nil {
		return
	}
	_ = files.Replace(c.path(element), 0o600, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// forget removes what is known about an encoder.
func (c cache) forget(element string) {
	if c.dir != "" {
		_ = os.Remove(c.path(element))
	}
}

// lock keeps other processes from trying the same encoder at the same time: they wait, and find the result. Where no
// lock is to be had, they try it, too.
func (c cache) lock(ctx context.Context, element string) (unlock func()) {
	none := func() {}
	if c.dir == "" || os.MkdirAll(c.dir, 0o700) != nil {
		return none
	}
	f, err := files.WaitLocked(ctx, filepath.Join(c.dir, element+".lock"), 0o600)
	if err != nil {
		return none
	}
	return func() { _ = f.Close() }
}
