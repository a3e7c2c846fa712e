package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
)

// stream is a byte stream of NAL units of these types; a picture's second slice does not begin with macroblock 0.
func stream(t *testing.T, nals ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stream.h264")
	var b []byte
	for _, n := range nals {
		b = append(append(b, 0, 0, 0, 1), n...)
	}
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

func TestReadH264(t *testing.T) {
	sps, pps := []byte{0x67, 1, 2, 3}, []byte{0x68, 4}
	idr, second := append([]byte{0x65, 0x88}, bytes.Repeat([]byte{7}, 3000)...), []byte{0x65, 0x40, 9}
	other := []byte{0x41, 0x9A, 5}
	units, err := readH264(stream(t, sps, pps, idr, second, other, sps, pps, idr))
	require.NoError(t, err)
	require.Len(t, units, 3)
	require.Equal(t, []bool{true, false, true}, []bool{units[0].Key, units[1].Key, units[2].Key})
	var nals []byte
	d := codecs.H264Packet{}
	for _, p := range units[0].Payloads {
		require.LessOrEqual(t, len(p), maxPayload)
		n, err := d.Unmarshal(p)
		require.NoError(t, err)
		nals = append(nals, n...)
	}
	code := []byte{0, 0, 0, 1}
	require.Equal(t, bytes.Join([][]byte{nil, sps, pps, idr, second}, code), nals)
	require.Equal(t, [][]byte{other}, units[1].Payloads)

	for _, bad := range [][][]byte{{}, {sps, pps}, {other, idr}} {
		_, err := readH264(stream(t, bad...))
		require.ErrorContains(t, err, "no H.264 byte stream")
	}
	_, err = readH264("nowhere.h264")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// Pictures of a stream take the place of those of the recording, over and over.
func TestOtherPictures(t *testing.T) {
	path := stream(t, []byte{0x65, 0x88, 1}, []byte{0x41, 0x9A, 2})
	g, err := newGenerator("../../testdata/h264-720p30-rot90", path, 0, picturesPerSec, 2*time.Second)
	require.NoError(t, err)
	var video bytes.Buffer
	require.NoError(t, g.video(&video))
	r, err := mjr.NewReader(&video)
	require.NoError(t, err)
	for i := range 60 {
		rec, err := r.Next()
		require.NoError(t, err)
		var p rtp.Packet
		require.NoError(t, p.Unmarshal(rec.Payload))
		require.Equal(t, [][]byte{{0x65, 0x88, 1}, {0x41, 0x9A, 2}}[i%2], p.Payload)
	}
}
