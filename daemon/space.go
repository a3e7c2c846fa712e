package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/upright-media/upright/internal/human"
)

const (
	spaceEvery = 2 * time.Second // how old an answer may be
	spaceWait  = time.Second     // for file systems that do not answer
	spaceLeast = 1 << 20         // bytes without which nothing can be written, whatever workers.min_free says
)

// space knows whether there is room for outputs at all. It does not wait for file systems that do not answer.
type space struct {
	mu     sync.Mutex
	at     time.Time
	asking bool
	err    error
}

// check says why nothing can be converted into one of the folders: less than minFree bytes are free there.
func (s *space) check(folders []string, minFree int64) error {
	s.mu.Lock()
	if s.asking || time.Since(s.at) < spaceEvery {
		defer s.mu.Unlock()
		return s.err
	}
	s.asking = true
	s.mu.Unlock()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		err := crowded(folders, minFree)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asking, s.at, s.err = false, time.Now(), err
	}()
	select {
	case <-asked:
	case <-time.After(spaceWait):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// crowded says which of the folders has no room. What cannot be asked, or is made only by the first job, is no reason.
func crowded(folders []string, minFree int64) error {
	for _, dir := range folders {
		var st syscall.Statfs_t
		if syscall.Statfs(existing(dir), &st) != nil || st.Blocks == 0 { // a file system that does not know
			continue
		}
		free := int64(st.Bavail) * st.Bsize
		switch least := max(minFree, spaceLeast); {
		case free < least:
			return fmt.Errorf("no space: %s are free in %s, and %s have to stay free (workers.min_free): make room, "+
				"and jobs go on by themselves", human.Size(free), dir, human.Size(least))
		case st.Files > 0 && st.Ffree == 0:
			return fmt.Errorf("no space: the file system of %s has room for no more files: make room, and jobs go "+
				"on by themselves", dir)
		}
	}
	return nil
}

// existing is the folder, or that above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}
