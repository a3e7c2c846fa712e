package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/pipelines/internal/place"
)

// Path is where the report of a participant goes whose outputs have the base name name.
func Path(dir, name string) string { return filepath.Join(dir, name+".json") }

// ErrSchema says that a text is no report of this Schema.
var ErrSchema = errors.New("no report of a known version")

// Parse reads a report from its JSON. Fields that it does not know are passed over.
func Parse(text []byte) (*Report, error) {
	r := new(Report)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSchema, err)
	}
	if r.Schema != Schema {
		return nil, fmt.Errorf("%w: its schema is %d, not %d", ErrSchema, r.Schema, Schema)
	}
	return r, nil
}

// maxBytes is how large a report may be that Load reads: one of a day in which every second is a hole takes less.
const maxBytes = 64 << 20

// Load reads the report in a file.
func Load(path string) (*Report, error) {
	text, err := files.Read(path, maxBytes)
	if err != nil {
		return nil, err
	}
	r, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Save writes the report as JSON, in one step: whoever reads path finds a whole report or none. Until then it is a
// dot-file in the folder work, which has to be in the same file system. A file that exists is not replaced, unless
// overwrite is set or it is Replaceable.
func (r *Report) Save(path, work string, overwrite bool) error {
	text, err := r.JSON()
	if err != nil {
		return err
	}
	partial := filepath.Join(work, "."+filepath.Base(path)+".partial")
	if err := place.Write(partial, text); err != nil {
		return errors.Join(place.Explain(err), place.Remove(partial))
	}
	_, again := Replaceable(path)
	if err := place.File(partial, path, overwrite || again); err != nil {
		return errors.Join(err, place.Remove(partial))
	}
	return nil
}

// JSON is the report as Save writes it.
func (r *Report) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it, too
	e.SetIndent("", "  ")
	err := e.Encode(r)
	return b.Bytes(), err
}

// Replaceable says whether a file is the report of an attempt that did not come to its end: one without outputs, or
// with some that were not verified. names has the base names of the files that it left.
func Replaceable(path string) (names map[string]bool, ok bool) {
	r, err := Load(path)
	if err != nil || r.Outputs == nil || r.Whole() {
		return nil, false
	}
	names = map[string]bool{}
	for _, o := range r.Outputs {
		names[o.File] = o.File == filepath.Base(o.File)
	}
	for _, u := range r.Unverified {
		names[u.File] = u.File == filepath.Base(u.File)
	}
	return names, true
}

// Millis is a duration as reports have it: in ms, to the µs.
func Millis(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}
