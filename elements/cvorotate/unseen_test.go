package cvorotate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/unseen"
)

// Events that are not meant for it leave the probe as it is.
func TestNamesOfEvents(t *testing.T) {
	gstx.Init()
	hide, other := gstx.CustomEvent(unseen.Hide), gstx.CustomEvent("upright-other")
	defer hide.Unref()
	defer other.Unref()
	require.Equal(t, gstx.EventCustom, hide.Type())
	require.True(t, hide.Serialized())
	require.True(t, hide.Named(unseen.Hide))
	require.False(t, hide.Named(unseen.Show))
	require.False(t, other.Named(unseen.Hide))
}
