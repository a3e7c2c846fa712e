package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/asticode/go-astits"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testagora"
)

// write makes a file of data.
func write(t testing.TB, name string, data []byte) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// frames reads all of a track from a frame on.
func frames(t testing.TB, track *Track, from int) []Frame {
	r, err := track.Open()
	require.NoError(t, err)
	defer r.Close()
	require.NoError(t, r.Seek(from))
	var list []Frame
	for {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		f.Data = bytes.Clone(f.Data)
		list = append(list, f)
	}
}

func TestADTS(t *testing.T) {
	one := testagora.ADTS(1, 1)
	for name, tt := range map[string]struct {
		data    []byte
		frames  int
		damaged int64
		cut     bool
	}{
		"whole":              {testagora.ADTS(1000, 1), 1000, 0, false},
		"one frame":          {one, 1, 0, false},
		"cut in the payload": {testagora.ADTS(11, 1)[:11*len(one)-1], 10, 0, true},
		"cut in the header":  {testagora.ADTS(11, 1)[:10*len(one)+3], 10, 0, true},
		"garbage in front":   {append([]byte("garbage"), testagora.ADTS(10, 1)...), 10, 7, false},
		"garbage between":    {append(append(testagora.ADTS(5, 1), 1, 2, 3), testagora.ADTS(5, 1)...), 10, 3, false},
		"zeros at the end":   {append(testagora.ADTS(5, 1), make([]byte, 100)...), 5, 94, true},
		"tags around": {slices.Concat(testTag(300, 0), testTag(0, 0x10), testagora.ADTS(10, 1), []byte("TAG"),
			make([]byte, 125)), 10, 0, false},
		"a tag between": {slices.Concat(testagora.ADTS(1, 1), testTag(90, 0), testagora.ADTS(9, 1)), 10, 0, false},
		"a tag cut off": {append(testagora.ADTS(5, 1), testTag(90, 0)[:50]...), 5, 0, true},
		"no tag":        {append([]byte("ID3 is missing"), testagora.ADTS(10, 1)...), 10, 14, false},
		"a frame damaged": {append(append(testagora.ADTS(5, 1), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
			testagora.ADTS(5, 1)...), 10, 11, false},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Look(write(t, "1_20190208042729165.aac", tt.data))
			require.NoError(t, err)
			a := f.Audio
			require.Equal(t, tt.frames, a.Frames)
			require.Equal(t, tt.damaged, a.Damaged)
			require.Equal(t, tt.cut, a.CutOff)
			require.Equal(t, SamplesTime(int64(tt.frames)*1024, 48000), a.Length)
			require.Equal(t, []byte{0x11, 0x88}, a.Config)
			list := frames(t, a, 0)
			require.Len(t, list, tt.frames)
			for i, fr := range list {
				require.Equal(t, SamplesTime(int64(i)*1024, 48000), fr.At)
				require.Equal(t, SilentAAC(1), fr.Data)
			}
		})
	}
}

// testTag is an ID3v2 tag with so many bytes of nothing.
func testTag(size int, flags byte) []byte {
	tag := []byte{'I', 'D', '3', 4, 0, flags, 0, 0, byte(size >> 7), byte(size & 0x7F)}
	tag = append(tag, make([]byte, size)...)
	if flags != 0 {
		tag = append(tag, "3DI\x04\x00\x10\x00\x00\x00\x00"...) // a footer
	}
	return tag
}

// An MP3 may have tags around it, and in front a frame that says how many follow, which is no sound.
func TestMP3(t *testing.T) {
	frame := append([]byte{0xFF, 0xFB, 0x94, 0xC0}, make([]byte, 380)...) // MPEG-1, 128 kbit/s, 48 kHz, mono
	info := bytes.Clone(frame)
	copy(info[4+17:], "Info")
	sound := bytes.Repeat(frame, 10)
	for name, tt := range map[string]struct {
		data    []byte
		damaged int64
	}{
		"plain":         {sound, 0},
		"tags around":   {slices.Concat(testTag(300, 0), sound, []byte("TAG"), make([]byte, 125)), 0},
		"counted":       {slices.Concat(testTag(300, 0), info, sound), 0},
		"a tag between": {slices.Concat(sound[:len(frame)], testTag(90, 0), sound[len(frame):]), 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Look(write(t, "1_20190208042729165.mp3", tt.data))
			require.NoError(t, err)
			require.Equal(t, tt.damaged, f.Audio.Damaged)
			require.False(t, f.Audio.CutOff)
			list := frames(t, f.Audio, 0)
			require.Len(t, list, 10)
			for i, fr := range list {
				require.Equal(t, SamplesTime(int64(i)*1152, 48000), fr.At)
				require.Equal(t, frame, fr.Data)
			}
		})
	}
}

