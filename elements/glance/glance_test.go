package glance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
)

func TestMain(m *testing.M) {
	if err := elements.Register(nil); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// small is what uprightglance writes of the last of two pictures.
func small(t *testing.T, pattern, caps string, width, height int) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf("videotestsrc num-buffers=2 %s ! video/x-raw,format=BGRx ! "+
		"videoconvert ! video/x-raw,%s ! uprightglance location=%s width=%d height=%d", pattern, caps, out, width, height), gstrun.Options{}))
	b, err := os.ReadFile(out)
	require.NoError(t, err)
	n := width * height * 3 / 2
	require.Len(t, b, 2*n)
	return b[n:]
}

// Whatever colours are stored as, they come out as JPEGs have them: by BT.601, of the full range.
func TestColours(t *testing.T) {
	for _, c := range []struct {
		colour    string // ARGB
		y, cb, cr byte   // as in JFIF
	}{
		{"0xffffffff", 255, 128, 128}, {"0xff000000", 0, 128, 128}, {"0xffff0000", 76, 85, 255}, {"0xff00ff00", 150, 44, 21},
		{"0xff0000ff", 29, 255, 107}, {"0xff808080", 128, 128, 128},
	} {
		for _, caps := range []string{
			"format=I420,colorimetry=bt601", "format=I420,colorimetry=bt709", "format=YV12,colorimetry=bt709",
			"format=NV12,colorimetry=1:4:0:0", "format=NV21,colorimetry=bt601", "format=Y42B,colorimetry=bt709",
			"format=Y444,colorimetry=bt601", "format=I420_10LE,colorimetry=bt709", "format=Y444_12LE,colorimetry=bt601",
			"format=I420,colorimetry=bt2020",
		} {
			got := small(t, "pattern=solid-color foreground-color="+c.colour, caps+",width=66,height=50", 8, 6)
			for i, want := range map[int]byte{0: c.y, 47: c.y, 48: c.cb, 59: c.cb, 60: c.cr, 71: c.cr} {
				require.InDelta(t, want, got[i], 3, "%s, %s, byte %d", c.colour, caps, i)
			}
		}
	}
	grey := small(t, "pattern=solid-color foreground-color=0xffffffff", "format=GRAY8,width=66,height=50", 8, 6)
	require.InDelta(t, 255, grey[20], 3)
	require.EqualValues(t, 128, grey[50])
}

// Each point is the mean of what lies there.
func TestMeans(t *testing.T) {
	// Pixels of red and green, 76 and 150, in turn: one colour from afar.
	got := small(t, "pattern=checkers-1", "format=I420,width=320,height=180", 16, 16)
	for _, v := range got[:256] {
		require.InDelta(t, 113, v, 3)
	}
	// A gradient from top to bottom.
	got = small(t, "pattern=gradient", "format=I420,width=322,height=182", 16, 16)
	for row := 1; row < 16; row++ {
		require.Less(t, got[16*row-16], got[16*row])
		require.InDelta(t, got[16*row], got[16*row+15], 2)
	}
	// More points than there are.
	got = small(t, "pattern=solid-color foreground-color=0xffffffff", "format=I420,width=8,height=8", 32, 32)
	require.InDelta(t, 255, got[1023], 3)
}

func TestGlanceErrors(t *testing.T) {
	for properties, want := range map[string]string{
		"": "no file to write", "location=/nowhere/x": "Could not write /nowhere/x", "location=/dev/full": "Could not write",
	} {
		require.ErrorContains(t, gstrun.Run(t.Context(), "videotestsrc num-buffers=2 ! uprightglance "+properties,
			gstrun.Options{}), want, properties)
	}
}
