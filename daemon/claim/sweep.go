package claim

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/lazy"
)

// record is the first line of a claim.
type record struct {
	Identity string `json:"identity"`
	Series   string `json:"series,omitempty"` // of a room
	Name     string `json:"name"`
	Work     string `json:"work"`
	Owner    string `json:"owner"`
	Again    string `json:"again,omitempty"` // Place.Again
	process
	Time time.Time `json:"time"`

	placing []File
}

// File is an output that is about to get its name.
type File struct {
	File   string `json:"file"` // base name
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// named says whether that is a name of something in the folder, and of nothing elsewhere.
func (f File) named() bool {
	return f.File != "." && f.File != ".." && filepath.Base(f.File) == f.File
}

// placing is the second line of a claim.
type placing struct {
	Placing []File `json:"placing"`
}

const workPrefix = ".upright-"

var isWork = lazy.Regexp(`^\.upright-[0-9a-f]{16}/[0-9A-Z]{26}$`)

// staleAfter is how long a claim from another machine may be untouched.
var staleAfter = time.Minute

func parse(text []byte) record {
	var r record
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxFile)
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &r) != nil {
		return record{}
	}
	for lines.Scan() {
		var more placing
		if json.Unmarshal(lines.Bytes(), &more) == nil { // a torn line was never acted upon
			r.placing = append(r.placing, more.Placing...)
		}
	}
	return r
}

// standing is what a claim means to us.
type standing int

const (
	free   standing = iota // there is none, or none any more
	ours                   // alive, for our recording
	others                 // alive, for another recording
	stale                  // dead, for another recording of which there is something left
)

// sweep looks at the claim for a name. If it is dead and ours, what its owner had begun is undone; if it is dead and
// there is nothing under the name, it is removed whosever it is.
func (p *Place) sweep(name string) (standing, error) {
	for range 100 {
		s, again, err := p.sweepOnce(name)
		if err != nil || !again {
			return s, err
		}
	}
	return others, nil
}

func (p *Place) sweepOnce(name string) (s standing, again bool, err error) {
	f, err := p.openClaim(name)
	if errors.Is(err, fs.ErrNotExist) {
		return free, false, nil
	}
	if err != nil || f == nil {
		return others, false, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return others, false, err
	}
	r := parse(text)
	s = others
	if r.Identity == p.identity || p.series != "" && r.Series == p.series {
		s = ours
	}
	if !lock(f) {
		return s, false, nil
	}
	// The lock is on this file, so nobody else undoes it. But is it still the one of that name?
	if same, err := p.is(f, name); err != nil || !same {
		return s, true, err
	}
	dead, err := p.dead(r, f)
	if err != nil || !dead {
		return s, false, err
	}
	if s == ours {
		err = p.undo(r)
	} else if left, lerr := p.left(name, r); lerr != nil || left {
		return stale, false, lerr
	}
	if err == nil {
		err = p.removeClaim(f, name)
	}
	if err == nil && s == ours && isWork().MatchString(r.Work) {
		err = p.removeAll(r.Work)
		_ = p.root.Remove(filepath.Dir(r.Work)) // unless another attempt has something there
	}
	return free, false, err
}

// openClaim returns nil for what is not a file.
func (p *Place) openClaim(name string) (*os.File, error) { return p.openFile(claimFile(name)) }

func (p *Place) openFile(file string) (*os.File, error) {
	f, _, err := files.OpenIn(p.root, file, os.O_RDWR, files.Refuse)
	if errors.Is(err, fs.ErrPermission) { // another user's; on NFS it can be locked for writing only
		f, _, err = files.OpenIn(p.root, file, os.O_RDONLY, files.Refuse)
	}
	if errors.Is(err, files.ErrNotRegular) {
		return nil, nil
	}
	return f, err
}

// lock returns false if somebody else has the lock. Where there are no locks everybody gets them.
func lock(f *os.File) bool { return !errors.Is(files.Lock(f), files.ErrLocked) }

