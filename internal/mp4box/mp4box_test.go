package mp4box

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
)

// sample builds a file with one video and one audio track whose headers have the given version (0 or 1). The index
// stands in front of the media data if front is set. The video starts 1.5 s late and skips 0.1 s.
func sample(t testing.TB, version byte, front bool) []byte {
	t.Helper()
	init := mp4.CreateEmptyInit()
	moov := init.Moov
	moov.Mvhd.Version = version
	moov.Mvhd.Timescale, moov.Mvhd.Duration = 1000, 9000
	for i, media := range []string{"video", "audio"} {
		init.AddEmptyTrack([]uint32{90000, 48000}[i], media, "und")
		trak := moov.Traks[i]
		trak.Tkhd.Version, trak.Mdia.Mdhd.Version = version, version
		trak.Mdia.Mdhd.Duration = 7 * uint64(trak.Mdia.Mdhd.Timescale)
		stbl := trak.Mdia.Minf.Stbl
		if media == "video" {
			trak.Tkhd.Width, trak.Tkhd.Height = 320<<16, 180<<16
			stbl.Stsd.AddChild(mp4.CreateVisualSampleEntryBox("avc1", 320, 180, nil))
			stbl.Stsz.SampleNumber, stbl.Stsz.SampleUniformSize = 105, 10
			stbl.AddChild(&mp4.StssBox{SampleNumber: []uint32{1, 31, 61}})
			edts := &mp4.EdtsBox{}
			edts.AddChild(&mp4.ElstBox{Version: version, Entries: []mp4.ElstEntry{
				{SegmentDuration: 1500, MediaTime: -1, MediaRateInteger: 1},
				{SegmentDuration: 6900, MediaTime: 9000, MediaRateInteger: 1},
			}})
			trak.AddChild(edts)
		} else {
			stbl.Stsd.AddChild(mp4.CreateAudioSampleEntryBox("Opus", 2, 16, 48000, nil))
			stbl.Stsz.SampleNumber, stbl.Stsz.SampleUniformSize = 350, 3
			edts := &mp4.EdtsBox{}
			edts.AddChild(&mp4.ElstBox{Version: version, Entries: []mp4.ElstEntry{
				{SegmentDuration: 2000, MediaTime: -1, MediaRateInteger: 1}, {SegmentDuration: 7000, MediaRateInteger: 1},
			}})
			trak.AddChild(edts)
		}
	}
	moov.Children = dropMvex(moov.Children)
	var out bytes.Buffer
	ftyp := mp4.NewFtyp("isom", 0, []string{"isom"})
	require.NoError(t, ftyp.Encode(&out))
	mdat := &mp4.MdatBox{Data: []byte("media data")}
	if front {
		require.NoError(t, moov.Encode(&out))
	}
	require.NoError(t, mdat.Encode(&out))
	if !front {
		require.NoError(t, moov.Encode(&out))
	}
	return out.Bytes()
}

// dropMvex leaves out what says that the file is fragmented, which mp4ff assumes.
func dropMvex(children []mp4.Box) (kept []mp4.Box) {
	for _, c := range children {
		if c.Type() != "mvex" {
			kept = append(kept, c)
		}
	}
	return kept
}

