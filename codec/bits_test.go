package codec

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBits(t *testing.T) {
	var w bitWriter
	w.u(3, 5).u(32, 0xDEADBEEF).u(1, 1).u(0, 0).u(13, 0x1234&0x1FFF).u(32, math.MaxUint32)
	b := bits{data: w.data}
	require.EqualValues(t, 5, b.u(3))
	require.EqualValues(t, 0xDEADBEEF, b.u(32))
	require.True(t, b.flag())
	require.Zero(t, b.u(0))
	require.EqualValues(t, 0x1234, b.u(13))
	require.EqualValues(t, uint32(math.MaxUint32), b.u(32))
	require.NoError(t, b.err)
	b.skip(len(w.data)*8 - b.pos)
	require.NoError(t, b.err)
	require.Zero(t, b.u(1))
	require.ErrorIs(t, b.err, ErrTruncated)
}

func TestBitsErrorLasts(t *testing.T) {
	b := bits{data: []byte{0xFF}}
	b.skip(9)
	require.ErrorIs(t, b.err, ErrTruncated)
	require.Zero(t, b.u(1), "although a bit is left")
}

func TestExpGolomb(t *testing.T) {
	// H.264 table 9-2 and 9-3.
	b := bits{data: []byte{0b1_010_011_0, 0b0100_0010, 0b1_00110_00, 0b111_00010, 0b00_000000}}
	for _, want := range []uint32{0, 1, 2, 3, 4, 5, 6, 7} {
		require.Equal(t, want, b.ue())
	}
	require.NoError(t, b.err)

	var w bitWriter
	values := []uint64{0, 255, 65535, 1<<31 - 1, 1<<32 - 2}
	w.ue(values...)
	signed := []int64{0, 1, -1, 2, -2, 1 << 20, -(1 << 20), 1<<31 - 1}
	for _, v := range signed {
		w.se(v)
	}
	b = bits{data: w.data}
	for _, v := range values {
		require.EqualValues(t, v, b.ue())
	}
	for _, v := range signed {
		require.Equal(t, v, b.se())
	}
	require.NoError(t, b.err)

	b = bits{data: make([]byte, 100)}
	b.ue()
	require.ErrorIs(t, b.err, ErrInvalid, "a code of more than 32 bits")
	b = bits{data: []byte{0, 0}}
	b.ue()
	require.ErrorIs(t, b.err, ErrTruncated)
}
