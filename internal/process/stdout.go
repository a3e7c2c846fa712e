package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// TakeStdout returns the standard output for what this process has to say to its parent. What libraries print there
// goes to the standard error from now on.
func TakeStdout() (*os.File, error) {
	fd, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err == nil {
		err = unix.Dup3(2, 1, 0)
	}
	return os.NewFile(uintptr(fd), "stdout"), err
}
