package bucket_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"

	"github.com/upright-media/upright/daemon/deliver"
	_ "github.com/upright-media/upright/daemon/deliver/bucket"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/s3test"
)

// uploader is a job that is uploaded.
type uploader struct {
	t      *testing.T
	output string
	rec    job.Record
	opt    deliver.Options
	now    time.Time
}

func newUploader(t *testing.T, url string, sizes ...int) *uploader {
	u := &uploader{t: t, output: t.TempDir(), now: time.Now()}
	u.rec = makeRecord(t, u.output, url, sizes...)
	u.opt = deliver.Options{
		Now:     func() time.Time { return u.now },
		Backoff: func(int) time.Duration { return time.Second },
		Keep: func(_ context.Context, change func(*job.Record)) error {
			change(&u.rec)
			return nil
		},
	}
	return u
}

func makeRecord(t *testing.T, output, url string, sizes ...int) job.Record {
	rec := job.Record{Outcome: job.Done, Spec: job.Spec{
		ID: "0123456789abcdef0123456789abcdef", Output: output,
		Delivery: job.Delivery{Sources: "keep", Upload: &job.Upload{URL: url, Prefix: "videos/", RemoveLocal: true}},
	}}
	require.NoError(t, os.MkdirAll(filepath.Join(output, "größe 1"), 0o755))
	random := rand.NewChaCha8([32]byte{1})
	for i, size := range sizes {
		b := make([]byte, size)
		_, _ = random.Read(b)
		file := filepath.Join(output, "größe 1", []string{"a+b.mp4", "c.mp4", "d.webm"}[i])
		require.NoError(t, os.WriteFile(file, b, 0o644))
		sum := sha256.Sum256(b)
		rec.Outputs = append(rec.Outputs, job.Output{File: file, Bytes: int64(size),
			SHA256: hex.EncodeToString(sum[:])})
	}
	rec.ReportFile = filepath.Join(output, "größe 1", "a+b.json")
	require.NoError(t, os.WriteFile(rec.ReportFile, []byte(`{"schema":1}`), 0o644))
	return rec
}

func (u *uploader) run() deliver.Result {
	u.t.Helper()
	u.now = u.now.Add(time.Minute)
	r := deliver.Run(u.t.Context(), u.rec, u.opt)
	require.NoError(u.t, r.Err)
	return r
}

func (u *uploader) requireError(want string) {
	u.t.Helper()
	require.False(u.t, u.run().Finished)
	s := u.rec.Steps[0]
	require.Equal(u.t, deliver.StepWaiting, s.State)
	require.Contains(u.t, s.Error, want)
	require.NotContains(u.t, s.Error, s3test.Secret)
	require.Less(u.t, len(s.Error), 600)
	u.t.Log(s.Error)
	for _, o := range u.rec.Outputs {
		require.FileExists(u.t, o.File, "nothing is removed before it is proven")
		require.Empty(u.t, o.URL)
	}
}

func (u *uploader) requireUploaded() {
	u.t.Helper()
	require.True(u.t, u.run().Finished, "%+v", u.rec.Steps)
	require.Equal(u.t, deliver.StepDone, u.rec.Steps[0].State, u.rec.Steps[0].Error)
	for _, o := range u.rec.Outputs {
		require.True(u.t, o.Removed)
		require.NoFileExists(u.t, o.File)
	}
	require.FileExists(u.t, u.rec.ReportFile)
}

func sha(t *testing.T, file string) string {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	require.NoError(t, err)
	return hex.EncodeToString(h.Sum(nil))
}

func TestS3(t *testing.T) {
	s := s3test.Start(t, "media")
	u := newUploader(t, s.URL("media"), 20<<20+1, 0, 300_000) // in parts; empty; at once
	u.requireUploaded()
	names := []string{"a+b.mp4", "c.mp4", "d.webm"}
	b, err := blob.OpenBucket(t.Context(), s.URL("media"))
	require.NoError(t, err)
	defer b.Close()
	for i, o := range u.rec.Outputs {
		require.Equal(t, o.SHA256, sha(t, filepath.Join(s.Dir, "media/videos/größe 1", names[i])))
		require.Equal(t, (&url.URL{Scheme: "s3", Host: "media", Path: "/videos/größe 1/" + names[i]}).String(), o.URL)
		attrs, err := b.Attributes(t.Context(), "videos/größe 1/"+names[i])
		require.NoError(t, err)
		require.Equal(t, []string{"video/mp4", "video/mp4", "video/webm"}[i], attrs.ContentType)
		require.Equal(t, map[string]string{"upright-job": u.rec.Spec.ID, "upright-sha256": o.SHA256}, attrs.Metadata)
	}
	attrs, err := b.Attributes(t.Context(), "videos/größe 1/a+b.json")
	require.NoError(t, err)
	require.Equal(t, "application/json", attrs.ContentType)
}

// What is in the way is left alone, also if it comes between looking and writing.
func TestS3OverwritesNothing(t *testing.T) {
	for _, size := range []int{1000, 20 << 20} {
		s := s3test.Start(t, "media")
		key := "videos/größe 1/a+b.mp4"
		b, err := blob.OpenBucket(t.Context(), s.URL("media"))
		require.NoError(t, err)
		var late atomic.Bool
		proxy := newProxy(t, s, func(r *http.Request) {
			// The first write: a moment ago the key was free.
			if (r.Method == http.MethodPut || r.Method == http.MethodPost) && late.CompareAndSwap(false, true) {
				require.NoError(t, b.WriteAll(t.Context(), key, []byte("somebody else's"), nil))
			}
		}, nil)
		u := newUploader(t, proxied(s.URL("media"), proxy), size)
		u.requireUploaded()
		require.True(t, late.Load())
		text, err := b.ReadAll(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, "somebody else's", string(text))
		require.True(t, strings.HasSuffix(u.rec.Outputs[0].URL, "a+b.2.mp4"), u.rec.Outputs[0].URL)
		require.Equal(t, u.rec.Outputs[0].SHA256, sha(t, filepath.Join(s.Dir, "media/videos/größe 1/a+b.2.mp4")))
		require.FileExists(t, filepath.Join(s.Dir, "media/videos/größe 1/a+b.2.json"))
		require.NoFileExists(t, filepath.Join(s.Dir, "media/videos/größe 1/a+b.json"))
		b.Close()
		s.Stop()
	}
}

