package gstrun

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/upright-media/upright/elements/internal/pipeline"
)

// ErrStuck is joined to the error of a pipeline that could not be taken down, because an element does not return. The
// process goes on, but its threads and files are lost: better to leave it soon.
var ErrStuck = errors.New("an element does not let go of the pipeline: restart the process")

// ParseError says why a line is not a pipeline.
type ParseError struct {
	Message string   // GStreamer's own
	Missing []string // names of elements that GStreamer does not have
}

func (e *ParseError) Error() string {
	if len(e.Missing) > 0 {
		return fmt.Sprintf("GStreamer has no element named %s: %s", strings.Join(e.Missing, ", "), e.Message)
	}
	return "the pipeline cannot be made: " + e.Message
}

func parseError(err error) error {
	var parse *pipeline.ParseError
	errors.As(err, &parse)
	return &ParseError{Message: parse.Text, Missing: parse.Missing}
}

// Error is what an element says when it cannot go on, or, as a warning, that something is not as it should be.
type Error struct {
	Domain  string // core, library, resource or stream; another library's name if it is not one of GStreamer's
	Code    int    // within the domain, as in gsterror.h
	Name    string // domain and code in words: resource/no-space-left; "" if the domain is not one of GStreamer's
	Element string // name of the element in the pipeline: filesink0
	Factory string // what kind of element it is: filesink; "" if unknown
	Message string // for people
	Debug   string // for developers
}

// Names of errors on which a caller may want to act.
const (
	NoSpaceLeft   = "resource/no-space-left"
	NotFound      = "resource/not-found"
	CodecNotFound = "stream/codec-not-found"
	Decrypt       = "stream/decrypt"
	MissingPlugin = "core/missing-plugin"
)

func newError(m pipeline.Message) *Error {
	return &Error{
		Domain: m.Domain.Short(), Code: m.Code, Name: m.Name,
		Element: m.Element, Factory: m.Factory, Message: m.Text, Debug: m.Debug,
	}
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Element != "" {
		b.WriteString(e.Element + ": ")
	}
	b.WriteString(e.Message)
	if e.Name != "" {
		b.WriteString(" [" + e.Name + "]")
	}
	return b.String()
}

// StallError says that nothing has moved for too long.
type StallError struct {
	Position time.Duration // how far it came
	For      time.Duration // how long it stood still
}

func (e *StallError) Error() string {
	return fmt.Sprintf("the pipeline stands still at %s, for %s now", e.Position.Round(time.Millisecond),
		e.For.Round(time.Second))
}

// LimitError says that a pipeline goes on where it should have ended long ago.
type LimitError struct {
	Position time.Duration // how far it came
	Limit    time.Duration
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the pipeline does not end: it was to come to %s at most, and is at %s",
		e.Limit.Round(time.Millisecond), e.Position.Round(time.Millisecond))
}

// CancelError says that the context was done before the pipeline.
type CancelError struct {
	Cause    error // of the context
	Finished bool  // what had been read until then became a complete output (Options.Grace)
}

func (e *CancelError) Error() string {
	if e.Finished {
		return "the pipeline was ended early: " + e.Cause.Error()
	}
	return "the pipeline was canceled: " + e.Cause.Error()
}

func (e *CancelError) Unwrap() error { return e.Cause }
