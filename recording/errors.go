package recording

import (
	"errors"

	"github.com/upright-media/upright/internal/files"
)

// Reasons why nothing in a file can be used. Test with errors.Is; the error's text says where in the file.
var (
	// ErrEmpty: no media was ever written. Very common, and not a damage.
	ErrEmpty = errors.New("the recording is empty: no media was ever written")
	// ErrUnknownFormat: the file holds something else than its source writes.
	ErrUnknownFormat = errors.New("this is not a recording")
	// ErrTruncatedHeader: the file ends inside its header.
	ErrTruncatedHeader = errors.New("the recording's header is cut off")
	// ErrHeader: the header is complete but cannot be understood.
	ErrHeader = errors.New("the recording's header is broken")
	// ErrNotRegular: it is a folder, a named pipe, a device or the like.
	ErrNotRegular = files.ErrNotRegular
)

// Unreadable says that it is the content that keeps a file from being read, and not rights, a network or its type.
func Unreadable(err error) bool {
	return errors.Is(err, ErrUnknownFormat) || errors.Is(err, ErrHeader) || errors.Is(err, ErrTruncatedHeader)
}
