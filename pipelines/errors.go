package pipelines

import (
	"errors"
	"fmt"
	"strings"

	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/internal/debian"
	"github.com/upright-media/upright/pipelines/internal/place"
)

var (
	// ErrNoMedia says that the inputs held nothing that could be shown or heard.
	ErrNoMedia = errors.New("no media in the recording")
	// ErrEncrypted says that the media is end-to-end encrypted.
	ErrEncrypted = errors.New("the media is end-to-end encrypted and cannot be converted without its keys")
	// ErrExists says that an output exists already and was not to be overwritten.
	ErrExists = place.ErrExists
	// ErrSettings says that profile or settings make no sense, or do not go together with the recording.
	ErrSettings = errors.New("profile and settings do not fit")
	// ErrVerify says that what a pipeline wrote is not what was asked for.
	ErrVerify = errors.New("the output is not right")
)

// settingsError is ErrSettings with a text of its own.
type settingsError struct{ error }

func (e settingsError) Is(target error) bool { return target == ErrSettings }

func (e settingsError) Unwrap() error { return e.error }

// undecided sorts what Decide returns.
func undecided(err error) error {
	if err == nil || errors.Is(err, ErrNoMedia) || errors.Is(err, ErrEncrypted) || errors.As(err, new(*MissingElementError)) || errors.As(err, new(*encoders.NoneError)) {
		return err
	}
	return settingsError{err}
}

// PipelineError says that a pipeline failed.
type PipelineError struct {
	Err   error  // of package gstrun
	Graph string // the pipeline when it failed, in the language of Graphviz
}

func (e *PipelineError) Error() string { return "the pipeline failed: " + e.Err.Error() }

func (e *PipelineError) Unwrap() error { return e.Err }

// MissingElementError says which GStreamer elements a plan needs, of which none is installed.
type MissingElementError struct {
	Elements []string // any one of them would do
	For      string   // what it is needed for, as in "to …"
}

func (e *MissingElementError) Error() string {
	s := "needs the GStreamer element " + e.Elements[0]
	if len(e.Elements) > 1 {
		s = "needs one of the GStreamer elements " + strings.Join(e.Elements[:len(e.Elements)-1], ", ") + " or " + e.Elements[len(e.Elements)-1]
	}
	s += " to " + e.For
	for _, name := range e.Elements {
		if p := debian.Package(name); p != "" {
			return s + fmt.Sprintf(": install %s", p)
		}
	}
	return s
}