// is says whether f is the claim for a name.
func (p *Place) is(f *os.File, name string) (bool, error) {
	st, err := f.Stat()
	if err != nil {
		return false, err
	}
	now, err := p.root.Lstat(claimFile(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(st, now), err
}

func (p *Place) removeClaim(f *os.File, name string) error {
	if same, err := p.is(f, name); err != nil || !same {
		return err
	}
	return ignoreMissing(p.root.Remove(claimFile(name)))
}

// dead says whether the owner of a claim is.
func (p *Place) dead(r record, f *os.File) (bool, error) {
	if r.here() {
		return !r.alive(), nil
	}
	st, err := f.Stat()
	return err == nil && p.now().Sub(st.ModTime()) > staleAfter, err
}

// now is the time by the clock of the machine that has the folder, where the times of files come from.
func (p *Place) now() time.Time {
	now := time.Now()
	file := filepath.Join(p.work, "now-"+rand.Text())
	if err := p.root.MkdirAll(p.work, mode); err != nil {
		return now
	}
	defer p.root.Remove(p.work) // unless there is something else in it
	if f, err := p.root.Create(file); err == nil {
		if st, err := f.Stat(); err == nil {
			now = st.ModTime()
		}
		_ = f.Close()
		_ = p.root.Remove(file)
	}
	return now
}

// undo removes what a dead attempt has left of outputs whose report never came.
func (p *Place) undo(r record) error {
	finished := false
	if done, _, err := p.report(r.Name); err == nil && done != nil {
		finished = done.Identity == r.Identity && done.Again == r.Again && len(done.Outputs) > 0
	}
	if !finished {
		for _, file := range r.placing {
			same, err := p.contains(file)
			if err != nil {
				return err
			}
			if same {
				if err := ignoreMissing(p.root.Remove(file.File)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// contains says whether a file with this name and content is there.
func (p *Place) contains(want File) (bool, error) {
	if !want.named() {
		return false, nil
	}
	st, err := p.root.Lstat(want.File)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !st.Mode().IsRegular() || st.Size() != want.Bytes {
		return false, err
	}
	f, err := p.root.Open(want.File)
	if err != nil {
		return false, ignoreMissing(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false, err
	}
	return hex.EncodeToString(h.Sum(nil)) == want.SHA256, nil
}

// left says whether a dead claim for another recording may matter to a later attempt at it.
func (p *Place) left(name string, r record) (bool, error) {
	for _, file := range r.placing {
		if !file.named() {
			continue
		}
		if _, err := p.root.Lstat(file.File); !errors.Is(err, fs.ErrNotExist) {
			return true, err
		}
	}
	return p.stands(name)
}

// sweepWork does the same for all names that earlier attempts have had, and removes their unfinished files. It returns
// ours if one of them is alive.
func (p *Place) sweepWork() (standing, error) { return p.clear("") }

// clear is sweepWork for all attempts but one.
func (p *Place) clear(but string) (standing, error) {
	entries, err := fs.ReadDir(p.root.FS(), p.work)
	if errors.Is(err, fs.ErrNotExist) {
		return free, nil
	}
	if err != nil {
		return free, err
	}
	for _, e := range entries {
		if e.Name() == but {
			continue
		}
		sub := filepath.Join(p.work, e.Name())
		if !e.IsDir() {
			if err := ignoreMissing(p.root.Remove(sub)); err != nil {
				return free, err
			}
			continue
		}
		if s, err := p.clearOne(sub); err != nil || s == ours {
			return s, err
		}
	}
	_ = p.root.Remove(p.work) // unless somebody has something there
	return free, nil
}

// clearOne removes the unfinished files of one attempt and what it has begun, unless it is alive: then it returns ours.
func (p *Place) clearOne(sub string) (standing, error) {
	begun, alive, err := p.unwritten(filepath.Join(sub, workClaim), sub)
	if err != nil || alive {
		return ours, err
	}
	if !begun {
		return free, nil
	}
	text, err := p.readFile(filepath.Join(sub, workName))
	if errors.Is(err, fs.ErrNotExist) {
		// Before its claim or after its release. Only if there is nothing in it: it may get its claim at this moment.
		_ = p.root.Remove(sub)
		return free, nil
	}
	if err != nil {
		return free, err
	}
	if name := string(text); name != "" && filepath.Base(name) == name {
		if s, err := p.sweep(name); err != nil || s == ours {
			return s, err
		}
	}
	return free, p.removeAll(sub)
}

// unwritten removes an attempt that ended before its claim was written, or is about to be: then it finds out. begun:
// there is more to it. alive: somebody holds the claim, under its name or not yet.
func (p *Place) unwritten(claim, sub string) (begun, alive bool, err error) {
	f, err := p.openFile(claim)
	if errors.Is(err, fs.ErrNotExist) || err == nil && f == nil {
		return true, false, nil
	}
	if err != nil {
		return false, false, err
	}
	defer f.Close()
	if !lock(f) {
		return true, true, nil
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil || parse(text).Identity != "" {
		return true, false, err
	}
	return false, false, p.removeAll(sub)
}

// Sweep removes what a process has left of a job when it died. It is for whoever has seen it die: the next attempt does
// the same.
func Sweep(spec job.Spec) error {
	p, err := open(spec, "", false)
	if err != nil {
		return ignoreMissing(err)
	}
	defer p.Close()
	_, err = p.sweepWork()
	return err
}

// remove is replaced in tests.
var remove = (*os.Root).RemoveAll

// removeAll removes an attempt's folder as far as nobody puts anything into it meanwhile. What says which name it had
// goes last: whoever is killed on the way leaves a folder that a later attempt knows for one.
func (p *Place) removeAll(sub string) error {
	entries, err := fs.ReadDir(p.root.FS(), sub)
	if err != nil {
		return ignoreMissing(err)
	}
	for _, e := range entries {
		if e.Name() == workName {
			continue
		}
		if err := p.removeOne(filepath.Join(sub, e.Name())); err != nil {
			return err
		}
	}
	return p.removeOne(sub)
}

func (p *Place) removeOne(path string) error {
	if err := remove(p.root, path); !errors.Is(err, unix.ENOTEMPTY) {
		return err
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
