// Package chromium finds and starts the browser that tests look at pages and videos with.
package chromium

import (
	"os"
	"os/exec"
	"testing"
)

// env can name a browser, or skip the tests that need one, for systems that have none.
const env = "UPRIGHT_CHROMIUM"

// Executable returns the path of a Chromium or Chrome. Without one the test fails where that would be an omission, as
// `make test` installs one and so does continuous integration; else it is skipped.
func Executable(t testing.TB) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	switch name := os.Getenv(env); {
	case os.Getenv("UPRIGHT_TEST_PURE") != "":
		t.Skip("needs a browser and GStreamer (UPRIGHT_TEST_PURE is set)")
	case name == "skip":
		t.Skip(env + "=skip is set")
	case name != "":
		names = []string{name}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "there is no Chromium or Chrome (looked for %q): install it with `scripts/setup test`, or let " + env +
		" say where it is"
	if required() {
		t.Fatalf(missing, names)
	}
	t.Skipf(missing, names)
	return ""
}

func required() bool {
	ci := os.Getenv("CI")
	return ci != "" && ci != "0" && ci != "false" || os.Getenv("UPRIGHT_PLUGIN") != "" // make test sets the latter
}
