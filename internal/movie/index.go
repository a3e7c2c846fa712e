package movie

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/upright-media/upright/internal/mp4box"
)

// movieScale is the clock of the whole movie, in which edit lists count.
const movieScale = 90000

const freeHeader = 8

// raw is a box of bytes.
func raw(name string, contents []byte) mp4.Box {
	return mp4.CreateUnknownBox(name, uint64(len(contents))+8, contents)
}

func encode(b mp4.Box) ([]byte, error) {
	w := bits.NewFixedSliceWriter(int(b.Size()))
	err := b.EncodeSW(w)
	return w.Bytes(), err
}

// fileType is the first box. The brands are those whose rules the file keeps.
func fileType() []byte {
	b, _ := encode(mp4.NewFtyp("isom", 0x200, []string{"isom", "iso2", "mp41", "mp42"}))
	return b
}

// writeFree writes a box of n bytes that hold nothing, or none.
func writeFree(w *bufio.Writer, n int64) error {
	if n == 0 {
		return nil
	}
	b := make([]byte, min(n, 4<<10))
	binary.BigEndian.PutUint32(b, uint32(n))
	copy(b[4:], "free")
	for {
		if _, err := w.Write(b); err != nil {
			return err
		}
		if n -= int64(len(b)); n == 0 {
			return nil
		}
		b = b[:min(n, int64(len(b)))]
		clear(b)
	}
}

// mediaBox is the header of the box with so many bytes of media, with a size of 64 bits whether it needs it or not.
func mediaBox(n int64) []byte {
	b := make([]byte, mediaHeader)
	b[3] = 1
	copy(b[4:], "mdat")
	binary.BigEndian.PutUint64(b[8:], uint64(n+mediaHeader))
	return b
}

// Order is that of tracks in a file.
var Order = []Kind{Video, Audio, Text}

// index makes the index, for media that lies shift bytes further on than it was written.
func (m *Movie) index(shift int64) (*mp4.MoovBox, error) {
	tracks := m.filled()
	if len(tracks) == 0 {
		return nil, ErrEmpty
	}
	// Pictures, then sound, then text, each by number, whichever began first: that depends on threads.
	slices.SortStableFunc(tracks, func(a, b *Track) int {
		return cmp.Or(slices.Index(Order, a.o.Kind)-slices.Index(Order, b.o.Kind), a.o.Number-b.o.Number)
	})
	from, end := span(tracks)
	moov := mp4.NewMoovBox()
	mvhd := mp4.CreateMvhd()
	mvhd.Timescale, mvhd.NextTrackID = movieScale, uint32(len(tracks)+1)
	moov.AddChild(mvhd)
	created := m.created()
	for i, t := range tracks {
		trak, duration, err := t.box(uint32(i+1), shift, from, end, created)
		if err != nil {
			return nil, err
		}
		mvhd.Duration = max(mvhd.Duration, duration)
		moov.AddChild(trak)
	}
	mvhd.Version = version(mvhd.Duration, created)
	mvhd.CreationTime, mvhd.ModificationTime = created, created
	about := &mp4.UdtaBox{}
	if len(m.o.Chapters) > 0 {
		about.AddChild(chapters(m.o.Chapters))
	}
	if tags := tagBox(m.tags); tags != nil {
		about.AddChild(tags)
	}
	if len(about.Children) > 0 {
		moov.AddChild(about)
	}
	return moov, nil
}

// span is from the first picture or sound, with which the movie begins, to the end of all.
func span(tracks []*Track) (from, end time.Duration) {
	from = -1
	for _, t := range tracks {
		if at := t.begin(); t.o.Kind != Text && (from < 0 || at < from) {
			from = at
		}
		end = max(end, t.end-t.o.Skip)
	}
	return max(from, 0), end
}

// created is the time in seconds since 1904, 0 if it is not known.
func (m *Movie) created() uint64 {
	if m.o.Created.IsZero() {
		return 0
	}
	return uint64(max(0, m.o.Created.Unix()+mp4.EpochDiffS))
}

// version is that of a header, 1 if its times need 64 bits.
func version(values ...uint64) byte {
	for _, v := range values {
		if v > 1<<32-1 {
			return 1
		}
	}
	return 0
}

