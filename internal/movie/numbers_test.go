package movie

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumbers(t *testing.T) {
	var s numbers
	require.Empty(t, slices.Collect(s.all()))
	r := rand.New(rand.NewPCG(1, 2))
	var want []int64
	for i := range 100_000 {
		v := r.Int64N(2_000_000) - 1_000_000
		if i%1000 == 0 {
			v = r.Int64() - 1<<62
		}
		s.add(v)
		want = append(want, v)
	}
	require.Equal(t, len(want), s.n)
	require.Equal(t, want[0], s.first)
	require.Equal(t, want[len(want)-1], s.last)
	require.Equal(t, want, slices.Collect(s.all()))
	for v := range s.all() { // whoever has seen enough can stop
		require.Equal(t, want[0], v)
		break
	}
}

// Sizes and times of a call take little memory.
func TestNumbersAreSmall(t *testing.T) {
	var s numbers
	r := rand.New(rand.NewPCG(1, 2))
	const n = 500_000
	for range n {
		s.add(6000 + r.Int64N(4000))
	}
	bytes := 0
	for _, b := range s.blocks {
		bytes += cap(b)
	}
	require.Less(t, bytes, n*5/2)
}
