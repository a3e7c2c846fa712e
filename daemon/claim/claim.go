package claim

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/internal/files"
)

// In the folder for unfinished files, a claim is written before it gets its name, and stays known by it to later
// attempts. There is no moment at which neither the claim, locked, nor the name is there.
const (
	workClaim = "claim"
	workName  = "name"
)

// beat is how often a claim is touched.
var beat = 10 * time.Second

// Claim is a name that no other process uses.
type Claim struct {
	Name string // base name of the outputs
	Work string // absolute folder for unfinished files; no other process writes there

	place *Place
	file  *os.File
	sub   string // Work, in the place
	lost  chan struct{}
	stop  chan struct{}
	ended sync.WaitGroup
}

var (
	errTaken = errors.New("the name is taken")
	errAgain = errors.New("somebody was faster")
)

// Take returns either the recording's outputs, if they are there already, or a claim to make them. It fails with
// ErrBusy if another process has one.
func (p *Place) Take() (*Claim, *Found, error) {
	for range 1000 {
		busy, err := p.sweepWork()
		if err != nil {
			return nil, nil, err
		}
		if found, err := p.find(); found != nil || err != nil {
			return nil, found, err
		}
		if busy == ours {
			return nil, nil, ErrBusy
		}
		c, err := p.claim()
		if !errors.Is(err, errAgain) {
			return c, nil, err
		}
	}
	return nil, nil, ErrBusy
}

func (p *Place) claim() (*Claim, error) {
	for ; p.next < maxNames; p.next++ {
		c, err := p.try(p.name(p.next))
		if !errors.Is(err, errTaken) {
			return c, err
		}
	}
	return nil, fmt.Errorf("%w: there are %d others of the name %s", ErrName, maxNames, p.base)
}

// try claims one name.
func (p *Place) try(name string) (*Claim, error) {
	s, err := p.sweep(name)
	switch {
	case err != nil:
		return nil, err
	case s == ours:
		return nil, ErrBusy
	case s != free:
		return nil, errTaken
	}
	if taken, err := p.stands(name); err != nil || taken {
		return nil, errors.Join(err, errWhen(taken, errTaken))
	}
	c, err := p.write(name)
	if err != nil {
		return nil, err
	}
	if err := p.alone(c); err != nil {
		return nil, errors.Join(err, c.Release())
	}
	return c, nil
}

// alone looks once more, now that everybody else can see our claim: whoever had the name, or was at our recording, may
// have finished, or begun, after we looked.
func (p *Place) alone(c *Claim) error {
	if taken, err := p.stands(c.Name); err != nil || taken {
		return errors.Join(err, errWhen(taken, errAgain))
	}
	// In this order: who is not there any more has left outputs, if any.
	if s, err := p.clear(filepath.Base(c.sub)); err != nil || s == ours {
		return errors.Join(err, errWhen(s == ours, ErrBusy))
	}
	found, err := p.find()
	return errors.Join(err, errWhen(found != nil, errAgain))
}

func errWhen(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

// write writes a claim: under its other name first, so that it is never to be seen without its content and its lock.
func (p *Place) write(name string) (*Claim, error) {
	sub := filepath.Join(p.work, rand.Text())
	c := &Claim{Name: name, Work: filepath.Join(p.Dir, sub), place: p, sub: sub, lost: make(chan struct{}),
		stop: make(chan struct{})}
	err := p.root.MkdirAll(sub, mode)
	if err == nil {
		c.file, err = p.root.OpenFile(filepath.Join(sub, workClaim), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	}
	if errors.Is(err, fs.ErrNotExist) { // somebody has cleared away what looked like a dead attempt's
		return nil, errAgain
	}
	if err != nil {
		return nil, errors.Join(err, p.forget(sub))
	}
	if !lock(c.file) { // the same, this very moment
		return nil, errors.Join(errAgain, c.file.Close(), p.forget(sub))
	}
	err = p.root.WriteFile(filepath.Join(sub, workName), []byte(name), 0o666)
	if err == nil {
		err = c.append(record{Identity: p.identity, Series: p.series, Name: name, Work: sub, Owner: p.owner,
			Again: p.Again, process: self(), Time: time.Now().UTC()})
	}
	if err == nil {
		err = p.publish(c)
	}
	if errors.Is(err, fs.ErrNotExist) { // where there are no locks
		err = errAgain
	}
	if err != nil {
		return nil, errors.Join(err, c.file.Close(), p.forget(sub))
	}
	c.ended.Go(c.keep)
	return c, nil
}

// link is replaced in tests.
var link = (*os.Root).Link

// publish gives a claim its name.
func (p *Place) publish(c *Claim) error {
	file := claimFile(c.Name)
	err := link(p.root, filepath.Join(c.sub, workClaim), file)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		// NFS: the answer was lost, and the question asked again
		if same, err := p.is(c.file, c.Name); err == nil && same {
			return nil
		}
		return errAgain
	case errors.Is(err, fs.ErrNotExist):
		return errAgain
	}
	// There are file systems without links.
	err = files.RenameNew(p.root, filepath.Join(c.sub, workClaim), file)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return errAgain
	}
	return err
}

// forget removes a folder for unfinished files.
func (p *Place) forget(sub string) error {
	err := p.removeAll(sub)
	_ = p.root.Remove(p.work) // unless another attempt has something there
	return err
}

// append writes a line and waits until it is on the disk.
func (c *Claim) append(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err = c.file.Write(append(text, '\n')); err != nil {
		return err
	}
	return c.file.Sync()
}

// keep shows that we are alive, until the claim is released or lost.
func (c *Claim) keep() {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		now := []unix.Timespec{{Nsec: unix.UTIME_NOW}, {Nsec: unix.UTIME_NOW}} // by the clock of whoever has the file
		_ = unix.UtimesNanoAt(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", c.file.Fd()), now, 0)
		if errors.Is(c.Held(), ErrLost) {
			close(c.lost)
			return
		}
	}
}

// Lost is closed when the claim is no longer ours.
func (c *Claim) Lost() <-chan struct{} { return c.lost }

// Held returns ErrLost if the claim is no longer ours.
func (c *Claim) Held() error {
	same, err := c.place.is(c.file, c.Name)
	if err == nil && !same {
		err = ErrLost
	}
	return err
}

// Placing notes what is about to get its name.
func (c *Claim) Placing(files []File) error {
	if err := c.Held(); err != nil {
		return err
	}
	here, err := c.place.root.Stat(".")
	if err != nil {
		return err
	}
	if there, err := os.Stat(c.place.Dir); err != nil || !os.SameFile(here, there) {
		return errors.Join(fmt.Errorf("%s is another folder now", c.place.Dir), err)
	}
	return c.append(placing{files})
}

// Release gives the name back, when the report is there or nothing is, and removes unfinished files.
func (c *Claim) Release() error {
	close(c.stop)
	c.ended.Wait()
	// In this order, because later attempts find the claim by what is in the folder. An open file is not to be removed:
	// on NFS it would stay.
	err := c.place.removeClaim(c.file, c.Name)
	return errors.Join(err, c.file.Close(), c.place.forget(c.sub))
}

// Pass gives the name back and leaves it to whoever has it: the next claim is for another one.
func (c *Claim) Pass() error {
	c.place.next++
	return c.Release()
}
