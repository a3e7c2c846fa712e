package watch

import (
	"errors"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/fsnotify/fsnotify"

	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/recording/janus"
)

// hints are the file system's events: each may be missing, so they only say that a look is worth while.
type hints struct {
	log     *slog.Logger
	w       *fsnotify.Watcher // nil: none
	folders map[string]fileID // watched
	warned  bool              // that the system gives no more watches
	full    bool              // in this walk
}

func newHints(log *slog.Logger, off bool) *hints {
	h := &hints{log: log, folders: map[string]fileID{}}
	if off {
		return h
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		h.warn(err)
		return h
	}
	h.w = w
	return h
}

func (h *hints) close() {
	if h.w != nil {
		h.w.Close()
	}
}

func (h *hints) events() <-chan fsnotify.Event {
	if h.w == nil {
		return nil
	}
	return h.w.Events
}

func (h *hints) errors() <-chan error {
	if h.w == nil {
		return nil
	}
	return h.w.Errors
}

// walking starts a walk, in which enter is called for each folder; walked ends it.
func (h *hints) walking() { h.full = false }

// enter watches a folder that is watched for the first time, or is another one than before.
func (h *hints) enter(path string, id fileID) {
	if h.w == nil || h.full || h.folders[path] == id {
		return
	}
	if _, was := h.folders[path]; was {
		_ = h.w.Remove(path) // the folder that was called so, which is gone
	}
	if err := h.w.Add(path); err != nil {
		h.full = true // asking for thousands more in this walk would be in vain
		h.warn(err)
		return
	}
	h.folders[path] = id
}

// walked forgets folders that are gone; the system has dropped their watches.
func (h *hints) walked(seen map[fileID]string) {
	for path, id := range h.folders {
		if seen[id] != path {
			_ = h.w.Remove(path) // moved away, or excluded by now
			delete(h.folders, path)
		}
	}
}

func (h *hints) warn(err error) {
	if h.warned {
		return
	}
	h.warned = true
	h.log.Warn("the system does not watch all folders; new recordings are found by the regular scans only. "+
		"For more watches raise fs.inotify.max_user_watches and fs.inotify.max_user_instances", "error", err)
}

// worth says whether an event is worth a look. That files grow is not: those that are watched growing are looked at
// when they may have stopped.
func (h *hints) worth(e fsnotify.Event) bool {
	base := filepath.Base(e.Name)
	if strings.HasPrefix(base, ".") {
		return false
	}
	if e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename) {
		if _, ok := h.folders[e.Name]; ok {
			delete(h.folders, e.Name)
			return true
		}
		return janus.IsName(base) || agora.IsName(base)
	}
	// Whatever else is made may be a folder, unless it is called like a file.
	return e.Has(fsnotify.Create) && (janus.IsName(base) || agora.IsName(base) || isDoneMarker(base) ||
		filepath.Ext(base) == "" ||
		strings.EqualFold(filepath.Ext(base), ".nfo") || !isCommonFile(base))
}

// isCommonFile says that a name is that of what people and programs make beside recordings.
func isCommonFile(base string) bool {
	switch strings.ToLower(filepath.Ext(base)) {
	case ".mp4", ".mkv", ".webm", ".m4a", ".json", ".srt", ".partial", ".wav", ".opus", ".log", ".txt":
		return true
	}
	return false
}

// lost says that events were dropped.
func lost(err error) bool { return errors.Is(err, fsnotify.ErrEventOverflow) }
