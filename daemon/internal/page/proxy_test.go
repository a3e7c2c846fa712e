package page_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
)

// Below a path of a proxy, over HTTPS: with Go's own, and with those that docs/proxy.md has examples for.
func TestBehindProxy(t *testing.T) {
	const token = "a-token-of-the-test"
	b, address := startWith(t, api.Options{Token: token})
	out := t.TempDir()
	finish(t, b.add(t, 1, func(s *job.Spec) { s.Output = out }), func(r *job.Record) {
		done(r)
		r.Outputs = []job.Output{{File: filepath.Join(out, "a.mp4"), Container: "mp4", Bytes: 10, DurationMs: 1000}}
	})
	require.NoError(t, os.WriteFile(filepath.Join(out, "a.mp4"), []byte("0123456789"), 0o600))
	for name, start := range map[string]func(*testing.T, string) string{"go": goProxy, "nginx": nginx, "caddy": caddy} {
		t.Run(name, func(t *testing.T) {
			root := start(t, address)
			visit(t, root, token)
		})
	}
}

// visitor is a browser without a screen.
type visitor struct {
	*testing.T
	http.Client
}

// ask returns an answer's status, where it came from and its text.
func (v *visitor) ask(method, address string, headers ...string) (int, *url.URL, string) {
	v.Helper()
	q, err := http.NewRequestWithContext(v.Context(), method, address, nil)
	require.NoError(v, err)
	q.Header.Set("Accept", "text/html")
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	r, err := v.Do(q)
	require.NoError(v, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	require.NoError(v, err)
	return r.StatusCode, r.Request.URL, string(text)
}

// visit signs in, follows every link, watches, changes something and signs out.
func visit(t *testing.T, root, token string) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	v := &visitor{t, http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}}
	require.Eventually(t, func() bool {
		r, err := v.Get(root + "healthz")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, patience, 20*time.Millisecond, "the proxy does not come up")
	status, at, _ := v.ask("GET", root+"jobs/"+id(1))
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, root+"sign-in?to=jobs%2F"+id(1), at.String())
	r, err := v.PostForm(at.String(), url.Values{"token": {token}})
	require.NoError(t, err)
	r.Body.Close()
	require.Equal(t, root+"jobs/"+id(1), r.Request.URL.String(), "back to where one wanted to go")
	cookies := r.Request.Response.Cookies()
	require.Len(t, cookies, 1)
	require.True(t, cookies[0].Secure)

	// Every link of every kind of page leads to something below the path.
	link := regexp.MustCompile(`(?:href|src)="([^"#]+)"`)
	base := regexp.MustCompile(`<base href="([^"]+)">`)
	for _, page := range []string{"", "jobs", "jobs?state=done", "jobs/" + id(1), "nothing/at/all"} {
		_, at, text := v.ask("GET", root+page)
		require.Equal(t, root+page, at.String())
		from, err := at.Parse(base.FindStringSubmatch(text)[1])
		require.NoError(t, err)
		require.Equal(t, root, from.String())
		for _, m := range link.FindAllStringSubmatch(base.ReplaceAllString(text, ""), -1) {
			if strings.HasPrefix(m[1], "data:") {
				continue
			}
			to, err := from.Parse(m[1])
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(to.String(), root), "%s has %s", page, m[1])
			status, _, _ := v.ask("GET", to.String())
			require.Less(t, status, 400, "%s has %s", page, m[1])
		}
	}
	status, _, text := v.ask("GET", root+"api/v1/jobs/"+id(1)+"/outputs/0", "Range", "bytes=3-5")
	require.Equal(t, http.StatusPartialContent, status)
	require.Equal(t, "345", text)
	heard(t, v, root)

	// A button, as a browser sends it: over HTTPS it says from which page.
	origin := strings.TrimSuffix(root, "/upright/")
	status, at, _ = v.ask("POST", root+"pause", "Origin", origin, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, root, at.String())
	status, _, _ = v.ask("POST", root+"resume", "Origin", origin)
	require.Equal(t, http.StatusOK, status, "an older browser")
	status, _, _ = v.ask("POST", root+"pause", "Origin", "https://evil.example")
	require.Equal(t, http.StatusForbidden, status)
	status, at, text = v.ask("POST", root+"sign-out", "Origin", origin)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, root+"sign-in?out", at.String())
	require.Contains(t, text, "You are signed out.")
	_, at, _ = v.ask("GET", root)
	require.Equal(t, root+"sign-in?to=", at.String())
}