func TestADTSSeek(t *testing.T) {
	f, err := Look(write(t, "a.aac", testagora.ADTS(1000, 2)))
	require.NoError(t, err)
	for _, from := range []int{0, 1, 255, 256, 257, 700, 999, 1000} {
		list := frames(t, f.Audio, from)
		require.Len(t, list, 1000-from)
		if from < 1000 {
			require.Equal(t, from, list[0].Number)
			require.Equal(t, SamplesTime(int64(from)*1024, 48000), list[0].At)
		}
	}
}

// Noise between headers is not sound that was recorded.
func TestADTSNoise(t *testing.T) {
	one := testagora.ADTS(1, 1)
	var data []byte
	for i := range 100 {
		f := bytes.Clone(one)
		f[7] = byte(i * 37)
		data = append(data, f...)
	}
	f, err := Look(write(t, "a.aac", data))
	require.NoError(t, err)
	require.True(t, f.Audio.Garbled())
}

// Each seed is other noise: none of it may pass for sound.
func TestPlausibleAAC(t *testing.T) {
	for channels := 1; channels <= 2; channels++ {
		n := 0
		for seed := range uint64(1000) {
			random := rand.New(rand.NewPCG(seed, 0))
			block := make([]byte, 200)
			for i := range block {
				block[i] = byte(random.Uint32())
			}
			if plausibleAAC(block, channels) {
				n++
			}
		}
		require.Less(t, n, 60, channels)
		require.True(t, plausibleAAC(SilentAAC(channels), channels))
		// A fill element may stand in front, and a data stream element, whose bytes may be aligned.
		silent := ""
		for _, c := range SilentAAC(channels) {
			silent += fmt.Sprintf("%08b", c)
		}
		for _, before := range []string{"110 0001 10101010", "100 0000 0 00000001 10101010",
			"100 0000 1 00000001 10101010"} { // these are 16 bits to the byte
			require.True(t, plausibleAAC(packed(strings.ReplaceAll(before, " ", "")+silent), channels), before)
		}
	}
	require.False(t, plausibleAAC(nil, 1))
	require.False(t, plausibleAAC([]byte{0xDF, 0xFF}, 1), "a fill element without an end")
}

// packed are bits as bytes, with zeros at the end.
func packed(bits string) []byte {
	b := make([]byte, (len(bits)+7)/8)
	for i, c := range bits {
		b[i/8] |= byte(c-'0') << (7 - i%8)
	}
	return b
}

func TestMP4(t *testing.T) {
	codes := testagora.Pictures(65)
	var lengths, short [][]byte
	for _, p := range codes {
		lengths = append(lengths, testagora.WithLengths(p))
		short = append(short, bytes.ReplaceAll(p, []byte{0, 0, 0, 1}, []byte{0, 0, 1}))
	}
	for name, tt := range map[string]struct {
		pictures [][]byte
		codes    bool
	}{
		"lengths":           {lengths, false},
		"start codes":       {codes, true},
		"short start codes": {short, true},
		"both":              {append(append([][]byte{}, codes[:30]...), lengths[30:]...), true},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Look(write(t, "1_20190208042729165.mp4", testagora.MP4(t, tt.pictures, 67)))
			require.NoError(t, err)
			v := f.Video
			require.Equal(t, tt.codes, v.StartCodes)
			require.False(t, v.Garbled())
			require.Equal(t, 65*67*time.Millisecond, v.Length)
			require.Equal(t, []int{640, 360}, []int{v.CodedWidth, v.CodedHeight})
			require.Len(t, v.Keys, 3)
			list := frames(t, v, 0)
			require.Len(t, list, 65)
			for i, fr := range list {
				require.Equal(t, lengths[i], fr.Data, "picture %d", i)
				require.Equal(t, time.Duration(i)*67*time.Millisecond, fr.At)
				require.Equal(t, i%30 == 0, fr.Key)
			}
			require.Equal(t, 40, frames(t, v, 40)[0].Number)
		})
	}
}

