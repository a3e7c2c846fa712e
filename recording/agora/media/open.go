package media

import (
	"fmt"
	"os"

	"github.com/upright-media/upright/internal/files"
)

// open opens a regular file, and follows no links: in a folder that others write to they may lead anywhere.
func open(path string) (*os.File, int64, error) {
	f, info, err := files.Open(path, files.Refuse)
	if err != nil {
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// errTooLarge says that something in a file is larger than a recording can have.
func errTooLarge(what string, n int64) error {
	return fmt.Errorf("%w: %s is %d bytes long", ErrDamaged, what, n)
}
