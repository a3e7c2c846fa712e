package daemon

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/upright-media/upright/daemon/config"
)

// Reload reads the configuration again and puts in force what has changed. Jobs that are running go on as they began.
// If the file is not right, everything stays as it was, and the error says why.
func (d *Daemon) Reload(ctx context.Context) error {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	c, warnings, err := config.Load(d.options.ConfigFile, d.options.Env, d.options.Known)
	now := time.Now()
	d.metrics.Reloaded(err == nil, now)
	d.setReload(now, err)
	if err != nil {
		d.log.Error("the new configuration is not in force: the one from before stays", "file", d.options.ConfigFile,
			"error", err)
		return err
	}
	for _, w := range warnings {
		d.log.Warn("configuration", "warning", w.String())
	}
	changes := config.Diff(d.config.Load(), c)
	if changes.Empty() {
		d.log.Debug("the configuration has not changed")
		return nil
	}
	kept := *c
	for _, key := range changes.Restart {
		d.log.Warn("a change of the configuration needs a restart", "key", key)
	}
	old := d.config.Load()
	kept.State, kept.Queue, kept.HTTP = old.State, old.Queue, old.HTTP
	d.apply(&kept)
	d.log.Info("the configuration was changed", "what", changes.String())
	return nil
}

// apply puts a configuration in force, except for what needs a restart.
func (d *Daemon) apply(c *config.Config) {
	d.config.Store(c)
	d.setLevel(c.Log.Level)
	if d.taking != nil && d.taking.Err() == nil { // else Run has not come to it
		d.folders.set(d.taking, Folders(c))
	}
}

// follow reloads when a file of the configuration changes. Editors and orchestrators replace files, links and whole
// folders of links, so it is the content that counts and not the event.
func (d *Daemon) followConfig(ctx context.Context) {
	last := d.configSum()
	check := func() {
		if now := d.configSum(); now != last {
			last = now
			_ = d.Reload(ctx) // it says what is wrong
		}
	}
	var events chan fsnotify.Event
	if w, err := fsnotify.NewWatcher(); err == nil {
		defer w.Close()
		events = w.Events
		var dirs []string
		for _, f := range d.config.Load().Files() {
			dirs = append(dirs, filepath.Dir(f))
		}
		slices.Sort(dirs)
		for _, dir := range slices.Compact(dirs) {
			if err := w.Add(dir); err != nil {
				d.log.Debug("changes of the configuration are noticed late", "folder", dir, "error", err)
			}
		}
	}
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			check()
		case _, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			// A file is often written in several steps.
			select {
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
				return
			}
			for len(events) > 0 {
				<-events
			}
			check()
		}
	}
}

// configSum tells one state of the configuration's files from another.
func (d *Daemon) configSum() [sha256.Size]byte {
	h := sha256.New()
	for _, f := range d.config.Load().Files() {
		b, err := os.ReadFile(f)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			b = []byte(err.Error())
		}
		sum := sha256.Sum256(b)
		h.Write(sum[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}
