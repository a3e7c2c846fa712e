package verify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
)

// How much of an output is decoded to see whether it can be: that many pictures from the beginning, and from the last
// key frame before that much from the end. Copied pictures are the sender's: a decoder is asked whether they are
// encrypted, or black, which a key picture and one that refers to it show.
const (
	checkPictures = 30
	checkCopied   = 3
	checkPackets  = 100
	checkEnd      = 2 * time.Second
	Stall         = 30 * time.Second // for a decoder to give up
)

// Decoded pictures are written as thumbnails of one byte per pixel, so that the size of the file counts them
// and they can be looked at.
const (
	thumbWidth  = 16
	thumbHeight = 16
)

// decode looks whether the beginning and the end of a file can be decoded, one track after the other: together, one
// would wait for the other where they do not begin at the same time. What has no decoder here is not looked at: copying
// needs none.
func (v *Verifier) decode(ctx context.Context) error {
	for i, t := range v.Output.Tracks {
		if known, err := v.asRecorded(i); err != nil {
			return err
		} else if known {
			continue
		}
		lit, err := v.decodeFrom(ctx, t, v.firstRecorded(i), true)
		if err != nil {
			return err
		}
		if found := v.found[i]; found.end-found.start > 2*checkEnd && !v.sameEverywhere(i) {
			end, err := v.decodeFrom(ctx, t, found.end-checkEnd, false)
			if err != nil {
				return err
			}
			lit = lit || end
			// Black at both ends is worth another look, in between.
			for q := time.Duration(1); q < 4 && !lit; q++ {
				if lit, err = v.decodeFrom(ctx, t, found.start+q*(found.end-found.start)/4, false); err != nil {
					return err
				}
			}
		}
		v.black = v.black || !lit
		if err := v.decodeParts(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// firstRecorded is where decoding is to begin, a little behind the first picture that was recorded: one of our own in
// front of copied ones can be decoded whatever those are. 0: at the beginning.
func (v *Verifier) firstRecorded(track int) time.Duration {
	if t := v.Output.Tracks[track]; t.Kind != "video" || !t.Copied || v.Output.BlackHead == 0 || track >= len(v.Tracks) {
		return 0
	}
	return v.Output.BlackHead + v.Tracks[track].FrameDuration/2
}

// sameEverywhere says whether decoding that begins elsewhere than at the beginning would begin there all the same.
func (v *Verifier) sameEverywhere(track int) bool {
	return v.Output.Tracks[track].Copied && track < len(v.Tracks) && v.Tracks[track].KeyFrames == 1
}

// checkParts is of how many parts of a track it is seen, at the most, whether they can be decoded.
const checkParts = 8

// decodeParts looks whether what follows where a camera was switched on again can be decoded: another file may be
// encrypted although the first is not. Of many parts it takes some, the last among them.
func (v *Verifier) decodeParts(ctx context.Context, track int) error {
	if track >= len(v.Tracks) || v.Output.Tracks[track].Kind != "video" || len(v.Tracks[track].Parts) < 2 {
		return nil
	}
	t, later := v.Tracks[track], v.Tracks[track].Parts[1:]
	few := min(len(later), checkParts)
	for k := 1; k <= few; k++ {
		at := later[k*len(later)/few-1].Start - v.Output.Start + t.FrameDuration/2
		if _, err := v.decodeFrom(ctx, v.Output.Tracks[track], max(at, 1), false); err != nil {
			return err
		}
	}
	return nil
}

// blackest is the brightest that a picture may be, of 255, to be called black: black is 16 in video, and coded in haste
// it is not quite even.
const blackest = 32

// decodeFrom decodes a little of a track, and says whether there is anything but black to be seen: true for what cannot
// be looked at. It takes one decoder that understands the media. first: these are the first media that were recorded.
func (v *Verifier) decodeFrom(ctx context.Context, t report.Track, at time.Duration, first bool) (lit bool,
	err error) {
	lit = true
	for _, decoder := range plan.Decoders(t.Codec, !v.Libav, v.Has) {
		if lit, err = v.decodeWith(ctx, t, decoder, at, first); err == nil || ctx.Err() != nil ||
			errors.Is(err, gstrun.ErrStuck) {
			break
		}
	}
	return lit, err
}

func (v *Verifier) decodeWith(ctx context.Context, t report.Track, decoder string, at time.Duration,
	first bool) (lit bool, err error) {
	thumbs := filepath.Join(filepath.Dir(v.Partial), "."+filepath.Base(v.Output.Path)+".thumbs")
	where := "beginning"
	if !first {
		where = "part from " + seconds(at) + " on"
	}
	l := v.decodeLine(t, decoder, at, thumbs)
	defer func() { err = errors.Join(err, place.Remove(thumbs)) }()
	err = gstrun.Run(ctx, l.String(), gstrun.Options{StallTimeout: Stall})
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if first && NoPicture(err) {
			return false, v.wrong("%w", ErrNoPicture)
		}
		return false, v.wrong("the %s of its %s does not decode: %w", where, t.Kind, err)
	}
	if t.Kind != "video" {
		return true, nil
	}
	pixels, err := os.ReadFile(thumbs)
	if err != nil {
		return false, err
	}
	switch {
	case len(pixels) >= thumbWidth*thumbHeight:
		return slices.Max(pixels) > blackest, nil
	case first:
		return false, v.wrong("%w", ErrNoPicture)
	}
	return false, v.wrong("no picture of its %s decodes", where)
}

// ErrNoPicture says that a decoder made nothing of any picture. Since pictures that lack something are not even passed
// on, that is a sign of encryption which the server was not told about.
var ErrNoPicture = errors.New("none of its pictures can be decoded")

// NoPicture says whether that is what a decoder complains about: GStreamer's base class for decoders, at the end of a
// stream of which nothing came out.
func NoPicture(err error) bool {
	var e *gstrun.Error
	return errors.As(err, &e) && e.Name == "stream/decode" && strings.Contains(e.Debug, "no valid frames found")
}

// decodeLine returns a pipeline that decodes a part of a track. Samples are read as they are stored: what a demuxer
// believes to be worth playing is another question.
func (v *Verifier) decodeLine(t report.Track, decoder string, at time.Duration, thumbs string) launch.Line {
	l := launch.Line{"uprightsamplesrc"}.Set("location", v.Partial).Add("track="+t.Kind).SetInt("from", int64(at))
	if t.Kind != "video" {
		return l.SetInt("samples", checkPackets).To(decoder).To("fakesink")
	}
	pictures := int64(checkPictures)
	if t.Copied {
		pictures = checkCopied
	}
	return l.SetInt("samples", pictures).To(decoder).To("videoscale").To("videoconvert").
		To(fmt.Sprintf("video/x-raw,format=GRAY8,width=%d,height=%d", thumbWidth,
			thumbHeight)).To("filesink").Set("location", thumbs)
}
