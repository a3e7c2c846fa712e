package janus

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/upright-media/upright/internal/e2e"
)

// skipEnv passes the tests of this package over, for machines that cannot run them.
const skipEnv = "UPRIGHT_E2E_JANUS"

// inside says, to the process that was started in the namespace, that it is there.
const inside = "UPRIGHT_E2E_INSIDE"

var (
	skip string // why these tests are passed over
	lack error  // why they cannot be run
)

// TestMain builds the program, and then starts itself again in a network namespace, where the tests run.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(skipEnv) == "skip":
		skip = skipEnv + "=skip is set"
	case os.Getenv("UPRIGHT_TEST_PURE") != "":
		skip = "only tests that need nothing but Go are wanted"
	case os.Getenv(inside) != "":
		lack = connect()
		flag.Parse()
		// They mostly wait for media to play.
		if err := flag.Set("test.parallel", "4"); err != nil {
			panic(err)
		}
	default:
		if lack = findJanus(); lack != nil {
			break
		}
		var path string
		if path, lack = e2e.Build(); lack != nil {
			break
		}
		var status int
		if status, lack = again(path); lack == nil {
			e2e.Clean()
			os.Exit(status)
		}
	}
	os.Exit(e2e.Main(m))
}

// need passes a test over, or fails it, if it cannot be run here.
func need(t *testing.T) {
	t.Helper()
	if skip != "" {
		t.Skip(skip)
	}
	if lack != nil {
		t.Fatal(fmt.Errorf("%w; or set %s=skip", lack, skipEnv))
	}
}
