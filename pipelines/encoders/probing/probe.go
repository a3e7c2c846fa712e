package probing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/encoders"
)

// probePictures is how many pictures of each size are encoded.
const probePictures = 10

// probeSizes are a small size, as of a call over a bad network, a common one, and one upright, whose width is no
// multiple of
// 16. Each is there because there are encoders that fail with it.
var probeSizes = [][2]int{{160, 120}, {1280, 720}, {360, 640}}

// outcome is a line that Probe writes.
type outcome struct {
	Size  string `json:"size,omitempty"`  // is being tried now
	Error string `json:"error,omitempty"` // the end: what is wrong
	OK    bool   `json:"ok,omitempty"`    // the end: nothing is
}

// Probe tries an encoder, or the decoder of a Route. It encodes a few pictures of several sizes with it, looks into
// what came out, and decodes it where a decoder is there. It is for a process of its own, since an encoder that does
// not work may take the process with it; a Prober starts such a one. The result is written to w, as lines for the
// Prober. Files are written into dir.
func Probe(ctx context.Context, element, dir string, w io.Writer) error {
	out := json.NewEncoder(w)
	if r, ok := encoders.RouteNamed(element); ok {
		size := fmt.Sprintf("%dx%d", routeWidth, routeHeight)
		if err := out.Encode(outcome{Size: size}); err != nil {
			return err
		}
		if err := tryRoute(ctx, r, filepath.Join(dir, size)); err != nil {
			return out.Encode(outcome{Error: err.Error()})
		}
		return out.Encode(outcome{OK: true})
	}
	e, ok := encoders.Named(element)
	if !ok {
		return out.Encode(outcome{Error: "is no encoder that is known"})
	}
	if !gstrun.HasElement(element) {
		return out.Encode(outcome{Error: "is not installed"})
	}
	for _, s := range probeSizes {
		if e.Takes(s[0], s[1]) != "" {
			continue
		}
		size := fmt.Sprintf("%dx%d", s[0], s[1])
		if err := out.Encode(outcome{Size: size}); err != nil {
			return err
		}
		if err := try(ctx, e, filepath.Join(dir, size), s[0], s[1]); err != nil {
			return out.Encode(outcome{Error: err.Error()})
		}
	}
	return out.Encode(outcome{OK: true})
}

// thumb is the side of the squares that pictures are compared as, in pixels.
const thumb = 16

// probeLine is what try runs. dir is not escaped.
func probeLine(e encoders.Encoder, dir string, width, height int, has func(string) bool) string {
	o := encoders.Options{Width: width, Height: height}
	l := fmt.Sprintf("videotestsrc num-buffers=%d pattern=smpte ! "+
		"video/x-raw,format=%s,width=%d,height=%d,framerate=30/1 ! tee name=t ",
		probePictures, e.Format, width, height)
	return l + toFiles(e, o, dir, has) + " t. ! queue ! " + thumbs(filepath.Join(dir, "source"))
}

// toFiles encodes what comes out of the tee t, each picture to a file of its own, as checkStream and decoders want it.
func toFiles(e encoders.Encoder, o encoders.Options, dir string, has func(string) bool) string {
	l := "t. ! queue ! " + e.Line(o, has) + " ! "
	if after := e.After(o); after != "" {
		l += after + " ! "
	}
	return l + shapes[e.Codec] + " ! multifilesink location=" + dir + "/%05d async=false"
}

// shapes are how checkStream wants each codec.
var shapes = map[string]string{
	"h264": "video/x-h264,stream-format=byte-stream,alignment=au",
	"h265": "video/x-h265,stream-format=byte-stream,alignment=au",
	"vp8":  "video/x-vp8", "vp9": "video/x-vp9",
	"av1": "video/x-av1,stream-format=obu-stream,alignment=tu",
}

// thumbs ends a line with thumbnails in a file, a byte per pixel.
func thumbs(path string) string {
	return fmt.Sprintf("videoconvert ! videoscale ! video/x-raw,format=GRAY8,width=%d,height=%d ! filesink location=%s",
		thumb, thumb, path)
}

// try encodes pictures of one size.
func try(ctx context.Context, e encoders.Encoder, dir string, width, height int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	options := gstrun.Options{StallTimeout: hardLimit, Interval: time.Second}
	if err := gstrun.Run(ctx, probeLine(e, dir, width, height, gstrun.HasElement), options); err != nil {
		return oneLine(err)
	}
	pictures, err := readPictures(dir)
	if err != nil {
		return err
	}
	if err := checkStream(e.Codec, pictures, probePictures, width, height); err != nil {
		return err
	}
	decoder := decoderOf(e.Codec, gstrun.HasElement)
	if decoder == "" {
		return nil
	}
	decoded := filepath.Join(dir, "decoded")
	line := fmt.Sprintf("multifilesrc location=%s/%%05d stop-index=%d caps=%s,framerate=30/1 ! %s ! %s", dir,
		probePictures-1, shapes[e.Codec], decoder, thumbs(decoded))
	if err := gstrun.Run(ctx, line, options); err != nil {
		return fmt.Errorf("what it made does not decode: %w", oneLine(err))
	}
	return compare(filepath.Join(dir, "source"), decoded)
}

// readPictures reads the files of multifilesink.
func readPictures(dir string) (list [][]byte, err error) {
	for i := range probePictures + 1 { // one too many is wrong, too
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%05d", i)))
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// different is by how much decoded pictures may be off on average, of 255. What is made at the lowest quality is within
// a tenth of that.
const different = 20

// compare says whether decoded pictures look like their source.
func compare(source, decoded string) error {
	a, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(decoded)
	if err != nil {
		return err
	}
	if len(a) != len(b) {
		return fmt.Errorf("%d of %d pictures that it made decode", len(b)/(thumb*thumb), len(a)/(thumb*thumb))
	}
	sum := 0
	for i := range a {
		sum += max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
	}
	if len(a) == 0 || sum/len(a) > different {
		return errors.New("what it made does not look like what it was given")
	}
	return nil
}

// decoders need no device, so that nothing is tried but the encoder. Those of FFmpeg have one thread each: with more,
// that of GStreamer 1.26 aborts the process now and then, when it is given a picture whose width is no multiple of 16.
var decoders = map[string][]string{
	"h264": {"avdec_h264 max-threads=1", "openh264dec"}, "h265": {"avdec_h265 max-threads=1", "libde265dec"},
	"vp8": {"vp8dec", "avdec_vp8 max-threads=1"}, "vp9": {"vp9dec", "avdec_vp9 max-threads=1"},
	"av1": {"dav1ddec", "av1dec"},
}

// decoderOf returns what decodes a codec, with its parser; "" if nothing here does.
func decoderOf(codec string, has func(string) bool) string {
	parser := encoders.Parsers[codec]
	if parser != "" && !has(parser) {
		return ""
	}
	for _, d := range decoders[codec] {
		if element, _, _ := strings.Cut(d, " "); has(element) {
			if parser != "" {
				return parser + " ! " + d
			}
			return d
		}
	}
	return ""
}

func oneLine(err error) error {
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
