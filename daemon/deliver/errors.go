package deliver

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"
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
func sentence(err error) string {
	s := clean(err.Error())
	if len(s) <= maxErrorBytes {
		return s
	}
	return strings.ToValidUTF8(s[:maxErrorBytes], "") + " …"
}

// tail is the end of what a program or server said, as one line.
func tail(s string, limit int) string {
	s = clean(s)
	if len(s) <= limit {
		return s
	}
	return "… " + strings.ToValidUTF8(s[len(s)-limit:], "")
}

// clean makes a text from outside one printable line.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Join(strings.Fields(s), " ")
}

// plain takes what says nothing to a person off an error: names of system calls, the address of a request (which may have
// a password or token in it and is said by the caller as far as it is public).
func plain(err error) error {
	for {
		var (
			path    *fs.PathError
			link    *os.LinkError
			request *url.Error
		)
		switch {
		case errors.As(err, &path):
			err = path.Err
		case errors.As(err, &link):
			err = link.Err
		case errors.As(err, &request):
			if request.Timeout() && !isNet(request.Err) {
				return errors.New("it did not answer in time")
			}
			err = request.Err
		default:
			return err
		}
	}
}

func isNet(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}
