package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/recording"
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
	rejected []Rejected
}

// identity of a file or folder on this host.
type fileID struct{ dev, inode uint64 }

func idOf(st *unix.Stat_t) fileID {
	return fileID{uint64(st.Dev), st.Ino} //nolint:unconvert // Dev has other types on other systems
}

// walker walks through a watched folder. It follows no links: each folder is opened by its name in the folder above, which stays
// open meanwhile, so nobody can lead it elsewhere by replacing a folder with a link.
type walker struct {
	ctx     context.Context
	root    string
	paths   map[string]bool // not entered
	ids     map[fileID]bool // not entered, whatever their path
	seen    map[fileID]string
	entered func(path string, id fileID) // called before a folder is read, so that what comes later makes an event
	tree    tree
}

// walk looks through a watched folder. The error says why that is not possible.
func walk(ctx context.Context, root string, exclude []string, entered func(path string, id fileID)) (*tree, error) {
	w := &walker{
		ctx: ctx, root: filepath.Clean(root), paths: map[string]bool{}, ids: map[fileID]bool{}, seen: map[fileID]string{}, entered: entered,
	}
	for _, path := range exclude {
		w.paths[filepath.Clean(path)] = true
		var st unix.Stat_t
		if unix.Stat(path, &st) == nil {
			w.ids[idOf(&st)] = true
		}
	}
	fd, err := unix.Open(w.root, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ENOENT):
		return nil, fmt.Errorf("there is no folder %s", w.root)
	case errors.Is(err, unix.ENOTDIR):
		return nil, fmt.Errorf("%s is not a folder", w.root)
	case err != nil:
		return nil, fmt.Errorf("cannot open the folder %s: %w", w.root, err)
	}
	if err := w.folder(fd, w.root, 0); err != nil {
		return nil, fmt.Errorf("cannot read the folder %s: %w", w.root, err)
	}
	return &w.tree, ctx.Err()
}

// folder looks through an open folder, and closes it.
func (w *walker) folder(fd int, path string, depth int) error {
	dir := os.NewFile(uintptr(fd), path)
	defer dir.Close()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	id := idOf(&st)
	switch other := w.seen[id]; {
	case depth > 0 && (w.ids[id] || w.paths[path]):
		return nil
	case other != "":
		w.reject(path, "it is the same folder as %s", w.below(other))
		return nil
	}
	w.seen[id] = path
	w.entered(path, id)
	for {
		entries, err := dir.ReadDir(1024)
		for _, e := range entries {
			w.entry(fd, path, e, depth)
		}
		if err == io.EOF {
			return nil
		}
		if err := errors.Join(plain(err), w.ctx.Err()); err != nil {
			return err
		}
	}
}

func (w *walker) entry(fd int, folder string, e os.DirEntry, depth int) {
	name := e.Name()
	if strings.HasPrefix(name, ".") || w.ctx.Err() != nil {
		return
	}
	isRecording := recording.IsName(name)
	kind := e.Type()
	if kind == os.ModeIrregular { // the file system does not say
		var st unix.Stat_t
		if unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
			kind = typeOf(&st)
		}
	}
	switch {
	case kind.IsDir():
		w.sub(fd, filepath.Join(folder, name), name, depth+1)
	case kind&os.ModeSymlink != 0:
		w.reject(filepath.Join(folder, name), "it is a link, which is not followed")
	case !kind.IsRegular():
		if isRecording {
			w.reject(filepath.Join(folder, name), "it is a named pipe, a socket or a device, not a regular file")
		}
	case isRecording && (!utf8.ValidString(name) || !utf8.ValidString(folder)):
		w.reject(filepath.Join(folder, name), "its name is not valid UTF-8; rename it, or the folder it is in, to have it converted")
	case isRecording:
		w.file(fd, folder, name, &w.tree.files)
	case strings.EqualFold(filepath.Ext(name), ".nfo"):
		w.file(fd, folder, name, &w.tree.nfos)
	case isDoneMarker(name):
		w.file(fd, folder, name, &w.tree.markers)
	}
}

func (w *walker) file(fd int, folder, name string, list *[]entry) {
	e := entry{path: folder + "/" + name}
	if folder == "/" {
		e.path = folder + name
	}
	var st unix.Stat_t
	err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT):
		return // it has just gone
	case err != nil:
		e.err = err
	case !typeOf(&st).IsRegular():
		return // it has just been replaced; the next walk says by what
	default:
		e.size, e.mtimeNs, e.ctimeNs, e.inode = st.Size, st.Mtim.Nano(), st.Ctim.Nano(), st.Ino
	}
	*list = append(*list, e)
}

// sub looks through a folder in a folder.
func (w *walker) sub(parent int, path, name string, depth int) {
	if w.paths[path] {
		return
	}
	if depth > maxDepth {
		w.reject(path, "it is more than %d folders deep", maxDepth)
		return
	}
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err == nil {
		err = w.folder(fd, path, depth)
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

func typeOf(st *unix.Stat_t) os.FileMode {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return os.ModeDir
	case unix.S_IFLNK:
		return os.ModeSymlink
	case unix.S_IFIFO:
		return os.ModeNamedPipe
	}
	return os.ModeIrregular
}

// isDoneMarker says that a name is that of a file which recorders leave in a folder whose recordings are complete.
func isDoneMarker(name string) bool {
	return strings.HasPrefix(name, "recording") && strings.HasSuffix(name, "done.txt")
}

// plain takes operation and path off an error, which the sentence around it has already.
func plain(err error) error {
	var pathErr *os.PathError
	switch {
	case err == io.EOF:
		return nil
	case errors.As(err, &pathErr):
		return pathErr.Err
	}
	return err
}

// isTemporary says that a recording's name has a temporary extension (recording.File.Temporary).
func isTemporary(path string) bool { return !strings.EqualFold(filepath.Ext(path), ".mjr") }

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
