package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// ProgramEnv names a built program to test, so that several packages need not build it each.
const ProgramEnv = "UPRIGHT_PROGRAM"

// Root is the folder of this module's source.
func Root() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(here)))
}

// Main runs a package's tests, and removes the program that was built for them. Call it from TestMain.
func Main(m *testing.M) int {
	defer Clean()
	return m.Run()
}

// Clean removes what was built, for a TestMain that does not call Main.
func Clean() {
	if built != "" {
		os.RemoveAll(filepath.Dir(built))
	}
}

var built string // the program, if it was built here

var program = sync.OnceValues(build)

// Program is the path of upright as its users run it: the one that UPRIGHT_PROGRAM names, else one that is built now.
func Program(t testing.TB) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Build is Program before there is a test: for a TestMain that starts itself again somewhere else.
func Build() (string, error) { return program() }

func build() (string, error) {
	if path := os.Getenv(ProgramEnv); path != "" {
		if _, err := os.Stat(path); err != nil || !filepath.IsAbs(path) {
			return "", fmt.Errorf("%s has to be the absolute path of upright and is %q", ProgramEnv, path)
		}
		return path, nil
	}
	dir, err := os.MkdirTemp("", "upright-e2e-")
	if err != nil {
		return "", err
	}
	built = filepath.Join(dir, "upright")
	cmd := exec.Command("go", "build", "-o", built, "./cmd/upright")
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1") // the tests themselves may be built without
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("cannot build upright: %w\n%s", err, text), os.RemoveAll(dir))
	}
	return built, nil
}
