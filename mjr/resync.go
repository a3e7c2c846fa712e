package mjr

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
)

const (
	// maxStepMs is the longest time between the arrival of two records that makes it credible that the second is one. Text
	// that begins with "MEET" would have arrived after at least six days.
	maxStepMs = 60 * 60 * 1000
	// maxBackMs is how far arrival may go back. Janus' own clock never does; other writers' does.
	maxBackMs = 10 * 1000
)

// isRecord says whether a record's magic is in front. b has at least 8 bytes.
func (r *Reader) isRecord(b []byte) bool {
	return string(b[:4]) == magicRecord && (r.arrivals || string(b[4:8]) == magicOld[4:])
}

// mayFollow says whether these first bytes behind a record (up to 8, fewer only at the end of the file) are what may be
// there: a record, a second file header, the end. The beginning of a record that is cut off counts.
func (r *Reader) mayFollow(b []byte) bool {
	if len(b) == magicSize {
		return r.isRecord(b) || string(b) == magic1 || string(b) == magic2
	}
	if r.failed() {
		return true
	}
	if r.arrivals {
		return bytes.HasPrefix([]byte(magicRecord), b[:min(4, len(b))])
	}
	return bytes.HasPrefix([]byte(magicOld), b)
}

// fewZeros are as many as media, too, may end in.
const fewZeros = 8

// endsInZeros says whether the end of the record with the bytes b is zeroes and what is behind it, too: after a loss of
// power a file system has them where blocks of a file never came to the disk.
func (r *Reader) endsInZeros(b []byte) bool {
	zeros := make([]byte, 2*fewZeros)
	behind := r.window.at(r.offset+int64(len(b)), fewZeros)
	return len(behind) > 0 && bytes.HasSuffix(b, zeros[:fewZeros+1]) && bytes.HasPrefix(zeros, behind)
}

// arrival returns the arrival of the record that begins with b.
func (r *Reader) arrival(b []byte) (ms uint32, ok bool) {
	if !r.arrivals {
		return 0, false
	}
	ms = binary.BigEndian.Uint32(b[4:])
	// Records of generation 1 behind a second header. "ECHO" would be an arrival after 13.45 days.
	if string(b[4:8]) == magicOld[4:] && !r.near(ms) {
		return 0, false
	}
	return ms, true
}

// near says whether a record may have arrived then, given the last one.
func (r *Reader) near(ms uint32) bool {
	step := int32(ms - r.lastMs)
	return r.lastKnown && step >= -maxBackMs && step <= maxStepMs
}

// resync skips to the next record or file header, or to the end.
func (r *Reader) resync() {
	for {
		// Everything up to here is damage in any case, so the window can move on while we look.
		to := r.offset + windowSize/4
		at, ok := r.find(r.offset+1, to)
		switch {
		case ok:
			r.skip(at)
			return
		case len(r.window.at(to, 1)) == 0:
			r.end()
			return
		}
		r.skip(to - 1)
	}
}

// find looks for a record or a file header that begins in [from, to).
func (r *Reader) find(from, to int64) (int64, bool) {
	for from < to {
		b := r.window.at(from, int(to-from))
		i := bytes.IndexByte(b, magicRecord[0])
		if i < 0 {
			return 0, false
		}
		from += int64(i)
		if r.looksLikeRecord(from) || r.secondHeader(from) > 0 {
			return from, true
		}
		from++
	}
	return 0, false
}

// findHidden looks into a record that seems to be fine. If a writer failed inside it and went on, the next records lie
// where the rest of its payload should be, and by chance one of them may end exactly where the payload should end. So
// this is where a record is, which looks right in every respect and from which one leads to another up to this end.
func (r *Reader) findHidden(b []byte) (int64, bool) {
	magic := []byte(magicRecord)
	if !r.arrivals {
		magic = []byte(magicOld)
	}
	// A payload made to have many of them must not cost much time.
	for from, tries := 1, 0; tries < 8; tries++ {
		i := bytes.Index(b[from:], magic)
		if i < 0 {
			break
		}
		from += i
		at := from
		for len(b)-at >= preambleSize && r.isRecord(b[at:]) {
			n := int(binary.BigEndian.Uint16(b[at+8:]))
			ms, timed := r.arrival(b[at:])
			if timed && !r.near(ms) || !r.looksLikePayload(b[at+preambleSize:], int64(n)) {
				break
			}
			at += preambleSize + n
			if at == len(b) {
				return r.offset + int64(from), true
			}
		}
		from++
	}
	return 0, false
}

// secondHeader returns the size of the file header at an offset, 0 if there is none. One in the middle of a file comes
// from joining files; the records behind it are read in its form.
func (r *Reader) secondHeader(at int64) int64 {
	b := r.window.at(at, preambleSize)
	if len(b) < preambleSize {
		return 0
	}
	n := int(binary.BigEndian.Uint16(b[magicSize:]))
	magic := string(b[:magicSize])
	switch {
	case magic == magicOld && r.header.Generation == Generation0 && n == wordSize:
		if _, err := parseWord(string(r.window.at(at, preambleSize+n)[preambleSize:])); err != nil {
			return 0
		}
	case magic == magic1 || magic == magic2:
		b = r.window.at(at, preambleSize+n)
		if len(b) < preambleSize+n || n == 0 || b[preambleSize] != '{' || !json.Valid(b[preambleSize:]) {
			return 0
		}
	default:
		return 0
	}
	return int64(preambleSize + n)
}

// enter reads what follows a second file header in its form.
func (r *Reader) enter(at, size int64) {
	if string(r.window.at(at, magicSize)) == magic2 {
		r.arrivals = true
	}
	r.lastMs, r.lastKnown = 0, true
	r.skip(at + size)
}

// looksLikeRecord says whether a record begins at an offset where none has to. The four letters alone prove nothing, a
// payload may contain them ("MEETING AT FIVE"). So the record must be whole, its payload must begin like a packet of
// the file's kind, and one more thing must be right: the magic has eight letters, or the arrival is near the last
// one's, or what follows may follow a record.
func (r *Reader) looksLikeRecord(at int64) bool {
	b := r.window.at(at, preambleSize+magicSize)
	if len(b) < preambleSize || !r.isRecord(b) {
		return false
	}
	n := int64(binary.BigEndian.Uint16(b[8:]))
	end := at + preambleSize + n
	credible := string(b[4:8]) == magicOld[4:] || r.near(binary.BigEndian.Uint32(b[4:]))
	if !r.looksLikePayload(b[preambleSize:], n) || len(r.window.at(end-1, 1)) == 0 {
		return false
	}
	return credible || r.mayFollow(r.window.at(end, magicSize))
}

// looksLikePayload says whether b, the first bytes of a payload of n bytes, may be a packet of the file's kind: RTP
// (RFC 3550 §5.1: version 2, 12 bytes), or a message behind its wall clock (µs between 2001 and 2128).
func (r *Reader) looksLikePayload(b []byte, n int64) bool {
	if r.header.Kind == Data {
		if n < 8 || len(b) < 8 {
			return false
		}
		us := binary.BigEndian.Uint64(b)
		return us > 1e15 && us < 5e15
	}
	return n >= 12 && len(b) > 0 && b[0]>>6 == 2
}
