package timeline

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// codedUnit is a unit that can be kept.
type codedUnit struct {
	Unit
	caps string
}

// coded reads all units of a track in coded form.
func coded(t *testing.T, tl *Timeline, track *Track, from time.Duration) (list []codedUnit) {
	t.Helper()
	s, err := tl.OpenCoded(track)
	require.NoError(t, err)
	defer s.Close()
	if from > 0 {
		require.NoError(t, s.Seek(from))
	}
	for {
		u, err := s.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		require.Empty(t, u.Packets)
		kept := codedUnit{*u, s.Format(u.Format).Caps}
		kept.Data = bytes.Clone(u.Data)
		list = append(list, kept)
	}
}

// Coded units are where the others are, and what of them is in packets.
func TestCodedUnitsAreThePackets(t *testing.T) {
	late := testmjr.Video("vp8", 60, 15, testmjr.VP8(64, 48, 20, 3))
	late.Network = testmjr.Network{Seed: 3, Jitter: 20 * time.Millisecond, Duplicate: testmjr.Every(7),
		Late: func(n int) int { return n % 5 / 4 }}
	frames := testmjr.Video("h264", 61, 15, testmjr.H264(1000, nil))
	frames.Order = sentIn(bFrames["two B"])
	muted := testmjr.Audio(100)
	muted.Breaks = []testmjr.Break{{Unit: 50, Pause: time.Second}}
	for name, track := range map[string]testmjr.Track{"VP8": late, "B-frames": frames, "sound with a hole": muted} {
		tl := load(t, Options{}, track)
		want, got := unitsOf(t, tl, tl.Tracks[0]), coded(t, tl, tl.Tracks[0], 0)
		require.Zero(t, tl.Tracks[0].Incomplete, name)
		require.Len(t, got, len(want), name)
		d, video := codec.NewDepacketizer(track.Header.Codec)
		for i, u := range want {
			require.Equal(t, [3]time.Duration{u.PTS, u.DTS, u.Duration},
				[3]time.Duration{got[i].PTS, got[i].DTS, got[i].Duration})
			require.Equal(t, [4]bool{u.Key, u.Discont, u.Gap, u.Last},
				[4]bool{got[i].Key, got[i].Discont, got[i].Gap, got[i].Last})
			var data []byte
			for _, p := range u.Packets {
				if video {
					require.NoError(t, d.Push(p[12:]))
				} else {
					data = p[12:]
				}
			}
			if video {
				data = d.End(nil)
			}
			require.Equal(t, data, got[i].Data, "%s, unit %d", name, i)
			require.NotEmpty(t, data)
		}
	}
}

// What there is of a picture that is not whole, where such are wanted.
func TestCodedUnitsThatAreIncomplete(t *testing.T) {
	sent := testmjr.VP8(64, 48, 20, 3)
	video := testmjr.Video("vp8", 60, 15, sent)
	video.Network.Lose = testmjr.At(31, 60) // the middle of picture 10, the first packet of picture 20
	tl := load(t, Options{OnLoss: KeepOnLoss}, video)
	require.Equal(t, 2, tl.Tracks[0].Incomplete)
	all := coded(t, tl, tl.Tracks[0], 0)
	require.Len(t, all, 59, "nothing can be made of a picture without its beginning")
	require.Len(t, all[10].Data, len(all[9].Data)/3)
	require.False(t, all[18].Discont)
	require.True(t, all[20].Discont, "behind the one that was left out")

	tl = load(t, Options{}, video)
	require.Zero(t, tl.Tracks[0].Incomplete, "only those are shown of which all is there")
	for _, u := range coded(t, tl, tl.Tracks[0], 0) {
		require.Len(t, u.Data, len(all[0].Data))
	}
}

