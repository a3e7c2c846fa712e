package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/Eyevinn/mp4ff/hevc"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/upright-media/upright/internal/mp4box"
)

// maxIndex bounds the index of an MP4 in bytes: a day of pictures and sound has 40 MB of it.
const maxIndex = 256 << 20

// topBox is a box of the file itself.
type topBox struct {
	kind       string
	body, stop int64
	start      int64
	open       bool // it says size 0, or more than there is: it was never finished
}

// topBoxes lists the boxes of a file as far as they make sense.
func topBoxes(r io.ReaderAt, size int64) []topBox {
	var list []topBox
	for at := int64(0); at+8 <= size && len(list) < 10_000; {
		var h [16]byte
		if _, err := r.ReadAt(h[:8], at); err != nil {
			break
		}
		b := topBox{kind: string(h[4:8]), start: at, body: at + 8}
		n := int64(binary.BigEndian.Uint32(h[:]))
		switch {
		case n == 1:
			if _, err := r.ReadAt(h[8:], at+8); err != nil {
				return list
			}
			n, b.body = int64(binary.BigEndian.Uint64(h[8:])), at+16
		case n == 0:
			n, b.open = size-at, true
		}
		if n < b.body-at {
			break
		}
		if b.stop = at + n; b.stop > size || b.stop < at {
			b.stop, b.open = size, true
		}
		list = append(list, b)
		at = b.stop
	}
	return list
}

// Finished says whether an MP4 is there as a whole: index and media, whichever comes first. It reads a few bytes of the
// file.
func Finished(path string) bool {
	f, size, err := open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	index, media := false, false
	for _, b := range topBoxes(f, size) {
		if b.open {
			return false
		}
		index, media = index || b.kind == "moov", media || b.kind == "mdat"
	}
	return index && media
}

// lookMP4 reads the index of an MP4, or makes one if it lacks it.
func lookMP4(f *os.File, path string, size int64) (*File, error) {
	var media *topBox
	boxes := topBoxes(f, size)
	for i, b := range boxes {
		switch {
		case b.kind == "moov" && !b.open:
			if b.stop-b.start > maxIndex {
				return nil, errTooLarge("its index", b.stop-b.start)
			}
			return lookIndex(f, path, size, b)
		case b.kind == "mdat" && b.stop > b.body:
			media = &boxes[i]
		}
	}
	if media == nil {
		return nil, fmt.Errorf("%w, and there are no media in it", ErrNoIndex)
	}
	return lookMdat(f, path, *media)
}

