package deliver

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/human"
)

// finalError is one that trying again does not help against.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

func final(format string, args ...any) error { return &finalError{fmt.Errorf(format, args...)} }

func isFinal(err error) bool {
	var f *finalError
	return errors.As(err, &f)
}

// laterError is one with the time when to try again, as the other side wants it.
type laterError struct {
	err   error
	until time.Time
}

func (e *laterError) Error() string { return e.err.Error() }
func (e *laterError) Unwrap() error { return e.err }

// sentence is an error for a record: one line, printable, not too long.
func sentence(err error) string { return human.Head(line(err.Error()), maxErrorBytes) }

// tail is the end of what a program or server said, as one line.
func tail(s string, limit int) string {
	s = line(s)
	if end := human.Tail(s, limit); end != s {
		return "… " + end
	}
	return s
}

// line makes a text from outside one line without needless space.
func line(s string) string { return strings.Join(strings.Fields(human.Line(s)), " ") }

// plain takes what says nothing to a person off an error: names of system calls, the address of a request (which may
// have a password or token in it and is said by the caller as far as it is public).
func plain(err error) error {
	for request := (*url.Error)(nil); errors.As(err, &request); err = request.Err {
		if request.Timeout() && !isNet(request.Err) {
			return errors.New("it did not answer in time")
		}
	}
	return files.Reason(err)
}

func isNet(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}
