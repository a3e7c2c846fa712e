package agora

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func parse(t testing.TB, uid, text string) *uidText {
	got, err := parseUIDText(strings.NewReader(text), uid)
	require.NoError(t, err)
	return got
}

func TestUIDText(t *testing.T) {
	const m = "111_20300102030405500.mp4"
	for name, tt := range map[string]struct {
		uid, text string
		lines     int
		odd       int
		foreign   int
		session   bool
	}{
		"as 2.3.0 writes it": {"111",
			"0.000 111_20300102030405144.aac create \n0.356 " + m + " create \n0.357 " + m + " info width=640 " +
				"height=360 rotation=90\n8.000 " + m + " close \n", 4, 0, 0, false},
		"CRLF, no blanks":   {"111", "0.356 " + m + " create\r\n8.000 " + m + " close\r\n", 2, 0, 0, false},
		"CR CR LF":          {"111", "0.356 " + m + " create\r\r\n", 1, 0, 0, false},
		"a byte order mark": {"111", "\ufeff0.356 " + m + " create\n", 1, 0, 0, false},
		"blanks and tabs":   {"111", "  0.356\t" + m + "  create  \n\n\n", 1, 0, 0, false},
		"no end of line":    {"111", "0.356 " + m + " create", 1, 0, 0, false},
		"a comma":           {"111", "0,356 " + m + " create", 1, 0, 0, false},
		"a session":         {"111", "new session started 17\n0.000 " + m + " create \n", 1, 0, 0, true},
		"an account":        {"alice smith_2", "0.000 alice smith_2_20300102030405144.aac create \n", 1, 0, 0, false},
		"a dot in front": {".x-1.mp4 create", "0.000 .x-1.mp4 create_20300102030405144.aac create \n", 1, 0, 0,
			false},
		"another's":         {"11", "0.000 " + m + " create \n", 0, 0, 1, false},
		"an unknown event":  {"111", "0.000 " + m + " paused \n", 1, 0, 0, false},
		"out of the folder": {"../../111", "0.000 ../../" + m + " create \n", 0, 1, 0, false},
		"no time":           {"111", m + " create \nnan " + m + " create\n", 0, 2, 0, false},
		"cut off":           {"111", "0.000 " + m + " create \n1.000 111_2030", 1, 1, 0, false},
		"other words":       {"111", "hello\n0.000 x.log create\n", 0, 2, 0, false},
		"a long line":       {"111", strings.Repeat("x", 10000) + "\n0.000 " + m + " create \n", 1, 1, 0, false},
		"zeros":             {"111", "\x00\x00\x00\x00\n0.000 " + m + " create \n", 1, 1, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(t, tt.uid, tt.text)
			require.Len(t, got.lines, tt.lines)
			require.Equal(t, tt.odd, got.odd)
			require.Equal(t, tt.foreign, got.foreign)
			require.Equal(t, tt.session, got.session)
		})
	}
}

func TestUIDLine(t *testing.T) {
	l, ok := parseLine("0.357 111_20300102030405500.mp4 info width=640 height=360 rotation=-90")
	require.True(t, ok)
	require.Equal(t, []any{int64(357), "info", 640, 360, 270}, []any{l.at, l.event, l.width, l.height, l.rotation})
	l, ok = parseLine("0.021 1_20300102030405144.aac info channels=2")
	require.True(t, ok)
	require.Equal(t, []any{2, -1}, []any{l.channels, l.rotation})
	l, ok = parseLine("5.2 1_20300102030405144.mp4 create codecswitch")
	require.True(t, ok)
	require.True(t, l.codec)
}

func TestUIDTextBounds(t *testing.T) {
	var b strings.Builder
	for i := range maxSlices + 2 {
		at := time.Unix(1893553445, 0).Add(time.Duration(i) * time.Second)
		fmt.Fprintf(&b, "%d.000 1_%s000.aac create\n", i, at.UTC().Format("20060102150405"))
	}
	_, err := parseUIDText(strings.NewReader(b.String()), "1")
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = parseUIDText(strings.NewReader(strings.Repeat("x\n", maxLines+2)), "1")
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = parseUIDText(endless{}, "1")
	require.ErrorIs(t, err, ErrTooLarge)
}

// endless is a file whose first line never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func FuzzUIDText(f *testing.F) {
	f.Add("111", "0.356 111_20300102030405500.mp4 create \n8.000 111_20300102030405500.mp4 close \n")
	f.Add("a b", "new session started\n4294967.295 a b_20300102030405500.webm info width=1 height=2 rotation=270\r\n")
	f.Fuzz(func(t *testing.T, uid, text string) {
		got, err := parseUIDText(strings.NewReader(text), uid)
		if err != nil {
			if !errors.Is(err, ErrTooLarge) {
				t.Fatal(err)
			}
			return
		}
		c := clock{start: stamp{ms: 1893553445500, dated: true}, length: func(string) (int64, bool) {
			return 5000,
				true
		}}
		spans, at := c.times(got.lines)
		if len(at) != len(got.lines) {
			t.Fatal(len(at), len(got.lines))
		}
		for base, s := range spans {
			if strings.Contains(base, "/") || s.from < -backMs || s.to != unknownEnd && s.to < s.from {
				t.Fatalf("%q: %+v", base, s)
			}
		}
	})
}
