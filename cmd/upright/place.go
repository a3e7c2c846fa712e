package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/claim"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/report"
)

// place is where the outputs of a participant go.
type place struct {
	dir, name string
	identity  string         // what the report will say it is made of
	replace   bool           // what an earlier attempt at the same has left
	done      *report.Report // there they are already
}

// identityOf is how reports know what is made of a participant, as the daemon's do.
func identityOf(p participant, profile string, o options.Options) (content, made string, err error) {
	if content, err = watch.Identity(p.participant); err != nil {
		return "", "", err
	}
	return content, claim.Identity(jobs.Spec{Identity: content, Profile: profile, Settings: o}), nil
}

// maxPlaces is how many recordings of one name and one second may lie in a folder.
const maxPlaces = 1000

// placed chooses the name in a folder in which there may be outputs of that name. Those of the same recording are not
// made again; another recording keeps its name, and this one gets the date of its beginning. fixed says that it has to
// be this name.
func placed(dir, name string, p participant, content, made string, fixed bool) (place, error) {
	is := place{dir: dir, name: name, identity: made}
	for n := 1; n <= maxPlaces; n++ {
		path := report.Path(dir, is.name)
		r, err := report.Load(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return is, nil
		case err != nil:
			return is, fmt.Errorf("%s %w and is no report: use --overwrite to replace it", path, pipelines.ErrExists)
		case r.Identity == made:
			whole, err := present(dir, r)
			if is.replace = !whole; whole {
				is.done = r
			}
			return is, err
		case strings.HasPrefix(r.Identity, content+"-"):
			return is, fmt.Errorf("%s %w: it is of the same recording with another profile or other options; use "+
				"--overwrite to replace it, or another folder", path, pipelines.ErrExists)
		case fixed:
			return is, fmt.Errorf("%s %w, and is of another recording: use --overwrite to replace it", path,
				pipelines.ErrExists)
		case r.Identity == "" && sameFiles(r, p):
			return is, fmt.Errorf("%s %w: use --overwrite to replace it", path, pipelines.ErrExists)
		}
		is.name = name + dated(p, n)
	}
	return is, fmt.Errorf("there are too many outputs called %s in %s: choose another folder", name, dir)
}

// dated is what a name gets behind it when it is taken for the n-th time.
func dated(p participant, n int) (suffix string) {
	if us := p.participant.StartUs; us > 0 {
		suffix = time.UnixMicro(us).UTC().Format("-20060102-150405")
		n--
	}
	if n > 0 {
		suffix += "-" + strconv.Itoa(n+1)
	}
	return suffix
}

// present says whether all that a report names is there. What has another size than it had is somebody else's, which is
// an error. A recording without media has no outputs.
func present(dir string, r *report.Report) (whole bool, err error) {
	whole = len(r.Unverified) == 0 && (len(r.Outputs) > 0 || r.Error != "")
	for _, o := range r.Outputs {
		path := filepath.Join(dir, o.File)
		info, err := os.Lstat(path)
		if err == nil && info.Size() != o.Bytes {
			return false, fmt.Errorf("%s %w, and was changed since it was made: use --overwrite to replace it", path,
				pipelines.ErrExists)
		}
		whole = whole && err == nil
	}
	return whole, nil
}

// sameFiles says whether a report that does not know what it is made of has the names of a participant's files.
func sameFiles(r *report.Report, p participant) bool {
	names := map[string]bool{}
	for _, t := range p.participant.Tracks {
		names[filepath.Base(t.Path)] = true
	}
	for _, in := range r.Inputs {
		if !names[in.File] {
			return false
		}
	}
	return len(r.Inputs) > 0
}
