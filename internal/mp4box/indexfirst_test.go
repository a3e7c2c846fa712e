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
	i, width := bytes.Index(b, []byte("stco")), 4
	if wide := bytes.Index(b, []byte("co64")); wide >= 0 { // then stco is of another track
		i, width = wide, 8
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
			require.Len(t, offsets(t, b), len(media))
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
	far := bytes.Clone(whole)
	binary.BigEndian.PutUint32(far[bytes.Index(far, []byte("stco"))+12:], 1<<32-100)
	require.NoError(t, os.WriteFile(path, far, 0o600))
	require.ErrorIs(t, IndexFirst(path), ErrLarge)
	left, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, far, left, "nothing is changed")
}

// An index of many pieces.
func TestIndexFirstLong(t *testing.T) {
	for _, wide := range []bool{false, true} {
		media := make([][]byte, 30_000)
		for i := range media {
			media[i] = binary.BigEndian.AppendUint32(nil, uint32(i))
		}
		path := filepath.Join(t.TempDir(), "x.mp4")
		require.NoError(t, os.WriteFile(path, chunked(t, wide, media), 0o600))
		require.NoError(t, IndexFirst(path))
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		all := offsets(t, b)
		require.Len(t, all, len(media))
		for i, at := range all {
			if !bytes.Equal(media[i], b[at:at+4]) {
				require.Equal(t, media[i], b[at:at+4], i)
			}
		}
	}
}

func FuzzIndexFirst(f *testing.F) {
	f.Add(chunked(f, false, [][]byte{[]byte("chunk")}))
	f.Add(chunked(f, true, [][]byte{[]byte("chunk")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		l, err := readLayout(r, int64(len(b)))
		if err != nil || l.index.Start < l.media.Start {
			return
		}
		h, err := newHead(r, l, (l.indexSize()+boxHeader+4095)/4096*4096)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if h.write(&out, r, 0) == nil && int64(out.Len()) != h.kind.Stop+h.shift {
			t.Fatalf("%d bytes, not %d", out.Len(), h.kind.Stop+h.shift)
		}
	})
}
