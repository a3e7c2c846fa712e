package files

import (
	"encoding/json"
	"io"
	"os"
)

// ReadJSON reads what ReplaceJSON has written to a file, of at most limit bytes, into a value: see Read. After an
// error, the value may have a part of it.
func ReadJSON(path string, limit int64, into any) error {
	text, err := Read(path, limit)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// ReplaceJSON writes a value to a file in one step: see Replace.
func ReplaceJSON(path string, perm os.FileMode, value any) error {
	return Replace(path, perm, func(w io.Writer) error { return json.NewEncoder(w).Encode(value) })
}
