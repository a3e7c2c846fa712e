package mjr

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// recordings returns all recordings in testdata, and those below the folder in MJR_CORPUS, if it is set.
func recordings(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, root := range []string{"../testdata", os.Getenv("MJR_CORPUS")} {
		if root == "" {
			continue
		}
		for _, pattern := range []string{"*/*.mjr", "*/*.mjr.tmp"} {
			found, err := filepath.Glob(filepath.Join(root, pattern))
			require.NoError(t, err)
			files = append(files, found...)
		}
	}
	require.Greater(t, len(files), 20)
	return files
}

// readAll reads a file to its end, copies the payloads, and checks that every byte is accounted for.
func readAll(t testing.TB, file []byte) ([]Record, *Reader) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	require.NoError(t, err)
	return drain(t, r, r.HeaderSize(), int64(len(file))), r
}

func drain(t testing.TB, r *Reader, start, size int64) []Record {
	t.Helper()
	var records []Record
	var stored int64
	last := start
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.GreaterOrEqual(t, rec.Offset, last, "records overlap")
		last = rec.End()
		require.Equal(t, last, r.Offset())
		stored += rec.End() - rec.Offset
		rec.Payload = bytes.Clone(rec.Payload)
		records = append(records, rec)
	}
	require.Equal(t, size-start, stored+r.DamagedBytes(), "every byte is in a record or in the damage")
	require.Equal(t, size, r.Offset())
	var inRanges int64
	end := int64(-1)
	for _, d := range r.Damage() {
		require.Less(t, d.From, d.To)
		require.Greater(t, d.From, end, "ranges are merged and in order")
		end = d.To
		inRanges += d.To - d.From
	}
	if len(r.Damage()) < maxRanges {
		require.Equal(t, r.DamagedBytes(), inRanges)
	}
	_, err := r.Next()
	require.Equal(t, io.EOF, err, "the end stays the end")
	return records
}

// Reading a recording of Janus and writing what was read gives the same bytes.
func TestRealRecordingsRoundTrip(t *testing.T) {
	for _, name := range recordings(t) {
		t.Run(filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), func(t *testing.T) {
			file, err := os.ReadFile(name)
			require.NoError(t, err)
			if len(file) <= magicSize {
				_, err := NewReader(bytes.NewReader(file))
				require.ErrorIs(t, err, ErrEmpty)
				return
			}
			r, err := NewReader(bytes.NewReader(file))
			if err != nil {
				t.Skip(err)
			}
			require.Empty(t, r.Header().Unknown)
			var again bytes.Buffer
			w, err := NewWriter(&again, r.Header())
			require.NoError(t, err)
			for _, rec := range drain(t, r, r.HeaderSize(), int64(len(file))) {
				require.NoError(t, w.WriteRecord(rec.ReceivedMs, rec.Payload))
			}
			if !r.Complete() {
				t.Log(r.Damage(), len(file))
				file = file[:r.Damage()[0].From]
			}
			require.Equal(t, file, again.Bytes())
		})
	}
}
