// Package opens tells whether anybody opened a file while it was being written. The kernel (inotify(7)) keeps all
// events of the watched folders in one order, so no open is missed and none is taken for one that came later.
package opens

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const events = unix.IN_CREATE | unix.IN_OPEN | unix.IN_ACCESS | unix.IN_CLOSE_WRITE | unix.IN_CLOSE_NOWRITE |
	unix.IN_MOVED_FROM | unix.IN_MOVED_TO

// Log is what happened to the files in folders since Watch.
type Log struct {
	t       testing.TB
	file    *os.File
	mu      sync.Mutex
	folders map[int32]string
	files   map[string]*history // by path, that of the first name
	moved   map[uint32]*history // by inotify's cookie
	lost    bool
}

type history struct {
	path    string
	written time.Time // it was closed by who wrote it, or got its final name
	opened  int       // before that
	early   []string  // what nobody may do before that
}

// Watch begins to take notes of what happens to files in these folders, which have to exist. Files that are there
// already are none of its business.
func Watch(t testing.TB, folders ...string) *Log {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatalf("cannot watch files: %v", err)
	}
	l := &Log{
		t: t, file: os.NewFile(uintptr(fd), "inotify"), folders: map[int32]string{}, files: map[string]*history{},
		moved: map[uint32]*history{},
	}
	for _, folder := range folders {
		wd, err := unix.InotifyAddWatch(fd, folder, events|unix.IN_ONLYDIR)
		if err != nil {
			t.Fatalf("cannot watch %s: %v", folder, err)
		}
		l.folders[int32(wd)] = folder
	}
	t.Cleanup(func() { l.file.Close() })
	go l.read()
	return l
}

func (l *Log) read() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.file.Read(buffer)
		if err != nil {
			return
		}
		l.mu.Lock()
		now := time.Now()
		for b := buffer[:n]; len(b) >= unix.SizeofInotifyEvent; {
			e := (*unix.InotifyEvent)(unsafe.Pointer(&b[0]))
			end := unix.SizeofInotifyEvent + int(e.Len)
			name := strings.TrimRight(string(b[unix.SizeofInotifyEvent:end]), "\x00")
			l.event(e.Wd, e.Mask, e.Cookie, name, now)
			b = b[end:]
		}
		l.mu.Unlock()
	}
}

func (l *Log) event(wd int32, mask, cookie uint32, name string, now time.Time) {
	path := filepath.Join(l.folders[wd], name)
	h := l.files[path]
	switch {
	case mask&unix.IN_Q_OVERFLOW != 0:
		l.lost = true
	case mask&unix.IN_ISDIR != 0 || name == "":
	case mask&unix.IN_CREATE != 0:
		l.files[path] = &history{path: path}
	case mask&unix.IN_MOVED_FROM != 0 && h != nil:
		l.moved[cookie] = h
		delete(l.files, path)
	case mask&unix.IN_MOVED_TO != 0:
		if h = l.moved[cookie]; h != nil {
			l.files[path] = h
			delete(l.moved, cookie)
			h.finish(now)
		}
	case h == nil || !h.written.IsZero():
	case mask&unix.IN_CLOSE_WRITE != 0:
		h.finish(now)
	case mask&unix.IN_OPEN != 0:
		if h.opened++; h.opened > 1 { // the first is its writer
			h.early = append(h.early, "opened")
		}
	case mask&unix.IN_ACCESS != 0:
		h.early = append(h.early, "read")
	case mask&unix.IN_CLOSE_NOWRITE != 0:
		// The kernel makes one event of two that are the same and come one after the other, as two opens may; this one tells.
		h.early = append(h.early, "closed by somebody who did not write")
	}
}

func (h *history) finish(now time.Time) {
	if h.written.IsZero() {
		h.written = now
	}
}

// Early is what happened too early, one line for each file to which something did: it was opened by others than who
// made it, before that closed or renamed it.
func (l *Log) Early() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []string
	if l.lost {
		all = append(all, "events were lost: nothing is certain")
	}
	for _, h := range l.files {
		if len(h.early) > 0 {
			all = append(all, fmt.Sprintf("%s was %s before it was complete", filepath.Base(h.path),
				strings.Join(h.early, ", ")))
		}
	}
	return all
}

// Written are the files that are complete, by their names now, and when they were.
func (l *Log) Written() map[string]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[string]time.Time{}
	for path, h := range l.files {
		if !h.written.IsZero() {
			all[path] = h.written
		}
	}
	return all
}

// Made is how many files were made, complete or not.
func (l *Log) Made() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.files)
}
