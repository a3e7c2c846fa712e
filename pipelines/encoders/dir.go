package encoders

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Dir is the folder below the user's cache folder (XDG_CACHE_HOME, or ~/.cache) where what was found out about encoders
// is kept; "" if there is no such folder, as for services without a home.
func Dir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "upright", "encoders")
}

// DirOr is Dir if anything can be written there, else a folder of the caller's.
func DirOr(other string) string {
	dir := Dir()
	if dir == "" || os.MkdirAll(dir, 0o700) != nil || unix.Access(dir, unix.W_OK|unix.X_OK) != nil {
		return other
	}
	return dir
}
