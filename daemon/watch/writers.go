package watch

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/human"
)

// writers finds out who has files open for writing. It looks through the file descriptors of all processes once, when
// it is first asked; use a new one for each look. Processes of other users are visible to root only, those of other
// hosts and containers are not: what it does not find may still be there, which is why files have to be quiet, too.
type writers struct {
	proc   string // "": /proc
	wanted func(base string) bool
	done   bool
	open   map[fileID]writer
}

// writer is a process that has a file open for writing.
type writer struct {
	pid  int
	fd   int
	name string // of the process; "" if only the kernel knows it
}

func (w writer) String() string {
	if w.name == "" {
		return "a process"
	}
	return w.name + " (process " + strconv.Itoa(w.pid) + ")"
}

// of returns who has a file open for writing. last is who had it before, which is quick to check.
func (w *writers) of(path string, last *writer) (*writer, bool) {
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return nil, false
	}
	id := idOf(&st)
	if last != nil && last.name != "" && w.writes(last.pid, last.fd) && w.target(last.pid, last.fd) == id {
		return last, true
	}
	if !w.done {
		w.done = true
		w.look()
	}
	if found, ok := w.open[id]; ok {
		return &found, true
	}
	return nil, leased(path)
}

func (w *writers) path(parts ...string) string {
	root := w.proc
	if root == "" {
		root = "/proc"
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// look goes through all processes.
func (w *writers) look() {
	w.open = map[fileID]writer{}
	self := os.Getpid()
	for _, name := range list(w.path()) {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == self {
			continue
		}
		for _, number := range list(w.path(name, "fd")) {
			fd, err := strconv.Atoi(number)
			if err != nil {
				continue
			}
			// The link's text tells most files apart without touching them. Paths may be of another mount namespace;
			// base names are not.
			target, err := os.Readlink(w.path(name, "fd", number))
			if err != nil || !strings.HasPrefix(target, "/") || !w.wanted(filepath.Base(target)) || !w.writes(pid, fd) {
				continue
			}
			comm, _ := os.ReadFile(w.path(name, "comm"))
			w.open[w.target(pid, fd)] = writer{pid: pid, fd: fd, name: cleanName(comm)}
		}
	}
}

// writes says that a descriptor is open for writing.
func (w *writers) writes(pid, fd int) bool {
	info, err := os.ReadFile(w.path(strconv.Itoa(pid), "fdinfo", strconv.Itoa(fd)))
	if err != nil {
		return false
	}
	for line := range bytes.Lines(info) {
		if rest, ok := bytes.CutPrefix(line, []byte("flags:")); ok {
			flags, err := strconv.ParseUint(string(bytes.TrimSpace(rest)), 8, 64)
			return err == nil && flags&unix.O_ACCMODE != unix.O_RDONLY
		}
	}
	return false
}

// target is the file behind a descriptor.
func (w *writers) target(pid, fd int) fileID {
	var st unix.Stat_t
	if unix.Stat(w.path(strconv.Itoa(pid), "fd", strconv.Itoa(fd)), &st) != nil {
		return fileID{}
	}
	return idOf(&st)
}

func list(folder string) []string {
	f, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1) // a process may end meanwhile
	return names
}

// cleanName makes the name of a process printable.
func cleanName(comm []byte) string {
	return cmp.Or(human.Line(strings.TrimSuffix(string(comm), "\n")), "?")
}

// leased asks the kernel whether anybody on this host, in whichever container, has a file open for writing: a read
// lease (fcntl(2), F_SETLEASE) is refused with EAGAIN then. Only the owner of a file may ask, and only local file
// systems answer; in all other cases it says no. The lease is given back at once: whoever opens the file for writing at
// that moment waits for that.
func leased(path string) bool {
	f, _, err := files.Open(path, files.Refuse)
	if err != nil {
		return false
	}
	defer f.Close()
	fd := int(f.Fd())
	var fs unix.Statfs_t
	if unix.Fstatfs(fd, &fs) != nil || !localType(uint32(fs.Type)) {
		return false
	}
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
	if err == nil {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK) // closing would do, too
	}
	return errors.Is(err, unix.EAGAIN)
}

// isLocal says that nobody but this host writes to a file system, so that its times are of this host's clock and leases
// are true.
func isLocal(path string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && localType(uint32(fs.Type))
}

// localType knows the usual ones. NFS, for one, answers EAGAIN to anybody who wants a lease.
func localType(magic uint32) bool {
	switch magic {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.F2FS_SUPER_MAGIC:
		return true
	}
	return false
}
