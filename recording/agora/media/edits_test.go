package media

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/aac"
	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testagora"
)

// withSound adds a track of sound to an MP4 of pictures, and edit lists to both; nil: none.
func withSound(t *testing.T, pictures []byte, video, audio []mp4.ElstEntry) []byte {
	boxes := topBoxes(bytes.NewReader(pictures), int64(len(pictures)))
	index := boxes[len(boxes)-1]
	box, err := mp4.DecodeBox(0, bytes.NewReader(pictures[index.start:]))
	require.NoError(t, err)
	moov := box.(*mp4.MoovBox)
	moov.Mvhd.Timescale = 1000
	other := mp4.CreateEmptyInit()
	other.AddEmptyTrack(48000, "audio", "und")
	trak := other.Moov.Trak
	require.NoError(t, trak.SetAACDescriptor(aac.AAClc, 48000))
	sample := SilentAAC(2)
	media := append(binary.BigEndian.AppendUint32(nil, uint32(8+50*len(sample))), "mdat"...)
	media = append(media, bytes.Repeat(sample, 50)...)
	stbl := trak.Mdia.Minf.Stbl
	stbl.Stts.SampleCount, stbl.Stts.SampleTimeDelta = []uint32{50}, []uint32{1024}
	require.NoError(t, stbl.Stsc.AddEntry(1, 50, 1))
	stbl.Stsz.SampleNumber, stbl.Stsz.SampleUniformSize = 50, uint32(len(sample))
	stbl.Stco.ChunkOffset = []uint32{uint32(index.start + 8)}
	moov.AddChild(trak)
	for i, list := range [][]mp4.ElstEntry{video, audio} {
		if list != nil {
			edits := &mp4.EdtsBox{}
			edits.AddChild(&mp4.ElstBox{Version: 1, Entries: list})
			moov.Traks[i].AddChild(edits)
		}
	}
	var out bytes.Buffer
	out.Write(pictures[:index.start])
	out.Write(media)
	require.NoError(t, moov.Encode(&out))
	return out.Bytes()
}

// Edit lists say by how much later the sound of a file begins than its pictures.
func TestEditLists(t *testing.T) {
	const step = 67
	plain := testagora.MP4(t, testagora.Pictures(30), step)
	shown := testagora.MP4Shown(t, testagora.Pictures(30), step, testagora.Reordered(30))
	type list = []mp4.ElstEntry
	at := func(ticks int64) mp4.ElstEntry { return mp4.ElstEntry{SegmentDuration: 1000, MediaTime: ticks} }
	empty := func(ms uint64) mp4.ElstEntry { return mp4.ElstEntry{SegmentDuration: ms, MediaTime: -1} }
	for name, c := range map[string]struct {
		pictures     []byte
		video, audio list
		want         time.Duration
	}{
		"none":                      {plain, nil, nil, 0},
		"none, B-frames":            {shown, nil, nil, 0},
		"sound later":               {plain, list{at(0)}, list{empty(300), at(0)}, 300 * time.Millisecond},
		"sound later, in two":       {plain, nil, list{empty(100), empty(200), at(0)}, 300 * time.Millisecond},
		"pictures later":            {plain, list{empty(250), at(0)}, list{at(0)}, -250 * time.Millisecond},
		"what an encoder adds":      {plain, list{at(0)}, list{at(1024)}, -SamplesTime(1024, 48000)},
		"B-frames begin at once":    {shown, list{at(2 * step)}, list{at(0)}, 0},
		"B-frames, and sound later": {shown, list{at(2 * step)}, list{empty(40), at(0)}, 40 * time.Millisecond},
		"nothing plays":             {plain, nil, list{empty(300)}, 0},
		"years":                     {plain, nil, list{empty(1 << 60), at(0)}, 0},
	} {
		f, err := Look(write(t, "a.mp4", withSound(t, c.pictures, c.video, c.audio)))
		require.NoError(t, err, name)
		require.Equal(t, 30, f.Video.Frames, name)
		require.Equal(t, 50, f.Audio.Frames, name)
		require.InDelta(t, c.want, f.Audio.Offset, float64(time.Microsecond), name)
	}
}
