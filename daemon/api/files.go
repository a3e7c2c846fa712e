package api

import (
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/files"
)

// mediaTypes are those of outputs: a machine's own table need not have them.
var mediaTypes = map[string]string{
	".mp4": "video/mp4", ".m4a": "audio/mp4", ".webm": "video/webm", ".mkv": "video/x-matroska",
	".mka": "audio/x-matroska",
	".srt": "text/plain; charset=utf-8", ".vtt": "text/vtt; charset=utf-8", ".jpg": "image/jpeg",
}

// numbered is the job that a request names, and the number of one of its outputs. If there is none, it has said so.
func (s *service) numbered(w http.ResponseWriter, q *http.Request) (r *job.Record, n int) {
	if r = s.record(w, q); r == nil {
		return nil, 0
	}
	n, err := strconv.Atoi(q.PathValue("n"))
	if err != nil || n < 0 || n >= len(r.Outputs) {
		s.fail(w, http.StatusNotFound, fmt.Errorf("the job has %d outputs, numbered from 0 on", len(r.Outputs)))
		return nil, 0
	}
	return r, n
}

// output is one of the files that a job made. Browsers seek in it by ranges.
func (s *service) output(w http.ResponseWriter, q *http.Request) {
	r, n := s.numbered(w, q)
	switch {
	case r == nil:
	case r.Outputs[n].Removed:
		s.fail(w, http.StatusGone, errors.New("the file is not on this machine any more"))
	case q.URL.Query().Has("vtt"):
		s.subtitles(w, r, r.Outputs[n].File)
	default:
		s.file(w, q, r, r.Outputs[n].File, mediaTypes[strings.ToLower(filepath.Ext(r.Outputs[n].File))])
	}
}

// poster is a small picture of an output, which is there also if the output is not any more.
func (s *service) poster(w http.ResponseWriter, q *http.Request) {
	r, n := s.numbered(w, q)
	if r == nil {
		return
	}
	data, err := s.backend.Queue().Artifact(q.Context(), r.Spec.ID, job.PosterAttempt, job.PosterName(n))
	switch {
	case !r.Outputs[n].Poster || errors.Is(err, queue.ErrNotFound):
		s.fail(w, http.StatusNotFound, errors.New("there is no picture of this output"))
	case err != nil:
		s.error(w, err)
	default:
		// A job that is converted again gets another one, which the page asks for by another address.
		w.Header().Set("Cache-Control", "private, max-age=86400")
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write(data) // to a reader that may be gone
	}
}

// report is the report as it lies beside the outputs.
func (s *service) report(w http.ResponseWriter, q *http.Request) {
	r := s.record(w, q)
	switch {
	case r == nil:
	case r.Report != nil:
		s.raw(w, "application/json", r.Report)
	case r.ReportFile != "":
		s.file(w, q, r, r.ReportFile, "application/json")
	default:
		s.fail(w, http.StatusNotFound, errors.New("the job has no report"))
	}
}

// openFile opens a file that a record names, and nothing else: not through a link that leads out of the output folder,
// and not outside of it. If it cannot, it has said so.
func (s *service) openFile(w http.ResponseWriter, r *job.Record, path string) (*os.File, fs.FileInfo) {
	inside, err := below(r, path)
	if err != nil {
		s.fail(w, http.StatusForbidden, err)
		return nil, nil
	}
	f, info, err := openBelow(r.Spec.Output, inside)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.fail(w, http.StatusGone, errors.New("the file was removed from the output folder, and not by Upright"))
	case errors.Is(err, fs.ErrPermission):
		s.fail(w, http.StatusForbidden, errors.New("the daemon may not read the file any more"))
	case err != nil:
		s.fail(w, http.StatusForbidden, fmt.Errorf("the file cannot be read: %w", files.Reason(err)))
	default:
		return f, info
	}
	return nil, nil
}

// file serves a file that a record names.
func (s *service) file(w http.ResponseWriter, q *http.Request, r *job.Record, path, mediaType string) {
	f, info := s.openFile(w, r, path)
	if f == nil {
		return
	}
	defer f.Close()
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "private, no-cache")
	if q.URL.Query().Has("download") {
		w.Header().Set("Content-Disposition",
			mime.FormatMediaType("attachment", map[string]string{"filename": filepath.Base(path)}))
	}
	http.ServeContent(inParts(w), q, "", info.ModTime(), f)
}

// below is the path of a file that a record names, seen from the job's output folder.
func below(r *job.Record, path string) (string, error) {
	inside, err := filepath.Rel(r.Spec.Output, path)
	if err != nil || !filepath.IsLocal(inside) {
		return "", errors.New("the file is not below the job's output folder")
	}
	return inside, nil
}

// openBelow opens a file below a folder, whatever links lie on the way: none leads out of it.
func openBelow(dir, inside string) (*os.File, fs.FileInfo, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	return files.OpenIn(root, inside, os.O_RDONLY, files.Follow)
}
