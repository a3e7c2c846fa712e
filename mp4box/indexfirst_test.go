package mp4box

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"
)

// chunked is a file with its index at the end and chunk offsets of 4 or 8 bytes that point at known media.
func chunked(t testing.TB, wide bool, media [][]byte) []byte {
	b := sample(t, 0, false)
	file, err := mp4.DecodeFile(bytes.NewReader(b))
	require.NoError(t, err)
	var data []byte
	stco, co64 := &mp4.StcoBox{}, &mp4.Co64Box{}
	at := uint64(file.Ftyp.Size() + 8)
	for _, m := range media {
		stco.ChunkOffset = append(stco.ChunkOffset, uint32(at)+uint32(len(data)))
		co64.ChunkOffset = append(co64.ChunkOffset, at+uint64(len(data)))
		data = append(data, m...)
	}
	stbl := file.Moov.Traks[0].Mdia.Minf.Stbl
	for i, c := range stbl.Children {
		if c.Type() == "stco" {
			stbl.Children[i] = stco
			if wide {
				stbl.Children[i] = co64
			}
		}
	}
	var out bytes.Buffer
	require.NoError(t, file.Ftyp.Encode(&out))
	require.NoError(t, (&mp4.MdatBox{Data: data}).Encode(&out))
	require.NoError(t, file.Moov.Encode(&out))
	return out.Bytes()
}

// offsets are the chunk offsets of the first track.
func offsets(t testing.TB, b []byte) (l []uint64) {
	i := bytes.Index(b, []byte("stco"))
	width := 4
	if i < 0 {
		i, width = bytes.Index(b, []byte("co64")), 8
	}
	require.Positive(t, i)
	n := int(binary.BigEndian.Uint32(b[i+8:]))
	for p := b[i+12:]; n > 0; n, p = n-1, p[width:] {
		if width == 8 {
			l = append(l, binary.BigEndian.Uint64(p))
		} else {
			l = append(l, uint64(binary.BigEndian.Uint32(p)))
		}
	}
	return l
}

func TestIndexFirst(t *testing.T) {
	media := [][]byte{[]byte("first chunk"), bytes.Repeat([]byte{7}, 100_000), []byte("last chunk")}
	refuse := func(*os.File, int64) error { return errors.New("not on this file system") }
	for name, insert := range map[string]func(*os.File, int64) error{"insert": insertRange, "copy": refuse} {
		for _, wide := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "x.mp4")
			before := append(chunked(t, wide, media), "\x00\x00\x00\x0cuuidxmp!"...) // mp4mux puts tags behind the index
			require.NoError(t, os.WriteFile(path, before, 0o640))
			require.NoError(t, indexFirst(path, insert), name)

			b, err := os.ReadFile(path)
			require.NoError(t, err)
			info := parse(t, b)
			require.True(t, info.FastStart, name)
			require.Equal(t, parse(t, before).Tracks, info.Tracks)
			for i, at := range offsets(t, b) {
				require.Equal(t, media[i], b[at:at+uint64(len(media[i]))])
			}
			st, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o640), st.Mode().Perm())
			left, err := os.ReadDir(filepath.Dir(path))
			require.NoError(t, err)
			require.Len(t, left, 1)

			require.NoError(t, IndexFirst(path), "once more")
			again, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, b, again)
		}
	}
}

func TestIndexFirstRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.mp4")
	whole := chunked(t, false, [][]byte{[]byte("chunk")})
	for name, b := range map[string][]byte{
		"nothing":   {},
		"no index":  whole[:bytes.Index(whole, []byte("moov"))-4],
		"cut index": whole[:len(whole)-10],
		"two media": append(bytes.Clone(whole), 0, 0, 0, 8, 'm', 'd', 'a', 't'),
	} {
		require.NoError(t, os.WriteFile(path, b, 0o600))
		err := IndexFirst(path)
		require.Error(t, err, name)
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, b, left, "%s: nothing is changed", name)
	}
	index := bytes.Clone(whole[bytes.Index(whole, []byte("moov"))-4:])
	i := bytes.Index(index, []byte("stco"))
	binary.BigEndian.PutUint32(index[i+12:], 1<<32-100)
	require.ErrorIs(t, shiftChunks(index, 4096), ErrLarge)
}

func FuzzShiftChunks(f *testing.F) {
	whole := chunked(f, false, [][]byte{[]byte("chunk")})
	f.Add(whole[bytes.Index(whole, []byte("moov"))-4:])
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = shiftChunks(b, 4096)
	})
}
