package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
)

// How much of an output is decoded to see whether it can be: that many pictures from the beginning, and from the last
// key frame before that much from the end.
const (
	checkPictures = 30
	checkPackets  = 100
	checkEnd      = 2 * time.Second
)

// Decoded pictures are written as thumbnails of one byte per pixel, so that the size of the file counts them.
const (
	thumbWidth  = 16
	thumbHeight = 16
)

// decode looks whether the beginning and the end of a file can be decoded. What has no decoder here is not looked at:
// copying needs none.
func (v *verifier) decode(ctx context.Context, s *seen) error {
	from := []time.Duration{0}
	if s.duration > 2*checkEnd {
		from = append(from, s.duration-checkEnd)
	}
	for _, at := range from {
		if err := v.decodeFrom(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) decodeFrom(ctx context.Context, at time.Duration) (err error) {
	thumbs := filepath.Join(filepath.Dir(v.partial), "."+filepath.Base(v.output.Path)+".thumbs")
	l, pictures := v.decodeLine(thumbs)
	if l == nil {
		return nil
	}
	if pictures {
		defer func() { err = errors.Join(err, remove(thumbs)) }()
	}
	where := "beginning"
	if at > 0 {
		where = "end"
	}
	if err := gstrun.Run(ctx, l.String(), gstrun.Options{From: at}); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return v.wrong("its %s does not decode: %w", where, err)
	}
	if !pictures {
		return nil
	}
	st, err := os.Stat(thumbs)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || st.Size() < thumbWidth*thumbHeight {
		return v.wrong("no picture of its %s decodes", where)
	}
	return nil
}

// decodeLine returns a pipeline that decodes a file, nil if there is nothing to do it with, and whether it decodes
// pictures.
func (v *verifier) decodeLine(thumbs string) (l line, pictures bool) {
	demux := "matroskademux"
	if v.output.Container == "mp4" || v.output.Container == "m4a" {
		demux = "qtdemux"
	}
	if !v.has(demux) {
		return nil, false
	}
	l = line{"filesrc"}.set("location", v.partial).to(demux + " name=file")
	decoded := false
	for _, t := range v.output.Tracks {
		decoder := v.decoder(t.Codec)
		if decoder == "" {
			continue
		}
		decoded = true
		// Without queues the demuxer would wait for one of its streams before it feeds the other.
		l = l.add("file." + t.Kind + "_0").to("queue")
		if t.Kind != "video" {
			l = l.to(decoder).to(fmt.Sprintf("fakesink num-buffers=%d", checkPackets))
			continue
		}
		pictures = true
		l = l.to(decoder).to(fmt.Sprintf("identity eos-after=%d", checkPictures)).to("videoconvert").to("videoscale").
			to(fmt.Sprintf("video/x-raw,format=GRAY8,width=%d,height=%d", thumbWidth, thumbHeight)).to("filesink").set("location", thumbs)
	}
	if !decoded {
		return nil, false
	}
	return l, pictures
}

// decoder returns what decodes a codec, parser included, "" if nothing here does.
func (v *verifier) decoder(codec string) string {
	if codec == "aac" {
		return v.withParser("aacparse", []string{"avdec_aac", "faad"})
	}
	for _, f := range formats {
		if f.name == codec {
			return v.withParser(f.parse, f.decode)
		}
	}
	return ""
}

func (v *verifier) withParser(parser string, decoders []string) string {
	if parser != "" && !v.has(parser) {
		return ""
	}
	for _, d := range decoders {
		if v.has(d) {
			if parser != "" {
				return parser + " ! " + d
			}
			return d
		}
	}
	return ""
}
