package daemon

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/loopback"
	"github.com/upright-media/upright/internal/process"
)

// asNATS makes the test binary a NATS server: it holds a nodeOptions.
const asNATS = "UPRIGHT_TEST_AS_NATS"

type nodeOptions struct {
	Name, Dir, Host string
	Port, Route     int
	Routes          []int // of all nodes
}

func serveNATS(text string) {
	var o nodeOptions
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	var routes []*url.URL
	for _, p := range o.Routes {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("%s:%d", o.Host, p)})
	}
	options := &server.Options{ServerName: o.Name, Host: o.Host, Port: o.Port, JetStream: true, StoreDir: o.Dir}
	if len(routes) > 1 { // one alone finds nobody to agree with
		options.Routes, options.Cluster = routes, server.ClusterOpts{Name: "test", Host: o.Host, Port: o.Route}
	}
	s, err := server.NewServer(options)
	if err != nil {
		panic(err)
	}
	s.ConfigureLogger()
	s.Start()
	s.WaitForShutdown()
}

// node is a NATS server of a cluster, as a process.
type node struct {
	name    string
	url     string
	process *process.Child
}

func (n *node) kill() {
	n.process.Kill()
	_ = n.process.Wait()
}

// startCluster starts NATS servers, or one, and waits until they are a cluster that can keep streams.
func startCluster(t *testing.T, size int) []*node {
	t.Helper()
	host := loopback.Host()
	ports := freePorts(t, host, 2*size)
	var nodes []*node
	for i := range size {
		o := nodeOptions{Name: fmt.Sprintf("n%d", i), Dir: t.TempDir(), Host: host, Port: ports[i], Route: ports[size+i],
			Routes: ports[size:]}
		text, err := json.Marshal(o)
		require.NoError(t, err)
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), asNATS+"="+string(text))
		running, err := process.Start(cmd, process.Options{})
		require.NoError(t, err)
		n := &node{name: o.Name, url: fmt.Sprintf("nats://%s:%d", o.Host, o.Port), process: running}
		t.Cleanup(n.kill)
		nodes = append(nodes, n)
	}
	require.Eventually(t, func() bool {
		nc, err := nats.Connect(urls(nodes))
		if err != nil {
			return false
		}
		defer nc.Close()
		js, err := jetstream.New(nc)
		if err != nil {
			return false
		}
		if _, err = js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "try", Replicas: size}); err == nil {
			err = js.DeleteStream(t.Context(), "try")
		}
		return err == nil
	}, e2e.StartTime, 200*time.Millisecond, "no cluster")
	return nodes
}

func urls(nodes []*node) string {
	var list []string
	for _, n := range nodes {
		list = append(list, n.url)
	}
	return strings.Join(list, ",")
}

// leader is the node that has the word about a stream.
func leader(t *testing.T, nodes []*node, stream string) *node {
	t.Helper()
	nc, err := nats.Connect(urls(nodes))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	s, err := js.Stream(t.Context(), stream)
	require.NoError(t, err)
	for _, n := range nodes {
		if n.name == s.CachedInfo().Cluster.Leader {
			return n
		}
	}
	require.FailNow(t, "no leader")
	return nil
}

// freePorts finds ports that nobody has.
func freePorts(t *testing.T, host string, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", host+":0")
		require.NoError(t, err)
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// TestClusterLosesDaemonAndNode has three daemons share 100 recordings over a cluster of three NATS servers, and kills
// one of each in the middle: of the servers, the one that leads the stream of work.
func TestClusterLosesDaemonAndNode(t *testing.T) {
	t.Parallel()
	const recordings = 100
	nodes := startCluster(t, 3)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	var daemons []*e2e.Daemon
	for i := range 3 {
		settings := quick()
		settings["queue"] = map[string]any{"url": urls(nodes), "replicas": 3}
		settings["workers"].(map[string]any)["jobs"] = 1
		own := filepath.Join(dir, fmt.Sprintf("host-%d", i))
		require.NoError(t, os.Mkdir(own, 0o755))
		config := e2e.Config(t, own, settings, e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
			Settle: time.Second, Rescan: 2 * time.Second})
		daemons = append(daemons, e2e.Start(t, config, e2e.Options{}))
	}
	drop(t, in, clips(t, 2000, recordings)...)
	victim := -1
	soon(t, "no daemon has done anything", func() bool {
		if len(outputs(out)) < recordings/4 {
			return false
		}
		done, err := daemons[0].List(t.Context(), queue.Filter{States: []job.State{job.Done}, Limit: 1})
		if err != nil || len(done.Jobs) == 0 {
			return false
		}
		victim = slices.IndexFunc(daemons, func(d *e2e.Daemon) bool {
			return strings.HasSuffix(done.Jobs[0].Owner, fmt.Sprintf("/%d", d.PID))
		})
		return victim >= 0
	})
	for _, d := range daemons { // so that it is still the middle when the leader is found
		d.Signal(syscall.SIGSTOP)
	}
	daemons[victim].Kill()
	lost := leader(t, nodes, "upright-work")
	lost.kill()
	daemons = slices.Delete(daemons, victim, victim+1)
	for _, d := range daemons {
		d.Signal(syscall.SIGCONT)
	}
	t.Logf("killed a daemon and the node %s, with %d outputs there", lost.name, len(outputs(out)))
	require.Less(t, len(outputs(out)), recordings*3/4, "in the middle")

	jobs := daemons[0].Await(within, recordings, job.Done)
	requireIntact(t, out, jobs)
	owners := map[string]int{}
	for _, j := range jobs {
		owners[j.Owner]++
	}
	t.Logf("jobs by daemon: %v", owners)
	require.Len(t, owners, 3, "all three shared the work")
	others := daemons[1].Await(within, recordings, job.Done)
	require.Len(t, others, len(jobs))
	daemons[0].Stop()
	daemons[1].Stop()
	requireIntact(t, out, jobs)
}
