package mjr

import "errors"

// Reasons why a file has no usable header. Test with errors.Is; the error's text says where in the file.
var (
	// ErrEmpty: the file has no byte at all, or only the 8 bytes that Janus writes when it creates the file. The
	// header follows with the first packet, so no media ever arrived. Very common, and not a damage.
	ErrEmpty = errors.New("the recording is empty: no media was ever written")
	// ErrNotMJR: the file begins with something else.
	ErrNotMJR = errors.New("this is not an MJR recording")
	// ErrTruncatedHeader: the file ends inside its header.
	ErrTruncatedHeader = errors.New("the recording's header is cut off")
	// ErrHeader: the header is complete but cannot be understood.
	ErrHeader = errors.New("the recording's header is broken")
)
