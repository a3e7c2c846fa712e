package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWebVTT(t *testing.T) {
	require.Equal(t, "WEBVTT\n\n1\n00:00:01.500 --> 00:00:03.000\nalice: 1 &lt; 2 &amp; at 10:00:00,000\n\n",
		string(webVTT([]byte("\xef\xbb\xbf1\n00:00:01,500 --> 00:00:03,000\nalice: 1 < 2 & at 10:00:00,000\n\n"))))
	require.Equal(t, "WEBVTT\n\n", string(webVTT(nil)))
}
