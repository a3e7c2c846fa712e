package watch

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/recording/janus"
)

// maxDepth is how deep folders are looked into. What a Janus makes is at most a few deep.
const maxDepth = 64

// entry is a file that a walk has come across.
type entry struct {
	path    string
	size    int64
	mtimeNs int64
	ctimeNs int64
	inode   uint64
	err     error // why its state is not known
}

// tree is what a walk has found.
type tree struct {
	files    []entry // called like recordings
	nfos     []entry
	markers  []entry // recording*done.txt
	ended    []entry // ROOM.ended
	rejected []Rejected
	folders  map[fileID]string // entered
	mounts   []string          // those below the watched one at which another file system begins
}

// identity of a file or folder on this host.
type fileID struct{ dev, inode uint64 }

func idOf(st *unix.Stat_t) fileID {
	return fileID{uint64(st.Dev), st.Ino} //nolint:unconvert // Dev has other types on other systems
}

// walker walks through a watched folder. It follows no links: each folder is opened by its name in the folder above,
// which stays open meanwhile, so it cannot be led elsewhere by replacing a folder with a link.
type walker struct {
	ctx     context.Context
	root    string
	paths   map[string]bool              // not entered
	ids     map[fileID]bool              // not entered, whatever their path
	entered func(path string, id fileID) // called before a folder is read, so that what comes later makes an event
	tree    tree
	buffer  [32 << 10]byte // of directory entries
}

// walk looks through a watched folder. The error says why that is not possible. files and folders are how many there
// will be, about.
func walk(ctx context.Context, f Folder, files, folders int, entered func(path string, id fileID)) (*tree, error) {
	w := &walker{ctx: ctx, root: filepath.Clean(f.Root), paths: map[string]bool{}, ids: map[fileID]bool{},
		entered: entered}
	w.tree.files = make([]entry, 0, files+files/16)
	w.tree.folders = make(map[fileID]string, folders)
	for _, path := range f.Exclude {
		w.paths[filepath.Clean(path)] = true
		var st unix.Stat_t
		if unix.Stat(path, &st) == nil {
			w.ids[idOf(&st)] = true
		}
	}
	fd, err := unix.Open(w.root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil, fmt.Errorf("there is no folder %s", w.root)
	case errors.Is(err, unix.ENOTDIR):
		return nil, fmt.Errorf("%s is not a folder", w.root)
	case err != nil:
		return nil, fmt.Errorf("cannot open the folder %s: %w", w.root, err)
	}
	if err := w.folder(fd, w.root, 0, 0); err != nil {
		return nil, fmt.Errorf("cannot read the folder %s: %w", w.root, err)
	}
	return &w.tree, ctx.Err()
}

// folder looks through an open folder, and closes it. above is the device of the folder that it is in.
func (w *walker) folder(fd int, path string, depth int, above uint64) error {
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	id := idOf(&st)
	switch other := w.tree.folders[id]; {
	case depth > 0 && (w.ids[id] || w.paths[path]):
		return nil
	case other != "":
		w.reject(path, "it is the same folder as %s", w.below(other))
		return nil
	}
	w.tree.folders[id] = path
	if depth > 0 && id.dev != above {
		w.tree.mounts = append(w.tree.mounts, path)
	}
	w.entered(path, id)
	var subs []string
	for {
		n, err := unix.ReadDirent(fd, w.buffer[:])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return err
		case w.ctx.Err() != nil:
			return w.ctx.Err()
		}
		if n <= 0 {
			break
		}
		for name, kind := range dirents(w.buffer[:n]) {
			if w.entry(fd, path, name, kind) {
				subs = append(subs, string(name))
			}
		}
	}
	for _, name := range subs { // not before, since there is one buffer
		w.sub(fd, filepath.Join(path, name), name, depth+1, id.dev)
	}
	return w.ctx.Err()
}

// dirents are the names and types (DT_…) in what getdents64(2) has written: inode and offset of 8 bytes each, 2 bytes
// of length, one of type, and the name, which ends in NUL. Package os makes several objects of each folder, which is
// felt with thousands.
func dirents(b []byte) iter.Seq2[[]byte, byte] {
	const fixed = 8 + 8 + 2 + 1
	return func(yield func([]byte, byte) bool) {
		for len(b) > fixed {
			n := int(binary.NativeEndian.Uint16(b[16:]))
			if n <= fixed || n > len(b) {
				return
			}
			name, _, _ := bytes.Cut(b[fixed:n], []byte{0})
			if !yield(name, b[18]) {
				return
			}
			b = b[n:]
		}
	}
}