// Pictures may be shown in another order than they are decoded in (B-frames): each says when, and how long it stands.
func TestShownOrder(t *testing.T) {
	const step = 67 * time.Millisecond
	pictures, shown := testagora.Pictures(65), testagora.Reordered(65)
	for name, data := range map[string][]byte{
		"a.mp4": testagora.MP4Shown(t, pictures, 67, shown),
		"a.ts":  testagora.TSShown(t, pictures, shown),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Look(write(t, name, data))
			require.NoError(t, err)
			v := f.Video
			require.True(t, v.Reordered)
			require.Equal(t, 65*step, v.Length)
			require.Equal(t, step, v.Step)
			require.Len(t, v.Keys, 3)
			for i, k := range v.Keys {
				require.Equal(t, time.Duration(30*i)*step, k.At)
			}
			for i, fr := range frames(t, v, 0) {
				require.Equal(t, testagora.WithLengths(pictures[i]), fr.Data)
				require.Equal(t, time.Duration(shown[i])*step, fr.At, "picture %d", i)
				require.Equal(t, fr.At, v.At(i))
				require.Equal(t, step, fr.Duration, "picture %d", i)
			}
		})
	}
}

// Parameter sets need not be among the samples: the index has them, and so the size of the pictures.
func TestMP4SetsInIndex(t *testing.T) {
	pictures := testagora.Pictures(65)
	for i, p := range pictures {
		if at := bytes.Index(p, []byte{0, 0, 0, 1, 0x65}); at >= 0 {
			pictures[i] = p[at:]
		}
	}
	f, err := Look(write(t, "a.mp4", testagora.MP4(t, pictures, 67)))
	require.NoError(t, err)
	v := f.Video
	require.Equal(t, []int{640, 360}, []int{v.CodedWidth, v.CodedHeight})
	require.Len(t, v.Keys, 3)
	for _, k := range v.Keys {
		require.Equal(t, []int{640, 360}, []int{k.Width, k.Height})
	}
}

// A crash leaves media without an index. The last picture may be cut, so it is left out.
func TestMP4Unfinished(t *testing.T) {
	codes := testagora.Pictures(65)
	var lengths [][]byte
	for _, p := range codes {
		lengths = append(lengths, testagora.WithLengths(p))
	}
	for name, pictures := range map[string][][]byte{"start codes": codes, "lengths": lengths} {
		t.Run(name, func(t *testing.T) {
			data := testagora.Unfinished(pictures)
			f, err := Look(write(t, "a.mp4", data[:len(data)-3]))
			require.NoError(t, err)
			v := f.Video
			require.True(t, v.NoIndex)
			require.True(t, v.CutOff)
			require.Equal(t, 64, v.Frames)
			require.Equal(t, 15.0, v.Nominal, "as the parameter sets say")
			require.Len(t, v.Keys, 3)
			for i, fr := range frames(t, v, 0) {
				require.Equal(t, lengths[i], fr.Data)
				require.Equal(t, i%30 == 0, fr.Key)
			}
		})
	}
	_, err := Look(write(t, "a.mp4", testagora.Unfinished([][]byte{codes[1], codes[2]})))
	require.ErrorIs(t, err, ErrNoIndex)
	_, err = Look(write(t, "a.mp4", testagora.Unfinished(nil)))
	require.ErrorIs(t, err, ErrNoIndex)
}

// inFront puts the index of an MP4 in front of its media.
func inFront(t testing.TB, data []byte) []byte {
	boxes := topBoxes(bytes.NewReader(data), int64(len(data)))
	index := boxes[len(boxes)-1]
	box, err := mp4.DecodeBox(0, bytes.NewReader(data[index.start:]))
	require.NoError(t, err)
	moov := box.(*mp4.MoovBox)
	for _, trak := range moov.Traks {
		for i := range trak.Mdia.Minf.Stbl.Stco.ChunkOffset {
			trak.Mdia.Minf.Stbl.Stco.ChunkOffset[i] += uint32(moov.Size())
		}
	}
	var out bytes.Buffer
	out.Write(data[:boxes[0].stop])
	require.NoError(t, moov.Encode(&out))
	out.Write(data[boxes[0].stop:index.start])
	return out.Bytes()
}

