package codec

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzAV1Depacketizer(f *testing.F) {
	for _, seed := range []string{"280b" + av1Sequence320 + "30104ac0", "503030aa", "90bbcc", "2003" + "1a0130" + "2201bb",
		"10340830", "302230"} {
		f.Add(unhex(f, seed), unhex(f, seed), true)
		f.Add(unhex(f, seed), unhex(f, "90aabb"), false)
	}
	f.Fuzz(func(t *testing.T, a, b []byte, lost bool) {
		var d AV1Depacketizer
		for range 2 {
			for _, p := range [][]byte{a, b, a} {
				before := string(p)
				err := d.Push(p)
				require.Equal(t, before, string(p), "the payload was changed")
				require.True(t, err == nil || errors.Is(err, ErrTruncated) || errors.Is(err, ErrInvalid) ||
					errors.Is(err, ErrIncomplete), "%v", err)
				if lost {
					d.Lost()
				}
			}
			unit, err := d.End()
			if err != nil || len(unit.Data) == 0 {
				require.Empty(t, unit.Data)
				continue
			}
			if sequence, ok := unit.Sequence(); ok {
				require.Positive(t, sequence.Width)
				require.Equal(t, int(sequence.Record()[1]>>5), sequence.Profile)
			}
			require.LessOrEqual(t, len(unit.Data), 2+4*(2*len(a)+len(b)))
			kinds, _ := obus(t, unit.Data)
			require.Equal(t, obuTemporalDelimiter, kinds[0])
			for _, kind := range kinds[1:] {
				require.NotContains(t, []int{obuTemporalDelimiter, obuTileList, obuPadding}, kind)
			}
		}
	})
}