// entry looks at one entry of a folder. It says whether that is a folder to look into.
func (w *walker) entry(fd int, folder string, name []byte, kind byte) (isFolder bool) {
	if len(name) == 0 || name[0] == '.' {
		return false
	}
	path := folder + "/" + string(name)
	if folder == "/" {
		path = folder + string(name)
	}
	base := path[len(path)-len(name):]
	isRecording := janus.IsName(base) || agora.IsName(base)
	if kind == unix.DT_UNKNOWN { // some file systems do not say
		var st unix.Stat_t
		if unix.Fstatat(fd, base, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
			kind = byte(st.Mode & unix.S_IFMT >> 12) // by the definition of DT_…
		}
	}
	switch {
	case kind == unix.DT_DIR:
		return true
	case kind == unix.DT_LNK:
		w.reject(path, "it is a link, which is not followed")
	case kind != unix.DT_REG:
		if isRecording {
			w.reject(path, "it is a named pipe, a socket or a device, not a regular file")
		}
	case isRecording && !utf8.ValidString(path):
		w.reject(path, "its name is not valid UTF-8; rename it, or the folder it is in, to have it converted")
	case isRecording:
		w.file(fd, path, base, &w.tree.files)
	case strings.EqualFold(filepath.Ext(base), ".nfo"):
		w.file(fd, path, base, &w.tree.nfos)
	case isDoneMarker(base):
		w.file(fd, path, base, &w.tree.markers)
	case filepath.Ext(base) == endedExt:
		w.file(fd, path, base, &w.tree.ended)
	}
	return false
}

func (w *walker) file(fd int, path, base string, list *[]entry) {
	e := entry{path: path}
	var st unix.Stat_t
	err := unix.Fstatat(fd, base, &st, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT):
		return // it has just gone
	case err != nil:
		e.err = err
	case !isRegular(&st):
		return // it has just been replaced; the next walk says by what
	default:
		e.size, e.mtimeNs, e.ctimeNs, e.inode = st.Size, st.Mtim.Nano(), st.Ctim.Nano(), st.Ino
	}
	*list = append(*list, e)
}

// sub looks through a folder in a folder.
func (w *walker) sub(parent int, path, name string, depth int, above uint64) {
	if w.paths[path] {
		return
	}
	if depth > maxDepth {
		w.reject(path, "it is more than %d folders deep", maxDepth)
		return
	}
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == nil {
		err = w.folder(fd, path, depth, above)
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		w.reject(path, "the folder cannot be read: %v", err)
	}
}

func (w *walker) reject(path, why string, values ...any) {
	w.tree.rejected = append(w.tree.rejected, Rejected{File: w.below(path), Why: fmt.Sprintf(why, values...)})
}

// below is a path relative to the watched folder.
func (w *walker) below(path string) string { return below(w.root, path) }

func below(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil {
		return rel
	}
	return path
}

func isRegular(st *unix.Stat_t) bool { return st.Mode&unix.S_IFMT == unix.S_IFREG }

// isDoneMarker says that a name is that of a file which recorders leave in a folder whose recordings are complete.
func isDoneMarker(name string) bool {
	return strings.HasPrefix(name, "recording") && strings.HasSuffix(name, "done.txt")
}

// isTemporary says that the name of a Janus recording has a temporary extension (recording.File.Temporary).
func isTemporary(path string) bool {
	return !strings.EqualFold(filepath.Ext(path), ".mjr") && !agora.IsName(filepath.Base(path))
}

// finalPath is what Janus will call a file that has a temporary name.
func finalPath(path string) string {
	const ext = ".mjr"
	for i := len(path) - len(ext) - 1; isTemporary(path) && i > 0; i-- {
		if path[i+len(ext)] == '.' && strings.EqualFold(path[i:i+len(ext)], ext) {
			return path[:i+len(ext)]
		}
	}
	return path
}
