package pipelines

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/internal/place"
)

// ErrExists says that an output exists already and was not to be overwritten.
var ErrExists = place.ErrExists

// PipelineError says that a pipeline failed.
type PipelineError struct {
	Err   error  // of package gstrun
	Graph string // the pipeline when it failed, in the language of Graphviz
}

func (e *PipelineError) Error() string { return "the pipeline failed: " + e.Err.Error() }

func (e *PipelineError) Unwrap() error { return e.Err }

// Stuck keeps of an error only that the process should end.
func Stuck(err error) error {
	if errors.Is(err, gstrun.ErrStuck) {
		return gstrun.ErrStuck
	}
	return nil
}

// NoSpace is the error of a pipeline that failed because dir has no room left; nil if that is not the reason.
func NoSpace(err error, dir string) error {
	var e *gstrun.Error
	if errors.As(err, &e) && e.Name == gstrun.NoSpaceLeft || full(dir) {
		return fmt.Errorf("no space is left in %s: make room, then try again: %w",
			dir, errors.Join(syscall.ENOSPC, Stuck(err)))
	}
	return nil
}

// full says whether a folder has no room for anything: not every element says so when that is its reason to fail.
func full(dir string) bool {
	var st syscall.Statfs_t
	return syscall.Statfs(dir, &st) == nil && st.Blocks > 0 && st.Bavail*uint64(st.Bsize) < 64<<10
}
