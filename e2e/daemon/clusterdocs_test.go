package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/loopback"
)

// documented is the first block of a language in docs/cluster.md, with the hosts n1 to n3 at addresses of this machine
// and with ports that are free.
func documented(t *testing.T, language string, addresses *strings.Replacer) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(e2e.Root(), "docs/cluster.md"))
	require.NoError(t, err)
	m := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, m)
	return addresses.Replace(string(m[1]))
}

// docs/cluster.md as it stands there: three servers, two daemons, and one server that goes.
func TestClusterAsDocumented(t *testing.T) {
	dir := t.TempDir()
	host := loopback.Host()
	ports := freePorts(t, host, 6)
	var pairs []string
	for i := range 3 {
		pairs = append(pairs, fmt.Sprintf("n%d:4222", i+1), fmt.Sprintf("%s:%d", host, ports[i]),
			fmt.Sprintf("n%d:6222", i+1), fmt.Sprintf("%s:%d", host, ports[3+i]))
	}
	var servers []*server.Server
	for i := range 3 {
		name := fmt.Sprintf("n%d", i+1)
		conf := filepath.Join(dir, name+".conf")
		text := documented(t, "conf", strings.NewReplacer(append(pairs, "server_name: n1", "server_name: "+name,
			"0.0.0.0:4222", fmt.Sprintf("%s:%d", host, ports[i]), "0.0.0.0:6222", fmt.Sprintf("%s:%d", host, ports[3+i]),
			"/var/lib/nats", filepath.Join(dir, name))...))
		require.NoError(t, os.WriteFile(conf, []byte(text), 0o600))
		o, err := server.ProcessConfigFile(conf)
		require.NoError(t, err, text)
		o.NoSigs, o.NoLog = true, true
		s, err := server.NewServer(o)
		require.NoError(t, err)
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers = append(servers, s)
	}

	in, out := filepath.Join(dir, "recordings"), filepath.Join(dir, "videos")
	text := documented(t, "yaml", strings.NewReplacer(append(pairs, "/srv/upright/recordings", in, "/srv/upright/videos",
		out)...))
	var section struct{ Queue map[string]any }
	require.NoError(t, yaml.Unmarshal([]byte(text), &section))
	require.EqualValues(t, 3, section.Queue["replicas"])
	require.NoError(t, os.MkdirAll(in, 0o755))
	var daemons []*e2e.Daemon
	for _, name := range []string{"a", "b"} {
		own := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(own, 0o755))
		config := e2e.Config(t, own, map[string]any{"queue": section.Queue},
			e2e.Watch{Folder: in, Output: out, Settle: 500 * time.Millisecond, Rescan: time.Second})
		daemons = append(daemons, e2e.Start(t, config, e2e.Options{}))
	}
	testdata := filepath.Join(e2e.Root(), "testdata")
	e2e.Copy(t, filepath.Join(testdata, "rot-h264-90"), filepath.Join(in, "one"))
	daemons[0].Await(within, 1, job.Done)

	servers[1].Shutdown()
	e2e.Copy(t, filepath.Join(testdata, "audio-opus-stereo"), filepath.Join(in, "two"))
	for _, d := range daemons {
		require.Len(t, d.Await(within, 2, job.Done), 2)
	}
}
