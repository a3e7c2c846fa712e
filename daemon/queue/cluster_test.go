package queue

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/internal/natstest"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/loopback"
)

// host is where servers are that stop and come back.
var host = loopback.Host()

// natsServer starts a real server on loopback.
func natsServer(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	o.Host = host
	return natstest.Start(t, o)
}

func port(t testing.TB) int {
	l, err := net.Listen("tcp", host+":0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestDaemonsShareAServer(t *testing.T) {
	t.Parallel()
	s := natsServer(t, &server.Options{})
	var qs []*Queue
	for i := range 3 {
		qs = append(qs, open(t, Options{URL: s.ClientURL(), Owner: fmt.Sprintf("host%d/1", i),
			Heartbeat: 10 * time.Second})) // nobody loses anything because a busy machine misses some
	}
	a, b := qs[0], qs[1]

	// Both find the same recording.
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for _, q := range qs {
		wg.Go(func() {
			for n := range 20 {
				created, err := q.Submit(background(t), spec(n))
				require.NoError(t, err)
				if created {
					mu.Lock()
					made++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 20, made)
	eventually(t, "all know", func() bool { return a.Known(id(19)) && b.Known(id(19)) && qs[2].Known(id(19)) })

	// A pause holds for all.
	require.NoError(t, a.Pause(background(t), true))
	eventually(t, "pause", b.Paused)
	none(t, b, 300*time.Millisecond)
	require.NoError(t, b.Pause(background(t), false))
	eventually(t, "go on", func() bool { return !a.Paused() && !qs[2].Paused() })

	// Events of one come to the other; cancel goes the other way.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := b.Events(ctx)
	l := next(t, a)
	got := l.Record().Spec.ID
	require.NoError(t, l.Update(ctx, run))
	require.NoError(t, b.nc.Flush())
	l.Progress(job.Progress{Stage: "converting", DoneMs: 7})
	var running, progress bool
	for !running || !progress {
		select {
		case e := <-events:
			running = running || e.Record != nil && e.ID == got && e.Record.State == job.Running &&
				e.Record.Owner == "host0/1"
			progress = progress || e.Progress != nil && e.ID == got && e.Progress.DoneMs == 7
		case <-time.After(patience):
			t.Fatalf("running %v, progress %v", running, progress)
		}
	}
	require.NoError(t, b.Cancel(ctx, got))
	eventually(t, "canceled", func() bool { return closed(l.Canceled()) })
	require.NoError(t, l.Finish(ctx, func(r *job.Record) { r.State = job.Canceled }))

	// The rest is shared, each exactly once.
	seen := map[string]int{got: 1}
	for _, q := range qs {
		wg.Go(func() {
			for {
				l, err := q.Next(ctx)
				if err != nil {
					return
				}
				mu.Lock()
				seen[l.Record().Spec.ID]++
				mu.Unlock()
				require.NoError(t, l.Finish(context.Background(), done))
			}
		})
	}
	eventually(t, "all ended", func() bool { _, open, _ := qs[2].index.sizes(); return open == 0 })
	cancel()
	wg.Wait()
	require.Len(t, seen, 20)
	for id, n := range seen {
		require.Equal(t, 1, n, id)
	}
	require.NoError(t, a.Forget(background(t), id(3)))
	eventually(t, "forgotten everywhere", func() bool { return !b.Known(id(3)) && !qs[2].Known(id(3)) })
	// Also by a daemon that saw nothing of it: it finds out by the number of records.
	require.NoError(t, a.sweep(background(t), 0))
	c := qs[2]
	c.index.swept(id(3))
	c.index.put(id(3), 1, mustEncode(t, spec(3)))
	require.True(t, c.Known(id(3)))
	var last maintained
	require.NoError(t, c.maintainOnce(background(t), &last))
	require.NoError(t, c.maintainOnce(background(t), &last))
	eventually(t, "in step again", func() bool { return !c.Known(id(3)) && c.Known(id(4)) })
}

func mustEncode(t testing.TB, s job.Spec) []byte {
	rec, err := newStored(s)
	require.NoError(t, err)
	data, err := rec.encode(1 << 20)
	require.NoError(t, err)
	return data
}

// TestStandingStill is a daemon that was stopped for a while (SIGSTOP, a host that hung) and goes on as if nothing was.
func TestStandingStill(t *testing.T) {
	t.Parallel()
	s := natsServer(t, &server.Options{})
	a := open(t, Options{URL: s.ClientURL(), Owner: "a"})
	b := open(t, Options{URL: s.ClientURL(), Owner: "b"})
	submit(t, a, spec(1))
	l := next(t, a)
	require.NoError(t, l.Update(background(t), run))
	none(t, b, 2*time.Second) // more than three heartbeats: they get through
	l.(*lease).silent.Store(true)
	l2 := next(t, b)
	require.Equal(t, job.Running, l2.Record().State)
	require.Equal(t, "a", l2.Record().Owner, "the new owner sees whose work was cut off")
	require.NoError(t, l2.Update(background(t), func(r *job.Record) { r.Interruptions++ }))
	l.(*lease).silent.Store(false)
	require.ErrorIs(t, l.Update(background(t), func(r *job.Record) { r.Mode = "stale" }), ErrLost)
	require.ErrorIs(t, l.Finish(background(t), done), ErrLost)
	require.ErrorIs(t, l.Postpone(background(t), 0, run), ErrLost)
	eventually(t, "lost", func() bool { return closed(l.Lost()) })
	r, err := b.Get(background(t), id(1))
	require.NoError(t, err)
	require.Equal(t, "b", r.Owner)
	require.Empty(t, r.Mode)
	require.Equal(t, 1, r.Interruptions)
	none(t, a, time.Second) // b has it
	finish(t, l2)
	requireMessages(t, a, 0)
}

// TestFence is the same without the watch telling anything: only the record says who may write.
func TestFence(t *testing.T) {
	t.Parallel()
	s := natsServer(t, &server.Options{})
	a := open(t, Options{URL: s.ClientURL()})
	submit(t, a, spec(1))
	l := next(t, a).(*lease)
	a.mu.Lock()
	delete(a.leases, l.id) // the watch does not find it
	a.mu.Unlock()
	require.NoError(t, a.modify(background(t), l.id, func(s *stored) error { s.claim.Fence++; return nil }))
	require.ErrorIs(t, l.Finish(background(t), done), ErrLost)
	require.True(t, closed(l.Lost()))
	require.Equal(t, job.Queued, state(t, a, 1))
}

// TestServerAway restarts the server under two daemons. Work that was going on is not given to others, submits and
// updates wait.
func TestServerAway(t *testing.T) {
	t.Parallel()
	o := server.Options{Port: port(t), StoreDir: t.TempDir()}
	first := o
	s := natsServer(t, &first)
	a := open(t, Options{URL: s.ClientURL(), Owner: "a"})
	b := open(t, Options{URL: s.ClientURL(), Owner: "b"})
	submit(t, a, spec(1))
	l := next(t, a)
	s.Shutdown()
	s.WaitForShutdown()
	eventually(t, "not ready", func() bool { return a.Ready() != nil })
	errs := make(chan error, 2)
	go func() { errs <- l.Update(background(t), run) }()
	go func() {
		_, err := b.Submit(background(t), spec(2))
		errs <- err
	}()
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := a.Get(short, id(1))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	// More than three heartbeats: the server gives the job to the next one that asks.
	time.Sleep(1200 * time.Millisecond)
	second := o
	natsServer(t, &second)
	require.NoError(t, <-errs)
	require.NoError(t, <-errs)
	eventually(t, "ready", func() bool { return a.Ready() == nil && b.Ready() == nil })
	l2 := next(t, b)
	require.Equal(t, id(2), l2.Record().Spec.ID)
	none(t, b, 2*time.Second)
	require.False(t, closed(l.Lost()), "its holder lived all the time")
	finish(t, l)
	finish(t, l2)
	eventually(t, "the watch is back", func() bool {
		_, open, _ := a.index.sizes()
		return open == 0 &&
			a.Known(id(2))
	})
	requireMessages(t, a, 0)
}

// TestThreeNodes loses the leading node of a cluster of three in the middle.
func TestThreeNodes(t *testing.T) {
	t.Parallel()
	var routes []*url.URL
	var ports []int
	for range 3 {
		p := port(t)
		ports = append(ports, p)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("%s:%d", host, p)})
	}
	var nodes []*server.Server
	var urls []string
	for i := range 3 {
		s := natsServer(t, &server.Options{
			ServerName: fmt.Sprintf("n%d", i), Routes: routes,
			Cluster: server.ClusterOpts{Name: "test", Host: host, Port: ports[i]},
		})
		nodes, urls = append(nodes, s), append(urls, s.ClientURL())
	}
	const daemons, jobs = 3, 100
	var qs []*Queue
	for i := range daemons {
		qs = append(qs, open(t, Options{URL: strings.Join(urls, ","), Replicas: 3, Owner: fmt.Sprintf("d%d", i),
			Heartbeat: time.Second}))
	}
	var mu sync.Mutex
	finished := map[string]int{}
	ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute)
	defer stop()
	var wg sync.WaitGroup
	for _, q := range qs {
		wg.Go(func() {
			for {
				l, err := q.Next(ctx)
				if err != nil {
					return
				}
				err = l.Update(ctx, run)
				if err == nil {
					_ = sleep(ctx, 20*time.Millisecond)
					err = l.Finish(ctx, done)
				}
				if err == nil {
					mu.Lock()
					finished[l.Record().Spec.ID]++
					mu.Unlock()
				} else if ctx.Err() == nil {
					t.Logf("%s: %v", q.opts.Owner, err)
				}
			}
		})
	}
	for n := range jobs {
		if n == jobs/2 {
			info, err := qs[0].jobs.Info(ctx)
			require.NoError(t, err)
			for _, s := range nodes {
				if s.Name() == info.Cluster.Leader {
					go s.Shutdown()
				}
			}
		}
		created, err := qs[n%daemons].Submit(ctx, spec(n))
		require.NoError(t, err)
		require.True(t, created, n)
	}
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(finished) == jobs
	}, 3*time.Minute, 50*time.Millisecond, "all finished")
	stop()
	wg.Wait()
	for id, n := range finished {
		require.Equal(t, 1, n, id)
	}
	for n := range jobs {
		require.Equal(t, job.Done, state(t, qs[0], n))
	}
}