// Parameter sets are in the format, however they came: with pictures, in front of them, or negotiated. Other ones are
// another format, from the picture on that they came with, and a seek still knows them.
func TestCodedFormats(t *testing.T) {
	const first, second, negotiated = "68ce3c80", "68ce3c81", "sprop-parameter-sets=Z0LAFYyNQKDLzzcBDQEHhEI1,aM48gA=="
	units := func(sets map[int][]string) testmjr.Source {
		return func(i int) testmjr.Unit {
			u := testmjr.Unit{Key: i%30 == 0}
			for _, set := range sets[i] {
				u.Payloads = append(u.Payloads, []byte(unhex(t, set)))
			}
			head := byte(0x41)
			if u.Key {
				head = 0x65
			}
			u.Payloads = append(u.Payloads, []byte{head, 0x88, byte(i)})
			return u
		}
	}
	const sps = "6742c0158c8d40a0cbcf37010d0107844235"
	for name, c := range map[string]struct {
		fmtp string
		sets map[int][]string
		want map[int]string // the PPS from a picture on
	}{
		"with the first picture": {"", map[int][]string{0: {sps, first}}, map[int]string{0: first}},
		"repeated":               {"", map[int][]string{0: {sps, first}, 30: {sps, first}}, map[int]string{0: first}},
		"negotiated":             {negotiated, nil, map[int]string{0: first}},
		"others later":           {"", map[int][]string{0: {sps, first}, 30: {second}}, map[int]string{0: first, 30: second}},
		"others than negotiated": {negotiated, map[int][]string{30: {second}}, map[int]string{0: first, 30: second}},
	} {
		video := testmjr.Video("h264", 90, 15, units(c.sets))
		video.Header.Fmtp = c.fmtp
		tl := load(t, Options{}, video)
		want := ""
		all := coded(t, tl, tl.Tracks[0], 0)
		require.Len(t, all, 90, name)
		for i, u := range all {
			if pps, ok := c.want[i]; ok {
				want = pps
			}
			require.Contains(t, u.caps, "010004"+want, "%s, picture %d", name, i)
			require.Contains(t, u.caps, "video/x-h264,stream-format=avc,alignment=au,width=320,height=180,")
			require.Equal(t, []byte{0, 0, 0, 3, 0x88, byte(i)}, append(u.Data[:4:4], u.Data[5:]...))
		}
		s, err := tl.OpenCoded(tl.Tracks[0])
		require.NoError(t, err)
		defer s.Close()
		_, err = s.Next()
		require.NoError(t, err)
		require.NoError(t, s.Seek(5*time.Second))
		u, err := s.Next()
		require.NoError(t, err)
		require.True(t, u.Key)
		require.NotEmpty(t, s.Format(u.Format).Caps, name)
	}
}

// Some senders give parameter sets the time of the picture before them.
func TestParameterSetsOfTheTimeBefore(t *testing.T) {
	units := testmjr.Recorded(t, "rot-h264-90", mjr.Video)
	video := testmjr.Video("h264", 2*len(units), 15, testmjr.Loop(units))
	path := video.Write(t, t.TempDir(), "v.mjr")
	inspector, _ := codec.New("h264")
	var info codec.Info
	var before []byte
	sets := 0
	changed := rewrite(t, path, func(i int, rec *mjr.Record) int {
		rec.Payload = bytes.Clone(rec.Payload)
		require.NoError(t, inspector.Inspect(payloadOf(rec.Payload), &info))
		if i > 0 && info.ParameterSets && !info.Key {
			copy(rec.Payload[4:8], before)
			sets++
		}
		before = rec.Payload[4:8]
		return 1
	})
	require.NotZero(t, sets)
	want, _ := loadOne(t, path, Options{})
	got, track := loadOne(t, changed, Options{})
	is := coded(t, got, track, 0)
	for i, u := range coded(t, want, want.Tracks[0], 0) {
		require.Equal(t, u.PTS, is[i].PTS)
		require.Equal(t, u.Data, is[i].Data)
	}
	for i, u := range packetsOf(t, got, track) {
		for _, p := range u[1:] {
			require.NoError(t, inspector.Inspect(payloadOf(p), &info))
			require.False(t, info.ParameterSets, "behind picture %d", i)
		}
	}
}

