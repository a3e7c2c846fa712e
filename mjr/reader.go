package mjr

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxRanges bounds what a hostile file can make a reader remember.
const maxRanges = 4096

// Reader reads the records of one file in the order in which they were stored. It never holds more than 256 KiB of the
// file, allocates nothing per record, and finds its way back to the next record after damage.
//
// A Reader is not safe for use by several goroutines at once.
type Reader struct {
	window     window
	header     Header
	headerSize int64
	offset     int64 // everything in front of it is accounted for
	err        error // what Next returns from now on
	damage     []Range
	damaged    int64

	trusted   bool
	arrivals  bool   // records may have the form of generation 2
	lastMs    uint32 // arrival of the last record
	lastKnown bool
}

// NewReader reads the header. Errors match ErrEmpty, ErrNotMJR, ErrTruncatedHeader or ErrHeader, or come from r.
// r needs no buffer of its own.
func NewReader(r io.Reader) (*Reader, error) {
	mr := &Reader{window: newWindow(r, 0), lastKnown: true}
	h, size, err := readHeader(&mr.window)
	if err != nil {
		return nil, err
	}
	mr.header, mr.headerSize, mr.offset = h, size, size
	mr.window.keep = size
	mr.arrivals = h.Generation == Generation2
	return mr, nil
}

// NewReaderAt goes on at a known place of a file whose header was read before: at Record.Offset to read that record
// again, or at Record.End of the last one to read what has been appended since. At any other offset it looks for the
// next record. Damage and completeness are those of the part that it reads.
func NewReaderAt(r io.ReaderAt, offset int64, h Header) *Reader {
	offset = max(0, offset)
	mr := &Reader{
		window: newWindow(&atReader{src: r, offset: offset}, offset),
		header: h,
		offset: offset,
	}
	// The caller knows that there is a record. Its form may differ from the header's behind a second header.
	first := mr.window.at(offset, magicSize)
	mr.arrivals = h.Generation == Generation2 ||
		len(first) == magicSize && string(first[:4]) == magicRecord && string(first) != magicOld
	return mr
}

// Trust says that a reader has found the whole file complete (see Complete). What has been read then is read again as
// it was, but without looking into each record for others that hide there. Where there is no record all the same, since
// the file has changed, the reader finds its way back as always.
func (r *Reader) Trust() { r.trusted = true }

// Header returns the file header.
func (r *Reader) Header() Header { return r.header }

// HeaderSize is the size of the file header in bytes, 0 for a reader made by NewReaderAt. After the end of the file it
// makes the size of the file (or of the part that was read) together with all records and DamagedBytes.
func (r *Reader) HeaderSize() int64 { return r.headerSize }

// Offset is the number of bytes from the beginning of the file that are done: the header, the records that Next has
// returned, and damage.
func (r *Reader) Offset() int64 { return r.offset }

// Damage returns the ranges that were skipped so far, in order, neighbours merged. Of a file with more than 4096 of
// them it has the first 4096. It is empty again if the file is fine.
func (r *Reader) Damage() []Range { return slices.Clone(r.damage) }

// DamagedBytes is the number of bytes that were skipped so far.
func (r *Reader) DamagedBytes() int64 { return r.damaged }

// Complete says that the file has been read to its end and that all of it was understood. False before Next has
// returned io.EOF.
func (r *Reader) Complete() bool { return r.err == io.EOF && r.damaged == 0 }

// Next returns the next record. Its payload is valid until the next call. At the end of the file the error is io.EOF,
// also if the last record is cut off: then the rest counts as damage. Other errors are those of reading the file.
// After an error Next returns the same error again; see NewReaderAt for files that grow.
func (r *Reader) Next() (Record, error) {
	var rec Record
	err := r.Read(&rec)
	return rec, err
}

// Read is Next into a record of the caller's, which is empty after an error: of a large file, to copy records costs as
// much as to find them.
func (r *Reader) Read(rec *Record) error {
	for r.err == nil {
		if r.step(rec) {
			return nil
		}
	}
	*rec = Record{}
	return r.err
}

// step takes one record, or skips what is none, or finds the end.
func (r *Reader) step(rec *Record) (ok bool) {
	r.window.keep = r.offset
	preamble := r.window.at(r.offset, preambleSize)
	if len(preamble) < preambleSize {
		r.end()
		return false
	}
	isRecord, size := r.isRecord(preamble), preambleSize+int(binary.BigEndian.Uint16(preamble[8:]))
	if isRecord && r.trusted {
		if b := r.window.at(r.offset, size); len(b) == size {
			r.take(rec, b[:size:size])
			return true
		}
	}
	if size := r.secondHeader(r.offset); size > 0 {
		r.enter(r.offset, size)
		return false
	}
	if !isRecord {
		r.resync()
		return false
	}
	// One look ahead, so that in a healthy file this is all the work.
	b := r.window.at(r.offset, size+magicSize)
	if len(b) < size && r.failed() {
		r.end()
		return false
	}
	if len(b) < size || !r.mayFollow(b[size:]) {
		return r.stepDoubtful(rec, size)
	}
	if at, hidden := r.findHidden(b[:size]); hidden {
		r.skip(at)
		return false
	}
	r.take(rec, b[:size:size])
	return true
}

// stepDoubtful does a step where a record claims to have size bytes, but what should be behind it is not there. Either
// the record is whole and something strange follows; or it was cut short and the next one begins in what looks like its
// payload, because the writer failed and went on; or its end was never written, nor what follows; or it is no record. A
// record inside the payload decides.
func (r *Reader) stepDoubtful(rec *Record, size int) (ok bool) {
	if at, found := r.find(r.offset+1, r.offset+int64(size)); found {
		r.skip(at)
		return false
	}
	b := r.window.at(r.offset, size)
	switch {
	case len(b) < size:
		r.end()
	case !r.looksLikePayload(b[preambleSize:], int64(size-preambleSize)), r.endsInZeros(b):
		r.resync()
	default:
		r.take(rec, b[:size:size])
		return true
	}
	return false
}

// take makes a record of its bytes.
func (r *Reader) take(rec *Record, b []byte) {
	rec.Offset, rec.Payload = r.offset, b[preambleSize:]
	if rec.ReceivedMs, rec.HasReceived = r.arrival(b); rec.HasReceived {
		r.lastMs, r.lastKnown = rec.ReceivedMs, true
	}
	r.offset += int64(len(b))
}

// skip counts the bytes up to an offset as damage.
func (r *Reader) skip(to int64) {
	r.damaged += to - r.offset
	switch last := len(r.damage) - 1; {
	case last >= 0 && r.damage[last].To == r.offset:
		r.damage[last].To = to
	case len(r.damage) < maxRanges:
		r.damage = append(r.damage, Range{From: r.offset, To: to})
	}
	r.offset, r.window.keep = to, to
}

// failed says that reading the file failed for another reason than its end.
func (r *Reader) failed() bool { return r.window.err != nil && !errors.Is(r.window.err, io.EOF) }

// end stops reading. At the end of the file, what is left there is damage.
func (r *Reader) end() {
	if r.failed() {
		r.err = fmt.Errorf("cannot read the record at byte %d: %w", r.offset, r.window.err)
		return
	}
	if rest := r.window.end(); rest > r.offset {
		r.skip(rest)
	}
	r.err = io.EOF
}
