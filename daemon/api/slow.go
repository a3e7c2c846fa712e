package api

import (
	"net/http"
	"time"
)

// Times for those who read slowly.
var (
	// sending is how long all of an answer may take to be read, beside what it took to be made. It is for answers that
	// are made in memory; streams and files have a time for each part.
	sending = time.Minute
	// partTime is for each part of a file: slow readers get on, those who have stopped are cut off.
	partTime = time.Minute
)

const partBytes = 32 << 10

// bounded gives every answer a time to be read in.
func (s *service) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		// Where it is not supported, as in tests without a server, there is nothing to be bounded.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.answers + sending))
		next.ServeHTTP(w, q)
	})
}

// partly writes an answer in parts, each with a time of its own. It has no ReadFrom, which would send a whole file in
// one go.
type partly struct {
	http.ResponseWriter
	control *http.ResponseController
}

func inParts(w http.ResponseWriter) *partly { return &partly{w, http.NewResponseController(w)} }

// Write implements io.Writer.
func (p *partly) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		part := b[:min(len(b), partBytes)]
		_ = p.control.SetWriteDeadline(time.Now().Add(partTime))
		m, err := p.ResponseWriter.Write(part)
		n += m
		if err != nil {
			return n, err
		}
		b = b[m:]
	}
	return n, nil
}
