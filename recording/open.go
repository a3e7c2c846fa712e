package recording

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/upright-media/upright/internal/files"
)

// OpenRegular opens a regular file for reading, and nothing else: to open a named pipe waits for a writer, to open a
// device may do anything. A symbolic link is followed if it leads to a file in its own folder or below; others may
// write to that folder, and must not decide what is read elsewhere. The error says what is wrong, without naming path.
func OpenRegular(path string) (*os.File, fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		path, err = inFolder(path)
	}
	if err != nil {
		return nil, nil, files.Reason(err)
	}
	f, info, err := files.Open(path, files.Refuse)
	return f, info, files.Reason(err)
}

// inFolder is the file that a link leads to, if that is in the link's folder or below.
func inFolder(link string) (string, error) {
	target, err := filepath.EvalSymlinks(link)
	if errors.Is(err, fs.ErrPermission) {
		return "", err
	}
	if err != nil {
		return "", errors.New("it is a symbolic link that leads nowhere")
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(link))
	if err != nil {
		return "", err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return "", err
	}
	if target, err = filepath.Abs(target); err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(folder, target); err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("it is a symbolic link that leads out of its folder, which is not followed; use %s itself",
			target)
	}
	return target, nil
}
