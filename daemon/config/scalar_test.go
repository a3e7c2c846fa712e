package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/human"
)

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "500ms": 500 * time.Millisecond, "10s": 10 * time.Second, "1.5h": 90 * time.Minute,
		"1h30m": 90 * time.Minute,
		"30d":   720 * time.Hour, "1d12h": 36 * time.Hour, "0d": 0, "106751d": 106751 * day,
	} {
		got, err := ParseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := ParseDuration(human.Duration(got))
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
	for _, text := range []string{"", " ", "10", "1.5", "s", "10 s", "10sec", "-1s", "1d-1h", "1h-1m", "+5s", "d",
		"1.5d", "1w", "106752d", "99999999999999999999d", "106751d24h", "1d2d", "1h1d", "inf", "NaN", "1e3s", "٣s"} {
		_, err := ParseDuration(text)
		require.Error(t, err, text)
	}
	for d, want := range map[time.Duration]string{
		0: "0", time.Second: "1s", 15 * time.Minute: "15m", 6 * time.Hour: "6h", 90 * time.Minute: "1h30m",
		90 * time.Second: "1m30s", 10 * time.Hour: "10h", time.Hour + time.Second: "1h0m1s",
	} {
		require.Equal(t, want, human.Duration(d))
	}
}

// Whatever is read is written in a way that is read as the same.
func FuzzDuration(f *testing.F) {
	for _, s := range []string{"10s", "1d12h", "106751d", "100", "-1", "9223372036854775807", "0.5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDuration(s); err == nil {
			require.GreaterOrEqual(t, d, time.Duration(0))
			again, err := ParseDuration(human.Duration(d))
			require.NoError(t, err)
			require.Equal(t, d, again)
		}
	})
}
