package debian

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPackage(t *testing.T) {
	for element, want := range map[string]string{
		"x264enc": "gstreamer1.0-plugins-ugly", "avenc_aac": "gstreamer1.0-libav", "timeoverlay": "gstreamer1.0-x",
		"compositor": "gstreamer1.0-plugins-base",
		"mp4mux":     "gstreamer1.0-plugins-good", "zbar": "gstreamer1.0-plugins-bad", "mjrsrc": "", "": "",
	} {
		require.Equal(t, want, Package(element), element)
	}
	require.Contains(t, Package("rtpav1depay"), "plugins-rs")
	require.Greater(t, len(Elements()), 1300)
	require.NotContains(t, Elements(), "")
}
