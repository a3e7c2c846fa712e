package codec

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fuzz inspects two payloads in a row, as state is kept between them.
func fuzz(f *testing.F, codecName string, seeds ...string) {
	for _, seed := range seeds {
		f.Add(unhex(f, seed), unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		inspector, ok := New(codecName)
		require.True(t, ok)
		for _, payload := range [][]byte{a, b, a} {
			before := string(payload)
			info, err := look(inspector, payload)
			require.Equal(t, before, string(payload), "the payload was changed")
			if err != nil {
				require.True(t, errors.Is(err, ErrTruncated) || errors.Is(err, ErrInvalid), "%v", err)
				continue
			}
			require.Equal(t, info.Width > 0, info.Height > 0)
			require.True(t, info.Width >= 0 && info.Width <= 1<<16 && info.Height <= 1<<16, "%d×%d", info.Width, info.Height)
			require.True(t, info.Spatial >= -1 && info.Spatial < 64 && info.Temporal >= -1 && info.Temporal < 8)
			require.True(t, info.PictureID >= -1 && info.PictureID < 1<<15)
		}
	})
}

func FuzzVP8(f *testing.F) {
	fuzz(f, "vp8", "90e0d8987f20b01b009d012a4001b400396b0027", "b0e0d8997fa0510e00191c", "10")
}

func FuzzVP9(f *testing.F) {
	fuzz(f, "vp9", "9bb6a310014000b4824983420013f00b341038241c18c000", "ddb6a40286004092b86056a3c06030180c0603",
		"6a000030"+"00a0005a014000b4"+"8f")
}

func FuzzH264(f *testing.F) {
	fuzz(f, "h264", "78001a"+h264SPS320+"0004"+h264PPS320, h264SPS320, "7c85888405", "5c019a", "7a0007000301000265",
		"0606010480")
}

func FuzzH265(f *testing.F) {
	fuzz(f, "h265", "6001001840010c01ffff01600000030090000003000003003cba02400007"+"4401c172b46240",
		"42010101600000030090000003000003003ca00a080c1f3e595952930bc05a020000030002000003000a10", "620193af",
		"6401262000aabbaf", "0201d0")
}

func FuzzAV1(f *testing.F) {
	fuzz(f, "av1", "280b"+av1Sequence320+"30104ac018", "103030c040fd", "340830e0400200",
		"180a0e200000fa627fb48842a408080940")
}

func FuzzOpus(f *testing.F) {
	f.Add([]byte{0xF8, 0xFF, 0xFE}, int64(time.Second))
	f.Add([]byte{0xFF, 6, 0xFF, 0xFE}, int64(123456789))
	f.Fuzz(func(t *testing.T, packet []byte, hole int64) {
		d, err := OpusDuration(packet)
		if err != nil {
			return
		}
		require.True(t, d >= OpusUnit && d <= MaxOpusDuration && d%OpusUnit == 0, "%v", d)
		filler, err := NewOpusFiller(packet)
		require.NoError(t, err)
		left := time.Duration(hole) % time.Minute
		packets, rest := filler.Fill(left)
		for _, p := range packets {
			d, err := OpusDuration(p)
			require.NoError(t, err)
			left -= d
		}
		require.Equal(t, rest, left)
	})
}
