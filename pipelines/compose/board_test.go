package compose

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func boardOf(n int) *board {
	b := &board{refused: map[string]bool{}}
	for i := range n {
		b.parts = append(b.parts, &part{id: string(rune('a' + i)), length: time.Minute})
	}
	return b
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return start.Add(d) }

func TestBoardSharesParts(t *testing.T) {
	b := boardOf(3)
	p, wait := b.own(start)
	require.Equal(t, "a", p.id)
	require.False(t, wait)
	require.Equal(t, "b", b.take("n2/7", start).id)
	require.Equal(t, "c", b.take("n3/7", start).id)
	require.Nil(t, b.take("n2/7", start))

	require.Nil(t, b.theirs("a", "n2/7", start), "ours is nobody else's")
	require.Nil(t, b.theirs("c", "n2/7", start))
	require.Nil(t, b.theirs("x", "n2/7", start))
	c := b.theirs("c", "n3/7", start)
	require.Equal(t, "c", c.id)

	b.owned(p, after(30*time.Second))
	p, wait = b.own(after(30 * time.Second))
	require.Nil(t, p)
	require.True(t, wait, "others may fail")
	b.back(c)
	p, wait = b.own(after(31 * time.Second))
	require.Equal(t, c, p)
	require.False(t, wait)
	b.owned(p, after(40*time.Second))
	b.theirs("b", "n2/7", start).hand = made
	p, wait = b.own(after(41 * time.Second))
	require.Nil(t, p)
	require.False(t, wait, "all are made")
}

// A host that cannot draw costs one part's attempt, and a part that cannot be drawn two hosts'.
func TestBoardKeepsWhatOthersCannotMake(t *testing.T) {
	b := boardOf(2)
	first := b.take("n2/7", start)
	b.failed(first)
	require.Nil(t, b.take("n2/7", start))
	require.Nil(t, b.theirs("b", "n2/7", start))
	require.Equal(t, first, b.take("n3/7", start))
	b.failed(first)
	require.Equal(t, "b", b.take("n4/7", start).id)
	require.Nil(t, b.take("n5/7", start))
	require.Nil(t, b.theirs("a", "n5/7", start))
	p, _ := b.own(start)
	require.Equal(t, first, p)

	b = boardOf(2)
	b.refuse(b.take("n2/7", start))
	require.Nil(t, b.take("n2/7", start))
	require.Nil(t, b.theirs("a", "n2/7", start))
	require.NotNil(t, b.take("n3/7", start))
	require.NotNil(t, b.take("n4/7", start), "that was not the part's fault")
}

// Who draws a part when the room is taken up anew goes on with it.
func TestBoardTakesOverWhoDraws(t *testing.T) {
	b := boardOf(2)
	require.Equal(t, "b", b.theirs("b", "n2/7", start).id)
	require.Equal(t, "a", b.take("n3/7", start).id)
	require.Nil(t, b.theirs("b", "n3/7", start))
	require.Nil(t, b.take("n4/7", start))
}

func TestBoardTakesPartsFromTheSlow(t *testing.T) {
	for name, c := range map[string]struct {
		after, reached time.Duration // of theirs
		unknown, late  bool
	}{
		"just begun":            {after: 5 * time.Second},
		"as fast as we":         {after: 15 * time.Second, reached: 30 * time.Second},
		"a little slower":       {after: 30 * time.Second, reached: 30 * time.Second},
		"five times slower":     {after: 30 * time.Second, reached: 12 * time.Second, late: true},
		"nearly done, but slow": {after: 5 * time.Minute, reached: 55 * time.Second},
		"nothing came yet":      {after: 80 * time.Second},
		"nothing comes":         {after: 100 * time.Second, late: true},
		"our own pace unknown":  {after: 10 * time.Minute, unknown: true},
	} {
		t.Run(name, func(t *testing.T) {
			b := boardOf(1)
			if !c.unknown {
				b.took, b.drawn = 30*time.Second, time.Minute
			}
			p := b.take("n2/7", start)
			p.reached = c.reached
			got, wait := b.own(after(c.after))
			require.Equal(t, c.late, got != nil)
			require.Equal(t, !c.late, wait)
			if c.late {
				require.Nil(t, b.theirs(p.id, "n2/7", after(c.after)))
			}
		})
	}
}
