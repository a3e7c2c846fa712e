package mjr

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// seedFiles adds the beginnings of real recordings and a damaged one of each generation.
func seedFiles(f *testing.F) {
	names, err := filepath.Glob("../testdata/*/*.mjr")
	require.NoError(f, err)
	for _, name := range names {
		file, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(file[:min(len(file), 4000)])
	}
	for _, h := range headers {
		s := makeSample(f, h, 6, false)
		f.Add(s.bytes())
		f.Add(s.with(2, s.records[2][:30]))
		f.Add(append(s.bytes(), s.bytes()...))
		f.Add(append(s.with(3, []byte("MEETECHO----")), make([]byte, 100)...))
	}
}

// Whatever the bytes: a header that can be written and read again, or one of the four errors.
func FuzzHeader(f *testing.F) {
	seedFiles(f)
	f.Add(file("MJR00002", `{"t": "v", "c": "vp8", "x": {"4": "a", "4": "b"}, "s": "1", "u": 2e3, "or": 63, "e": true, "z": []}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data))
		if err != nil {
			require.True(t, errors.Is(err, ErrEmpty) || errors.Is(err, ErrNotMJR) || errors.Is(err, ErrTruncatedHeader) ||
				errors.Is(err, ErrHeader), err)
			return
		}
		h := r.Header()
		b, err := h.Marshal()
		if err != nil {
			return // does not fit any more, or a generation 0 with data
		}
		r, err = NewReader(bytes.NewReader(b))
		require.NoError(t, err)
		again, err := r.Header().Marshal()
		require.NoError(t, err)
		require.Equal(t, string(b), string(again))
		require.True(t, h.Generation == Generation0 || json.Valid(b[preambleSize:]))
	})
}

// Whatever the bytes: reading ends, and header, records and damage are the file.
func FuzzReader(f *testing.F) {
	seedFiles(f)
	f.Add([]byte("MEETECHO\x00\x05videoMEETECHO\x00\x05")) // a second header without its word
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		records := drain(t, r, r.HeaderSize(), int64(len(data)))
		for _, rec := range records {
			require.Equal(t, data[rec.Offset+preambleSize:rec.End()], rec.Payload)
		}
		if r.Complete() {
			require.Empty(t, r.Damage())
			trusting, err := NewReader(bytes.NewReader(data))
			require.NoError(t, err)
			trusting.Trust()
			require.Equal(t, records, drain(t, trusting, r.HeaderSize(), int64(len(data))))
		}
		r, err = NewReader(iotest.HalfReader(bytes.NewReader(data))) // however the bytes come
		require.NoError(t, err)
		require.Equal(t, records, drain(t, r, r.HeaderSize(), int64(len(data))))
		if len(records) > 0 { // resuming finds the same
			rec := records[len(records)/2]
			at := NewReaderAt(bytes.NewReader(data), rec.Offset, r.Header())
			drain(t, at, rec.Offset, int64(len(data)))
		}
	})
}

// What is written is read, in every generation.
func FuzzRoundTrip(f *testing.F) {
	f.Add(uint8(0), "", "", uint32(0), []byte{0x80, 96}, uint32(20), []byte("second"))
	f.Add(uint8(1), "a=b", "Front \"cam\"", uint32(1<<32-1), []byte{}, uint32(3), []byte("MEETECHO\x00\x00"))
	f.Add(uint8(2), "ü", "\x00\x1f\n", uint32(7), []byte("MEET\x00\x00\x00\x00\x00\x04xxxx"), uint32(7),
		[]byte("MJR00002"))
	f.Fuzz(func(t *testing.T, generation uint8, fmtp, description string, ms1 uint32, p1 []byte, ms2 uint32, p2 []byte) {
		h := Header{Generation: Generation(generation % 3), Kind: Video, Codec: "vp8"}
		if h.Generation != Generation0 {
			h.Fmtp, h.Description, h.FirstUs = fmtp, description, int64(ms1)
			h.Extensions = map[int]string{1 + int(generation)%255: description + "x"}
		}
		var file bytes.Buffer
		w, err := NewWriter(&file, h)
		if err != nil {
			require.Greater(t, 7*(len(fmtp)+2*len(description)), maxLength-200, "only a very long header is refused")
			return
		}
		for _, rec := range []Record{{ReceivedMs: ms1, Payload: p1}, {ReceivedMs: ms2, Payload: p2}} {
			if len(rec.Payload) > maxLength || h.Generation == Generation0 && len(rec.Payload) == wordSize {
				return
			}
			require.NoError(t, w.WriteRecord(rec.ReceivedMs, rec.Payload))
		}
		r, err := NewReader(bytes.NewReader(file.Bytes()))
		require.NoError(t, err)
		if utf8.ValidString(fmtp) && utf8.ValidString(description) {
			require.Equal(t, h, r.Header())
		}
		probe, first := *r, file.Bytes()[r.headerSize:][:preambleSize+len(p1)]
		_, hidden1 := probe.findHidden(first)
		probe.lastMs = ms1
		_, hidden2 := probe.findHidden(file.Bytes()[int(r.headerSize)+len(first):])
		if hidden1 || hidden2 {
			return // the one case that cannot be told from a short write
		}
		records := drain(t, r, r.HeaderSize(), int64(file.Len()))
		require.Len(t, records, 2)
		require.True(t, r.Complete())
		require.Equal(t, p1, records[0].Payload)
		require.Equal(t, p2, records[1].Payload)
		if h.Generation == Generation2 && ms1 != 0x4543484F && ms2 != 0x4543484F { // "ECHO"
			require.Equal(t, []uint32{ms1, ms2}, []uint32{records[0].ReceivedMs, records[1].ReceivedMs})
			require.True(t, records[0].HasReceived && records[1].HasReceived)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	s := makeSample(b, headers[2], 10000, false)
	file := s.bytes()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err = r.Next(); err != nil {
				break
			}
		}
		if err != io.EOF || !r.Complete() {
			b.Fatal(err)
		}
	}
}

// Hostile: nothing but beginnings of records.
func BenchmarkReaderResync(b *testing.B) {
	s := makeSample(b, headers[2], 1, true)
	file := append(s.bytes(), bytes.Repeat([]byte("xMEET\x00\x00\x00\x00\xff\xff\x80"), 100000)...)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Next()
		}
	}
}
