package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDiff(t *testing.T) {
	parse := func(text string) *Config {
		c, _, err := Parse([]byte(text), "/", nil, Known{})
		require.NoError(t, err)
		return c
	}
	old := parse(`watch:
  - {folder: /a, output: /x}
  - {folder: /b, output: /x}
  - {folder: /c, output: /x, hook: {command: [a, b]}}
  - {folder: /d, output: /x, hook: {command: [a, b]}}
`)
	require.True(t, Diff(old, old).Empty())
	require.Equal(t, "nothing changed", Diff(old, old).String())
	same := parse(`# Another file that says the same in another order.
watch:
  - {folder: /d, output: /x, hook: {command: [a, b]}}
  - {folder: /c, output: /x, hook: {command: [a, b], timeout: 60s}, settle: 10000ms}
  - {folder: /b, output: /x}
  - {folder: /a, output: /x, name: a}
`)
	require.True(t, Diff(old, same).Empty())

	new := parse(`state: /elsewhere
watch:
  - {folder: /b, output: /y}
  - {folder: /c, output: /x, hook: {command: [a, c]}}
  - {folder: /d, output: /x, hook: {command: [a, b]}}
  - {folder: /f, output: /x}
  - {folder: /e, output: /x}
queue: {url: 'nats://a', replicas: 3}
workers: {nice: 3}
http: {pprof: true}
history: 1h
log: {level: debug}
`)
	changes := Diff(old, new)
	require.Equal(t, Changes{
		Added: []string{"e", "f"}, Removed: []string{"a"}, Changed: []string{"b", "c"}, Workers: true, History: true,
		Log:     true,
		Restart: []string{"state", "queue.url", "queue.replicas", "http.pprof"},
	}, changes)
	require.False(t, changes.Empty())
	require.Equal(t, "added e, f; removed a; changed b, c; new settings of workers, profiles or layouts, history, log; "+
		"only after a restart: state, queue.url, queue.replicas, http.pprof", changes.String())
}

func TestExclude(t *testing.T) {
	c, _, err := Parse([]byte(`state: /in/.state
watch:
  - {folder: /in, output: /in/out}
  - {folder: /data/in2, output: /data, sources: {move: /done}}
  - {folder: /in/out, output: /in/out/again, name: chain}
`), "/", nil, Known{})
	require.NoError(t, err)
	require.Equal(t, []string{"/in/.state", "/in/out", "/in/out/again"}, c.Exclude(c.Watch[0]))
	require.Empty(t, c.Exclude(c.Watch[1]))
	require.Equal(t, []string{"/in/out/again"}, c.Exclude(c.Watch[2]))
}
