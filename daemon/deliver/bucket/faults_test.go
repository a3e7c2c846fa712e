package bucket_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/s3test"
)

// fault is something that goes wrong with some requests.
type fault struct {
	name string
	with func(r *http.Request) bool
	// do answers a request, or passes it on.
	do   func(w http.ResponseWriter, r *http.Request, pass http.Handler)
	says string
}

func every(*http.Request) bool { return true }

// part says that a request sends content: an object as a whole, or a part of it.
func part(r *http.Request) bool { return r.Method == http.MethodPut }

// complete says that a request asks for the parts to be made one object.
func complete(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

// content says that a request reads an object back.
func content(r *http.Request) bool {
	return r.Method == http.MethodGet && !r.URL.Query().Has("list-type")
}

// answer says what S3 says when something is wrong, once it has read what it was sent.
func answer(status int, code string) func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code>`+
			`<Message>a fault of this test</Message><RequestId>1</RequestId></Error>`, code)
	}
}

// begun is the beginning of an answer that says that it is longer.
func begun(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "9000000")
	_, _ = w.Write(make([]byte, 1000))
	_ = http.NewResponseController(w).Flush()
}

var faults = []fault{
	{"503 for everything", every, answer(http.StatusServiceUnavailable, "ServiceUnavailable"), ""},
	{"slow down", part, answer(http.StatusServiceUnavailable, "SlowDown"), "SlowDown"},
	{"500 when it is to be completed", complete, answer(http.StatusInternalServerError, "InternalError"),
		"InternalError"},
	// S3 begins its answer before it knows the end.
	{"200 with an error in it", complete, answer(http.StatusOK, "InternalError"), ""},
	{"altered on the way", part, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		b, _ := io.ReadAll(r.Body)
		b[len(b)/2] ^= 1
		r.Body = io.NopCloser(bytes.NewReader(b))
		pass.ServeHTTP(w, r)
	}, ""},
	{"cut off while it is sent", part, func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.CopyN(io.Discard, r.Body, 100_000)
		panic(http.ErrAbortHandler)
	}, ""},
	{"cut off while it is read back", content, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		begun(w)
		panic(http.ErrAbortHandler)
	}, ""},
	{"the bucket has lost it", content, answer(http.StatusNotFound, "NoSuchKey"), "is not there"},
	{"hangs in the middle of a body", content, func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		begun(w)
		<-r.Context().Done()
	}, "does not answer"},
}

// faulty is the address of a bucket behind a fault, as long as it lasts.
func faulty(t *testing.T, s *s3test.Server, bucket string, f fault, lasts *atomic.Bool) string {
	t.Helper()
	pass := passOn(t, s)
	p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lasts.Load() && f.with(r) {
			f.do(w, r, pass)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return proxied(s.URL(bucket), p)
}

// TestS3Faults has a real server behind one fault after the other. While it lasts nothing counts as uploaded, and
// nothing is removed here; afterwards the upload is done, whole, under its own name.
func TestS3Faults(t *testing.T) {
	var buckets []string
	for i := range faults {
		buckets = append(buckets, fmt.Sprintf("media-%d", i))
	}
	s := s3test.Start(t, buckets...)
	for i, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var lasts atomic.Bool
			lasts.Store(true)
			u := newUploader(t, faulty(t, s, buckets[i], c, &lasts), 20<<20, 1000)
			u.opt.Stall = time.Minute
			if strings.HasPrefix(c.name, "hangs") {
				u.opt.Stall = 5 * time.Second
			}
			u.requireError(c.says)
			lasts.Store(false)
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
