package mp4box

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"
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
	}
	_, err := Read(filepath.Join(t.TempDir(), "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestIndexWithoutEnd(t *testing.T) {
	b := sample(t, 0, false)
	moov := bytes.Index(b, []byte("moov"))
	copy(b[moov-4:], []byte{0, 0, 0, 0}) // size 0: up to the end of the file
	require.Len(t, parse(t, b).Tracks, 2)
}

func FuzzParse(f *testing.F) {
	for _, version := range []byte{0, 1} {
		f.Add(sample(f, version, true))
		f.Add(sample(f, version, false))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Parse(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, v := range info.Tracks {
			if v.Start < 0 || v.Duration < 0 || v.Samples < 0 || v.SyncSamples < 0 {
				t.Fatalf("negative: %+v", v)
			}
		}
	})
}