func parse(t testing.TB, b []byte) *Info {
	t.Helper()
	info, err := Parse(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return info
}

func TestParse(t *testing.T) {
	for _, version := range []byte{0, 1} {
		for _, front := range []bool{false, true} {
			info := parse(t, sample(t, version, front))
			require.Equal(t, "isom", info.Brand)
			require.Equal(t, 9*time.Second, info.Duration)
			require.Equal(t, front, info.FastStart)
			require.False(t, info.Fragmented)
			require.True(t, info.Created.IsZero())
			require.Len(t, info.Tracks, 2)

			v := info.Tracks[0]
			require.Equal(t, Track{ID: 1, Kind: Video, Codec: "avc1", Entries: 1, Timescale: 90000,
				Start: 1500 * time.Millisecond, Skip: 100 * time.Millisecond, Duration: 7 * time.Second,
				Plays:   6900 * time.Millisecond,
				Samples: 105, SyncSamples: 3, FirstSync: true, Width: 320, Height: 180, DisplayWidth: 320, DisplayHeight: 180,
				Matrix: Identity, OrientationKnown: true}, v)
			require.Equal(t, 8400*time.Millisecond, v.End())

			a := info.Tracks[1]
			require.Equal(t, Track{ID: 2, Kind: Audio, Codec: "Opus", Entries: 1, Timescale: 48000, Start: 2 * time.Second,
				Duration: 7 * time.Second, Plays: 7 * time.Second,
				Samples: 350, SyncSamples: 350, FirstSync: true, Channels: 2, Matrix: Identity, OrientationKnown: true}, a)
		}
	}
}

func TestPatch(t *testing.T) {
	created := time.Date(2026, time.November, 21, 7, 42, 3, 999_999_000, time.UTC)
	for _, version := range []byte{0, 1} {
		for _, front := range []bool{false, true} {
			before := sample(t, version, front)
			path := filepath.Join(t.TempDir(), "a.mp4")
			require.NoError(t, os.WriteFile(path, before, 0o600))
			o := cvo.Orientation{Degrees: 90, Flip: true}
			p := Patching{Orientation: &o, CreationUs: created.UnixMicro()}
			require.NoError(t, Patch(path, p))

			info, err := Read(path)
			require.NoError(t, err)
			require.Equal(t, created.Truncate(time.Second), info.Created)
			v, a := info.Tracks[0], info.Tracks[1]
			require.Equal(t, created.Truncate(time.Second), v.Created)
			require.Equal(t, created.Truncate(time.Second), a.Created)
			require.Equal(t, o, v.Orientation)
			require.True(t, v.OrientationKnown)
			require.Equal(t, []int{320, 180, 180, 320}, []int{v.Width, v.Height, v.DisplayWidth, v.DisplayHeight})
			require.Equal(t, Identity, a.Matrix, "audio has no picture to turn")

			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Len(t, after, len(before))
			index := after[bytes.Index(after, []byte("moov"))-4:]
			other, err := mp4.DecodeBox(0, bytes.NewReader(index))
			require.NoError(t, err)
			require.Equal(t, created.Unix(), other.(*mp4.MoovBox).Traks[1].Mdia.Mdhd.CreationTimeS(), "another reader agrees")

			require.NoError(t, Patch(path, p))
			twice, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, after, twice, "patching again changes nothing")

			require.NoError(t, Patch(path, Patching{}))
			none, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, after, none, "an empty patch changes nothing")

			upright := cvo.Orientation{}
			require.NoError(t, Patch(path, Patching{Orientation: &upright}))
			info, err = Read(path)
			require.NoError(t, err)
			require.Equal(t, Identity, info.Tracks[0].Matrix)
			require.Equal(t, created.Truncate(time.Second), info.Created, "the time stays")
		}
	}
}

func TestPatchLeavesOutPriming(t *testing.T) {
	const priming = 21333333 * time.Nanosecond // 1024 samples at 48 kHz
	for _, version := range []byte{0, 1} {
		b := sample(t, version, true)
		for range 2 {
			require.NoError(t, PatchFile(&memory{b}, int64(len(b)), Patching{AudioSkip: priming}))
			info := parse(t, b)
			v, a := info.Tracks[0], info.Tracks[1]
			require.Equal(t, 100*time.Millisecond, v.Skip, "the picture stays")
			require.Equal(t, ticks(1024, 48000), a.Skip)
			require.Equal(t, 2*time.Second, a.Start)
			require.InDelta(t, 8979*time.Millisecond, a.End(), float64(time.Millisecond))
			require.Equal(t, 8979*time.Millisecond, info.Duration, "the movie ends with its longest track")

			moov, err := mp4.DecodeBox(0, bytes.NewReader(b[bytes.Index(b, []byte("moov"))-4:]))
			require.NoError(t, err)
			trak := moov.(*mp4.MoovBox).Traks[1]
			require.EqualValues(t, 8979, trak.Tkhd.Duration)
			require.Equal(t, mp4.ElstEntry{SegmentDuration: 6979, MediaTime: 1024, MediaRateInteger: 1},
				trak.Edts.Elst[0].Entries[1])
		}
	}
	for name, skip := range map[string]time.Duration{"all of it": 7 * time.Second, "less than nothing": -1} {
		b := sample(t, 0, true)
		before := bytes.Clone(b)
		require.Error(t, PatchFile(&memory{b}, int64(len(b)), Patching{AudioSkip: skip}), name)
		require.Equal(t, before, b)
	}
}

func TestPatchChangesOnlyTheFields(t *testing.T) {
	before := sample(t, 0, false)
	f := &memory{bytes.Clone(before)}
	o := cvo.Orientation{Degrees: 270}
	require.NoError(t, PatchFile(f, int64(len(before)), Patching{Orientation: &o, CreationUs: 1_000_000}))
	changed := 0
	for i := range before {
		if before[i] != f.b[i] {
			changed++
		}
	}
	require.LessOrEqual(t, changed, matrixLen+5*4, "one matrix and five times")
	require.NotZero(t, changed)
}