// Without what decoding needs there are no pictures.
func TestCodedWithoutParameterSets(t *testing.T) {
	video := testmjr.Video("h264", 30, 15, func(i int) testmjr.Unit {
		if i == 0 { // half of them
			return testmjr.Unit{Key: true, Payloads: [][]byte{unhex(t, "6742c0158c8d40a0cbcf37010d0107844235"), {0x65, 0x88}}}
		}
		return testmjr.Unit{Payloads: [][]byte{{0x41, 0x88}}}
	})
	tl := load(t, Options{}, video)
	require.Empty(t, coded(t, tl, tl.Tracks[0], 0))
}

// Parts of other sizes are other formats.
func TestCodedParts(t *testing.T) {
	second := testmjr.Video("vp8", 30, 15, testmjr.VP8(32, 48, 10, 2))
	second.Start = 5 * time.Second
	tl := load(t, Options{}, testmjr.Video("vp8", 30, 15, testmjr.VP8(64, 48, 10, 2)), second)
	all := coded(t, tl, tl.Join(tl.Tracks...), 0)
	require.Len(t, all, 60)
	for i, u := range all {
		width := "64"
		if i >= 30 {
			width = "32"
		}
		require.Equal(t, "video/x-vp8,width="+width+",height=48", u.caps)
	}
}

// Sound says what it is before anything is read.
func TestCodedSound(t *testing.T) {
	surround := codec.Surround51
	const tags = "4f70757354616773070000005570726967687400000000" // OpusTags
	for name, c := range map[string]struct {
		codec string
		want  string
	}{
		"opus": {"opus", "audio/x-opus,rate=48000,channels=1,channel-mapping-family=0,stream-count=1,coupled-count=0," +
			"streamheader=(buffer)<4f707573486561640101000080bb0000000000," + tags + ">"},
		"multiopus": {"multiopus", "audio/x-opus,rate=48000,channels=6,channel-mapping-family=1,stream-count=4," +
			"coupled-count=2,channel-mapping=(int)<0,4,1,2,3,5>," +
			"streamheader=(buffer)<4f707573486561640106000080bb00000000010402000401020305," + tags + ">"},
		"pcmu":   {"pcmu", "audio/x-mulaw,rate=8000,channels=1"},
		"pcma":   {"pcma", "audio/x-alaw,rate=8000,channels=1"},
		"g722":   {"g722", "audio/G722,rate=16000,channels=1"},
		"l16-48": {"l16-48", "audio/x-raw,format=S16BE,layout=interleaved,rate=48000,channels=1"},
	} {
		audio := testmjr.Audio(50)
		audio.Header.Codec = c.codec
		switch c.codec {
		case "multiopus":
			packet, err := surround.Silent(20 * time.Millisecond)
			require.NoError(t, err)
			audio.Source = func(int) testmjr.Unit { return testmjr.Unit{Payloads: [][]byte{packet}} }
		case "opus":
		case "l16-48":
			audio.Source = testmjr.Filled(1920, 0)
		default:
			audio.ClockRate, audio.Source = 8000, testmjr.Filled(160, 0xFF)
		}
		tl := load(t, Options{}, audio)
		s, err := tl.OpenCoded(tl.Tracks[0])
		require.NoError(t, err, name)
		require.Equal(t, c.want, s.Format(0).Caps, name)
		require.NoError(t, s.Close())
		require.Len(t, coded(t, tl, tl.Tracks[0], 0), 50)
	}
	require.Equal(t, uint16(48000), binary.LittleEndian.Uint16(opusHead(1, nil)[12:]))
}

func TestColorimetry(t *testing.T) {
	for want, c := range map[string]codec.Colour{
		"bt709": {Primaries: 1, Transfer: 1, Matrix: 1}, "bt601": {Primaries: 6, Transfer: 6, Matrix: 6},
		"bt2100-pq": {Primaries: 9, Transfer: 16, Matrix: 9}, "1:3:7:1": {Primaries: 1, Transfer: 13, Matrix: 1, Full: true},
		"2:0:0:3": {Primaries: 5, Transfer: 2, Matrix: 2},
	} {
		require.Equal(t, ",colorimetry=(string)"+want, colorimetry(c))
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}
