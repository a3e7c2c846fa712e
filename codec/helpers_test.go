package codec

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/rtpview"
)

// unhex joins hexadecimal strings.
func unhex(t testing.TB, parts ...string) (out []byte) {
	for _, part := range parts {
		b, err := hex.DecodeString(part)
		require.NoError(t, err)
		out = append(out, b...)
	}
	return out
}

// bitWriter writes what bits reads.
type bitWriter struct {
	data []byte
	free int // bits left in the last byte
}

func (w *bitWriter) u(n int, v uint64) *bitWriter {
	for n--; n >= 0; n-- {
		if w.free == 0 {
			w.data, w.free = append(w.data, 0), 8
		}
		w.free--
		w.data[len(w.data)-1] |= byte(v>>n&1) << w.free
	}
	return w
}

func (w *bitWriter) ue(values ...uint64) *bitWriter {
	for _, v := range values {
		size := 0
		for (v+1)>>(size+1) > 0 {
			size++
		}
		w.u(size, 0).u(size+1, v+1)
	}
	return w
}

func (w *bitWriter) se(v int64) *bitWriter {
	if v > 0 {
		return w.ue(uint64(2*v - 1))
	}
	return w.ue(uint64(-2 * v))
}

// escape puts emulation prevention bytes in, as an encoder does.
func escape(rbsp []byte) (out []byte) {
	zeros := 0
	for _, b := range rbsp {
		if zeros >= 2 && b <= 3 {
			out, zeros = append(out, 3), 0
		}
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
		out = append(out, b)
	}
	return out
}

// recordingPath finds a file below testdata.
func recordingPath(t testing.TB, pattern string) string {
	paths, err := filepath.Glob(filepath.Join("..", "testdata", pattern))
	require.NoError(t, err)
	require.Len(t, paths, 1, pattern)
	return paths[0]
}

// recordedPayloads reads all RTP packets with a payload, in order of arrival. The payloads are copies.
func recordedPayloads(t testing.TB, path string) (codecName string, packets []rtpview.Packet) {
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	reader, err := mjr.NewReader(file)
	require.NoError(t, err)
	for {
		record, err := reader.Next()
		if err == io.EOF {
			return reader.Header().Codec, packets
		}
		require.NoError(t, err)
		var p rtpview.Packet
		if p.Unmarshal(append([]byte(nil), record.Payload...)) == nil && len(p.Payload) > 0 {
			packets = append(packets, p)
		}
	}
}

type pictureSize struct{ W, H int }

// recordedSizes returns what the sender of a recording encoded, from truth.json beside it.
func recordedSizes(t testing.TB, path string) []pictureSize {
	var truth struct {
		Participants []struct {
			Video struct {
				File  string
				Sizes []pictureSize `json:"encoded_sizes"`
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(path), "truth.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &truth))
	for _, p := range truth.Participants {
		if p.Video.File == filepath.Base(path) {
			return p.Video.Sizes
		}
	}
	require.Fail(t, "truth.json does not know "+path)
	return nil
}

// requireTruncated inspects all beginnings of payload: each but those from length enough on must be an error.
func requireTruncated(t *testing.T, codecName string, payload []byte, enough int) {
	t.Helper()
	for n := range len(payload) + 1 {
		inspector, ok := New(codecName)
		require.True(t, ok)
		_, err := look(inspector, payload[:n])
		if n < enough {
			require.ErrorIs(t, err, ErrTruncated, "%d bytes", n)
		} else {
			require.NoError(t, err, "%d bytes", n)
		}
	}
}

// look inspects a payload. What an Info held before must not show.
func look(i Inspector, payload []byte) (info Info, err error) {
	info = Info{Start: true, StartKnown: true, Key: true, Width: 1, Height: 2, Discardable: true, Spatial: 3, Temporal: 4,
		Switch: true, PictureID: 5, BaseIndex: 6, End: true, Continues: true, ParameterSets: true, Redefines: true,
		FrameNumber: 7, FrameNumbers: 8, Recovery: true, RecoveryCount: 9, Frame: &Frame{}}
	err = i.Inspect(payload, &info)
	return info, err
}

func inspect(t *testing.T, codecName string, payload []byte) Info {
	t.Helper()
	inspector, ok := New(codecName)
	require.True(t, ok)
	info, err := look(inspector, payload)
	require.NoError(t, err)
	return info
}
