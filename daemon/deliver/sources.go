package deliver

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/recording"
)

// sources moves or deletes the recording, once it is certain that nothing is lost by it: the outputs are looked at
// again, and the files have to be those that were converted. All are looked at before the first is touched.
func (d *delivery) sources(ctx context.Context) error {
	if up := find(&d.rec, StepUpload); up != nil && up.State != StepDone {
		return final("the upload failed, so the sources stay where they are")
	}
	move := d.rec.Spec.Delivery.Sources == "move"
	switch {
	case !move && d.rec.Spec.Delivery.Sources != "delete":
		return final("what is to be done with sources is called keep, move or delete, not %q",
			d.rec.Spec.Delivery.Sources)
	case move && !filepath.IsAbs(d.rec.Spec.Delivery.MoveTo):
		return final("it is not said where sources are to be moved to, as an absolute path")
	}
	if !move {
		for _, code := range d.rec.Warnings {
			if slices.Contains(job.NotWhole, code) {
				return final("not all of the recording could be converted (%s), so it is not deleted: see the "+
					"report, then delete it by hand", code)
			}
		}
	}
	if err := d.outputsAreThere(ctx); err != nil {
		return err
	}
	c := &clearance{ctx: ctx, spec: &d.rec.Spec, kept: d.rec.Kept}
	defer c.close()
	if err := c.look(); err != nil {
		return err
	}
	for _, path := range c.gone {
		if err := d.Mounted(filepath.Dir(path)); err != nil {
			return err
		}
	}
	if len(c.files) == 0 && d.unmounted() {
		return fmt.Errorf("the folder %s is empty, as one that is not mounted is; it is waited for, for %v at most",
			d.rec.Spec.Delivery.SourceOf, d.GiveUp)
	}
	if move {
		if err := d.Mounted(d.rec.Spec.Delivery.MoveTo); err != nil {
			return err
		}
		if err := c.openTarget(); err != nil {
			return err
		}
	}
	for _, f := range c.files {
		if err := c.clear(f); err != nil {
			return err
		}
	}
	if err := c.clearCompanions(); err != nil {
		return err
	}
	if n := len(c.kept); n > 0 {
		return final("%d of %s stay where they are: not all videos that are made of them are done", n,
			human.Count(len(d.rec.Spec.Sources), "source"))
	}
	return nil
}

// unmounted says that none of the sources may be there because their file system is not, although nothing is known of
// it: the watched folder is empty. After GiveUp it is believed.
func (d *delivery) unmounted() bool {
	root := d.rec.Spec.Delivery.SourceOf
	s := find(&d.rec, StepSources)
	if root == "" || s == nil || !d.Now().Before(s.Since.Add(d.GiveUp)) {
		return false
	}
	entries, err := os.ReadDir(root)
	return err == nil && len(entries) == 0
}

// outputsAreThere says whether every output is here with the size and SHA-256 of the record, or proven to be uploaded.
func (d *delivery) outputsAreThere(ctx context.Context) error {
	if len(d.rec.Outputs) == 0 {
		return final("the job has no output, so its sources stay where they are")
	}
	var dir *folder
	for _, o := range d.rec.Outputs {
		if o.Removed {
			if o.URL == "" || d.rec.Spec.Delivery.Upload == nil {
				return final("the output %s is gone, so the sources stay where they are", o.File)
			}
			if err := d.stillUploaded(ctx, o); err != nil {
				return fmt.Errorf("the sources stay where they are: %w", err)
			}
			continue
		}
		if dir == nil {
			var err error
			if dir, err = openFolder(d.rec.Spec.Output); err != nil {
				return fmt.Errorf("the sources stay where they are: %w", err)
			}
			defer dir.Close()
		}
		rel, err := dir.rel(o.File)
		if err == nil {
			_, err = dir.verify(ctx, rel, o.Bytes, o.SHA256)
		}
		if err == nil {
			err = dir.sync(rel) // what was read may be in memory only
		}
		switch {
		case errors.Is(err, errOther):
			return final("the sources stay where they are: %w", err)
		case err != nil:
			return fmt.Errorf("the sources stay where they are: %w", err)
		}
	}
	return nil
}

