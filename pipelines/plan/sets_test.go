package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/internal/tracktest"
)

// TestChangedParameterSets lets what changes its parameter sets be copied where they can stand among the pictures.
func TestChangedParameterSets(t *testing.T) {
	for _, c := range []struct {
		codec, profile string
		changes        bool
		mode           string
		repeats        bool
	}{
		{"h264", "mp4", false, "copy", false},
		{"h264", "mp4", true, "copy", true},
		{"h265", "original", true, "copy", true},
		{"h264", "mkv", false, "copy", false},
		{"h264", "mkv", true, "encode", false},
	} {
		v := tracktest.Video("v.mjr", c.codec, 0, 10, tracktest.At{Width: 320, Height: 180})
		v.SetsChange = c.changes
		p, err := decided(Profile{Name: c.profile}, v)
		require.NoError(t, err, "%+v", c)
		require.Equal(t, c.mode, p.Mode, "%+v: %s", c, p.Reason)
		repeats := require.NotContains
		if c.repeats {
			repeats = require.Contains
		}
		repeats(t, p.Pipeline, "parse config-interval=-1", "%+v", c)
	}
}
