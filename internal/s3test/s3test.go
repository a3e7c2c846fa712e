// Package s3test runs a real S3 server, versitygw over a temporary folder, for tests.
package s3test

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/loopback"
	"github.com/upright-media/upright/internal/process"
)

// The credentials of every Server.
const (
	Access = "upright-test"
	Secret = "upright-test-secret"
)

// Server is a running S3 server. Its buckets are the folders in Dir, its objects the files below them.
type Server struct {
	Dir      string
	Endpoint string // http://127.0.0.1:port

	t       testing.TB
	program string
	address string
	meta    string
	process *process.Child
}

// Start starts a server with buckets of these names and puts its credentials into the test's environment. It fails the
// test if there is no versitygw, unless only tests that need nothing but Go are wanted (UPRIGHT_TEST_PURE).
func Start(t testing.TB, buckets ...string) *Server {
	t.Helper()
	s := &Server{t: t, program: find(t), Dir: t.TempDir(), meta: t.TempDir()}
	for _, b := range buckets {
		require.NoError(t, os.Mkdir(filepath.Join(s.Dir, b), 0o755))
	}
	s.address = loopback.Address(t)
	s.Endpoint = "http://" + s.address
	t.Setenv("AWS_ACCESS_KEY_ID", Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", Secret)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(s.meta, "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(s.meta, "none"))
	t.Cleanup(s.Stop)
	s.Restart()
	return s
}

// URL is the address of a bucket as it stands in a configuration.
func (s *Server) URL(bucket string) string {
	q := url.Values{"endpoint": {s.Endpoint}, "region": {"us-east-1"}, "use_path_style": {"true"}}
	return "s3://" + bucket + "?" + q.Encode()
}

// Stop ends the server; what it stores stays.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	s.process.Kill()
	<-s.process.Exited()
	s.process = nil
}

// Restart starts a server that was stopped, at the same address.
func (s *Server) Restart() {
	s.t.Helper()
	cmd := exec.Command(s.program, "--access", Access, "--secret", Secret, "--port", s.address, "--quiet",
		"posix", "--sidecar", s.meta, s.Dir)
	log, err := os.Create(filepath.Join(s.meta, "log.txt"))
	require.NoError(s.t, err)
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	s.process, err = process.Start(cmd, process.Options{})
	require.NoError(s.t, err)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", s.address, time.Second)
		if err == nil {
			c.Close()
			return
		}
		select {
		case <-s.process.Exited():
			text, _ := os.ReadFile(log.Name())
			require.FailNow(s.t, "versitygw ended by itself", "%s", text)
		default:
			require.True(s.t, time.Now().Before(deadline), "versitygw does not answer at %s: %v", s.address, err)
		}
	}
}

// find looks for versitygw where UPRIGHT_VERSITYGW says, on the PATH, and where scripts/setup puts it.
func find(t testing.TB) string {
	t.Helper()
	if name := os.Getenv("UPRIGHT_VERSITYGW"); name != "" {
		path, err := exec.LookPath(name)
		require.NoError(t, err, "UPRIGHT_VERSITYGW names no program")
		return path
	}
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path
	}
	_, here, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(here), "..", "..", "build", "bin", "versitygw")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	missing := fmt.Sprintf("this test needs the S3 server versitygw, which is neither on the PATH nor %s: run "+
		"scripts/setup test", filepath.Clean(path))
	if os.Getenv("UPRIGHT_TEST_PURE") != "" {
		t.Skip(missing)
	}
	t.Fatal(missing)
	return ""
}
