package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		"\x00\x00\x03":                 "\x00\x00",
		"\x00\x00\x03\x01":             "\x00\x00\x01",
		"\x00\x00\x03\x00\x00\x03\x03": "\x00\x00\x00\x00\x03",
		"\x00\x03\x00\x00\x01":         "\x00\x03\x00\x00\x01",
		"\x00\x00\x00\x03":             "\x00\x00\x00",
	} {
		require.Equal(t, want, string(unescape([]byte(in))), "%x", in)
	}
	plain := []byte{0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 9}
	require.Equal(t, plain, unescape(escape(plain)))
}

func TestRecoveryPoint(t *testing.T) {
	long := "\x04\xFF\x01" + string(make([]byte, 256)) // a user data message of 256 bytes
	for name, c := range map[string]struct {
		sei  string
		want bool
	}{
		"alone":                  {"\x06\x01\xC4\x80", true},
		"after another message":  {"\x01\x02ab\x06\x01\xC4\x80", true},
		"after a long message":   {string(escape([]byte(long))) + "\x06\x01\xC4\x80", true},
		"another message":        {"\x05\x01\x06\x80", false},
		"type 261":               {"\xFF\x06\x01\x00\x80", false},
		"longer than the unit":   {"\x06\x04\xC4\x80", false},
		"type without an end":    {"\xFF\xFF", false},
		"no size":                {"\x06\xFF", false},
		"nothing":                {"", false},
		"only the trailing bits": {"\x80", false},
	} {
		var info Info
		info.recover([]byte(c.sei), false)
		require.Equal(t, c.want, info.Recovery, name)
	}
	for sei, want := range map[string]int{"\x06\x01\xC4\x80": 0, "\x06\x03\x04\xE2\x00\x80": 38} { // 1, 000001001 11
		var info Info
		info.recover([]byte(sei), false)
		require.Equal(t, want, info.RecoveryCount)
	}
	var info Info
	info.recover([]byte("\x06\x01\x50\x80"), true) // 010
	require.Equal(t, 1, info.RecoveryCount)
}