// TestSecured has a server that wants a client's certificate and credentials.
func TestSecured(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca, caKey := certificate(t, dir, "ca", nil, nil)
	certificate(t, dir, "server", ca, caKey)
	certificate(t, dir, "client", ca, caKey)
	in := func(name string) string { return filepath.Join(dir, name) }
	pair, err := tls.LoadX509KeyPair(in("server.pem"), in("server.key"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(ca)

	authority := newAuthority(t)
	authority.write(t, in("user.creds"), 0)
	options := authority.options
	options.TLS, options.TLSVerify, options.TLSTimeout = true, true, 5
	options.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
	s := natsServer(t, &options)
	o := Options{
		URL: strings.Replace(s.ClientURL(), "nats://", "tls://", 1), Credentials: in("user.creds"),
		CA: in("ca.pem"), Certificate: in("client.pem"), Key: in("client.key"),
	}
	q := open(t, o)
	submit(t, q, spec(1))
	finish(t, next(t, q))

	short := func(change func(*Options)) error {
		bad := o
		change(&bad)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := Open(ctx, bad)
		return err
	}
	require.ErrorContains(t, short(func(o *Options) { o.Credentials = in("missing") }), "queue.credentials")
	require.ErrorContains(t, short(func(o *Options) { o.CA = in("missing") }), "queue.ca")
	require.ErrorContains(t, short(func(o *Options) { o.Key = "" }), "queue.key")
	require.ErrorContains(t, short(func(o *Options) { o.Credentials = "" }), "refuses")
	require.Error(t, short(func(o *Options) { o.CA = "" }), "an unknown authority")
	require.Error(t, short(func(o *Options) { o.Certificate, o.Key = "", "" }))
	require.ErrorContains(t, short(func(o *Options) { o.Name = "a.b" }), "queue.name")
	require.ErrorContains(t, short(func(o *Options) { *o = Options{} }), "state folder")
	require.ErrorContains(t, short(func(o *Options) { *o = Options{URL: fmt.Sprintf("nats://%s:%d", host, port(t))} }),
		"cannot be reached")
}

// certificate writes NAME.pem and NAME.key.
func certificate(t testing.TB, dir, name string, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*x509.Certificate,
	*ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		IPAddresses: []net.IP{net.ParseIP(host)},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
		IsCA:        ca == nil,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ca == nil {
		ca, caKey = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, ca, &key.PublicKey, caKey)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".pem"),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".key"),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert, key
}