// clearance is moving or deleting one job's sources.
type clearance struct {
	ctx    context.Context
	spec   *job.Spec
	kept   []string // paths of sources that stay, for other jobs of the same room
	target *folder  // nil: delete
	roots  map[string]*folder
	files  []sourceFile
	gone   []string
}

// sourceFile is a file that is to go.
type sourceFile struct {
	root *folder
	rel  string
	info fs.FileInfo // when it was looked at
	temp string      // name of its unfinished copy
	// check says of a copy whether it is the file that was converted; nil for companions
	check func(path string) error
}

func (c *clearance) close() {
	if c.target != nil {
		c.target.Close()
	}
	for _, f := range c.roots {
		f.Close()
	}
}

// root is the folder below which a source is touched: the watched one, or its own if it was submitted by hand.
func (c *clearance) root(path string) (*folder, error) {
	dir := c.spec.Delivery.SourceOf
	if dir == "" {
		dir = filepath.Dir(path)
	}
	if f := c.roots[dir]; f != nil {
		return f, nil
	}
	f, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	if c.roots == nil {
		c.roots = map[string]*folder{}
	}
	c.roots[dir] = f
	return f, nil
}

func (c *clearance) openTarget() error {
	if err := os.MkdirAll(c.spec.Delivery.MoveTo, 0o777); err != nil {
		return fmt.Errorf("the folder %s for sources cannot be made: %w", c.spec.Delivery.MoveTo, plain(err))
	}
	var err error
	c.target, err = openFolder(c.spec.Delivery.MoveTo)
	return err
}

// look finds the sources that are still there. Those that are gone were dealt with, by an earlier attempt or somebody
// else.
func (c *clearance) look() error {
	for i, s := range c.spec.Sources {
		if slices.Contains(c.kept, s.Path) {
			continue
		}
		root, err := c.root(s.Path)
		if err != nil {
			return err
		}
		rel, err := root.rel(s.Path)
		if err != nil {
			return final("the source is left alone: %w", err)
		}
		before, err := root.lstat(rel)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			c.gone = append(c.gone, s.Path)
			continue
		case errors.Is(err, errOther):
			return final("the source is left alone: %w", err)
		case err != nil:
			return fmt.Errorf("the source %s cannot be looked at: %w", s.Path, plain(err))
		case !before.Mode().IsRegular():
			return final("the source %s is not a regular file any more and is left alone", s.Path)
		}
		check := func(path string) error { return isSource(path, s) }
		if err := check(s.Path); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		after, err := root.lstat(rel)
		if err != nil || !same(before, after) {
			return fmt.Errorf("the source %s was changed while it was looked at: it is left alone for now", s.Path)
		}
		temp := fmt.Sprintf(".upright-%s-%d.part", safeID(c.spec.ID), i)
		c.files = append(c.files, sourceFile{root: root, rel: rel, info: after, temp: temp, check: check})
	}
	return nil
}

// isSource says whether a file is the one that was converted.
func isSource(path string, s job.Source) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("the source %s cannot be looked at: %w", path, plain(err))
	}
	if info.Size() != s.Size {
		return final("the source %s has %d bytes, and %d when it was converted: it is left alone", path, info.Size(),
			s.Size)
	}
	sum, err := recording.Fingerprint(path)
	if err != nil {
		return fmt.Errorf("the source is left alone for now: %w", err)
	}
	if !strings.EqualFold(hex.EncodeToString(sum[:]), s.Fingerprint) {
		return final("the source %s is not the file that was converted: it is left alone", path)
	}
	return nil
}

// clear moves or deletes one file.
func (c *clearance) clear(f sourceFile) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if c.target == nil {
		return f.root.remove(f.rel, f.info)
	}
	rel := f.rel
	if c.spec.Delivery.SourceOf == "" {
		rel = filepath.Base(rel)
	}
	return moveFile(c.ctx, f, c.target, rel)
}

// safeID is a job's id as part of a file name, whatever it is.
func safeID(id string) string { return recording.SafeName(id, 64) }
