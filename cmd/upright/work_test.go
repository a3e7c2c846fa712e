package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The command work is not for people: they do not see it.
func TestWorkIsHidden(t *testing.T) {
	var out bytes.Buffer
	status := run(t.Context(), []string{"--help"}, &console{stdout: &out, stderr: &out, location: time.UTC})
	require.Equal(t, exitDone, status)
	require.Contains(t, out.String(), "inspect")
	require.NotContains(t, out.String(), "work ")
}
