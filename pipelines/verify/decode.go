package verify

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strconv"
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
// encrypted, or black, which a key picture shows. Where it leaves a doubt, those that refer to it may not.
const (
	checkPictures = 30
	checkCopied   = 3 // where a key picture leaves a doubt
	checkPackets  = 100
	checkEnd      = 2 * time.Second
	Stall         = 30 * time.Second // for a decoder to give up
)

// decode looks whether the beginning and the end of a file can be decoded, one track after the other: together, one
// would wait for the other where they do not begin at the same time. What has no decoder here is not looked at: copying
// needs none.
func (v *Verifier) decode(ctx context.Context) error {
	number := map[string]int{}
	for i, t := range v.Output.Tracks {
		v.number = number[t.Kind]
		number[t.Kind]++
		if known, err := v.asRecorded(i); err != nil {
			return err
		} else if known {
			continue
		}
		found := v.found[i]
		v.seen = poster{small: seenOnly}
		if v.WantPoster {
			v.seen.small = smallOf(found.stored())
		}
		lit, err := v.decodePlaces(ctx, t, v.places(i))
		if err != nil {
			return err
		}
		// Black at both ends is worth another look, in between.
		for q := time.Duration(1); q < 4 && !lit && v.hasEnd(i); q++ {
			if lit, err = v.decodeFrom(ctx, t, found.start+q*(found.end-found.start)/4, false); err != nil {
				return err
			}
		}
		v.black = v.black || !lit
		if v.WantPoster && v.poster == nil {
			v.poster = v.seen.jpeg(found.orientation)
		}
	}
	return nil
}

// complete says whether a decoder has shown all pictures of all places, n of each. One that shows the last picture of a
// place once more, instead of one that it does not understand, has not.
func complete(seen [][]byte, places, n int) bool {
	if places == 1 {
		return len(seen) > 0
	}
	if len(seen) != places*n {
		return false
	}
	for at := n; at < len(seen); at += n {
		if bytes.Equal(seen[at-1], seen[at]) {
			return false
		}
	}
	return true
}

// places are where decoding of a track begins: where the media that were recorded begin, near the end, and where a
// camera was switched on again.
func (v *Verifier) places(track int) []time.Duration {
	at := []time.Duration{v.firstRecorded(track)}
	if v.hasEnd(track) {
		at = append(at, v.found[track].end-checkEnd)
	}
	return append(at, v.laterParts(track)...)
}

// hasEnd says whether a track is long enough for its end to be another place than its beginning.
func (v *Verifier) hasEnd(track int) bool {
	found := v.found[track]
	return found.end-found.start > 2*checkEnd && !v.sameEverywhere(track)
}

// decodePlaces decodes a little of a track from some places on, and says whether there is anything but black to be
// seen. One decoder for all of them, and as little as possible, cost half as much as one for each. Where that leaves a
// doubt, there is one for each: it tells which of them is the trouble, and has no pictures of another one to show
// instead.
func (v *Verifier) decodePlaces(ctx context.Context, t report.Track, places []time.Duration) (lit bool, err error) {
	if t.Kind == "video" {
		for d := range v.decoders(t) {
			g := glance{decoder: d.Element, places: places, pictures: fewest(t, len(places))}
			seen, err := v.thumbnails(ctx, t, g)
			if err == nil && complete(seen, len(places), g.pictures) && v.seen.see(seen) {
				return true, nil
			}
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			break
		}
	}
	for i, at := range places {
		here, err := v.decodeFrom(ctx, t, at, i == 0)
		if err != nil {
			return false, err
		}
		lit = lit || here
	}
	return lit, nil
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

// laterParts are places behind where a camera was switched on again: another file may be encrypted although the first
// is not. Of many parts it takes some, the last among them.
func (v *Verifier) laterParts(track int) (at []time.Duration) {
	if track >= len(v.Tracks) || v.Output.Tracks[track].Kind != "video" || len(v.Tracks[track].Parts) < 2 {
		return nil
	}
	t, later := v.Tracks[track], v.Tracks[track].Parts[1:]
	few := min(len(later), checkParts)
	for k := 1; k <= few; k++ {
		at = append(at, max(later[k*len(later)/few-1].Start-v.Output.Start+t.FrameDuration/2, 1))
	}
	return at
}

// decoders are those that understand the media of a track, the one to be tried first in front.
func (v *Verifier) decoders(t report.Track) iter.Seq[plan.Decoder] {
	return plan.Decoders(t.Codec, !v.Libav, v.Has)
}

// decodeFrom decodes a little of a track, and says whether there is anything but black to be seen: true for what cannot
// be looked at. It takes one decoder that understands the media. first: these are the first media that were recorded.
func (v *Verifier) decodeFrom(ctx context.Context, t report.Track, at time.Duration, first bool) (lit bool,
	err error) {
	lit = true
	for d := range v.decoders(t) {
		if d.Parser != "" && !v.Has(d.Parser) {
			continue
		}
		if lit, err = v.decodeWith(ctx, t, d.Chain(), at, first); err == nil || ctx.Err() != nil ||
			errors.Is(err, gstrun.ErrStuck) {
			break
		}
	}
	return lit, err
}

func (v *Verifier) decodeWith(ctx context.Context, t report.Track, decoder string, at time.Duration,
	first bool) (lit bool, err error) {
	where := "beginning"
	if !first {
		where = "part from " + seconds(at) + " on"
	}
	seen, err := v.thumbnails(ctx, t, glance{decoder: decoder, convert: true, places: []time.Duration{at},
		pictures: pictures(t)})
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil && first && NoPicture(err):
		return false, v.wrong("%w", ErrNoPicture)
	case err != nil:
		return false, v.wrong("the %s of its %s does not decode: %w", where, t.Kind, err)
	case t.Kind != "video":
		return true, nil
	case len(seen) > 0:
		return v.seen.see(seen), nil
	case first:
		return false, v.wrong("%w", ErrNoPicture)
	}
	return false, v.wrong("no picture of its %s decodes", where)
}

