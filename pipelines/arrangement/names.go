package arrangement

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/room"
)

// NamesFile is a file of names that is used if it lies beside the recordings.
const NamesFile = "names.json"

// ReadNames are the names of people: those of NamesFile in each folder, then what the option names says.
func (a Arrangement) ReadNames(folders ...string) (room.Names, error) {
	all := room.Names{}
	read := func(path string) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		names, err := room.ParseNames(f)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		maps.Copy(all, names)
		return nil
	}
	for _, dir := range folders {
		if err := read(filepath.Join(dir, NamesFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, &Error{"names", err}
		}
	}
	for _, n := range a.Names {
		id, name, pair := strings.Cut(n, "=")
		if _, err := os.Stat(n); err == nil || !pair {
			if err := read(n); err != nil {
				return nil, &Error{"names", err}
			}
			continue
		}
		all[id] = name
	}
	return all, nil
}
