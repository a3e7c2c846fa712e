package mkvread

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// el writes an element with a length of eight bytes.
func el(id uint32, contents ...[]byte) []byte {
	var b []byte
	for shift := 24; shift >= 0; shift -= 8 {
		if c := byte(id >> shift); len(b) > 0 || c != 0 {
			b = append(b, c)
		}
	}
	all := bytes.Join(contents, nil)
	b = append(b, 1)
	b = append(b, binary.BigEndian.AppendUint64(nil, uint64(len(all)))[1:]...)
	return append(b, all...)
}

// live writes an element of unknown length, as a muxer does that cannot go back.
func live(id uint32, contents ...[]byte) []byte {
	b := el(id)
	copy(b[len(b)-7:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	return append(b, bytes.Join(contents, nil)...)
}

func num(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

func block(track byte, at int16, flags byte) []byte {
	return append([]byte{0x80 | track, byte(uint16(at) >> 8), byte(at), flags}, "media"...)
}

func file(segment, cluster func(uint32, ...[]byte) []byte) []byte {
	return bytes.Join([][]byte{
		el(idEBML, el(idDocType, []byte("webm"))),
		segment(idSegment,
			el(idInfo, el(idTimestampUnit, num(1_000_000)), el(idDuration, num(math.Float64bits(2500)))),
			el(idTracks,
				el(idTrackEntry, el(idTrackNumber, num(1)), el(idTrackType, num(1)), el(idCodecID, []byte("V_VP8")),
					el(idVideo, el(idPixelWidth, num(320)), el(idPixelHeight, num(180)))),
				el(idTrackEntry, el(idTrackNumber, num(2)), el(idTrackType, num(2)), el(idCodecID, []byte("A_MS/ACM")),
					el(idDefaultLength, num(30_000_000)),
					el(idCodecPrivate, []byte{7, 0, 1, 0}), el(idAudio, el(idChannels, num(2))))),
			cluster(idCluster, el(idTimestamp, num(0)),
				el(idSimpleBlock, block(1, 40, 0x80)), el(idSimpleBlock, block(2, 0, 0x80)), el(idSimpleBlock, block(1, 80, 0))),
			cluster(idCluster, el(idTimestamp, num(2000)),
				el(idBlockGroup, el(idBlock, block(1, 100, 0)), el(idBlockDuration, num(40))),
				el(idBlockGroup, el(idBlockDuration, num(360)), el(idBlock, block(1, 140, 0)), el(idReference, num(1))),
				el(idSimpleBlock, block(2, -20, 0x80)), el(idSimpleBlock, block(9, 0, 0x80))),
		),
	}, nil)
}

func TestParse(t *testing.T) {
	for name, b := range map[string][]byte{"finished": file(el, el), "live clusters": file(el, live),
		"live": file(live, live)} {
		info, err := Parse(bytes.NewReader(b), int64(len(b)))
		require.NoError(t, err, name)
		require.Equal(t, &Info{DocType: "webm", Duration: 2500 * time.Millisecond, Tracks: []Track{
			{Number: 1, Kind: "video", Codec: "V_VP8", Width: 320, Height: 180, Blocks: 4, KeyBlocks: 2, FirstKey: true,
				First: 40 * time.Millisecond, Last: 2140 * time.Millisecond, LastDuration: 360 * time.Millisecond},
			{Number: 2, Kind: "audio", Codec: "A_MS/ACM", FormatTag: 7, Private: []byte{7, 0, 1, 0}, Rate: 8000, Channels: 2,
				Blocks: 2, KeyBlocks: 2, FirstKey: true,
				Last: 1980 * time.Millisecond, LastDuration: 30 * time.Millisecond, DefaultDuration: 30 * time.Millisecond},
		}}, info, name)
	}
}

func TestWalk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.webm")
	content := file(el, el)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	var blocks []Block
	_, err := Walk(path, func(_ *Info, b Block) error {
		require.Equal(t, "media", string(content[b.At:b.At+b.Size]))
		b.At, b.Size = 0, 0
		blocks = append(blocks, b)
		return nil
	})
	require.NoError(t, err)
	ms := time.Millisecond
	require.Equal(t, []Block{{Time: 40 * ms, Key: true}, {Track: 1, Key: true}, {Time: 80 * ms}, {Time: 2100 * ms},
		{Time: 2140 * ms},
		{Track: 1, Time: 1980 * ms, Key: true}}, blocks, "a group without a reference proves nothing")
	_, err = Walk(path, func(*Info, Block) error { return ErrStop })
	require.NoError(t, err)

	content[bytes.Index(content, []byte("media"))-1] |= 0x02
	require.NoError(t, os.WriteFile(path, content, 0o600))
	_, err = Walk(path, func(*Info, Block) error { return nil })
	require.ErrorIs(t, err, ErrUnsupported)
}

// Of a file that is cut off, what is there is visited, also where it says how long it would be, and it is damaged.
func TestWalkCutOff(t *testing.T) {
	content := file(el, el)
	path := filepath.Join(t.TempDir(), "a.webm")
	walk := func(size int) (blocks []Block, err error) {
		require.NoError(t, os.WriteFile(path, content[:size], 0o600))
		_, err = Walk(path, func(_ *Info, b Block) error {
			blocks = append(blocks, b)
			return nil
		})
		return blocks, err
	}
	all, err := walk(len(content))
	require.NoError(t, err)
	simple := len(all) - 3 // those before have no group around them, which would have to be there as a whole
	for size := int(all[0].At); size < len(content); size++ {
		blocks, err := walk(size)
		require.ErrorIs(t, err, ErrDamaged)
		require.True(t, slices.Equal(all[:len(blocks)], blocks))
		for i, b := range all[:simple] {
			require.Equal(t, int(b.At+b.Size) <= size, i < len(blocks), "block %d of %d bytes", i, size)
		}
	}
}

func TestErrors(t *testing.T) {
	good := file(el, el)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"empty":      {nil, ErrNotMatroska},
		"text":       {[]byte("not a film"), ErrNotMatroska},
		"cut off":    {good[:len(good)-3], ErrDamaged},
		"cut early":  {good[:60], ErrDamaged},
		"too deep":   {append(el(idEBML), nested(20)...), ErrDamaged},
		"zero bytes": {append(el(idEBML), 0, 0, 0, 0), ErrDamaged},
	} {
		_, err := Parse(bytes.NewReader(c.file), int64(len(c.file)))
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := Read(filepath.Join(t.TempDir(), "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func nested(n int) []byte {
	if n == 0 {
		return nil
	}
	return el(idSegment, nested(n-1))
}

// TestRealMuxer reads what GStreamer writes.
func TestRealMuxer(t *testing.T) {
	if _, err := exec.LookPath("gst-launch-1.0"); err != nil {
		t.Skip("gst-launch-1.0 is not installed: no file of a real muxer to read")
	}
	path := filepath.Join(t.TempDir(), "a.mkv")
	line := "videotestsrc num-buffers=50 ! video/x-raw,width=64,height=48,framerate=25/1 ! vp8enc keyframe-max-dist=10 " +
		"! matroskamux name=m ! filesink location=" +
		path + " audiotestsrc num-buffers=100 samplesperbuffer=160 timestamp-offset=500000000 ! " +
		"audio/x-raw,rate=8000,channels=1 ! alawenc ! m."
	out, err := exec.Command("gst-launch-1.0", append([]string{"-q"}, strings.Fields(line)...)...).CombinedOutput()
	require.NoError(t, err, string(out))
	info, err := Read(path)
	require.NoError(t, err)
	require.Equal(t, "matroska", info.DocType)
	require.Equal(t, 2*time.Second, info.Duration) // the longest track; where it begins is left out
	require.Len(t, info.Tracks, 2)
	v, a := info.Tracks[0], info.Tracks[1]
	require.Equal(t, []any{"video", "V_VP8", 64, 48, 50, 5, true},
		[]any{v.Kind, v.Codec, v.Width, v.Height, v.Blocks, v.KeyBlocks, v.FirstKey})
	require.Equal(t, 1960*time.Millisecond, v.Last)
	require.Equal(t, []any{"audio", "A_MS/ACM", uint16(6), 1, 100},
		[]any{a.Kind, a.Codec, a.FormatTag, a.Channels, a.Blocks})
	require.Equal(t, 500*time.Millisecond, a.First)
}

func FuzzParse(f *testing.F) {
	f.Add(file(el, el))
	f.Add(file(live, live))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Parse(bytes.NewReader(b), int64(len(b)))
		if err == nil && info.Duration < 0 {
			t.Fatal("negative duration")
		}
		_, _ = parse(bytes.NewReader(b), int64(len(b)), func(info *Info, x Block) error {
			if x.At < 0 || x.Size < 0 || x.At+x.Size > int64(len(b)) || x.Track >= len(info.Tracks) {
				t.Fatalf("%+v in %d bytes", x, len(b))
			}
			return nil
		})
	})
}

// A track that begins late ends later than it is long.
func TestMendDuration(t *testing.T) {
	for _, c := range []struct {
		says []byte
		want time.Duration
	}{
		{binary.BigEndian.AppendUint64(nil, math.Float64bits(400)), 920 * time.Millisecond},
		{binary.BigEndian.AppendUint32(nil, math.Float32bits(400)), 920 * time.Millisecond},
		{binary.BigEndian.AppendUint64(nil, math.Float64bits(2000)), 2 * time.Second},
	} {
		path := filepath.Join(t.TempDir(), "late.mkv")
		b := bytes.Join([][]byte{
			el(idEBML, el(idDocType, []byte("matroska"))),
			el(idSegment, el(idInfo, el(idDuration, c.says)),
				el(idTracks, el(idTrackEntry, el(idTrackNumber, num(1)), el(idTrackType, num(1)), el(idCodecID, []byte("V_VP8")))),
				el(idCluster, el(idTimestamp, num(500)), el(idBlockGroup, el(idBlock, block(1, 0, 0)),
					el(idBlockDuration, num(20))),
					el(idBlockGroup, el(idBlock, block(1, 400, 0)), el(idBlockDuration, num(20))))),
		}, nil)
		require.NoError(t, os.WriteFile(path, b, 0o644))
		require.NoError(t, MendDuration(path))
		info, err := Read(path)
		require.NoError(t, err)
		require.Equal(t, c.want, info.Duration)
		mended, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Len(t, mended, len(b))
	}
	require.ErrorIs(t, MendDuration("mkvread.go"), ErrNotMatroska)
}
