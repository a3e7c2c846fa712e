// Package mounts tells an empty folder from one whose file system is not mounted. Both look the same, and what is
// written into the latter is hidden as soon as the file system is back.
package mounts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/upright-media/upright/internal/files"
)

const (
	maxFile    = 1 << 20
	maxFolders = 1000 // what is remembered
)

// ErrMissing is that a folder's file system is not mounted.
var ErrMissing = errors.New("its file system is not mounted")

// Memory remembers for folders where the file system is mounted that they are on, also after a restart. Its methods
// may be called at the same time.
type Memory struct {
	file string

	mu     sync.Mutex
	points map[string]string // folder -> mount point

	looks singleflight.Group // by folder
	point func(folder string) (string, error)
}

// Open reads what was remembered in a file. Without it, or if it makes no sense, each folder is believed as it is
// found.
func Open(file string) *Memory {
	m := &Memory{file: file, points: map[string]string{}, point: mountPoint}
	if err := files.ReadJSON(file, maxFile, &m.points); err != nil || m.points == nil {
		m.points = map[string]string{}
	}
	return m
}

// Check returns ErrMissing, in a sentence that says what to do, if a folder, or one above it that is remembered, is
// empty or gone and the file system that it was on is no longer mounted. That the folder cannot be looked at is no
// error here: whoever uses it is told. A nil Memory knows nothing.
func (m *Memory) Check(folder string) error {
	_, err := m.check(folder)
	return err
}

// Use checks a folder, and remembers what it is on.
func (m *Memory) Use(folder string) error {
	is, err := m.check(folder)
	if err == nil && is != "" {
		m.remember(filepath.Clean(folder), is)
	}
	return err
}

func (m *Memory) check(folder string) (is string, err error) {
	if m == nil || folder == "" {
		return "", nil
	}
	if is = m.look(folder); is == "" {
		return "", nil
	}
	for dir := filepath.Clean(folder); ; dir = filepath.Dir(dir) {
		m.mu.Lock()
		was := m.points[dir]
		m.mu.Unlock()
		if missing(was, is) && empty(dir) {
			return "", fmt.Errorf("the folder %s is empty, and nothing is mounted at %s any more: mount it, or put a "+
				"file into the folder if it is to be used as it is: %w", dir, was, ErrMissing)
		}
		if dir == filepath.Dir(dir) {
			return is, nil
		}
	}
}

// answerLimit is how long a file system may take for an answer. One that is away for good never gives one.
var answerLimit = 5 * time.Second

// look asks where the file system of a folder is mounted; "" if that cannot be known now.
func (m *Memory) look(folder string) string {
	answer := m.looks.DoChan(folder, func() (any, error) { return m.point(folder) })
	select {
	case r := <-answer:
		if r.Err == nil {
			return r.Val.(string)
		}
	case <-time.After(answerLimit):
	}
	return ""
}

// remember keeps a mount point. If it cannot be written, it counts until the daemon ends.
func (m *Memory) remember(folder, point string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	was, known := m.points[folder]
	if was == point || !known && len(m.points) >= maxFolders {
		return
	}
	m.points[folder] = point
	_ = files.ReplaceJSON(m.file, 0o640, m.points)
}

// missing says that what was mounted at one point is not there if the same folder is now below another: that one is
// further up.
func missing(was, is string) bool {
	return was != is && was != "" && strings.HasPrefix(was, strings.TrimSuffix(is, "/")+"/")
}

// mountPoint is the uppermost folder of the file system that a folder is on, or would be if it were made.
func mountPoint(folder string) (string, error) {
	path, err := filepath.EvalSymlinks(folder)
	for errors.Is(err, fs.ErrNotExist) && folder != "/" {
		folder = filepath.Dir(folder)
		path, err = filepath.EvalSymlinks(folder)
	}
	if err != nil {
		return "", err
	}
	here, err := device(path)
	for err == nil && path != "/" {
		var above uint64
		if above, err = device(filepath.Dir(path)); err == nil && above != here {
			break
		}
		path = filepath.Dir(path)
	}
	return path, err
}

// device is the number of the device that a folder is on. A bind mount of a folder has that of the folder: the sandbox
// of systemd makes such ones.
func device(path string) (uint64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return uint64(info.Sys().(*syscall.Stat_t).Dev), nil //nolint:unconvert // Dev has other types on other systems
}

// empty says that a folder holds nothing, or is not there. Hidden files do not count: some put one below a mount point.
func empty(folder string) bool {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			return false
		}
	}
	return err == nil || errors.Is(err, fs.ErrNotExist)
}
