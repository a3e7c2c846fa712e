package media

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/upright-media/upright/internal/mkvread"
)

// ebmlMagic is what Matroska and WebM files begin with.
var ebmlMagic = []byte{0x1A, 0x45, 0xDF, 0xA3}

var webmCodecs = map[string]string{"V_VP8": VP8, "V_VP9": VP9, "V_MPEG4/ISO/AVC": H264}

// lookWebM finds the pictures of a WebM file, also if it ends anywhere.
func lookWebM(f *os.File, path string, size int64) (*File, error) {
	x := &indexed{path: path}
	var blocks []mkvread.Block
	var info *mkvread.Info // as far as it is known
	_, err := mkvread.Walk(path, func(i *mkvread.Info, b mkvread.Block) error {
		if info = i; len(blocks) >= maxFrames || b.Size > maxFrame {
			return fmt.Errorf("%w: a block of %d bytes at byte %d", ErrDamaged, b.Size, b.At)
		}
		if b.Size > 0 && b.At+b.Size <= size {
			blocks = append(blocks, b)
		}
		return nil
	})
	switch {
	case err != nil && (info == nil || !errors.Is(err, mkvread.ErrDamaged)):
		return nil, err
	case info == nil:
		return nil, ErrEmpty
	}
	video := -1
	t := &Track{Path: path, CutOff: err != nil}
	for i := range info.Tracks {
		if name, known := webmCodecs[info.Tracks[i].Codec]; known && info.Tracks[i].Kind == "video" {
			video, t.Codec = i, name
			t.CodedWidth, t.CodedHeight = info.Tracks[i].Width, info.Tracks[i].Height
			break
		}
	}
	if video < 0 {
		return nil, ErrEmpty
	}
	for _, b := range blocks {
		if b.Track == video {
			x.entries = append(x.entries, entry{offset: b.At, size: uint32(b.Size), at: b.Time, key: b.Key})
		}
	}
	if len(x.entries) == 0 {
		return nil, ErrEmpty
	}
	origin := x.entries[0].at
	for i := range x.entries {
		x.entries[i].at -= origin
	}
	x.order()
	x.length = x.place(len(x.entries)-1) + x.mean()
	if d := info.Duration - origin; d > x.length && d < x.length+time.Second {
		x.length = d
	}
	t.take(x)
	t.Step = x.step()
	return &File{Path: path, Video: t}, t.seeBlocks(f, x)
}

// seeBlocks looks into the first pictures and the key pictures of a WebM file.
func (t *Track) seeBlocks(f *os.File, x *indexed) error {
	w := newWatch(t)
	r := &indexReader{indexed: x, file: f}
	for i := range x.entries {
		e := &x.entries[i]
		if i >= lookFirst && !e.key {
			continue
		}
		data, err := r.read(*e)
		if err != nil {
			return fmt.Errorf("block at byte %d: %w", e.offset, err)
		}
		var key bool
		var width, height int
		if t.Codec == H264 {
			key, _, width, height = w.sample(data, 4, i)
		} else if key, width, height = w.vpx(data); t.Codec == VP9 {
			key = e.key
		}
		if e.key = key; key && !t.Garbled() {
			t.key(i, e.at, width, height)
		}
	}
	if t.Codec == H264 {
		t.Config = w.sets.config(t.Codec)
	}
	return nil
}
