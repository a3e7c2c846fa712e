package watch

import (
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/upright-media/upright/daemon/job"
)

// Locate looks for a file that is not where it was when its job was submitted, as after Janus has renamed it or
// somebody its folder: one of the same content and name (but for a temporary extension), as of the last scan. Such a
// file makes no job of its own, since it is known.
func (w *Watcher) Locate(s job.Source) (path string, ok bool) {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	base := finalPath(filepath.Base(s.Path))
	for at, f := range w.state.files {
		if f.size != s.Size || !f.keyed || !f.closed || finalPath(filepath.Base(at)) != base ||
			hex.EncodeToString(f.print[:]) != s.Fingerprint {
			continue
		}
		if info, err := os.Lstat(at); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if !ok || at < path { // the same one each time
			path, ok = at, true
		}
	}
	return path, ok
}
