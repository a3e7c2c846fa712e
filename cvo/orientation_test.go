package cvo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
)

func TestOrientation(t *testing.T) {
	for _, c := range []struct {
		o          cvo.Orientation
		text, tag  string
		transposes bool
	}{
		{cvo.Orientation{Degrees: 0}, "upright", "rotate-0", false},
		{cvo.Orientation{Degrees: 90}, "90° cw", "rotate-90", true},
		{cvo.Orientation{Degrees: 180}, "180° cw", "rotate-180", false},
		{cvo.Orientation{Degrees: 270}, "270° cw", "rotate-270", true},
		{cvo.Orientation{Degrees: 0, Flip: true}, "mirrored", "flip-rotate-0", false},
		{cvo.Orientation{Degrees: 90, Flip: true}, "mirrored, 90° cw", "flip-rotate-90", true},
		{cvo.Orientation{Degrees: 180, Flip: true}, "mirrored, 180° cw", "flip-rotate-180", false},
		{cvo.Orientation{Degrees: 270, Flip: true}, "mirrored, 270° cw", "flip-rotate-270", true},
	} {
		require.Equal(t, c.text, c.o.String())
		require.Equal(t, c.tag, c.o.ImageOrientation())
		require.Equal(t, c.transposes, c.o.Transposes(), c.text)
		back, err := cvo.ParseImageOrientation(c.tag)
		require.NoError(t, err)
		require.Equal(t, c.o, back)
	}
}

func TestParseImageOrientationRejects(t *testing.T) {
	for _, tag := range []string{"", "rotate-", "rotate-45", "rotate-360", "rotate--90", "flip-", "flip",
		"flip-flip-rotate-0", "Rotate-90", "rotate-90 ", "rotate-090"} {
		_, err := cvo.ParseImageOrientation(tag)
		require.ErrorContains(t, err, "image-orientation", tag)
	}
}
