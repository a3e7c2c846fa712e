package human

import (
	"math"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 files", 1: "1 file", 2: "2 files", 12345: "12345 files"} {
		assert.Equal(t, want, Count(n, "file"))
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 200 << 20: "200 MiB", 47780536: "45.6 MiB",
		1<<20 - 1: "1 MiB", 3 << 29: "1.5 GiB", 1 << 40: "1 TiB", math.MaxInt64: "8388608 TiB", -2048: "-2 KiB",
	} {
		assert.Equal(t, want, Size(n), "%d", n)
	}
}

func TestClock(t *testing.T) {
	for ms, want := range map[float64]string{
		0: "0.00 s", 4: "0.00 s", -4: "0.00 s", 5: "0.01 s", 12340: "12.34 s", -1500: "−1.50 s", 59994: "59.99 s",
		59995:  "1:00.0",
		205100: "3:25.1", 3599949: "59:59.9", 3599950: "1:00:00.0", 3723400: "1:02:03.4", -3723400: "−1:02:03.4",
		math.Inf(1): "2562047:47:15.9", math.Inf(-1): "−2562047:47:15.9",
	} {
		assert.Equal(t, want, ClockMs(ms), "%v ms", ms)
	}
	assert.Equal(t, Clock(longest), Clock(math.MaxInt64))
	assert.Equal(t, Clock(-longest), Clock(math.MinInt64))
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 15 * time.Minute: "15m", time.Hour: "1h", 90 * time.Minute: "1h30m", 1500 * time.Millisecond: "1.5s",
	} {
		assert.Equal(t, want, Duration(d))
	}
}

func TestAbout(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "5 s", 17 * time.Second: "15 s", 57 * time.Second: "55 s", 58 * time.Second: "1 min",
		89 * time.Second: "1 min", 59*time.Minute + 20*time.Second: "59 min", 59*time.Minute + 40*time.Second: "1 h",
		74 * time.Minute: "1 h 10 min", 25 * time.Hour: "25 h",
	} {
		if got := About(d); got != want {
			t.Errorf("About(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestShare(t *testing.T) {
	assert.Equal(t, "0 %", Share(0, 100))
	assert.Equal(t, "0 %", Share(1, 0))
	assert.Equal(t, "<0.1 %", Share(1, 100_000), "a loss is not nothing")
	assert.Equal(t, "5.0 %", Share(1, 20))
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"plain": "plain", "é 日本 👍": "é 日本 👍", "a\tb\nc\r\n": "a b c  ", "\x1b[31mred": "\ufffd[31mred", "a\x00b": "a\ufffdb",
		"turn\u202eed": "turn\ufffded", "a\u2028b": "a\ufffdb", "\xff": "\ufffd", "a\u0085b": "a b",
	} {
		assert.Equal(t, want, Line(text), "%q", text)
	}
}

func TestHeadAndTail(t *testing.T) {
	assert.Equal(t, "abc", Head("abc", 3))
	assert.Equal(t, "ab…", Head("abc", 2))
	assert.Equal(t, "a…", Head("aéb", 2))
	assert.Equal(t, "é…", Head("ébc", 2))
	assert.Equal(t, "abc", Tail("abc", 3))
	assert.Equal(t, "bc", Tail("abc", 2))
	assert.Equal(t, "b", Tail("aéb", 2))
	assert.Equal(t, "", Tail("é", 1))
}

func FuzzHuman(f *testing.F) {
	f.Add("a\xffé\u202e\x1b", 2)
	f.Fuzz(func(t *testing.T, s string, n int) {
		line := Line(s)
		if !utf8.ValidString(line) {
			t.Errorf("%q is no UTF-8", line)
		}
		n = max(0, min(n, 1000))
		if h := Head(line, n); len(h) > n+len("…") || !utf8.ValidString(h) {
			t.Errorf("the beginning of %d bytes of %q is %q", n, line, h)
		}
		if e := Tail(line, n); len(e) > n || !utf8.ValidString(e) {
			t.Errorf("the end of %d bytes of %q is %q", n, line, e)
		}
	})
}

func TestPeople(t *testing.T) {
	for n, want := range map[int]string{0: "0 people", 1: "1 person", 2: "2 people"} {
		if got := People(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
