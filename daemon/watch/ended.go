package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/upright-media/upright/internal/files"
)

// endedExt ends the name of a marker file that says that a room is over: 1234.ended.
const endedExt = ".ended"

// Ending is that somebody has said that a room is over.
type Ending struct {
	At     time.Time `json:"at"`
	Layout string    `json:"layout,omitempty"` // instead of that of the configuration
}

// Endings are those that nothing has come of yet, since somebody is still being recorded. They are kept in a file. A
// nil *Endings keeps none.
type Endings struct {
	path string
	mu   sync.Mutex
	all  map[string]Ending // by endingKey
}

const (
	maxEndings = 4 << 20            // bytes of the file
	endingAge  = 7 * 24 * time.Hour // after which nothing comes of one any more
)

func endingKey(watch, series string) string { return series + " " + watch }

// OpenEndings reads what was kept. A file that makes no sense is begun anew, which is in the error.
func OpenEndings(path string) (*Endings, error) {
	e := &Endings{path: path, all: map[string]Ending{}}
	err := files.ReadJSON(path, maxEndings, &e.all)
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		e.all = map[string]Ending{}
		return e, fmt.Errorf("which rooms were said to be over cannot be read from %s: %w", path, err)
	}
	maps.DeleteFunc(e.all, func(_ string, one Ending) bool { return time.Since(one.At) > endingAge })
	return e, nil
}

func (e *Endings) get(watch, series string) (Ending, bool) {
	if e == nil {
		return Ending{}, false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	one, ok := e.all[endingKey(watch, series)]
	return one, ok
}

func (e *Endings) set(watch, series string, one Ending) error {
	if e == nil {
		return errors.New("the daemon keeps no endings of rooms")
	}
	return e.change(func() { e.all[endingKey(watch, series)] = one })
}

// drop forgets an ending that something has come of. If that cannot be written, the same comes of it once more, which
// is known.
func (e *Endings) drop(watch, series string) {
	if e != nil {
		_ = e.change(func() { delete(e.all, endingKey(watch, series)) })
	}
}

func (e *Endings) change(how func()) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	how()
	return files.ReplaceJSON(e.path, 0o640, e.all)
}

// endedRoom is the room that a marker file is about: the path with the room's name.
func endedRoom(path string) (room string, ok bool) {
	room, ok = strings.CutSuffix(path, endedExt)
	return room, ok && room != "" && !strings.HasSuffix(room, "/")
}
