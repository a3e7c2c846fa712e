package api

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"sync"
	"time"

	"github.com/upright-media/upright/internal/files"
)

// ended are the sessions that were signed out, until they would have ended anyway. A file keeps them over restarts.
type ended struct {
	path string // "": kept in memory only

	mu     sync.Mutex
	until  map[string]time.Time // by digest: the file lets nobody in
	before time.Time            // sessions that began before have ended, whichever they are
}

// maxEnded is how many bytes the file may have: some hundred thousand sessions.
const maxEnded = 32 << 20

// openEnded reads what was kept. If that cannot be read, nobody knows who has signed out, so everybody has: the error
// says so.
func openEnded(path string, now time.Time) (*ended, error) {
	e := &ended{path: path, until: map[string]time.Time{}}
	if path == "" {
		return e, nil
	}
	err := files.ReadJSON(path, maxEnded, &e.until)
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		e.until, e.before = map[string]time.Time{}, now.Truncate(time.Second) // as exact as sessions are
		return e, fmt.Errorf("who has signed out cannot be read from %s, so everybody has to sign in again: %w", path, err)
	}
	return e, nil
}

func digest(session string) string {
	sum := sha256.Sum256([]byte(session))
	return hex.EncodeToString(sum[:])
}

// has says whether a session, which would last until then, was signed out.
func (e *ended) has(session string, until time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, ok := e.until[digest(session)]
	return ok || until.Add(-sessionTime).Before(e.before)
}

// add notes that a session was signed out. It has, also if that could not be kept.
func (e *ended) add(session string, until, now time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.until, func(_ string, t time.Time) bool { return !now.Before(t) })
	e.until[digest(session)] = until
	if e.path == "" {
		return nil
	}
	if err := files.ReplaceJSON(e.path, 0o600, e.until); err != nil {
		return fmt.Errorf("a session was signed out, but may be good again after a restart: %w", err)
	}
	return nil
}
