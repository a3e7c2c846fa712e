package nearest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOption(t *testing.T) {
	options := []string{"url", "certificate", "credentials", "attempts", "min_free", "webm"}
	for word, want := range map[string]string{
		"ulr": "url", "URL": "url", "certifcate": "certificate", "cert": "certificate", "attempt": "attempts",
		"attempt_limit": "", "attempts_max": "attempts",
		"min-free": "min_free", "web": "webm", "c": "", "": "", "nothing": "", "ce": "",
	} {
		require.Equal(t, want, Option(word, options), word)
	}
	require.Equal(t, 2, distance("wacht", "watch"))
	require.Equal(t, 1, distance("setlte", "settle"))
	require.Equal(t, 3, distance("", "abc"))
}
