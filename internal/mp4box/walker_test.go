package mp4box

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"
)

// tables builds a file with one video track of 5 samples in 3 chunks, and lets edit change its tables before it is
// written.
func tables(t testing.TB, wide bool, edit func(*mp4.StblBox)) []byte {
	t.Helper()
	init := mp4.CreateEmptyInit()
	init.Moov.Mvhd.Timescale = 1000
	init.AddEmptyTrack(1000, "video", "und")
	trak := init.Moov.Trak
	stbl := trak.Mdia.Minf.Stbl
	stbl.Stsd.AddChild(mp4.CreateVisualSampleEntryBox("vp09", 320, 180,
		&mp4.VppCBox{Version: 1, Profile: 0, Level: 10, BitDepth: 8}))
	stbl.Stsd.AddChild(mp4.CreateVisualSampleEntryBox("avc1", 160, 90, nil))
	stbl.Stsz.SampleNumber, stbl.Stsz.SampleSize = 5, []uint32{1, 2, 3, 4, 5}
	stbl.Stts.SampleCount, stbl.Stts.SampleTimeDelta = []uint32{2, 0, 3}, []uint32{40, 1, 60}
	ctts := &mp4.CttsBox{Version: 1}
	require.NoError(t, ctts.AddSampleCountsAndOffset([]uint32{1, 1, 3}, []int32{80, -20, 40}))
	stbl.AddChild(ctts)
	require.NoError(t, stbl.Stsc.AddEntry(1, 2, 1))
	require.NoError(t, stbl.Stsc.AddEntry(3, 1, 2))
	stbl.AddChild(&mp4.StssBox{SampleNumber: []uint32{1, 5}})
	offsets := []uint64{8, 20, 30}
	if wide {
		drop(stbl, "stco")
		stbl.AddChild(&mp4.Co64Box{ChunkOffset: offsets})
	} else {
		for _, at := range offsets {
			stbl.Stco.ChunkOffset = append(stbl.Stco.ChunkOffset, uint32(at))
		}
	}
	init.Moov.Children = dropMvex(init.Moov.Children)
	edit(stbl)
	var out bytes.Buffer
	require.NoError(t, (&mp4.MdatBox{Data: make([]byte, 32)}).Encode(&out))
	require.NoError(t, init.Moov.Encode(&out))
	return out.Bytes()
}

func drop(s *mp4.StblBox, name string) {
	s.Children = slices.DeleteFunc(s.Children, func(b mp4.Box) bool { return b.Type() == name })
}

func walkAll(b []byte) (all []Sample, err error) {
	f, err := NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	for i := range f.Tracks {
		s, err := f.Samples(i)
		if err != nil {
			return all, err
		}
		if _, err := f.Entries(i); err != nil {
			return all, err
		}
		for {
			x, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return all, err
			}
			all = append(all, x)
		}
	}
	return all, nil
}

func TestSamples(t *testing.T) {
	for _, wide := range []bool{false, true} {
		all, err := walkAll(tables(t, wide, func(*mp4.StblBox) {}))
		require.NoError(t, err)
		require.Equal(t, []Sample{
			{At: 8, Size: 1, Decode: 0, Show: 80, Duration: 40, Sync: true, Entry: 1},
			{At: 9, Size: 2, Decode: 40, Show: 20, Duration: 40, Entry: 1},
			{At: 20, Size: 3, Decode: 80, Show: 120, Duration: 60, Entry: 1},
			{At: 23, Size: 4, Decode: 140, Show: 180, Duration: 60, Entry: 1},
			{At: 30, Size: 5, Decode: 200, Show: 240, Duration: 60, Sync: true, Entry: 2},
		}, all)
	}
	for name, c := range map[string]struct {
		spoil func(*mp4.StblBox)
		want  string
	}{
		"outside the file": {func(s *mp4.StblBox) { s.Stco.ChunkOffset[2] = 1 << 20 }, "the file ends at"},
		"too few chunks":   {func(s *mp4.StblBox) { s.Stco.ChunkOffset = s.Stco.ChunkOffset[:2] }, "chunks for 4 only"},
		"too many chunks": {func(s *mp4.StblBox) { s.Stco.ChunkOffset = append(s.Stco.ChunkOffset, 30) },
			"1 entries more in its box stco"},
		"too few times":  {func(s *mp4.StblBox) { s.Stts.SampleCount[2] = 2 }, "times for 4 only"},
		"too many times": {func(s *mp4.StblBox) { s.Stts.SampleCount[2] = 4 }, "times for more"},
		"sync behind":    {func(s *mp4.StblBox) { s.Stss.SampleNumber[1] = 6 }, "number 6 is a sync sample"},
		"sync back":      {func(s *mp4.StblBox) { s.Stss.SampleNumber[0] = 5 }, "not in order"},
		"no chunks":      {func(s *mp4.StblBox) { drop(s, "stco") }, "no box stco or co64"},
	} {
		_, err := walkAll(tables(t, false, c.spoil))
		require.ErrorIs(t, err, ErrDamaged, name)
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestEntries(t *testing.T) {
	b := tables(t, false, func(*mp4.StblBox) {})
	f, err := NewFile(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	list, err := f.Entries(0)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "vpcC", list[0].ConfigType)
	require.NotEmpty(t, list[0].Config)
	require.Equal(t, Entry{Type: "avc1", Width: 160, Height: 90}, list[1])

	track := Track{Timescale: 1000, Start: time.Second, Skip: 20 * time.Millisecond}
	require.Equal(t, 980*time.Millisecond, track.Time(0))
	require.Equal(t, 970*time.Millisecond, track.Time(-10))
}

// What Samples returns lies in the file and goes on in time, whatever the file says.
func FuzzSamples(f *testing.F) {
	f.Add(tables(f, false, func(*mp4.StblBox) {}))
	f.Add(tables(f, true, func(*mp4.StblBox) {}))
	f.Add(sample(f, 1, true))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, _ := walkAll(b)
		for _, x := range all {
			if x.At < 0 || x.Size < 0 || x.At+x.Size > int64(len(b)) || x.Duration < 0 || x.Decode < 0 {
				t.Fatalf("%+v in a file of %d bytes", x, len(b))
			}
		}
	})
}
