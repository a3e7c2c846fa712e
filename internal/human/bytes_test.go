package human

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBytes(t *testing.T) {
	for text, want := range map[string]Bytes{
		"0": 0, "100": 100, "100B": 100, "512MiB": 512 << 20, "512 MiB": 512 << 20, "512mib": 512 << 20,
		"2GiB": 2 << 30, "1.5GiB": 3 << 29, "1GB": 1e9, "1kB": 1000, "3TB": 3e12,
		"9223372036854775807": math.MaxInt64, "8388607TiB": 8388607 << 40,
	} {
		got, err := ParseBytes(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := ParseBytes(got.String())
		require.NoError(t, err, got.String())
		require.Equal(t, got, again)
	}
	for _, text := range []string{"", "MiB", "-1", "1G", "1 G", "1PiB", "0.5", "1.0001kB", "1..5GB", "8388608TiB",
		"9223372036854775808", "99999999999999999999999", "1e3", "0x10", "1_000"} {
		_, err := ParseBytes(text)
		require.Error(t, err, text)
	}
	require.Equal(t, "2GiB", Bytes(2<<30).String())
	require.Equal(t, "1536MiB", Bytes(3<<29).String())
	require.Equal(t, "1000B", Bytes(1000).String())
}

// Whatever is read is written in a way that is read as the same.
func FuzzBytes(f *testing.F) {
	for _, s := range []string{"1.5GiB", "100", "-1", "9223372036854775807", "0.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := ParseBytes(s); err == nil {
			require.GreaterOrEqual(t, b, Bytes(0))
			again, err := ParseBytes(b.String())
			require.NoError(t, err)
			require.Equal(t, b, again)
		}
	})
}

func TestQuote(t *testing.T) {
	require.Equal(t, `"a\nb"`, Quote("a\nb"))
	require.Len(t, []rune(Quote(strings.Repeat("ü", 100))), 63)
}
