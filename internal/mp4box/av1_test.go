package mp4box

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMendRecord(t *testing.T) {
	record := []byte{0x81, 0x00, 0x0C, 0x00, 0x0A, 0x03, 1, 2, 3}
	got := mendRecord(append([]byte{0, 0, 0, 0, 0}, record...))
	require.Equal(t, []byte{0x81, 0x00, 0x0C, 0x00, 0x0A, 0x83, 0x80, 0x80, 0x80, 0x80, 0x00, 1, 2, 3}, got)
	require.Nil(t, mendRecord(got), "once is enough")
	require.Nil(t, mendRecord(record), "nothing is wrong")
	require.Nil(t, mendRecord(append([]byte{0, 0, 0, 0, 0}, record[:8]...)), "the sequence header is cut")
	require.Nil(t, mendRecord(nil))
}

func FuzzMendRecord(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0x81, 0x00, 0x0C, 0x00, 0x0A, 0x03, 1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := mendRecord(b); got != nil {
			require.Len(t, got, len(b))
		}
	})
}
