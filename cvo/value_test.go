package cvo_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
)

// The tables of TS 26.114 clause 7.4.5, bit by bit as they are printed there, and not as the parser sees them.

var quarter = map[[2]bool]int{ // R1, R0 -> what the receiver turns clockwise
	{false, false}: 0,
	{false, true}:  90,
	{true, false}:  180,
	{true, true}:   270,
}

func bit(b byte, n int) bool { return (b>>n)%2 == 1 }

func TestParseTwoBitForm(t *testing.T) {
	for i := range 256 {
		b := byte(i)
		got, err := cvo.Parse([]byte{b}, false)
		require.NoError(t, err)
		turn := quarter[[2]bool{bit(b, 1), bit(b, 0)}]
		require.Equal(t, cvo.Value{
			Orientation:      cvo.Orientation{Degrees: turn, Flip: bit(b, 2)},
			BackCamera:       bit(b, 3),
			ClockwiseDegrees: float64(turn),
			Reserved:         bit(b, 4) || bit(b, 5) || bit(b, 6) || bit(b, 7),
			Raw:              b,
		}, got, "0x%02X", b)
	}
}

func TestParseSixBitForm(t *testing.T) {
	for i := range 256 {
		b := byte(i)
		got, err := cvo.Parse([]byte{b}, true)
		require.NoError(t, err)

		exact := float64(quarter[[2]bool{bit(b, 1), bit(b, 0)}])
		for n, degrees := range map[int]float64{7: 45, 6: 22.5, 5: 11.25, 4: 5.625} { // R5 R4 R3 R2 refine the quarter
			if bit(b, n) {
				exact += degrees
			}
		}
		nearest, best := 0, math.Inf(1)
		for _, candidate := range []int{0, 90, 180, 270} {
			around := math.Abs(exact - float64(candidate))
			around = math.Min(around, 360-around)
			// Halfway counts as the clockwise one, that is the one on from exact.
			if onward := math.Mod(float64(candidate)-exact+360, 360); around < best || around == best && onward == around {
				nearest, best = candidate, around
			}
		}
		require.Equal(t, cvo.Value{
			Orientation:      cvo.Orientation{Degrees: nearest, Flip: bit(b, 2)},
			BackCamera:       bit(b, 3),
			ClockwiseDegrees: exact,
			Raw:              b,
		}, got, "0x%02X", b)
	}
}

func TestParseExamples(t *testing.T) {
	for _, c := range []struct {
		b      byte
		sixBit bool
		want   cvo.Orientation
		exact  float64
	}{
		{0x00, false, cvo.Orientation{}, 0},
		{0x01, false, cvo.Orientation{Degrees: 90}, 90},
		{0x02, false, cvo.Orientation{Degrees: 180}, 180},
		{0x03, false, cvo.Orientation{Degrees: 270}, 270},
		{0x05, false, cvo.Orientation{Degrees: 90, Flip: true}, 90},
		{0x0D, false, cvo.Orientation{Degrees: 90, Flip: true}, 90},
		{0x01, true, cvo.Orientation{Degrees: 90}, 90},
		{0x81, true, cvo.Orientation{Degrees: 180}, 135},
		{0x70, true, cvo.Orientation{}, 39.375},
		{0xF3, true, cvo.Orientation{}, 354.375},
	} {
		got, err := cvo.Parse([]byte{c.b}, c.sixBit)
		require.NoError(t, err)
		require.Equal(t, c.want, got.Orientation, "0x%02X", c.b)
		require.Equal(t, c.exact, got.ClockwiseDegrees, "0x%02X", c.b)
	}
}

func TestParseLength(t *testing.T) {
	for _, data := range [][]byte{nil, {}, {1, 0}, make([]byte, 255)} {
		for _, sixBit := range []bool{false, true} {
			_, err := cvo.Parse(data, sixBit)
			require.ErrorIs(t, err, cvo.ErrLength)
		}
	}
}
