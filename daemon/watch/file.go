package watch

import (
	"crypto/sha256"
	"time"
)

const (
	// maxSkew is how far the clocks of a file server and of this host may be apart, and longer than any write is
	// delayed: a file that is older than this need not be watched to know that it is quiet.
	maxSkew = 5 * time.Minute
	// clockTick is how coarse a file system's times may be.
	clockTick = 10 * time.Millisecond
	// clockSet is by how much a clock has to go wrong to count as set. Less makes no difference to how long files have
	// to be quiet, and a clock that is put right slowly never does it.
	clockSet = time.Second
	// renamedSettle is how long a file has to be quiet where Janus gives open files a temporary name, and renames them
	// when they are complete. It is for those that somebody copies there.
	renamedSettle = 2 * time.Second
	// touchedSettle is how many times longer than by Folder.Settle a file that does not grow has to be quiet if its
	// time of modification does not stand still.
	touchedSettle = 10
)

// file is what is known of a file as long as it is there. There are many: what is only needed until it is submitted is
// in its observation.
type file struct {
	version
	print  [sha256.Size]byte
	pass   uint32 // the last scan pass that has seen it
	closed bool   // this version is no longer written to
	keyed  bool   // print is that of this version
	job    jobRef // it was submitted as part of
	room   jobRef // the beginning of the identity of the room that was submitted, too
	*observation
}

// version changes with a file's content.
type version struct {
	size    int64
	mtimeNs int64
	inode   uint64
}

// jobRef is a job's ID; zero is none.
type jobRef [16]byte

// observation is what has been seen of a file that is not known to be closed, by the clock of this host.
type observation struct {
	first   time.Time // it was seen
	looked  time.Time // last
	quiet   time.Time // neither size nor time of modification have changed since
	grown   time.Time // the size has not changed since
	renamed bool      // from a temporary name
	writer  *writer   // who had it open
}

// look notes what a file is like now. The time of modification is believed on a local file system (local), where it is
// of this host's clock; a server's may be late, and what has just been written seem to be quiet for long. first says
// that the file may have been there for long when it is seen for the first time.
func (f *file) look(v version, now time.Time, local, first bool) {
	mtime := time.Unix(0, v.mtimeNs)
	quiet := now
	if local && mtime.Before(now) {
		quiet = mtime
	}
	switch o := f.observation; {
	case o == nil && f.version == v && f.closed:
		return
	case o == nil:
		if first && now.Sub(mtime) > maxSkew {
			quiet = mtime
		}
		f.observation = &observation{first: now, quiet: quiet, grown: quiet}
	case f.version != v:
		if quiet.Before(o.looked.Add(-clockTick)) {
			quiet = now // it was changed after that
		}
		o.quiet = quiet
		if f.size != v.size || f.inode != v.inode {
			o.grown = quiet
		}
	}
	if f.version != v {
		f.closed, f.keyed = false, false
		f.version = v
	}
	o := f.observation
	o.looked = now
	// The clock may have been set back.
	o.quiet, o.grown, o.first = earlier(o.quiet, now), earlier(o.grown, now), earlier(o.first, now)
}

// shift moves what has been seen with a clock that was set.
func (o *observation) shift(by time.Duration) {
	if o == nil {
		return
	}
	for _, at := range []*time.Time{&o.first, &o.looked, &o.quiet, &o.grown} {
		*at = at.Round(0).Add(by)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
