package claim

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
)

var (
	// ErrBusy says that somebody else is at the same recording.
	ErrBusy = errors.New("another process is converting the same recording")
	// ErrLost says that a claim is no longer ours: nobody had heard of us for too long.
	ErrLost = errors.New("another process has taken over this recording")
	// ErrName says that a job's folder or name cannot be.
	ErrName = errors.New("the outputs cannot be put there")
)

const (
	maxNames     = 10000 // candidates that are tried
	maxGap       = 8     // missing candidates after which no others are looked for
	maxNameBytes = 180   // leaves room for labels, extensions and the like within the 255 bytes of a file name
	maxFile      = 16 << 20
	mode         = 0o777
)

// extensions are those of the outputs (pipelines.Output.Container), beside the report's.
var extensions = []string{"mp4", "m4a", "webm", "mkv", "mka", "srt", "bin", "jpg", "vtt"}

// Place is the folder that a job's outputs go to, and what they may be called there.
type Place struct {
	Dir string // absolute
	// Again is a request to convert the same again, as job.Record has it: only outputs that were made for it are taken
	// for the recording's. "": all are.
	Again string

	root     *os.Root
	base     string
	identity string
	series   string          // of a room
	sources  map[string]bool // of a room, by their base names
	owner    string
	work     string // folder for unfinished files, in Dir
	next     int    // number of the first candidate that is not known to be taken
}

// Open makes the folder if it is missing. Links in it that lead out of the output folder are not followed.
func Open(spec job.Spec, owner string) (*Place, error) { return open(spec, owner, true) }

func open(spec job.Spec, owner string, create bool) (*Place, error) {
	if !filepath.IsAbs(spec.Output) {
		return nil, fmt.Errorf("%w: the folder %q is not absolute", ErrName, spec.Output)
	}
	for part := range strings.SplitSeq(spec.Name, "/") {
		if part == "" || part[0] == '.' || strings.ContainsRune(part, 0) {
			return nil, fmt.Errorf("%w: no part of the name %q may be empty or begin with a dot", ErrName, spec.Name)
		}
	}
	p := &Place{identity: Identity(spec), owner: owner, base: filepath.Base(spec.Name), next: 1}
	if len(p.base) > maxNameBytes {
		p.base = recording.SafeName(p.base, maxNameBytes)
	}
	if spec.IsRoom() {
		p.series, p.sources = spec.Compose.Series, map[string]bool{}
		for _, s := range spec.Sources {
			p.sources[filepath.Base(s.Path)] = true
		}
	}
	key := sha256.Sum256([]byte(p.identity + "\x00" + p.base))
	p.work = workPrefix + hex.EncodeToString(key[:8])
	sub := filepath.Dir(spec.Name)
	p.Dir = filepath.Join(spec.Output, sub)
	if create {
		if err := os.MkdirAll(spec.Output, mode); err != nil {
			return nil, err
		}
	}
	top, err := os.OpenRoot(spec.Output)
	if err != nil {
		return nil, err
	}
	defer top.Close()
	if create {
		if err := top.MkdirAll(sub, mode); err != nil {
			return nil, escapes(err, p.Dir)
		}
	}
	if p.root, err = top.OpenRoot(sub); err != nil {
		return nil, escapes(err, p.Dir)
	}
	return p, nil
}

// escapes names the reason if a link leads out of the output folder, which package os has no error for.
func escapes(err error, dir string) error {
	if errors.As(err, new(syscall.Errno)) {
		return err
	}
	return fmt.Errorf("%w: a part of %s is a link out of the output folder: %w", ErrName, dir, err)
}

// Close lets go of the folder.
func (p *Place) Close() error { return p.root.Close() }

// name is the i-th candidate, from 1.
func (p *Place) name(i int) string {
	if i == 1 {
		return p.base
	}
	return p.base + "." + strconv.Itoa(i)
}

func claimFile(name string) string { return "." + name + ".claim" }

// stands says whether there is anything under a name, other than what an attempt of ours has left that was not
// complete: its report, and the outputs that this names. A report of which all outputs are gone does not stand in the
// way of making them again.
func (p *Place) stands(name string) (bool, error) {
	r, text, err := p.report(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r = &report.Report{}
	case err != nil:
		return false, err
	case p.replaces(text):
	case r == nil || r.Identity != p.identity:
		return true, nil
	case r.Whole() && (r.Again == p.Again || !r.Gone(p.lstat)):
		return true, nil
	}
	for _, ext := range extensions {
		file := name + "." + ext
		if r.Names(file) {
			continue
		}
		if _, err := p.root.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			return err == nil, err
		}
	}
	return false, nil
}

func (p *Place) lstat(file string) error {
	_, err := p.root.Lstat(file)
	return err
}

// readFile reads a regular file that is not larger than it should be.
func (p *Place) readFile(name string) ([]byte, error) {
	st, err := p.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() || st.Size() > maxFile {
		return nil, nil
	}
	return p.root.ReadFile(name)
}