// Where the index stands in front, what there is of the pictures is used, wherever the file ends.
func TestMP4CutOff(t *testing.T) {
	codes := testagora.Pictures(65)
	data := inFront(t, testagora.MP4(t, codes, 67))
	f, err := Look(write(t, "a.mp4", data))
	require.NoError(t, err)
	require.Equal(t, 65, f.Video.Frames)
	require.False(t, f.Video.CutOff)
	last, size := 65, len(bytes.Join(codes, nil))
	for n := len(data) - 1; n > len(data)-size/2; n -= 17 {
		f, err := Look(write(t, "a.mp4", data[:n]))
		require.NoError(t, err)
		v := f.Video
		require.True(t, v.CutOff)
		require.LessOrEqual(t, v.Frames, last)
		require.Equal(t, time.Duration(v.Frames)*67*time.Millisecond, v.Length)
		list := frames(t, v, 0)
		require.Len(t, list, v.Frames)
		for i, fr := range list {
			require.Equal(t, testagora.WithLengths(codes[i]), fr.Data)
		}
		last = v.Frames
	}
	require.Less(t, last, 64)
	_, err = Look(write(t, "a.mp4", data[:len(data)-size]))
	require.ErrorIs(t, err, ErrDamaged)
}

// A file that grows is not finished before its last byte is there.
func TestFinished(t *testing.T) {
	atEnd := testagora.MP4(t, testagora.Pictures(40), 67)
	for name, data := range map[string][]byte{"at the end": atEnd, "in front": inFront(t, atEnd)} {
		for n := range data {
			if n%97 == 0 || n > len(data)-20 {
				require.False(t, Finished(write(t, "a.mp4", data[:n])), "%s: %d of %d bytes", name, n, len(data))
			}
		}
		require.True(t, Finished(write(t, "a.mp4", data)), name)
	}
	require.False(t, Finished(write(t, "a.mp4", testagora.Unfinished(testagora.Pictures(4)))))
}

// Pictures that were decrypted with the wrong secret are noise.
func TestMP4Noise(t *testing.T) {
	var noise [][]byte
	for i := range 60 {
		p := make([]byte, 100)
		for j := range p {
			p[j] = byte((i*101+j)*73 + j*j)
		}
		noise = append(noise, p)
	}
	f, err := Look(write(t, "a.mp4", testagora.MP4(t, noise, 67)))
	require.NoError(t, err)
	require.True(t, f.Video.Garbled())
}

func TestLookErrors(t *testing.T) {
	folder := t.TempDir()
	link := filepath.Join(folder, "1_20190208042729165.aac")
	require.NoError(t, os.Symlink("/etc/passwd", link))
	_, err := Look(link)
	require.ErrorContains(t, err, "symbolic link")
	_, err = Look(write(t, "a.aac", nil))
	require.ErrorIs(t, err, ErrEmpty)
	_, err = Look(write(t, "a.aac", []byte("nothing of the kind")))
	require.ErrorIs(t, err, ErrEmpty)
	_, err = Look(write(t, "a.xyz", []byte("nothing of the kind")))
	require.ErrorIs(t, err, ErrUnknown)
	_, err = Look(filepath.Join(folder, "gone.aac"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestUnits(t *testing.T) {
	for name, tt := range map[string]struct {
		sample    []byte
		size      int
		ok, codes bool
		want      []byte
	}{
		"lengths":    {[]byte{0, 0, 0, 2, 0x65, 1}, 4, true, false, []byte{0, 0, 0, 2, 0x65, 1}},
		"start code": {[]byte{0, 0, 0, 1, 0x65, 1}, 4, true, true, []byte{0, 0, 0, 2, 0x65, 1}},
		"a unit of one byte": {[]byte{0, 0, 0, 1, 9, 0, 0, 0, 2, 0x65, 1}, 4, true, false, []byte{0, 0, 0, 1, 9, 0,
			0, 0, 2, 0x65, 1}},
		"stuffing at the end": {[]byte{0, 0, 1, 0x65, 1, 0, 0}, 4, true, true, []byte{0, 0, 0, 2, 0x65, 1}},
		"short lengths":       {[]byte{0, 2, 0x65, 1}, 2, true, false, []byte{0, 0, 0, 2, 0x65, 1}},
		"a length too long":   {[]byte{0, 0, 0, 9, 0x65, 1}, 4, false, false, []byte{0, 0, 0, 9, 0x65, 1}},
		"nothing":             {nil, 4, false, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ok, codes := units(tt.sample, tt.size, func([]byte) {})
			require.Equal(t, tt.ok, ok)
			require.Equal(t, tt.codes, codes)
			require.Equal(t, tt.want, mended(tt.sample, nil, tt.size))
		})
	}
}

func TestTS(t *testing.T) {
	codes := testagora.Pictures(65)
	data := testagora.TS(t, codes)
	for name, tt := range map[string]struct {
		data   []byte
		frames int
		cut    bool
	}{
		"whole":           {data, 65, false},
		"cut off":         {data[:len(data)-100], 64, true},
		"garbage between": {slices.Concat(data[:188*20], []byte("garbage"), data[188*20:]), 65, false},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Look(write(t, "1_20190208042729165.ts", tt.data))
			require.NoError(t, err)
			v := f.Video
			require.Equal(t, tt.cut, v.CutOff)
			require.Equal(t, tt.frames, v.Frames)
			require.Len(t, v.Keys, 3)
			for i, fr := range frames(t, v, 0) {
				require.Equal(t, testagora.WithLengths(codes[i]), fr.Data)
				require.Equal(t, time.Duration(i)*67*time.Millisecond, fr.At)
			}
			require.Equal(t, 40, frames(t, v, 40)[0].Number)
		})
	}
}