// lookIndex reads a file that is whole.
func lookIndex(f *os.File, path string, size int64, at topBox) (file *File, err error) {
	defer func() {
		if r := recover(); r != nil { // of a library, on a file that means ill
			file, err = nil, fmt.Errorf("%w: its index cannot be read: %v", ErrDamaged, r)
		}
	}()
	box, err := mp4.DecodeBox(uint64(at.start), io.NewSectionReader(f, at.start, at.stop-at.start))
	if err != nil {
		return nil, fmt.Errorf("%w: index at byte %d: %w", ErrDamaged, at.start, err)
	}
	moov, ok := box.(*mp4.MoovBox)
	if !ok {
		return nil, fmt.Errorf("%w: there is no index at byte %d", ErrDamaged, at.start)
	}
	info, err := mp4box.Parse(f, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	file = &File{Path: path}
	var video, audio *mp4.TrakBox
	for i, trak := range moov.Traks {
		t, err := lookTrak(f, path, size, trak)
		if err != nil {
			return nil, err
		}
		switch {
		case t == nil:
		case t.Channels == 0 && file.Video == nil:
			if i < len(info.Tracks) && info.Tracks[i].OrientationKnown {
				t.Orientation = info.Tracks[i].Orientation
			}
			file.Video, video = t, trak
		case t.Channels > 0 && file.Audio == nil:
			file.Audio, audio = t, trak
		}
	}
	if file.Video != nil && file.Audio != nil {
		file.Audio.Offset = apart(moov, video, audio)
	}
	if file.Video == nil && file.Audio == nil {
		return nil, ErrEmpty
	}
	return file, nil
}

// lookTrak reads a track, nil if it is not of a kind that the recorder writes.
func lookTrak(f *os.File, path string, size int64, trak *mp4.TrakBox) (t *Track, err error) {
	if trak.Mdia == nil || trak.Mdia.Mdhd == nil || trak.Mdia.Minf == nil || trak.Mdia.Minf.Stbl == nil ||
		trak.Mdia.Mdhd.Timescale == 0 {
		return nil, nil
	}
	stbl := trak.Mdia.Minf.Stbl
	if stbl.Stsd == nil || stbl.Stsz == nil || stbl.Stts == nil || stbl.Stsc == nil || stbl.Stco == nil &&
		stbl.Co64 == nil {
		return nil, nil
	}
	t = &Track{Path: path}
	lengths := 4
	var sets [][]byte // parameter sets that need not be among the samples
	switch d := stbl.Stsd; {
	case d.AvcX != nil:
		t.Codec = H264
		t.CodedWidth, t.CodedHeight = int(d.AvcX.Width), int(d.AvcX.Height)
		if d.AvcX.AvcC != nil {
			t.Config, sets = encoded(d.AvcX.AvcC), d.AvcX.AvcC.SPSnalus
		}
	case d.HvcX != nil:
		t.Codec = H265
		t.CodedWidth, t.CodedHeight = int(d.HvcX.Width), int(d.HvcX.Height)
		if d.HvcX.HvcC != nil {
			t.Config, sets = encoded(d.HvcX.HvcC), d.HvcX.HvcC.GetNalusForType(hevc.NALU_SPS)
		}
	case d.Mp4a != nil && d.Mp4a.Esds != nil && d.Mp4a.Esds.DecConfigDescriptor != nil &&
		d.Mp4a.Esds.DecConfigDescriptor.DecSpecificInfo != nil:
		t.Codec = AAC
		t.Config = d.Mp4a.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig
		if t.Rate, t.Channels = parseAACConfig(t.Config); t.Rate == 0 || t.Channels == 0 {
			return nil, nil
		}
	default:
		return nil, nil
	}
	if t.Codec == H264 && len(t.Config) > 4 {
		lengths = int(t.Config[4]&3) + 1
	}
	if t.Codec == H265 && len(t.Config) > 21 {
		lengths = int(t.Config[21]&3) + 1
	}
	x := &indexed{path: path}
	if t.CutOff, err = x.fill(stbl, int64(trak.Mdia.Mdhd.Timescale), size); err != nil {
		return nil, err
	}
	if len(x.entries) == 0 {
		return nil, nil
	}
	t.take(x)
	if t.Codec == AAC {
		t.Step = SamplesTime(aacSamples, t.Rate)
		return t, t.hear(f, x)
	}
	t.Step = x.step()
	return t, t.see(f, x, lengths, sets)
}

// encoded is the contents of a box.
func encoded(b interface {
	Size() uint64
	Encode(io.Writer) error
}) []byte {
	var w sink
	if b.Encode(&w) != nil || len(w) < 8 {
		return nil
	}
	return w[8:]
}

type sink []byte

func (s *sink) Write(p []byte) (int, error) {
	*s = append(*s, p...)
	return len(p), nil
}

// fill puts the sample tables together (ISO/IEC 14496-12 section 8.6 and 8.7). cut: the file ends before all samples are
// there, whose index stands in front.
func (x *indexed) fill(s *mp4.StblBox, scale, size int64) (cut bool, err error) {
	n := int64(s.Stsz.GetNrSamples())
	if n > maxFrames || s.Stsz.SampleUniformSize > 0 && n > size/int64(s.Stsz.SampleUniformSize) {
		return false, fmt.Errorf("%w: its index speaks of %d samples", ErrDamaged, n)
	}
	x.entries = make([]entry, 0, n)
	at, sample := int64(0), 0
	origin, end := int64(0), int64(0)
	next := func() (delta int64) { return 0 }
	if len(s.Stts.SampleCount) > 0 {
		i, left := 0, s.Stts.SampleCount[0]
		next = func() int64 {
			for left == 0 && i+1 < len(s.Stts.SampleCount) {
				i++
				left = s.Stts.SampleCount[i]
			}
			if left > 0 {
				left--
			}
			return int64(s.Stts.SampleTimeDelta[i])
		}
	}
	chunks := 0
	offset := func(i int) int64 { return 0 }
	if s.Stco != nil {
		chunks = len(s.Stco.ChunkOffset)
		offset = func(i int) int64 { return int64(s.Stco.ChunkOffset[i]) }
	} else {
		chunks = len(s.Co64.ChunkOffset)
		offset = func(i int) int64 { return int64(s.Co64.ChunkOffset[i]) }
	}
	run := 0
	for c := 0; c < chunks && int64(sample) < n && !cut; c++ {
		for run+1 < len(s.Stsc.Entries) && int64(s.Stsc.Entries[run+1].FirstChunk) <= int64(c)+1 {
			run++
		}
		if len(s.Stsc.Entries) == 0 {
			break
		}
		place := offset(c)
		for k := uint32(0); k < s.Stsc.Entries[run].SamplesPerChunk && int64(sample) < n; k++ {
			length := int64(s.Stsz.GetSampleSize(sample + 1))
			if place < 0 || length > maxFrame || place+length > size && len(x.entries) == 0 {
				return false, fmt.Errorf("%w: sample %d lies outside of the file", ErrDamaged, sample+1)
			}
			if cut = place+length > size; cut {
				break
			}
			show := at
			if s.Ctts != nil && len(s.Ctts.SampleOffset) > 0 {
				show += int64(s.Ctts.GetCompositionTimeOffset(uint32(sample + 1)))
			}
			if sample == 0 {
				origin = show
			}
			if length > 0 {
				x.entries = append(x.entries, entry{offset: place, size: uint32(length), at: ticksTime(show-origin,
					scale)})
			}
			delta := next()
			at, end = at+delta, max(end, show+delta)
			place += length
			sample++
		}
	}
	x.length = ticksTime(end-origin, scale)
	x.order()
	switch {
	case s.Stss == nil:
		for i := range x.entries {
			x.entries[i].key = true
		}
	default:
		for _, number := range s.Stss.SampleNumber {
			if i := int64(number) - 1; i >= 0 && i < int64(len(x.entries)) {
				x.entries[i].key = true
			}
		}
	}
	return cut, nil
}

// ticksTime turns ticks of a time scale into a duration, as exactly as can be.
func ticksTime(n, scale int64) time.Duration {
	return time.Duration(n/scale)*time.Second + time.Duration(n%scale)*time.Second/time.Duration(scale)
}

// lookFirst is how many pictures are looked into, apart from those that are said to be key pictures.
const lookFirst = 24

// see looks into the pictures of a track: into the first and those that are said to be key pictures. sets are parameter
// sets that hold for pictures that come without.
func (t *Track) see(f *os.File, x *indexed, lengths int, sets [][]byte) error {
	w := newWatch(t)
	for _, nal := range sets {
		if len(nal) > 1 {
			w.nal(nal, &t.CodedWidth, &t.CodedHeight)
		}
	}
	usual := [2]int{t.CodedWidth, t.CodedHeight}
	all := true
	for i := range x.entries {
		all = all && x.entries[i].key
	}
	r := &indexReader{indexed: x, file: f}
	for i := range x.entries {
		e := &x.entries[i]
		if i >= lookFirst && !e.key {
			continue
		}
		data, err := r.read(*e)
		if err != nil {
			return fmt.Errorf("sample %d: %w", i+1, err)
		}
		key, codes, width, height := w.sample(data, lengths, i)
		t.StartCodes = t.StartCodes || codes
		switch {
		case e.key && !key && all: // nothing says which are key pictures
			e.key = false
		case key:
			e.key = true
		}
		if e.key && !t.Garbled() {
			if width == 0 {
				width, height = usual[0], usual[1]
			}
			t.key(i, e.at, width, height)
		}
	}
	if t.Config == nil || t.StartCodes && t.noSets() {
		t.Config = w.sets.config(t.Codec)
	}
	if t.Config != nil && lengths != 4 {
		t.Config = fourBytes(t.Config, t.Codec)
	}
	if lengths != 4 || t.StartCodes {
		x.repair = func(sample, buffer []byte) []byte { return mended(sample, buffer, lengths) }
	}
	return nil
}

// fourBytes makes a configuration say that lengths have four bytes.
func fourBytes(config []byte, codecName string) []byte {
	at := 4
	if codecName == H265 {
		at = 21
	}
	if len(config) > at {
		config[at] |= 3
	}
	return config
}

// noSets says that an avcC is there but holds no parameter sets.
func (t *Track) noSets() bool {
	return t.Codec == H264 && (len(t.Config) < 7 || t.Config[5]&0x1F == 0)
}

func (t *Track) key(number int, at time.Duration, width, height int) {
	if len(t.Keys) == 0 && width > 0 {
		t.CodedWidth, t.CodedHeight = width, height
	}
	t.Keys = append(t.Keys, Key{number, at, width, height})
}

// hear looks into the first pieces of sound.
func (t *Track) hear(f *os.File, x *indexed) error {
	r := &indexReader{indexed: x, file: f}
	for i := range x.entries {
		x.entries[i].key = true
		if i >= lookFirst*4 {
			continue
		}
		data, err := r.read(x.entries[i])
		if err != nil {
			return fmt.Errorf("sample %d: %w", i+1, err)
		}
		if t.Looked++; !plausibleAAC(data, t.Channels) {
			t.Unparsed++
		}
	}
	return nil
}

// errNoSets says why pictures that are there cannot be decoded.
var errNoSets = errors.New("the parameter sets of its pictures stood in the index")
