package gstx_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

// late names the test that runs in a process that reads the registry late.
const late = "UPRIGHT_TEST_LATE"

// inChild runs a test in such a process, since what is known of plugins belongs to one.
func inChild(t *testing.T, env string, test func()) {
	t.Helper()
	if os.Getenv(late) == t.Name() {
		test()
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), late+"="+t.Name(), "G_DEBUG=fatal-criticals", env)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}

// A program that copies gets by with the plugins that its elements are in.
func TestReadRegistryLate(t *testing.T) {
	inChild(t, "", func() {
		require.True(t, gstx.HasElement("bin"), "of the library itself")
		require.True(t, gstx.HasElement("filesink"))
		require.True(t, gstx.HasProperty("capsfilter", "caps"))
		require.Nil(t, errorOf(t, "fakesrc num-buffers=1 ! queue ! fakesink"))
		require.True(t, gstx.KnowAll(), "that did not take all of the plugins")
		require.True(t, gstx.HasElement("audiotestsrc"))
		require.True(t, gstx.HasProperty("capsfilter", "caps"))
		require.False(t, gstx.KnowAll(), "once is enough")
	})
}

// The first element of another plugin brings all plugins.
func TestReadRegistryForOther(t *testing.T) {
	inChild(t, "", func() {
		require.True(t, gstx.HasElement("audiotestsrc"))
		require.False(t, gstx.KnowAll())
	})
}

// What is nowhere is looked for everywhere.
func TestReadRegistryForMissing(t *testing.T) {
	inChild(t, "", func() {
		require.False(t, gstx.HasElement("no-such-element"))
		require.False(t, gstx.KnowAll())
	})
}

// A line has filters without naming the element that they become, and values with a slash.
func TestReadRegistryForFilter(t *testing.T) {
	inChild(t, "", func() {
		require.Nil(t, errorOf(t, "filesrc location=/dev/null ! fakesink"))
		require.Nil(t, errorOf(t, "filesrc location=/dev/null ! text/plain ! fakesink"))
		require.True(t, gstx.KnowAll(), "that did not take all of the plugins")
	})
}

func TestReadRegistryForLine(t *testing.T) {
	inChild(t, "", func() {
		require.Nil(t, errorOf(t, "audiotestsrc num-buffers=1 ! audioconvert ! fakesink"))
		_, err := pipeline.Parse("no-such-element ! fakesink")
		require.ErrorContains(t, err, "no-such-element")
	})
}

// A plugin may have elements of the names of the program's own, as libgstupright.so has: the program's stay.
func TestReadRegistryKeepsOwn(t *testing.T) {
	inChild(t, "", func() {
		own := faultyClass
		own.Name = "audiotestsrc"
		require.NoError(t, gstx.RegisterSource(nil, &own, func() *faulty { return &faulty{} }))
		require.True(t, gstx.KnowAll())
		require.True(t, gstx.HasProperty("audiotestsrc", "how"))
		require.False(t, gstx.HasProperty("audiotestsrc", "wave"), "a property of the one in the plugin")
		require.True(t, gstx.HasElement("audioconvert"))
	})
}

// Plugins that are elsewhere are found as ever.
func TestReadRegistryElsewhere(t *testing.T) {
	inChild(t, "GST_PLUGIN_PATH="+t.TempDir(), func() { require.False(t, gstx.KnowAll()) })
}
