package convert_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/internal/fakes"
)

// The test program is also the program that tries encoders, as upright is.
func TestMain(m *testing.M) {
	probe := len(os.Args) == 4 && os.Args[1] == probing.ProbeCommand
	err := fakes.Register(!probe)
	if err == nil && probe {
		err = probing.Probe(context.Background(), os.Args[2], os.Args[3], os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if !probe {
		os.Exit(m.Run())
	}
}
