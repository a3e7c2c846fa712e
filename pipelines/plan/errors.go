package plan

import (
	"errors"
	"fmt"
	"strings"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/internal/debian"
)

var (
	// ErrNoMedia says that the inputs held nothing that could be shown or heard.
	ErrNoMedia = errors.New("no media in the recording")
	// ErrEncrypted says that the media is end-to-end encrypted.
	ErrEncrypted = errors.New("the media is end-to-end encrypted and cannot be converted without its keys")
	// ErrSettings says that profile or settings make no sense, or do not go together with the recording.
	ErrSettings = errors.New("profile and settings do not fit")
)

// SettingsError is ErrSettings with a text of its own.
type SettingsError struct{ Err error }

func (e SettingsError) Error() string { return e.Err.Error() }

func (e SettingsError) Is(target error) bool { return target == ErrSettings }

func (e SettingsError) Unwrap() error { return e.Err }

// undecided sorts what Decide returns.
func undecided(err error) error {
	if err == nil || errors.Is(err, ErrNoMedia) || errors.Is(err, ErrEncrypted) ||
		errors.As(err, new(*options.BoundsError)) || errors.As(err, new(*MissingElementError)) ||
		errors.As(err, new(*encoders.NoneError)) {
		return err
	}
	return SettingsError{err}
}

// MissingElementError says which GStreamer elements a plan needs, of which none is installed.
type MissingElementError struct {
	Elements []string // any one of them would do
	For      string   // what it is needed for, as in "to …"
}

func (e *MissingElementError) Error() string {
	s := "needs the GStreamer element " + e.Elements[0]
	if len(e.Elements) > 1 {
		s = "needs one of the GStreamer elements " + strings.Join(e.Elements[:len(e.Elements)-1], ", ") + " or " +
			e.Elements[len(e.Elements)-1]
	}
	s += " to " + e.For
	for _, name := range e.Elements {
		if p := debian.Package(name); p != "" {
			return s + fmt.Sprintf(": install %s", p)
		}
	}
	return s
}