// TestNewerDaemon leaves alone what a newer version made, and keeps what it does not understand.
func TestNewerDaemon(t *testing.T) {
	t.Parallel()
	s := natsServer(t, &server.Options{})
	q := open(t, Options{URL: s.ClientURL()})
	put := func(n int, data string) {
		_, err := q.js.PublishMsg(background(t), &nats.Msg{Subject: q.names.record(id(n)), Data: []byte(data)})
		require.NoError(t, err)
		require.NoError(t, q.publish(background(t), &job.Spec{ID: id(n)})) // unless it has found out itself
	}
	put(1, `{"schema":1,"state":"queued","colour":"red","spec":{"id":"`+id(1)+`","sources":[],"scale":[1,2]}}`)
	l := next(t, q)
	require.NoError(t, l.Update(background(t), run))
	finish(t, l)
	msg, err := q.jobs.GetLastMsgForSubject(background(t), q.names.record(id(1)))
	require.NoError(t, err)
	require.Contains(t, string(msg.Data), `"colour":"red"`)
	require.Contains(t, string(msg.Data), `"scale":[1,2]`)
	require.Contains(t, string(msg.Data), `"state":"done"`)

	put(2, `{"schema":2,"state":"dreaming","spec":{"id":"`+id(2)+`"}}`)
	none(t, q, time.Second)
	require.ErrorContains(t, q.Cancel(background(t), id(2)), "newer version")
	requireMessages(t, q, 1)
}