// heard requires that events come as they happen.
func heard(t *testing.T, v *visitor, root string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, "GET", root+"api/v1/events?id="+id(1), nil)
	require.NoError(t, err)
	r, err := v.Do(q)
	require.NoError(t, err)
	defer r.Body.Close()
	lines := bufio.NewReader(r.Body)
	for line := ""; !strings.HasPrefix(line, "data: "); {
		line, err = lines.ReadString('\n')
		require.NoError(t, err)
	}
}

// goProxy is the least that a proxy can do.
func goProxy(t *testing.T, address string) (root string) {
	target, err := url.Parse(address)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(q *httputil.ProxyRequest) {
		q.SetURL(target)
		q.Out.Host = q.In.Host
		q.Out.Header.Set("X-Forwarded-Proto", "https")
	}}
	s := httptest.NewTLSServer(http.StripPrefix("/upright", proxy))
	t.Cleanup(s.Close)
	return s.URL + "/upright/"
}

func nginx(t *testing.T, address string) (root string) {
	program := proxyProgram(t, "nginx", "/usr/sbin/nginx")
	port, dir := freePort(t), t.TempDir()
	certificate(t, dir)
	text := example(t, "nginx",
		"listen 443 ssl", fmt.Sprintf("listen 127.0.0.1:%d ssl", port),
		"/etc/ssl/videos.pem", filepath.Join(dir, "cert.pem"), "/etc/ssl/videos.key", filepath.Join(dir, "key.pem"),
		"http://127.0.0.1:7188", address)
	places := ""
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		places += fmt.Sprintf("%s_temp_path %s/%s;\n", what, dir, what)
	}
	file := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil,
		"daemon off;\nmaster_process off;\npid %s/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n%s%s}\n",
		dir, places, text), 0o600))
	background(t, exec.Command(program, "-e", "stderr", "-p", dir, "-c", file))
	return fmt.Sprintf("https://localhost:%d/upright/", port)
}

func caddy(t *testing.T, address string) (root string) {
	program := proxyProgram(t, "caddy")
	port, dir := freePort(t), t.TempDir()
	certificate(t, dir)
	host := fmt.Sprintf("https://localhost:%d", port)
	text := example(t, "caddy", "videos.example.com {",
		fmt.Sprintf("{\nadmin off\nauto_https off\n}\n%s {\ntls %s/cert.pem %[2]s/key.pem", host, dir),
		"127.0.0.1:7188", strings.TrimPrefix(address, "http://"))
	file := filepath.Join(dir, "Caddyfile")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	c := exec.Command(program, "run", "--adapter", "caddyfile", "--config", file)
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	background(t, c)
	return host + "/upright/"
}

// example is a block of docs/proxy.md, with replacements that all have to be there.
func example(t *testing.T, language string, replace ...string) string {
	text, err := os.ReadFile("../../../docs/proxy.md")
	require.NoError(t, err)
	m := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, m, "docs/proxy.md has no example for %s", language)
	block := string(m[1])
	for i := 0; i < len(replace); i += 2 {
		require.Contains(t, block, replace[i])
		block = strings.ReplaceAll(block, replace[i], replace[i+1])
	}
	return block
}

// proxyProgram finds a proxy. Where there is none its test is skipped: `make test` installs nginx.
func proxyProgram(t *testing.T, names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("there is no %s: apt-get install %[1]s", names[0])
	return ""
}

// background runs a program until the test ends.
func background(t *testing.T, c *exec.Cmd) {
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		ended := time.AfterFunc(10*time.Second, func() { _ = c.Process.Kill() })
		_ = c.Wait()
		ended.Stop()
		if t.Failed() {
			t.Log(said.String())
		}
	})
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// certificate writes cert.pem and key.pem, for localhost.
func certificate(t *testing.T, dir string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert},
		"key.pem": {Type: "PRIVATE KEY", Bytes: der}} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
}
