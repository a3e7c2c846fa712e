// Package testagora writes folders as Agora's on-premise recorder leaves them, for tests. The media are small and
// made here; pictures cannot be decoded unless a test brings its own.
package testagora

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/asticode/go-astits"
	"github.com/stretchr/testify/require"
)

// Stamp is the 17 digits of a time.
func Stamp(t time.Time) string {
	return t.UTC().Format("20060102150405") + fmt.Sprintf("%03d", t.Nanosecond()/1e6)
}

// Folder is a session's folder that is being written.
type Folder struct {
	t    testing.TB
	Path string
	Zero time.Time // of its uid files
}

// New makes the folder of a channel below root, as version 2.3.0 names it, with what lies in each.
func New(t testing.TB, root, channel string, zero time.Time) *Folder {
	f := &Folder{t: t, Zero: zero,
		Path: filepath.Join(root, zero.UTC().Format("20060102"), channel+zero.UTC().Format("_150405_")+"331620252")}
	require.NoError(t, os.MkdirAll(f.Path, 0o755))
	f.File("metadata.txt", []byte("<version>2.0</version>\n<tag></tag>\n<channel name>"+channel+"</channel name>\n"))
	f.File("recording_sys.log", []byte("AgoraCoreService[1]: (1): INFO ( 1:02:03:004 | 0) 1; args: -appID "+
		""+Secret+" -channelKey 006"+Secret+"\n"))
	return f
}

// Secret stands in the log of each folder, and must be nowhere else.
const Secret = "41b7448a6f4ce86878ec7dceff24166f"

// File writes a file.
func (f *Folder) File(name string, data []byte) {
	require.NoError(f.t, os.WriteFile(filepath.Join(f.Path, name), data, 0o644))
}

// Done writes the marker of a recording that has ended in order.
func (f *Folder) Done() { f.File("recording2-done.txt", nil) }

// Name is the name of a medium that a user began so long after time 0.
func (f *Folder) Name(uid string, at time.Duration, ext string) string {
	return uid + "_" + Stamp(f.Zero.Add(at)) + ext
}

// UID writes the uid file of a user. In its lines, $name stands for the media in order of names.
func (f *Folder) UID(uid string, lines ...string) {
	text := ""
	if len(lines) > 0 {
		text = strings.Join(lines, "\n") + "\n"
	}
	f.File("uid_"+uid+"_"+Stamp(f.Zero)+".txt", []byte(text))
}

// ADTS is so many frames of silence, 48 kHz.
func ADTS(frames, channels int) []byte {
	block := []byte{0, 0, 0, 7}
	if channels == 2 {
		block = []byte{0x21, 0, 0, 0, 0, 0x1C}
	}
	n := 7 + len(block)
	one := append([]byte{0xFF, 0xF1, 0x4C, byte(channels<<6 | n>>11), byte(n >> 3), byte(n<<5 | 0x1F), 0xFC}, block...)
	return bytes.Repeat(one, frames)
}

// Parameter sets of 640x360, High profile, with 15 pictures a second.
var (
	sps = decode("67640016acb405017fcb8094000003000400000303d1e2c5d4")
	pps = decode("68ee3cb0")
)

const idr = 0x65 // the first byte of a slice of a key picture

func decode(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// Picture is a picture of NAL units with start codes. Key pictures have parameter sets. Nothing decodes it.
func Picture(number int, key bool) []byte {
	var b []byte
	add := func(nal ...byte) { b = append(append(b, 0, 0, 0, 1), nal...) }
	if key {
		add(sps...)
		add(pps...)
		add(append([]byte{idr, 0x88}, bytes.Repeat([]byte{byte(number + 1)}, 40)...)...)
		return b
	}
	add(0x06, 99, 4, byte(number), byte(number>>8), 0x11, 0x11, 0x80)
	add(append([]byte{0x41, 0x9A}, bytes.Repeat([]byte{byte(number%200 + 1)}, 20)...)...)
	return b
}

// Pictures is so many of them, a key picture every 30.
func Pictures(n int) [][]byte {
	var list [][]byte
	for i := range n {
		list = append(list, Picture(i, i%30 == 0))
	}
	return list
}

// Reordered says as which picture each of n is shown, if an encoder predicts two of three pictures from those around
// them (B-frames): 0, 3, 1, 2, 6, 4, 5, … A key picture every 30 comes behind all that are shown before it.
func Reordered(n int) (shown []int) {
	for key := 0; key < n; key += 30 {
		shown = append(shown, key)
		next := key + 1
		for end := min(key+30, n); next < end; next += 3 {
			if next+2 < end {
				shown = append(shown, next+2)
			}
			shown = append(shown, next)
			if next+1 < end {
				shown = append(shown, next+1)
			}
		}
	}
	return shown
}

// WithLengths makes a picture one whose NAL units have lengths.
func WithLengths(picture []byte) []byte {
	var b []byte
	for _, nal := range bytes.Split(picture, []byte{0, 0, 0, 1})[1:] {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(nal))), nal...)
	}
	return b
}

// MP4 puts pictures into a file as the recorder does: index at the end, times in ms, so many from picture to picture.
func MP4(t testing.TB, pictures [][]byte, step int) []byte { return MP4Shown(t, pictures, step, nil) }