// There may be sound in a transport stream, whose frames lie across its units.
func TestTSSound(t *testing.T) {
	codes, sound := testagora.Pictures(65), testagora.ADTS(200, 2)
	for name, pictures := range map[string][][]byte{"with pictures": codes, "alone": make([][]byte, 65)} {
		t.Run(name, func(t *testing.T) {
			for i := range pictures {
				if pictures[i] == nil {
					pictures[i] = []byte("no picture")
				}
			}
			f, err := Look(write(t, "1_20190208042729165.ts", testagora.TSHeard(t, pictures, sound, 300*time.Millisecond)))
			require.NoError(t, err)
			a := f.Audio
			require.Equal(t, 200, a.Frames)
			require.Zero(t, a.Damaged)
			require.False(t, a.CutOff)
			if f.Video != nil {
				require.Equal(t, 65, f.Video.Frames)
				require.Equal(t, 300*time.Millisecond, a.Offset)
			}
			for _, from := range []int{0, 1, 150, 199} {
				list := frames(t, a, from)
				require.Len(t, list, 200-from)
				for i, fr := range list {
					require.Equal(t, SamplesTime(int64(from+i)*1024, 48000), fr.At)
					require.Equal(t, SilentAAC(2), fr.Data)
				}
			}
		})
	}
}

// Time stamps of a transport stream wrap, also between a picture and one that is decoded later but shown earlier, and
// they begin anew where two streams lie one behind the other.
func TestTSTimes(t *testing.T) {
	const wrap = 1 << 33
	stamp := func(n int64) *astits.ClockReference { return &astits.ClockReference{Base: n & (wrap - 1)} }
	for name, tt := range map[string]struct {
		times [][2]int64 // PTS, DTS; a picture has one where they are the same
		want  []int64
	}{
		"in order":       {[][2]int64{{100, 100}, {200, 200}, {300, 300}}, []int64{0, 100, 200}},
		"wraps":          {[][2]int64{{wrap - 50, wrap - 50}, {50, 50}, {150, 150}}, []int64{0, 100, 200}},
		"B":              {[][2]int64{{300, 100}, {600, 200}, {400, 300}, {500, 400}}, []int64{0, 300, 100, 200}},
		"B that wraps":   {[][2]int64{{-50, -250}, {250, -150}, {50, -50}, {150, 50}}, []int64{0, 300, 100, 200}},
		"B before first": {[][2]int64{{300, 100}, {200, 200}, {400, 300}}, []int64{0, -100, 100}},
		"begins anew":    {[][2]int64{{900000, 900000}, {900100, 900100}, {300, 100}, {400, 200}}, []int64{0, 100, 400, 500}},
		"a little back":  {[][2]int64{{900, 900}, {800, 800}, {1000, 1000}}, []int64{0, -100, 100}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &tsReader{}
			for i, x := range tt.times {
				h := &astits.PESOptionalHeader{PTS: stamp(x[0])}
				if x[0] != x[1] {
					h.DTS = stamp(x[1])
				}
				require.Equal(t, ticksTime(tt.want[i], 90000), r.time(h), i)
			}
		})
	}
}

// What is made of parameter sets is what MP4 files have that are whole.
func TestConfig(t *testing.T) {
	f, err := Look(write(t, "a.mp4", testagora.MP4(t, testagora.Pictures(2), 67)))
	require.NoError(t, err)
	u, err := Look(write(t, "a.mp4", testagora.Unfinished(testagora.Pictures(3))))
	require.NoError(t, err)
	require.Equal(t, f.Video.Config, u.Video.Config)
}
