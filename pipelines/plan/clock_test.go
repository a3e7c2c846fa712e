package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/timeline"
)

func TestInputSaysRateOfWrongClock(t *testing.T) {
	for want, clocks := range map[float64][]timeline.WrongClock{
		0:      {{Rate: 0}}, // times that say nothing have no rate
		24_000: {{Rate: 0}, {Rate: 23_999.7}, {Rate: 8000}},
		44_100: {{Rate: 48_000, Sampled: 44_100.2}},
	} {
		require.Equal(t, want, InputOf(&timeline.Track{WrongClocks: clocks}).ClockHz)
	}
	require.Zero(t, InputOf(&timeline.Track{}).ClockHz)
}