// MP4Shown is MP4 of pictures that are shown in another order than they come (Reordered), two steps after they are
// decoded where they need not be later.
func MP4Shown(t testing.TB, pictures [][]byte, step int, shown []int) []byte {
	init := mp4.CreateEmptyInit()
	init.AddEmptyTrack(1000, "video", "und")
	trak := init.Moov.Trak
	first, second := setsOf(pictures[0])
	require.NoError(t, trak.SetAVCDescriptor("avc1", [][]byte{first}, [][]byte{second}, true))
	stbl := trak.Mdia.Minf.Stbl
	ftyp := []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free")
	at := uint32(len(ftyp) + 8)
	stbl.Stts.SampleCount, stbl.Stts.SampleTimeDelta = []uint32{uint32(len(pictures))}, []uint32{uint32(step)}
	stbl.Stss = &mp4.StssBox{}
	stbl.AddChild(stbl.Stss)
	require.NoError(t, stbl.Stsc.AddEntry(1, uint32(len(pictures)), 1))
	stbl.Stco.ChunkOffset = []uint32{at}
	var media []byte
	for i, p := range pictures {
		if bytes.Contains(p[:min(len(p), 64)], []byte{0, 0, 1, sps[0]}) || len(p) > 4 && (p[4] == sps[0] || p[4] == idr) {
			stbl.Stss.SampleNumber = append(stbl.Stss.SampleNumber, uint32(i+1))
		}
		stbl.Stsz.SampleSize = append(stbl.Stsz.SampleSize, uint32(len(p)))
		media = append(media, p...)
	}
	stbl.Stsz.SampleNumber = uint32(len(pictures))
	if shown != nil {
		ctts := &mp4.CttsBox{}
		for i, place := range shown {
			require.NoError(t, ctts.AddSampleCountsAndOffset([]uint32{1}, []int32{int32((place - i + 2) * step)}))
		}
		stbl.AddChild(ctts)
	}
	init.Moov.Mvex = nil
	init.Moov.Children = init.Moov.Children[:0]
	init.Moov.AddChild(init.Moov.Mvhd)
	init.Moov.AddChild(trak)
	b := append([]byte{}, ftyp...)
	b = append(binary.BigEndian.AppendUint32(b, uint32(8+len(media))), "mdat"...)
	b = append(b, media...)
	var index bytes.Buffer
	require.NoError(t, init.Moov.Encode(&index))
	return append(b, index.Bytes()...)
}

// setsOf are the parameter sets in front of a picture with start codes, those of Picture if there are none.
func setsOf(picture []byte) (first, second []byte) {
	first, second = sps, pps
	for _, nal := range bytes.Split(picture, []byte{0, 0, 1}) {
		nal = bytes.TrimRight(nal, "\x00")
		switch {
		case len(nal) < 4:
		case nal[0]&0x1F == 7:
			first = nal
		case nal[0]&0x1F == 8:
			second = nal
		}
	}
	return first, second
}

// Unfinished is such a file when the recorder has died: there is no index, and mdat has no size.
func Unfinished(pictures [][]byte) []byte {
	b := []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free\x00\x00\x00\x00mdat")
	return append(b, bytes.Join(pictures, nil)...)
}

// TS makes a transport stream of pictures, 67 ms from each to the next.
func TS(t testing.TB, pictures [][]byte) []byte { return transport(t, pictures, nil, nil, 0) }

// TSShown is TS of pictures that are shown in another order than they come (Reordered).
func TSShown(t testing.TB, pictures [][]byte, shown []int) []byte {
	return transport(t, pictures, shown, nil, 0)
}

// TSHeard is TS with sound beside the pictures, which begins so much later.
func TSHeard(t testing.TB, pictures [][]byte, adts []byte, later time.Duration) []byte {
	return transport(t, pictures, nil, adts, later)
}

func transport(t testing.TB, pictures [][]byte, shown []int, sound []byte, later time.Duration) []byte {
	var b bytes.Buffer
	m := astits.NewMuxer(context.Background(), &b)
	require.NoError(t, m.AddElementaryStream(astits.PMTElementaryStream{ElementaryPID: 256,
		StreamType: astits.StreamTypeH264Video}))
	if sound != nil {
		require.NoError(t, m.AddElementaryStream(astits.PMTElementaryStream{ElementaryPID: 257,
			StreamType: astits.StreamTypeAACAudio}))
	}
	m.SetPCRPID(256)
	_, err := m.WriteTables()
	require.NoError(t, err)
	for i, p := range pictures {
		times := &astits.PESOptionalHeader{MarkerBits: 2, PTSDTSIndicator: astits.PTSDTSIndicatorOnlyPTS,
			PTS: &astits.ClockReference{Base: 126000 + int64(i)*6030}}
		if shown != nil {
			times.PTSDTSIndicator, times.DTS = astits.PTSDTSIndicatorBothPresent, times.PTS
			times.PTS = &astits.ClockReference{Base: 126000 + int64(shown[i]+2)*6030}
		}
		_, err := m.WriteData(&astits.MuxerData{PID: 256, PES: &astits.PESData{Data: p,
			Header: &astits.PESHeader{StreamID: 224, OptionalHeader: times}}})
		require.NoError(t, err)
		part := sound[len(sound)*i/len(pictures) : len(sound)*(i+1)/len(pictures)] // frames lie across units
		if len(part) == 0 {
			continue
		}
		heard := &astits.PESOptionalHeader{MarkerBits: 2, PTSDTSIndicator: astits.PTSDTSIndicatorOnlyPTS,
			PTS: &astits.ClockReference{Base: 126000 + int64(i)*6030 + later.Microseconds()*9/100}}
		_, err = m.WriteData(&astits.MuxerData{PID: 257, PES: &astits.PESData{Data: part,
			Header: &astits.PESHeader{StreamID: 192, OptionalHeader: heard}}})
		require.NoError(t, err)
	}
	return b.Bytes()
}