func TestS3Recovers(t *testing.T) {
	s := s3test.Start(t, "other")
	u := newUploader(t, s.URL("media"), 9<<20)
	u.requireError("the bucket, container or folder does not exist (NoSuchBucket: ")
	require.NoError(t, os.Mkdir(filepath.Join(s.Dir, "media"), 0o755))

	s.Stop()
	u.requireError("connection refused")
	s.Restart()

	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
	u.requireError("access was denied")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	u.requireError("s3://media cannot be reached: there are no credentials in the environment")
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.Secret)
	u.requireUploaded()
	require.Equal(t, 5, u.rec.Steps[0].Attempts)
}

// A server need not read a big file to say that there is no such bucket, and its answer may be lost when it hangs up.
func TestS3HangsUpEarly(t *testing.T) {
	s := s3test.Start(t, "other")
	proxy := newProxy(t, s, func(r *http.Request) {
		if r.Method == http.MethodPut || r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
	}, nil)
	u := newUploader(t, proxied(s.URL("media"), proxy), 9<<20)
	u.requireError("the bucket, container or folder does not exist (NoSuchBucket: ")
	u = newUploader(t, proxied(s.URL("other"), proxy), 9<<20)
	u.requireError("s3://other cannot be written to: ")
	require.NotContains(t, u.rec.Steps[0].Error, "does not exist")
}

func TestS3Hangs(t *testing.T) {
	s := s3test.Start(t, "media")
	quiet, err := net.Listen("tcp", "127.0.0.1:0") // takes calls and says nothing
	require.NoError(t, err)
	defer quiet.Close()
	u := newUploader(t, strings.ReplaceAll(s.URL("media"), url.QueryEscape(s.Endpoint),
		url.QueryEscape("http://"+quiet.Addr().String())), 1000)
	u.opt.Stall = 500 * time.Millisecond
	u.requireError("s3://media cannot be reached: it does not answer")

	// In the middle of an upload.
	release := make(chan struct{})
	proxy := newProxy(t, s, func(r *http.Request) {
		if r.Method == http.MethodPut {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	}, nil)
	u = newUploader(t, proxied(s.URL("media"), proxy), 20<<20)
	u.opt.Stall = 2 * time.Second
	u.requireError("s3://media cannot be written to: it does not answer")
	close(release)
	u.opt.Stall = time.Minute
	u.requireUploaded()
}

// A store that says that all is well, and gives back something else.
func TestS3Lies(t *testing.T) {
	s := s3test.Start(t, "media")
	var lie atomic.Bool
	lie.Store(true)
	proxy := newProxy(t, s, nil, func(resp *http.Response) error {
		if resp.Request.Method != http.MethodGet || !lie.Load() {
			return nil
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		b[len(b)/2] ^= 1
		resp.Body = io.NopCloser(bytes.NewReader(b))
		for name := range resp.Header {
			if strings.HasPrefix(strings.ToLower(name), "x-amz-checksum") {
				resp.Header.Del(name) // which the SDK would find out itself
			}
		}
		return nil
	})
	u := newUploader(t, proxied(s.URL("media"), proxy), 100_000)
	u.requireError("the upload of a+b.mp4 is not proven: s3://media/videos/gr%C3%B6%C3%9Fe%201/a+b.mp4: what was " +
		"read back is not what was sent")
	u.requireError("is not proven")
	lie.Store(false)
	u.requireUploaded()
	require.True(t, strings.HasSuffix(u.rec.Outputs[0].URL, "a+b.mp4"),
		"our own broken upload is replaced, not numbered")
}

// However big an output is, it goes through in parts.
func TestS3BoundsItsMemory(t *testing.T) {
	s := s3test.Start(t, "media")
	u := newUploader(t, s.URL("media"), 96<<20)
	runtime.GC()
	var peak, before uint64
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before = m.HeapInuse
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}
	}()
	u.requireUploaded()
	close(stop)
	<-done
	t.Logf("heap in use: %d MiB before, at most %d MiB", before>>20, peak>>20)
	require.Less(t, peak, before+64<<20)
}

// newProxy stands between a client and the server: it sees the requests, and may change the answers.
func newProxy(t *testing.T, s *s3test.Server, request func(*http.Request),
	response func(*http.Response) error) *httptest.Server {
	rp := passOn(t, s)
	rp.ModifyResponse = response
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if request != nil {
			request(r)
		}
		rp.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// passOn passes requests on to the server.
func passOn(t *testing.T, s *s3test.Server) *httputil.ReverseProxy {
	target, err := url.Parse(s.Endpoint)
	require.NoError(t, err)
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
		r.Out.Host = r.In.Host // it is signed
	}}
}

func proxied(address string, proxy *httptest.Server) string {
	u, _ := url.Parse(address)
	q := u.Query()
	q.Set("endpoint", proxy.URL)
	u.RawQuery = q.Encode()
	return u.String()
}
