package claim

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/partfile"
)

// RemoveParts removes what a room's video was to be joined of, when nobody will go on with it. What has a claim stays:
// somebody is at it, perhaps for another room that wanted the same name.
func RemoveParts(spec job.Spec) error {
	p, err := open(spec, "", false)
	if err != nil {
		return ignoreMissing(err)
	}
	defer p.Close()
	entries, err := fs.ReadDir(p.root.FS(), ".")
	if err != nil {
		return ignoreMissing(err)
	}
	for _, e := range entries {
		name, ok := partfile.Parse(e.Name())
		if !ok || !p.candidate(name.Video) {
			continue
		}
		if _, claimed := p.root.Lstat(claimFile(name.Video)); errors.Is(claimed, fs.ErrNotExist) {
			err = errors.Join(err, ignoreMissing(p.root.Remove(e.Name())))
		}
	}
	return err
}

// candidate says whether outputs of the job may have a name.
func (p *Place) candidate(name string) bool {
	rest, found := strings.CutPrefix(name, p.base)
	if rest == "" {
		return found
	}
	n, err := strconv.Atoi(strings.TrimPrefix(rest, "."))
	return found && err == nil && p.name(n) == name
}
