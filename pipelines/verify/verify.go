// Package verify reads an output again and says whether it is what was to be made.
package verify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// ErrWrong says that what a pipeline wrote is not what was asked for.
var ErrWrong = errors.New("the output is not right")

// How far an output may be from its recording.
const (
	lengthTolerance = 300 * time.Millisecond // more is worth a warning
	lengthLimit     = 3 * time.Second        // more is an error if it is also an eighth of the whole
)

// Verifier checks one output against the recording that it was made of.
type Verifier struct {
	Output  *plan.Output
	Tracks  []*timeline.Track // of the same index as Output.Tracks
	Partial string            // file to be read
	// that Tracks are of, if the output has all of their units, in order; nil: not known
	Timeline *timeline.Timeline
	Has      func(string) bool // says which GStreamer elements there are
	Libav    bool              // its decoders are in memory, so that small ones save nothing
	// WantPoster asks for a report.Output.Poster.
	WantPoster bool

	found  []seenTrack // what compare found, of the same index
	number int         // of the track that decode looks at, among those of its kind
	black  bool        // decode found a video in which there is nothing to be seen
	seen   poster      // of the track that decode looks at
	poster []byte
}

// Check reads the file again, decodes its beginning and its end, and describes it.
func (v *Verifier) Check(ctx context.Context) (*report.Output, []report.Warning, error) {
	o := v.Output
	digest := beginDigest(ctx, v.Partial)
	defer digest.stop()
	r := &report.Output{File: filepath.Base(o.Path), Container: o.Container}
	var warnings []report.Warning
	switch {
	case o.IsText():
		r.Tracks, r.DurationMs = o.Tracks, report.Millis(o.Duration)
	case o.Container == "jpg":
		var err error
		if warnings, err = v.checkPicture(r); err != nil {
			return nil, nil, err
		}
	case o.Container == "vtt":
		if err := v.checkIndex(r); err != nil {
			return nil, nil, err
		}
	default:
		s, err := look(v.Partial, o.Container)
		if err != nil {
			return nil, nil, v.wrong("it cannot be read: %w", err)
		}
		if warnings, err = v.compare(s, r); err != nil {
			return nil, nil, err
		}
		if err := v.decode(ctx); err != nil {
			return nil, nil, err
		}
		if v.black {
			warnings = append(warnings, report.Warning{Code: report.BlackVideo, Text: r.File +
				": all pictures that were looked at are black, from its beginning to its end"})
		}
	}
	r.Poster = v.poster
	var err error
	if r.Bytes, r.SHA256, err = digest.wait(); err != nil {
		return nil, nil, err
	}
	return r, warnings, nil
}

// CheckTracks is Check for what is not made of one participant's tracks: Output.Tracks and the length say what is to be
// in it.
func (v *Verifier) CheckTracks(ctx context.Context, length time.Duration) (*report.Output, error) {
	o := v.Output
	digest := beginDigest(ctx, v.Partial)
	defer digest.stop()
	s, err := look(v.Partial, o.Container)
	if err != nil {
		return nil, v.wrong("it cannot be read: %w", err)
	}
	if len(s.tracks) != len(o.Tracks) {
		return nil, v.wrong("it has %d tracks, not %d", len(s.tracks), len(o.Tracks))
	}
	r := &report.Output{
		File: filepath.Base(o.Path), Container: o.Container, DurationMs: report.Millis(s.duration),
		Tracks: []report.Track{},
	}
	for _, w := range o.Tracks {
		got := take(s, w.Kind)
		if got == nil || got.codec != w.Codec || got.samples == 0 {
			return nil, v.wrong("it has no %s in %s", w.Kind, w.Codec)
		}
		if w.Kind == "video" && (got.width != w.Width || got.height != w.Height || !got.key) {
			return nil, v.wrong("its video is %dx%d, not %dx%d, or does not begin with a key frame",
				got.width, got.height, w.Width, w.Height)
		}
		if off := (got.end - got.start - length).Abs(); off > lengthTolerance {
			return nil, v.wrong("its %s lasts %s, not %s", w.Kind, seconds(got.end-got.start), seconds(length))
		}
		w.DurationMs = report.Millis(got.end - got.start)
		r.Tracks = append(r.Tracks, w)
		v.found = append(v.found, *got)
	}
	if err := v.decode(ctx); err != nil {
		return nil, err
	}
	r.Poster = v.poster
	r.Bytes, r.SHA256, err = digest.wait()
	return r, err
}

func (v *Verifier) wrong(text string, args ...any) error {
	return fmt.Errorf("%w: %s: %w", ErrWrong, filepath.Base(v.Output.Path), fmt.Errorf(text, args...))
}

