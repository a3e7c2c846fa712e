package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/upright-media/upright/daemon/job"
)

// maxSubtitles is how large a file of subtitles may be to be shown by a browser: a day of chat takes less.
const maxSubtitles = 16 << 20

// subtitles serves an SRT file as WebVTT, which is what browsers show.
func (s *service) subtitles(w http.ResponseWriter, r *job.Record, path string) {
	if !strings.EqualFold(filepath.Ext(path), ".srt") {
		s.fail(w, http.StatusNotFound, errors.New("only subtitles (.srt) can be had as WebVTT"))
		return
	}
	f, _ := s.openFile(w, r, path)
	if f == nil {
		return
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSubtitles+1))
	switch {
	case err != nil:
		s.error(w, err)
	case len(text) > maxSubtitles:
		s.fail(w, http.StatusForbidden,
			errors.New("the subtitles are too long to be shown; the file can be downloaded"))
	default:
		s.raw(w, "text/vtt; charset=utf-8", webVTT(text))
	}
}

// srtTime is a time of SRT, with the comma that WebVTT has a dot for.
var srtTime = regexp.MustCompile(`(\d\d:\d\d:\d\d),(\d\d\d)`)

// webVTT makes WebVTT (W3C) out of SRT: a line on top, and dots in times. Numbers of cues may stay. What people have
// written is no markup: it is shown as it is.
func webVTT(srt []byte) []byte {
	out := bytes.NewBufferString("WEBVTT\n\n")
	for line := range bytes.Lines(bytes.TrimPrefix(srt, []byte("\xef\xbb\xbf"))) {
		if bytes.Contains(line, []byte(" --> ")) && srtTime.Match(line) {
			line = srtTime.ReplaceAll(line, []byte("$1.$2"))
		} else {
			line = bytes.ReplaceAll(line, []byte("&"), []byte("&amp;"))
			line = bytes.ReplaceAll(line, []byte("<"), []byte("&lt;"))
		}
		out.Write(line)
	}
	return out.Bytes()
}
