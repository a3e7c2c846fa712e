package bucket_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/s3test"
)

// faulty stands between a client and the server while something is wrong. A fault answers a request itself, or passes
// it on.
func faulty(t *testing.T, s *s3test.Server, bucket string, broken *atomic.Bool,
	fault func(w http.ResponseWriter, r *http.Request, pass http.Handler)) string {
	t.Helper()
	target, err := url.Parse(s.Endpoint)
	require.NoError(t, err)
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
		r.Out.Host = r.In.Host // it is signed
	}}
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() {
			fault(w, r, pass)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return proxied(s.URL(bucket), p)
}

// answer is what S3 says when something is wrong.
func answer(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code>`+
		`<Message>a fault of this test</Message><RequestId>1</RequestId></Error>`, code)
}

// isPart says that a request sends content: an object as a whole, or a part of it.
func isPart(r *http.Request) bool { return r.Method == http.MethodPut }

// isComplete says that a request asks for the parts to be made one object.
func isComplete(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

// altered is a body with one bit changed in its middle.
func altered(body io.Reader) io.ReadCloser {
	b, _ := io.ReadAll(body)
	b[len(b)/2] ^= 1
	return io.NopCloser(bytes.NewReader(b))
}

// TestS3Faults has a real server behind one fault after the other. While it lasts nothing counts as uploaded, and
// nothing is removed here; afterwards the upload is done, whole, under its own name.
func TestS3Faults(t *testing.T) {
	cases := []struct {
		name  string
		fault func(w http.ResponseWriter, r *http.Request, pass http.Handler)
		says  string
	}{
		{"503 for everything", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			answer(w, http.StatusServiceUnavailable, "ServiceUnavailable")
		}, ""},
		{"slow down", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if isPart(r) {
				_, _ = io.Copy(io.Discard, r.Body)
				answer(w, http.StatusServiceUnavailable, "SlowDown")
				return
			}
			pass.ServeHTTP(w, r)
		}, "SlowDown"},
		{"500 when it is to be completed", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if isComplete(r) {
				answer(w, http.StatusInternalServerError, "InternalError")
				return
			}
			pass.ServeHTTP(w, r)
		}, "InternalError"},
		// S3 begins its answer before it knows the end.
		{"200 with an error in it", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if isComplete(r) {
				answer(w, http.StatusOK, "InternalError")
				return
			}
			pass.ServeHTTP(w, r)
		}, ""},
		{"altered on the way", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if isPart(r) {
				r.Body = altered(r.Body)
			}
			pass.ServeHTTP(w, r)
		}, ""},
		{"cut off while it is sent", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if isPart(r) {
				_, _ = io.CopyN(io.Discard, r.Body, 100_000)
				panic(http.ErrAbortHandler)
			}
			pass.ServeHTTP(w, r)
		}, ""},
		{"cut off while it is read back", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Method == http.MethodGet && !strings.Contains(r.URL.RawQuery, "list") {
				w.Header().Set("Content-Length", "9000000")
				_, _ = w.Write(make([]byte, 1000))
				panic(http.ErrAbortHandler)
			}
			pass.ServeHTTP(w, r)
		}, ""},
		{"the bucket lost it", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Method == http.MethodGet && !strings.Contains(r.URL.RawQuery, "list") {
				answer(w, http.StatusNotFound, "NoSuchKey")
				return
			}
			pass.ServeHTTP(w, r)
		}, "is not there"},
		{"hangs in the middle of a body", func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Method == http.MethodGet && !strings.Contains(r.URL.RawQuery, "list") {
				w.Header().Set("Content-Length", "9000000")
				_, _ = w.Write(make([]byte, 1000))
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				return
			}
			pass.ServeHTTP(w, r)
		}, "does not answer"},
	}
	var buckets []string
	for i := range cases {
		buckets = append(buckets, fmt.Sprintf("media-%d", i))
	}
	s := s3test.Start(t, buckets...)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var broken atomic.Bool
			broken.Store(true)
			u := newUploader(t, faulty(t, s, buckets[i], &broken, c.fault), 20<<20, 1000)
			u.opt.Stall = time.Minute
			if strings.HasPrefix(c.name, "hangs") {
				u.opt.Stall = 5 * time.Second
			}
			u.requireError(c.says)
			broken.Store(false)
			u.opt.Stall = time.Minute
			u.requireUploaded()
			wanted := map[string]bool{"a+b.json": true}
			for _, o := range u.rec.Outputs {
				name := filepath.Base(o.File)
				wanted[name] = true
				require.Equal(t, o.SHA256, sha(t, filepath.Join(s.Dir, buckets[i], "videos/größe 1", name)))
			}
			require.NoError(t, filepath.WalkDir(filepath.Join(s.Dir, buckets[i]),
				func(path string, e fs.DirEntry, err error) error {
					if err == nil && !e.IsDir() {
						require.True(t, wanted[filepath.Base(path)], "%s is left over", path)
					}
					return err
				}))
		})
	}
}
