package files

import (
	"errors"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	// fewBytes is how long a file is for which space need not be taken in advance.
	fewBytes = 4 << 20
	// spaceStep is how much space is taken at a time.
	spaceStep = 16 << 20
	// alignment is where pieces of a file end that are written.
	alignment = 64 << 10
)

// Growing is a large file that is written from its beginning to its end, of which little is changed then. Space for
// what comes next is taken in advance, and pieces are written up to round offsets: file systems find few large blocks
// with less effort than many small ones. Where a file system cannot take space in advance, that is left out. Methods may
// be called from several threads.
type Growing struct {
	file *os.File

	mu    sync.Mutex
	end   int64  // of what has come
	held  []byte // the last of that, which is still to be written
	taken int64  // up to where there is space; 0: none was taken
	none  bool   // no space can be taken
}

// CreateGrowing creates a file, or empties the one that is there, to write and read it.
func CreateGrowing(path string) (*Growing, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	return &Growing{file: f}, nil
}

// Name is the path of the file.
func (g *Growing) Name() string { return g.file.Name() }

// ReadAt is that of [io.ReaderAt].
func (g *Growing) ReadAt(b []byte, at int64) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.flush(); err != nil {
		return 0, err
	}
	return g.file.ReadAt(b, at)
}

// WriteAt is that of [io.WriterAt], but for errors: that of the last bytes of a piece may come with the next piece, or
// with Close.
func (g *Growing) WriteAt(b []byte, at int64) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.takeSpace(at + int64(len(b)))
	if at != g.end {
		if err := g.flush(); err != nil {
			return 0, err
		}
		n, err := g.file.WriteAt(b, at)
		g.end = max(g.end, at+int64(n))
		return n, err
	}
	if round := (at + int64(len(b))) &^ (alignment - 1); round > at {
		now := round - at
		if err := g.write(b[:now]); err != nil {
			return 0, err
		}
		g.held = append(g.held, b[now:]...)
	} else {
		g.held = append(g.held, b...)
	}
	g.end += int64(len(b))
	return len(b), nil
}

// write writes what is held, and b behind it, in one go.
func (g *Growing) write(b []byte) error {
	at, n := g.end-int64(len(g.held)), 0
	if len(g.held) > 0 {
		// An error, and what is not written, comes again below.
		_ = g.control(func(fd int) (err error) {
			n, err = unix.Pwritev(fd, [][]byte{g.held, b}, at)
			return err
		})
		n = max(0, n)
	}
	if n < len(g.held) {
		if _, err := g.file.WriteAt(g.held[n:], at+int64(n)); err != nil {
			return err
		}
		n = len(g.held)
	}
	done := n - len(g.held)
	if _, err := g.file.WriteAt(b[done:], g.end+int64(done)); err != nil {
		return err
	}
	g.held = g.held[:0]
	return nil
}

// flush writes what is held.
func (g *Growing) flush() error {
	if len(g.held) == 0 {
		return nil
	}
	_, err := g.file.WriteAt(g.held, g.end-int64(len(g.held)))
	if err == nil {
		g.held = g.held[:0]
	}
	return err
}

// takeSpace sees to it that there is space up to an offset. Where there is none, writing will say so.
func (g *Growing) takeSpace(to int64) {
	if to < fewBytes || to <= g.taken || g.none {
		return
	}
	from := max(g.taken, g.end)
	length := max(spaceStep, to-from)
	err := g.control(func(fd int) error { return unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, from, length) })
	if g.none = err != nil; !g.none {
		g.taken = from + length
	}
}

// control does something with the file's descriptor.
func (g *Growing) control(do func(fd int) error) error {
	c, err := g.file.SyscallConn()
	if err != nil {
		return err
	}
	if e := c.Control(func(fd uintptr) { err = do(int(fd)) }); e != nil {
		return e
	}
	return err
}

// Close writes what is held, gives back space that was not needed, and closes the file.
func (g *Growing) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.flush()
	if err == nil && g.taken > g.end {
		err = g.file.Truncate(g.end)
	}
	g.held, g.taken = nil, 0
	return errors.Join(err, g.file.Close())
}
