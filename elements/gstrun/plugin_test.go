package gstrun_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
)

func TestPluginFile(t *testing.T) {
	require.FileExists(t, gstrun.PluginFile("videotestsrc"))
	require.Empty(t, gstrun.PluginFile("nosuchelement"))
	require.Empty(t, gstrun.PluginFile("bin"), "it is GStreamer's own, without a plugin's file")
}
