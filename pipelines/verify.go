package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// How far an output may be from its recording.
const (
	lengthTolerance = 300 * time.Millisecond // more is worth a warning
	lengthLimit     = 3 * time.Second        // more is an error if it is also an eighth of the whole
)

// verifier checks one output against the recording that it was made of.
type verifier struct {
	output  *plan.Output
	tracks  []*timeline.Track // of the same index as output.Tracks
	partial string            // file to be read
	has     func(string) bool
	libav   bool // its decoders are in memory, so that small ones save nothing

	found []seenTrack // what compare found, of the same index
	black bool        // decode found a video in which there is nothing to be seen
}

// check reads the file again, decodes its beginning and its end, and describes it.
func (v *verifier) check(ctx context.Context) (*report.Output, []report.Warning, error) {
	o := v.output
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
		s, err := look(v.partial, o.Container)
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
			warnings = append(warnings, report.Warning{Code: report.BlackVideo, Text: r.File + ": all pictures that were looked at are black, from its beginning to its end"})
		}
	}
	var err error
	if r.Bytes, r.SHA256, err = digest(ctx, v.partial); err != nil {
		return nil, nil, err
	}
	return r, warnings, nil
}

func (v *verifier) wrong(text string, args ...any) error {
	return fmt.Errorf("%w: %s: %w", ErrVerify, filepath.Base(v.output.Path), fmt.Errorf(text, args...))
}

// compare compares what is in a file with what was to be in it, and describes it.
func (v *verifier) compare(s *seen, r *report.Output) (warnings []report.Warning, err error) {
	if len(s.tracks) != len(v.output.Tracks) {
		return nil, v.wrong("it has %d tracks, not %d", len(s.tracks), len(v.output.Tracks))
	}
	if !s.fastStart {
		return nil, v.wrong("its index is not in front of the media")
	}
	r.DurationMs = report.Millis(s.duration)
	// The file begins with its first medium; how far that is from when recording began does not matter here.
	for i, want := range v.output.Tracks {
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
		case want.Copied && got.orientation != v.output.Orientation && want.Kind == "video":
			return nil, v.wrong("its display matrix says %s, not %s", got.orientation.ImageOrientation(), v.output.Orientation.ImageOrientation())
		}
		v.found = append(v.found, *got)
		t := v.tracks[i]
		if want.Kind == "video" && got.samples < t.Units/2 && !v.output.Thinned {
			return nil, v.wrong("only %d of %d pictures came out of the decoder: the media is encrypted or damaged", got.samples, t.Units)
		}
		length, start := t.End-t.Start, t.Start-v.output.Start
		is := report.Track{Kind: want.Kind, Codec: got.codec, DurationMs: report.Millis(got.end - got.start), Copied: want.Copied,
			Width: got.width, Height: got.height, Rotation: got.orientation.Degrees, Channels: got.channels}
		if want.Kind != "video" {
			is.Width, is.Height, is.Rotation = 0, 0, 0
		}
		r.Tracks = append(r.Tracks, is)
		if want.Kind == "video" {
			start, length = start-v.output.BlackHead, length+v.output.BlackHead
		}
		for _, c := range []struct {
			what     string
			is, want time.Duration
		}{{"begins at", got.start, start}, {"ends at", got.end, start + length}} {
			if want.Kind == "text" && c.what == "ends at" {
				continue // how long the last message stands is nobody's but the muxer's
			}
			off := (c.is - c.want).Abs()
			if c.what == "ends at" && want.Kind == "video" && (t.LastPicture > 0 || t.Units == 1) && c.is < c.want && c.is >= t.LastPicture-v.output.Start {
				continue // the last picture stands until then; not every parser lets a muxer know, but players do it
			}
			if c.what == "ends at" && want.Kind == "video" && c.is > c.want && c.is <= v.longest()+lengthTolerance {
				continue // it stands to the end of the longest
			}
			if off > lengthLimit && off > length/8 {
				return nil, v.wrong("its %s %s %s, not at %s", want.Kind, c.what, seconds(c.is), seconds(c.want))
			}
			if off > lengthTolerance {
				warnings = append(warnings, report.Warning{Code: report.DurationMismatch, Text: fmt.Sprintf("%s: its %s %s %s, the recording's at %s", r.File, want.Kind, c.what, seconds(c.is), seconds(c.want))})
			}
		}
	}
	return warnings, nil
}

// longest is where the longest medium ends in the output, text with the time that it stands.
func (v *verifier) longest() time.Duration {
	end := v.output.Duration
	for i, t := range v.output.Tracks {
		if t.Kind == "text" {
			end = max(end, v.tracks[i].End-v.output.Start+longestText)
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

// digest returns size and SHA-256 of a file.
func digest(ctx context.Context, path string) (n int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	b := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return 0, "", err
		}
		m, err := f.Read(b)
		n += int64(m)
		h.Write(b[:m])
		if errors.Is(err, io.EOF) {
			return n, hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return 0, "", err
		}
	}
}
