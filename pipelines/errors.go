package pipelines

import (
	"errors"

	"github.com/upright-media/upright/pipelines/internal/place"
)

var (
	// ErrExists says that an output exists already and was not to be overwritten.
	ErrExists = place.ErrExists
	// ErrVerify says that what a pipeline wrote is not what was asked for.
	ErrVerify = errors.New("the output is not right")
)

// PipelineError says that a pipeline failed.
type PipelineError struct {
	Err   error  // of package gstrun
	Graph string // the pipeline when it failed, in the language of Graphviz
}

func (e *PipelineError) Error() string { return "the pipeline failed: " + e.Err.Error() }

func (e *PipelineError) Unwrap() error { return e.Err }