// compare compares what is in a file with what was to be in it, and describes it.
func (v *Verifier) compare(s *seen, r *report.Output) (warnings []report.Warning, err error) {
	if len(s.tracks) != len(v.Output.Tracks) {
		return nil, v.wrong("it has %d tracks, not %d", len(s.tracks), len(v.Output.Tracks))
	}
	if !s.fastStart {
		return nil, v.wrong("its index is not in front of the media")
	}
	r.DurationMs = report.Millis(s.duration)
	// The file begins with its first medium; how far that is from when recording began does not matter here.
	for i, want := range v.Output.Tracks {
		got := take(s, want.Kind)
		switch {
		case got == nil:
			return nil, v.wrong("it has no %s", want.Kind)
		case got.codec != want.Codec && want.Codec != "": // "": a profile's own element makes what it makes
			return nil, v.wrong("its %s is %s, not %s", want.Kind, got.codec, want.Codec)
		case got.samples == 0:
			return nil, v.wrong("its %s is empty", want.Kind)
		case want.Kind == "video" && !got.key:
			return nil, v.wrong("its video does not begin with a key frame")
		case want.Copied && got.orientation != v.Output.Orientation && want.Kind == "video":
			return nil, v.wrong("its display matrix says %s, not %s", got.orientation.ImageOrientation(),
				v.Output.Orientation.ImageOrientation())
		}
		v.found = append(v.found, *got)
		t := v.Tracks[i]
		if want.Kind == "video" && got.samples < undamaged(t)/2 && !v.Output.Thinned {
			return nil, v.wrong("only %d of %d pictures came out of the decoder: the media is encrypted or damaged",
				got.samples, t.Units)
		}
		length, start := t.End-t.Start, t.Start-v.Output.Start
		is := report.Track{Kind: want.Kind, Codec: got.codec, DurationMs: report.Millis(got.end - got.start),
			Copied: want.Copied,
			Width:  got.width, Height: got.height, Rotation: got.orientation.Degrees, Channels: got.channels}
		if want.Kind != "video" {
			is.Width, is.Height, is.Rotation = 0, 0, 0
		}
		r.Tracks = append(r.Tracks, is)
		if want.Kind == "video" {
			start, length = start-v.Output.BlackHead, length+v.Output.BlackHead
		}
		for _, c := range []struct {
			what     string
			is, want time.Duration
		}{{"begins at", got.start, start}, {"ends at", got.end, start + length}} {
			if want.Kind == "text" && c.what == "ends at" {
				continue // how long the last message stands is nobody's but the muxer's
			}
			off := (c.is - c.want).Abs()
			if c.what == "ends at" && want.Kind == "video" && (t.LastPicture > 0 || t.Units == 1) && c.is < c.want &&
				c.is >= t.LastPicture-v.Output.Start {
				continue // the last picture stands until then; not every parser lets a muxer know, but players do it
			}
			if c.what == "ends at" && want.Kind == "video" && c.is > c.want && c.is <= v.longest()+lengthTolerance {
				continue // it stands to the end of the longest
			}
			if off > lengthLimit && off > length/8 {
				return nil, v.wrong("its %s %s %s, not at %s", want.Kind, c.what, seconds(c.is), seconds(c.want))
			}
			if off > lengthTolerance {
				warnings = append(warnings, report.Warning{Code: report.DurationMismatch,
					Text: fmt.Sprintf("%s: its %s %s %s, the recording's at %s", r.File, want.Kind, c.what,
						seconds(c.is), seconds(c.want))})
			}
		}
	}
	return warnings, nil
}

// undamaged is about how many of a track's pictures no loss has damaged. Decoders give others, too, but not all of
// them.
func undamaged(t *timeline.Track) int {
	length := t.End - t.Start
	if t.Damaged <= 0 || length <= 0 {
		return t.Units
	}
	return int(float64(t.Units) * max(0, 1-t.Damaged.Seconds()/length.Seconds()))
}

// longest is where the longest medium ends in the output, text with the time that it stands.
func (v *Verifier) longest() time.Duration {
	end := v.Output.Duration
	for i, t := range v.Output.Tracks {
		if t.Kind == "text" {
			end = max(end, v.Tracks[i].End-v.Output.Start+longestText)
		}
	}
	return end
}

// longestText is how long mjrsrc lets the last message stand, at most.
const longestText = 5 * time.Second

// take removes the first track of a kind.
func take(s *seen, kind string) *seenTrack {
	for i := range s.tracks {
		if t := s.tracks[i]; t.kind == kind {
			s.tracks[i].kind = ""
			return &t
		}
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