// glance is what is decoded of a track.
type glance struct {
	decoder  string // with a parser, or without: what is stored is mostly what decoders take
	convert  bool   // what the decoder gives: uprightglance takes what most do
	places   []time.Duration
	pictures int // from each of the places on
}

// thumbnails decodes a little of a track, and returns the pictures in a small size.
func (v *Verifier) thumbnails(ctx context.Context, t report.Track, g glance) (seen [][]byte, err error) {
	path := filepath.Join(filepath.Dir(v.Partial), "."+filepath.Base(v.Output.Path)+".thumbs")
	defer func() { err = errors.Join(err, place.Remove(path)) }()
	err = gstrun.Run(ctx, v.decodeLine(t, g, path).String(),
		gstrun.Options{StallTimeout: Stall, Heap: v.heap(t)})
	if err != nil || t.Kind != "video" {
		return nil, err
	}
	file, err := os.ReadFile(path)
	return v.seen.split(file), err
}

// Of what a decoder of video takes when it begins: openh264dec's tables, what it and the pictures behind it need for
// each pixel, and a bound, since nobody has promised it.
const (
	decoderTables   = 4 << 20
	decoderPerPixel = 13
	decoderMost     = 32 << 20
)

// heap is how much memory the decoder of a track is about to take, 0 if it is not worth mentioning, or has it already.
func (v *Verifier) heap(t report.Track) int {
	if t.Kind != "video" || v.Libav {
		return 0
	}
	return min(decoderTables+decoderPerPixel*t.Width*t.Height, decoderMost)
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

// pictures is how many pictures of a track are decoded from each place on.
func pictures(t report.Track) int {
	if t.Copied {
		return checkCopied
	}
	return checkPictures
}

// fewest is how many of them tell something of a track, of which some places are looked at.
func fewest(t report.Track, places int) int {
	switch {
	case !t.Copied || t.Codec == "h265": // libde265dec makes a picture of nearly anything, but not of what refers to it
		return pictures(t)
	case places == 1: // openh264dec keeps the first until there is another one
		return 2
	}
	return 1
}

// decodeLine returns a pipeline that decodes parts of a track. Samples are read as they are stored: what a demuxer
// believes to be worth playing is another question.
func (v *Verifier) decodeLine(t report.Track, g glance, thumbs string) launch.Line {
	var from []string
	for _, at := range g.places {
		from = append(from, strconv.FormatInt(int64(at), 10))
	}
	l := launch.Line{"uprightsamplesrc"}.Set("location", v.Partial).Add("track="+t.Kind).SetInt("number", int64(v.number)).
		Add("from=" + strings.Join(from, ","))
	if t.Kind != "video" {
		return l.SetInt("samples", checkPackets).To(g.decoder).To("fakesink")
	}
	l = l.SetInt("samples", int64(g.pictures)).To(g.decoder)
	if g.convert {
		l = l.To("videoconvert")
	}
	return l.To("uprightglance").SetInt("width", int64(v.seen.width)).SetInt("height", int64(v.seen.height)).
		Set("location", thumbs)
}
