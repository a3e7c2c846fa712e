package mjr

import "io"

const (
	// windowSize bounds the memory of a reader. The farthest look ahead is three records of the largest size.
	windowSize = 256 << 10
	// firstWindow is enough for a header and some records: often no more of a file is wanted.
	firstWindow = 8 << 10
)

// window is a part of a stream, held in memory. It moves forward only.
type window struct {
	src  io.Reader
	buf  []byte
	base int64 // stream offset of buf[0]
	keep int64 // everything in front of this offset may be forgotten
	err  error // why the stream ended, io.EOF or worse
}

func newWindow(src io.Reader, start int64) window {
	return window{src: src, buf: make([]byte, 0, firstWindow), base: start, keep: start}
}

// end is the offset behind the last byte that has been read.
func (w *window) end() int64 { return w.base + int64(len(w.buf)) }

// at returns up to n bytes at an offset that is not in front of keep. Fewer bytes mean that the stream ends there.
// Never more than windowSize bytes behind keep can be asked for. The bytes are valid until the next call.
func (w *window) at(offset int64, n int) []byte {
	end := offset + int64(n)
	for w.end() < end && w.err == nil {
		w.fill(end)
	}
	from := offset - w.base
	if from >= int64(len(w.buf)) {
		return nil
	}
	return w.buf[from:min(end-w.base, int64(len(w.buf)))]
}

// fill reads once. It makes room first only if end does not fit, so that bytes are moved once per window and not once
// per record.
func (w *window) fill(end int64) {
	if end-w.base > windowSize {
		forget := min(w.keep-w.base, int64(len(w.buf)))
		w.buf = w.buf[:copy(w.buf, w.buf[forget:])]
		w.base += forget
	}
	if need := int(end - w.base); need > cap(w.buf) || len(w.buf) == cap(w.buf) {
		larger := make([]byte, len(w.buf), min(max(need, 2*cap(w.buf)), windowSize))
		copy(larger, w.buf)
		w.buf = larger
	}
	room := w.buf[len(w.buf):cap(w.buf)]
	for range 100 {
		n, err := w.src.Read(room)
		w.buf = w.buf[:len(w.buf)+max(0, min(n, len(room)))]
		if err != nil {
			w.err = err
			return
		}
		if n > 0 {
			return
		}
	}
	w.err = io.ErrNoProgress
}

// atReader reads an io.ReaderAt from an offset on.
type atReader struct {
	src    io.ReaderAt
	offset int64
}

func (r *atReader) Read(p []byte) (int, error) {
	n, err := r.src.ReadAt(p, r.offset)
	r.offset += int64(n)
	return n, err
}
