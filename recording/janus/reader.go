package janus

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/recording"
)

// reader is a recording.Reader of an .mjr file.
type reader struct {
	file *os.File
	size int64
	mjr  *mjr.Reader
	info recording.Info
	rec  mjr.Record
}

// Open reads the file from its beginning.
func (f *file) Open() (recording.Reader, error) {
	src, info, err := recording.OpenRegular(f.Path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: f.Path, Err: err}
	}
	r, err := mjr.NewReader(src)
	if err != nil {
		return nil, errors.Join(neutral(err), src.Close())
	}
	return &reader{file: src, size: info.Size(), mjr: r, info: infoOf(r.Header())}, nil
}

// OpenAt reads on at the place of a packet.
func (f *file) OpenAt(place int64) (recording.Reader, error) {
	src, info, err := recording.OpenRegular(f.Path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: f.Path, Err: err}
	}
	return &reader{file: src, size: info.Size(), mjr: mjr.NewReaderAt(src, place, headerOf(f.Info)), info: f.Info}, nil
}

func (r *reader) Info() recording.Info { return r.info }
func (r *reader) Offset() int64        { return r.mjr.Offset() }
func (r *reader) Close() error         { return r.file.Close() }

// Trust is recording.Truster's.
func (r *reader) Trust() { r.mjr.Trust() }

func (r *reader) Next(p *recording.Packet) error {
	rec := &r.rec
	if err := r.mjr.Read(rec); err != nil {
		return err
	}
	p.Place, p.ArrivalMs, p.Arrived, p.Payload = rec.Offset, rec.ReceivedMs, rec.HasReceived, rec.Payload
	if r.info.Medium == recording.Data {
		p.SentUs, p.Payload, p.Broken = splitMessage(rec.Payload)
	}
	return nil
}

// splitMessage takes a record of a data channel apart: the server's wall clock in µs since the Unix epoch, then the
// message.
func splitMessage(payload []byte) (us int64, message []byte, broken bool) {
	if len(payload) < 8 {
		return 0, nil, true
	}
	return int64(binary.BigEndian.Uint64(payload)), payload[8:], false
}

func (r *reader) Damage() recording.Damage {
	d := recording.Damage{Bytes: r.mjr.DamagedBytes(), Complete: r.mjr.Complete()}
	for _, part := range r.mjr.Damage() {
		d.Ranges = append(d.Ranges, recording.Range(part))
	}
	d.CutOff = r.cutOff(d.Ranges)
	return d
}

// recordMagic is what records begin with, in the older and the newer form.
var recordMagic = [...]string{"MEETECHO", "MEET"}

// cutOff returns how many bytes there are of a last record that is not there as a whole. To package mjr that is damage
// like any other; but it is what a server leaves that was killed, and nothing is wrong with what comes before.
func (r *reader) cutOff(damage []recording.Range) int64 {
	if len(damage) == 0 {
		return 0
	}
	tail := damage[len(damage)-1]
	if tail.To != r.size {
		return 0
	}
	start := make([]byte, min(tail.To-tail.From, 8))
	if _, err := r.file.ReadAt(start, tail.From); err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	for _, magic := range recordMagic {
		if n := min(len(start), len(magic)); string(start[:n]) == magic[:n] {
			return tail.To - tail.From
		}
	}
	return 0
}

var media = map[mjr.Kind]recording.Medium{mjr.Audio: recording.Audio, mjr.Video: recording.Video,
	mjr.Data: recording.Data}

// infoOf says in neutral terms what a header says.
func infoOf(h mjr.Header) recording.Info {
	return recording.Info{
		Medium: media[h.Kind], Codec: h.Codec, Fmtp: h.Fmtp, Description: h.Description, Extensions: h.Extensions,
		CreatedUs: h.CreatedUs, FirstUs: h.FirstUs, REDPayload: h.REDPayload, Encrypted: h.Encrypted,
		Timed: h.Generation != mjr.Generation0, Arrivals: h.Generation == mjr.Generation2,
	}
}

// headerOf is as much of a header as reading on in a file needs: what records look like.
func headerOf(i recording.Info) mjr.Header {
	h := mjr.Header{Generation: mjr.Generation0}
	switch {
	case i.Arrivals:
		h.Generation = mjr.Generation2
	case i.Timed:
		h.Generation = mjr.Generation1
	}
	for kind, medium := range media {
		if medium == i.Medium {
			h.Kind = kind
		}
	}
	return h
}

// neutral says in the terms of package recording what is wrong with a file, in the words of package mjr.
func neutral(err error) error {
	for from, to := range map[error]error{
		mjr.ErrEmpty: recording.ErrEmpty, mjr.ErrNotMJR: recording.ErrUnknownFormat,
		mjr.ErrTruncatedHeader: recording.ErrTruncatedHeader, mjr.ErrHeader: recording.ErrHeader,
	} {
		if errors.Is(err, from) {
			return formatError{err, to}
		}
	}
	return err
}

// formatError is an error of package mjr that matches one of package recording.
type formatError struct {
	error
	as error
}

func (e formatError) Unwrap() []error { return []error{e.error, e.as} }
