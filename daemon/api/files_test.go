package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
)

func TestOutput(t *testing.T) {
	w := start(t, api.Options{})
	dir := t.TempDir()
	write(t, filepath.Join(dir, "sub/a\"ü.mp4"), "0123456789")
	w.add(1, video(dir, "sub/a\"ü.mp4"))
	path := "/api/v1/jobs/" + id(1) + "/outputs/0"

	a := w.do("GET", path, "")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "0123456789", a.body)
	require.Equal(t, "video/mp4", a.header.Get("Content-Type"))
	require.Equal(t, "bytes", a.header.Get("Accept-Ranges"))
	require.Empty(t, a.header.Get("Content-Disposition"))
	modified := a.header.Get("Last-Modified")

	a = w.do("GET", path, "", "Range", "bytes=2-4")
	require.Equal(t, http.StatusPartialContent, a.status)
	require.Equal(t, "234", a.body)
	require.Equal(t, "bytes 2-4/10", a.header.Get("Content-Range"))
	require.Equal(t, "89", w.do("GET", path, "", "Range", "bytes=-2").body)
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, w.do("GET", path, "", "Range", "bytes=10-").status)
	require.Equal(t, http.StatusNotModified, w.do("GET", path, "", "If-Modified-Since", modified).status)
	a = w.do("HEAD", path, "")
	require.Equal(t, "10", a.header.Get("Content-Length"))
	require.Empty(t, a.body)
	a = w.do("GET", path+"?download", "")
	require.Equal(t, "attachment; filename*=utf-8''a%22%C3%BC.mp4", a.header.Get("Content-Disposition"))

	for _, n := range []string{"1", "-1", "x", "99999999999999999999"} {
		w.fails(http.StatusNotFound, "1 outputs", w.do("GET", "/api/v1/jobs/"+id(1)+"/outputs/"+n, ""))
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "sub/a\"ü.mp4")))
	w.fails(http.StatusGone, "removed", w.do("GET", path, ""))
	require.NoError(t, w.backend.queue.Mark(t.Context(), id(1), func(r *job.Record) { r.Outputs[0].Removed = true }))
	w.fails(http.StatusGone, "not on this machine", w.do("GET", path, ""))
}

// A record names files, but what lies there now may be anything.
func TestOutputStaysInItsFolder(t *testing.T) {
	w := start(t, api.Options{})
	dir, outside := t.TempDir(), t.TempDir()
	secret := write(t, filepath.Join(outside, "secret.mp4"), "secret")
	require.NoError(t, os.Symlink(secret, filepath.Join(dir, "link.mp4")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "folder")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.mp4"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dir.mp4"), 0o700))
	for n, name := range []string{"link.mp4", "folder/secret.mp4", "../" + filepath.Base(outside) + "/secret.mp4",
		"pipe.mp4", "dir.mp4", "."} {
		w.add(n+1, func(r *job.Record) {
			video(dir, "x")(r)
			r.Outputs[0].File = dir + "/" + name
			r.ReportFile = dir + "/" + name
		})
		for _, what := range []string{"/outputs/0", "/report"} {
			a := w.do("GET", "/api/v1/jobs/"+id(n+1)+what, "")
			w.fails(http.StatusForbidden, "", a)
			require.NotContains(t, a.body, "secret\n", name)
		}
	}
	w.add(50, func(r *job.Record) {
		video(dir, "x")(r)
		r.Outputs[0].File = secret
	})
	w.fails(http.StatusForbidden, "not below", w.do("GET", "/api/v1/jobs/"+id(50)+"/outputs/0", ""))
}

func TestReport(t *testing.T) {
	w := start(t, api.Options{})
	dir := t.TempDir()
	w.add(1, func(r *job.Record) {
		video(dir, "a.mp4")(r)
		r.Report = json.RawMessage(`{"schema": 1}`)
	})
	w.add(2, func(r *job.Record) {
		video(dir, "a.mp4")(r)
		r.ReportFile = write(t, filepath.Join(dir, "a.json"), `{"schema": 1, "large": true}`)
	})
	w.add(3, video(dir, "a.mp4"))
	a := w.do("GET", "/api/v1/jobs/"+id(1)+"/report", "")
	require.JSONEq(t, `{"schema": 1}`, a.body)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	a = w.do("GET", "/api/v1/jobs/"+id(2)+"/report", "")
	require.JSONEq(t, `{"schema": 1, "large": true}`, a.body)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	w.fails(http.StatusNotFound, "no report", w.do("GET", "/api/v1/jobs/"+id(3)+"/report", ""))
}
