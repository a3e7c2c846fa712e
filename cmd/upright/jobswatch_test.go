//go:build !lean

package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	jobs "github.com/upright-media/upright/daemon/job"
)

func TestProgressLine(t *testing.T) {
	for want, p := range map[string]jobs.Progress{
		"reading":          {Stage: "reading"},
		"converting   5 %": {Stage: "converting", DoneMs: 500, TotalMs: 10_000, Speed: 90},
		"converting  34 %, 5.2 times real time, 4 min left": {Stage: "converting", DoneMs: 34_000, TotalMs: 100_000,
			Speed: 5.21, LeftMs: 233_000},
		"verifying 100 %": {Stage: "verifying", DoneMs: 1, TotalMs: 1},
	} {
		require.Equal(t, want, progressLine(p))
	}
}