// box makes the box of a track. duration is how long it plays in the movie.
func (t *Track) box(id uint32, shift int64, from, end time.Duration, created uint64) (trak *mp4.TrakBox,
	duration uint64, err error) {
	x, err := t.table(from, end)
	if err != nil {
		return nil, 0, err
	}
	trak = mp4.NewTrakBox()
	edits, duration, total := t.edits(&x, end-from)
	trak.AddChild(raw("tkhd", t.header(id, duration, created)))
	if edits != nil {
		edts := &mp4.EdtsBox{}
		edts.AddChild(edits)
		trak.AddChild(edts)
	}
	mdia := mp4.NewMdiaBox()
	trak.AddChild(mdia)
	mdhd := &mp4.MdhdBox{Version: version(total, created), CreationTime: created, ModificationTime: created,
		Timescale: uint32(t.scale), Duration: total}
	mdhd.SetLanguage(language(t.o.Language))
	mdia.AddChild(mdhd)
	minf := mp4.NewMinfBox()
	handler := map[Kind]string{Video: "vide", Audio: "soun", Text: "sbtl"}[t.o.Kind]
	title := strings.ToValidUTF8(strings.ReplaceAll(t.o.Title, "\x00", ""), "")
	mdia.AddChild(&mp4.HdlrBox{HandlerType: handler, Name: cmp.Or(title, map[Kind]string{Video: "Video", Audio: "Sound",
		Text: "Text"}[t.o.Kind])})
	mdia.AddChild(minf)
	switch t.o.Kind {
	case Video:
		minf.AddChild(mp4.CreateVmhd())
	case Audio:
		minf.AddChild(mp4.CreateSmhd())
	case Text:
		minf.AddChild(&mp4.NmhdBox{})
	}
	dinf := &mp4.DinfBox{}
	dinf.AddChild(mp4.CreateDref())
	minf.AddChild(dinf)
	stbl, err := t.samples(&x, shift)
	if err != nil {
		return nil, 0, err
	}
	minf.AddChild(stbl)
	if title != "" { // where QuickTime and FFmpeg look for it
		name := binary.BigEndian.AppendUint32(nil, uint32(8+len(title)))
		trak.AddChild(raw("udta", append(append(name, "name"...), title...)))
	}
	return trak, duration, nil
}

// language keeps what is a code of three letters.
func language(s string) string {
	if len(s) != 3 {
		return "und"
	}
	for _, c := range s {
		if c < 'a' || c > 'z' {
			return "und"
		}
	}
	return s
}

// preview is the part of a movie that a track has to be long not to be taken for a still picture in front of it:
// qtdemux of GStreamer leaves out what is shorter than a fifth.
const preview = 5

// edits says when a track plays: behind an empty edit, and without what is only there to be decoded. If players need a
// track to be longer than it plays, total is that, and the edit list ends it.
func (t *Track) edits(x *table, end time.Duration) (list *mp4.ElstBox, duration, total uint64) {
	skip := t.units(t.o.Skip) + x.delay
	shown := max(x.shown-t.units(t.o.Skip), 0)
	play := rescale(shown, t.scale, movieScale)
	empty := rescale(x.first, t.scale, movieScale)
	total = uint64(x.total)
	// A hundredth more, since each track and the movie count in units of their own.
	all := t.units(end)
	if least := min(all/preview+all/100+1, all); x.total < least {
		longer := least - x.total
		x.deltas.lengthenLast(uint32(longer))
		total = uint64(least)
	}
	duration = uint64(empty + play)
	if empty == 0 && skip == 0 && int64(total) == x.total {
		return nil, duration, total
	}
	list = &mp4.ElstBox{Version: version(duration)}
	if empty > 0 {
		list.Entries = append(list.Entries, mp4.ElstEntry{SegmentDuration: uint64(empty), MediaTime: -1, MediaRateInteger: 1})
	}
	list.Entries = append(list.Entries, mp4.ElstEntry{SegmentDuration: uint64(play), MediaTime: skip, MediaRateInteger: 1})
	return list, duration, total
}

// lengthenLast adds to the last number.
func (r *runs) lengthenLast(by uint32) {
	i := len(r.values) - 1
	v := r.values[i]
	counts, values := append([]uint32(nil), r.counts...), append([]uint32(nil), r.values...)
	if counts[i]--; counts[i] == 0 {
		counts, values = counts[:i], values[:i]
	}
	*r = runs{counts, values}
	r.add(v + by)
}

