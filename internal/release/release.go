// Package release says which release of Upright this is.
package release

import "runtime/debug"

// version is set when a release is built:
// -ldflags "-X github.com/upright-media/upright/internal/release.version=1.2.3".
var version = ""

// Version is that of the release, or else what Go knows about the source that this was built from.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