func TestPatchRefusesTimesTheFormatCannotHold(t *testing.T) {
	for name, us := range map[string]int64{
		"before 1904":           time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
		"after 2040 in 32 bits": time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(),
	} {
		b := sample(t, 0, true)
		f := &memory{bytes.Clone(b)}
		require.Error(t, PatchFile(f, int64(len(b)), Patching{CreationUs: us}), name)
		require.Equal(t, b, f.b, "nothing is written unless all can be")
	}
	b := sample(t, 1, true)
	require.NoError(t, PatchFile(&memory{b}, int64(len(b)),
		Patching{CreationUs: time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()}))
}

func TestErrors(t *testing.T) {
	good := sample(t, 0, true)
	moov := bytes.Index(good, []byte("moov"))
	tkhd := bytes.Index(good, []byte("tkhd"))
	cut := func(b []byte, at int, to ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[at:], to)
		return b
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"empty":                        {nil, ErrNotMP4},
		"seven bytes":                  {good[:7], ErrNotMP4},
		"text":                         {[]byte("this is not a movie at all"), ErrNotMP4},
		"matroska":                     {[]byte("\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x23"), ErrNotMP4},
		"no index":                     {good[:moov-4], ErrNoIndex},
		"index cut off":                {good[:moov+100], ErrDamaged},
		"track header leaves its room": {cut(good, tkhd-4, 0xff), ErrDamaged},
		"track header without room":    {cut(good, tkhd-4, 0, 0, 0, 9), ErrDamaged},
		"box smaller than its header":  {cut(good, tkhd-4, 0, 0, 0, 7), ErrDamaged},
		"unknown version":              {cut(good, tkhd+4, 2), ErrDamaged},
		"track without a header":       {cut(good, tkhd, 'f', 'r', 'e', 'e'), ErrDamaged},
	} {
		_, err := Parse(bytes.NewReader(c.file), int64(len(c.file)))
		require.ErrorIs(t, err, c.want, name)
		o := cvo.Orientation{}
		f := &memory{bytes.Clone(c.file)}
		require.ErrorIs(t, PatchFile(f, int64(len(c.file)), Patching{Orientation: &o, CreationUs: 1}), c.want, name)
		require.True(t, bytes.Equal(c.file, f.b), name)
	}
	_, err := Read(filepath.Join(t.TempDir(), "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, Patch(filepath.Join(t.TempDir(), "absent"), Patching{}), os.ErrNotExist)
}

func TestIndexWithoutEnd(t *testing.T) {
	b := sample(t, 0, false)
	moov := bytes.Index(b, []byte("moov"))
	copy(b[moov-4:], []byte{0, 0, 0, 0}) // size 0: up to the end of the file
	require.Len(t, parse(t, b).Tracks, 2)
}

// memory is a file in memory that cannot grow.
type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, at)
}

func (m *memory) WriteAt(p []byte, at int64) (int, error) {
	if at < 0 || at+int64(len(p)) > int64(len(m.b)) {
		return 0, errors.New("write outside of the file")
	}
	return copy(m.b[at:], p), nil
}

func FuzzParse(f *testing.F) {
	for _, version := range []byte{0, 1} {
		f.Add(sample(f, version, true))
		f.Add(sample(f, version, false))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Parse(bytes.NewReader(b), int64(len(b)))
		o := cvo.Orientation{Degrees: 90}
		m := &memory{bytes.Clone(b)}
		perr := PatchFile(m, int64(len(b)), Patching{Orientation: &o, CreationUs: 1_700_000_000_000_000,
			AudioSkip: 20 * time.Millisecond})
		if err != nil || perr != nil {
			if perr != nil && !bytes.Equal(b, m.b) {
				t.Fatal("a refused patch changed the file")
			}
			return
		}
		for _, v := range info.Tracks {
			if v.Start < 0 || v.Duration < 0 || v.Samples < 0 || v.SyncSamples < 0 {
				t.Fatalf("negative: %+v", v)
			}
		}
		again, err := Parse(m, int64(len(b)))
		if err != nil {
			t.Fatalf("cannot read what was patched: %v", err)
		}
		for i, v := range again.Tracks {
			if v.Kind == Video && v.Orientation != o {
				t.Fatalf("track %d: orientation %+v", i, v.Orientation)
			}
		}
	})
}

var _ io.ReaderAt = (*memory)(nil)
