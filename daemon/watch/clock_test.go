package watch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestClockIsSet sets the clock by a day, either way, while files are being written. Neither are they taken for quiet
// since, nor do they wait for that day.
func TestClockIsSet(t *testing.T) {
	for _, by := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		for temporary, quiet := range map[string]time.Duration{"": settle, ".tmp": time.Hour} {
			b := newBench(t)
			b.scan()
			b.call("", temporary)
			b.scan()
			b.pass(quiet / 2)
			b.scan()
			b.setClock(by)
			require.False(t, b.peek())
			b.scan()
			b.pass(quiet/2 - time.Second)
			b.scan()
			b.pass(2 * time.Second)
			require.True(t, b.peek(), "by %v", by)
			b.scan(audio + temporary + " " + video + temporary)
		}
	}
}

func TestClocks(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	b.age(audio, -24*time.Hour) // in the future
	b.age(video, -24*time.Hour)
	b.scan()
	b.pass(settle)
	b.scan(both)

	// The time of modification moves all the time.
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "x.mjr")
	for range touchedSettle + 1 {
		b.age("x.mjr", 0)
		b.scan()
		b.pass(settle - time.Second)
	}
	b.pass(2 * settle)
	b.age("x.mjr", 0)
	b.scan("x.mjr")
	for range 5 {
		b.age("x.mjr", 0)
		b.scan()
		b.pass(settle + time.Second)
		b.scan()
	}

	// The clock of this host is set back.
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "y.mjr")
	b.scan()
	b.pass(-48 * time.Hour)
	b.scan()
	b.pass(settle)
	b.scan("y.mjr")
}
