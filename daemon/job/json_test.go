package job

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/options"
)

// Specs as version 0.0 kept them have times in ns.
func TestSpecsOfEarlierVersions(t *testing.T) {
	const old = `{"id":"5d11c85e6e95cf37d07b8400e728fe40","settings":{"audio":"auto","rejoin":30000000000},"delivery":` +
		`{"sources":"keep","hook":{"command":["/bin/true"],"timeout":90000000000},` +
		`"webhook":{"url":"http://x/","secret_file":"/s","timeout":10000000000}}}`
	want := Spec{ID: "5d11c85e6e95cf37d07b8400e728fe40",
		Settings: options.Options{Audio: options.AudioAuto, Rejoin: 30 * time.Second},
		Delivery: Delivery{Sources: "keep", Hook: &Hook{Command: []string{"/bin/true"}, TimeoutMs: 90_000},
			Webhook: &Webhook{URL: "http://x/", SecretFile: "/s", TimeoutMs: 10_000}}}
	var s Spec
	require.NoError(t, json.Unmarshal([]byte(old), &s))
	require.Equal(t, want, s)

	text, err := json.Marshal(s)
	require.NoError(t, err)
	require.Contains(t, string(text), `"settings":{"audio":"auto","rejoin_ms":30000}`)
	require.Contains(t, string(text), `"command":["/bin/true"],"timeout_ms":90000}`)
	require.NotContains(t, string(text), `"timeout":`)
	var again Spec
	require.NoError(t, json.Unmarshal(text, &again))
	require.Equal(t, want, again)

	o := Spec{Settings: options.Options{Rejoin: time.Minute}}
	require.NoError(t, json.Unmarshal([]byte(`{"user":"x","settings":{"split":true}}`), &o))
	require.Equal(t, Spec{User: "x", Settings: options.Options{Rejoin: time.Minute, Split: true}}, o, "the rest stays")
	require.Error(t, json.Unmarshal([]byte(`{"settings":{"rejoin_ms":"30s"}}`), &o))
	require.Error(t, json.Unmarshal([]byte(`{"timeout":"5m"}`), new(Hook)))
	require.Error(t, json.Unmarshal([]byte(`{"timeout_ms":"5m"}`), new(Webhook)))
}

func TestMilliseconds(t *testing.T) {
	require.InDelta(t, 1500, Ms(1500*time.Millisecond), 0)
	require.Equal(t, 250*time.Microsecond, FromMs(0.25))
}
