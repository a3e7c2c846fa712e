package srt

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func listed(list ...Message) Messages {
	return func() (Message, error) {
		if len(list) == 0 {
			return Message{}, io.EOF
		}
		m := list[0]
		list = list[1:]
		return m, nil
	}
}

func srt(t *testing.T, list ...Message) string {
	t.Helper()
	var b strings.Builder
	_, err := Write(&b, listed(list...))
	require.NoError(t, err)
	return b.String()
}

func TestWriteSRT(t *testing.T) {
	require.Equal(t, `1
00:00:00,500 --> 00:00:01,999
hello

2
00:00:02,000 --> 01:02:03,003
two
lines

3
01:02:03,004 --> 01:02:08,004
bye

`, srt(t, Message{500 * time.Millisecond, "hello"}, Message{2 * time.Second, "two\r\nlines\n"},
		Message{time.Hour + 2*time.Minute + 3*time.Second + 4*time.Millisecond + 999*time.Microsecond, "bye"}))
}

func TestWriteSRTNothing(t *testing.T) {
	require.Empty(t, srt(t))
	require.Empty(t, srt(t, Message{0, ""}, Message{time.Second, "\n \r\n"}), "blank messages show nothing")
}

func TestSRTKeepsItsShape(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"blank line inside":    {"a\n\n\nb", "a\nb"},
		"old Mac line ends":    {"a\rb", "a\nb"},
		"spaces only":          {"a\n   \nb  ", "a\nb"},
		"zero bytes":           {"a\x00b", "ab"},
		"not UTF-8":            {"a\xffb", "a\uFFFDb"},
		"a forged subtitle":    {"a\n5\n00:00:00,000 --> 01:00:00,000\nb", "a\n5\n00:00:00,000 → 01:00:00,000\nb"},
		"an arrow in pieces":   {"--\x00>", "→"},
		"other line ends":      {"a\u2028\u2028b\v\fc\u0085d", "a\nb\nc\nd"},
		"for terminals":        {"\x1b[31mred\x9b", "[31mred\uFFFD"},
		"other scripts, emoji": {"日本 🎉", "日本 🎉"},
	} {
		require.Equal(t, c.want, Text(c.in), name)
	}
}

func TestSRTMessagesOfOneMoment(t *testing.T) {
	require.Equal(t, "1\n00:00:01,000 --> 00:00:02,999\na\nb\n\n2\n00:00:03,000 --> 00:00:08,000\nc\n\n",
		srt(t, Message{time.Second, "a"}, Message{time.Second + time.Millisecond, "b"}, Message{3 * time.Second, "c"}))
}

func TestSRTBeforeTheBeginning(t *testing.T) {
	require.Equal(t, "1\n00:00:00,000 --> 00:00:05,000\nearly\n\n", srt(t, Message{-time.Second, "early"}))
}

func TestSRTBeyondHundredHours(t *testing.T) {
	require.Equal(t, "123:00:00,000", Time(123*time.Hour))
}

func TestWriteSRTErrors(t *testing.T) {
	bad := errors.New("bad")
	_, err := Write(io.Discard, func() (Message, error) { return Message{}, bad })
	require.ErrorIs(t, err, bad)
	many := make([]Message, 1000)
	for i := range many {
		many[i] = Message{time.Duration(i) * time.Second, strings.Repeat("x", 100)}
	}
	_, err = Write(broken{}, listed(many...))
	require.ErrorIs(t, err, errBroken)
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func FuzzSRTText(f *testing.F) {
	f.Add("a\n\nb\r\nc\x00\xff")
	f.Add("--\x00>-\u2028->\u0085\x1b[0m")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if strings.Contains(got, "\n\n") || strings.HasPrefix(got, "\n") || strings.HasSuffix(got, "\n") ||
			strings.ContainsAny(got, "\r\x00\v\f\u0085\u2028\u2029\x1b") || strings.Contains(got, "-->") {
			t.Fatalf("%q", got)
		}
	})
}
