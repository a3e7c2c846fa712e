package api

import (
	"mime"
	"os"
)

// openBelow opens a file below a folder, whatever links lie on the way: none leads out of it.
func openBelow(dir, inside string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Open(inside)
}

func contentDisposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