// header is the track header (clause 8.3.2), which mp4ff has no matrix in.
func (t *Track) header(id uint32, duration, created uint64) []byte {
	var b []byte
	put := func(v uint64) {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	wide := version(duration, created)
	long := put
	if wide == 1 {
		long = func(v uint64) { b = binary.BigEndian.AppendUint64(b, v) }
	}
	flags := uint64(3) // enabled, in the movie
	if t.o.Off {
		flags = 2
	}
	put(uint64(wide)<<24 | flags)
	long(created)
	long(created)
	put(uint64(id))
	put(0)
	long(duration)
	put(0)
	put(0)
	matrix, width, height := mp4box.Identity, 0, 0
	switch t.o.Kind {
	case Video:
		// Players take the size of the track for that of the picture before it is turned.
		width, height = t.entries[0].shown()
		matrix = mp4box.DisplayMatrix(t.o.Orientation, width, height)
		put(0) // layer and group 0
		put(0) // volume 0
	case Audio:
		put(1) // group 1, since one of several is played
		put(0x0100_0000)
	case Text:
		put(2)
		put(0)
	}
	for _, v := range matrix {
		put(uint64(uint32(v)))
	}
	put(uint64(width) << 16)
	put(uint64(height) << 16)
	return b
}

// shown is the size of the pictures with square pixels.
func (e Entry) shown() (width, height int) {
	if e.ParNum > 0 && e.ParDen > 0 {
		return min((e.Width*e.ParNum+e.ParDen/2)/e.ParDen, 1<<16-1), e.Height
	}
	return e.Width, e.Height
}

// samples makes the sample tables (clauses 8.5 to 8.7).
func (t *Track) samples(x *table, shift int64) (*mp4.StblBox, error) {
	stbl := mp4.NewStblBox()
	stsd := mp4.NewStsdBox()
	for _, e := range t.entries {
		b, err := e.box()
		if err != nil {
			return nil, err
		}
		stsd.AddChild(b)
	}
	stbl.AddChild(stsd)
	stbl.AddChild(&mp4.SttsBox{SampleCount: x.deltas.counts, SampleTimeDelta: x.deltas.values})
	if len(x.shifts.values) > 0 {
		ctts := &mp4.CttsBox{}
		var offsets []int32
		for _, v := range x.shifts.values {
			offsets = append(offsets, int32(v))
		}
		if err := ctts.AddSampleCountsAndOffset(x.shifts.counts, offsets); err != nil {
			return nil, err
		}
		stbl.AddChild(ctts)
	}
	if t.o.Kind == Video && !t.allSync {
		stbl.AddChild(listBox("stss", &t.syncs))
	}
	stsc := &mp4.StscBox{}
	for _, r := range t.counts {
		if err := stsc.AddEntry(r.chunk, r.samples, r.entry); err != nil {
			return nil, err
		}
	}
	stbl.AddChild(stsc)
	if t.uniform && t.sizes.first > 0 {
		stbl.AddChild(&mp4.StszBox{SampleNumber: uint32(t.sizes.n), SampleUniformSize: uint32(t.sizes.first)})
	} else {
		stbl.AddChild(listBox("stsz", &t.sizes, 0)) // 0: each has a size of its own
	}
	stbl.AddChild(t.offsets(shift))
	return stbl, nil
}

// narrowest is the last place that is written with 32 bits: the media may still have to be moved by an index of up to 1
// GiB.
const narrowest = 1<<32 - 1<<30

// offsets says where chunks lie, in 32 bits where that is enough.
func (t *Track) offsets(shift int64) mp4.Box {
	n := len(t.chunks)
	if t.chunks[n-1] > narrowest {
		wide := &mp4.Co64Box{ChunkOffset: make([]uint64, n)}
		for i, at := range t.chunks {
			wide.ChunkOffset[i] = at + uint64(shift)
		}
		return wide
	}
	narrow := &mp4.StcoBox{ChunkOffset: make([]uint32, n)}
	for i, at := range t.chunks {
		narrow.ChunkOffset[i] = uint32(at + uint64(shift))
	}
	return narrow
}

// chapters is Nero's list of chapters, which players and FFmpeg read: in units of 100 ns, at most 255 titles of at most
// 255 bytes.
func chapters(list []Chapter) mp4.Box {
	var b bytes.Buffer
	list = list[:min(len(list), 255)]
	for _, c := range list {
		title := c.Title[:min(len(c.Title), 255)]
		_ = binary.Write(&b, binary.BigEndian, uint64(max(c.At, 0)/100))
		b.WriteByte(byte(len(title)))
		b.WriteString(title)
	}
	head := []byte{1, 0, 0, 0, 0, 0, 0, 0, byte(len(list))}
	return raw("chpl", append(head, b.Bytes()...))
}
