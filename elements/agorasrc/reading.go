package agorasrc

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/timeline"
)

// reading is what there is between READY and PAUSED: an open track.
type reading struct {
	timeline *timeline.Shared
	stream   *timeline.Stream
	track    *timeline.Track
	video    bool
	fillGaps bool
	format   int // that the caps are of

	ahead   *timeline.Unit // that has other caps, and so has to wait for the next call of Create
	ended   error          // why nothing more comes: io.EOF, or what went wrong
	touched bool           // something has been read
	flowing bool           // a buffer has been delivered since the start or the last seek
	parts   [1]uint32
}

// Start looks into the files of the presence, if no other element has just done so.
func (s *source) Start(e gstx.Element) error {
	set := s.Get()
	files, err := find(set.Location)
	if err != nil {
		return err
	}
	tl, err := timeline.Share(context.Background(), files, set.options())
	if err != nil {
		return failure(set.Location, err)
	}
	t, err := choose(tl.Timeline, &set)
	var stream *timeline.Stream
	if err == nil {
		if stream, err = tl.OpenRun(t, set.Run); err != nil {
			err = failure(set.Location, err)
		}
	}
	if err != nil {
		tl.Release()
		return err
	}
	s.last.Store(t)
	s.reading = reading{timeline: tl, stream: stream, track: t, video: set.Medium == "video", fillGaps: set.FillGaps}
	if set.Run > 0 {
		s.format = t.Given.Runs[set.Run]
	}
	caps := t.Given.Formats[s.format].Caps
	if !e.SetCapsText(caps) {
		s.Stop(e)
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamFailed,
			Text: "agorasrc cannot say what it delivers.", Debug: caps}
	}
	e.SetDuration(t.End)
	if tl.OriginUs != 0 {
		tags := gstx.NewTags(true)
		tags.AddTime(gstx.TagDateTime, tl.OriginUs)
		e.QueueTags(tags)
	}
	return nil
}

// Stop closes the files.
func (s *source) Stop(e gstx.Element) {
	if err := s.stream.Close(); err != nil {
		e.Log(gstx.LogWarning, err.Error())
	}
	s.timeline.Release()
	s.reading = reading{}
}

// How much one call of Create reads ahead of what is pushed, of either: a few hundred milliseconds.
const (
	aheadUnits = 64
	aheadBytes = 128 << 10
)

// Create delivers pictures or pieces of sound, one in each buffer.
func (s *source) Create(out *gstx.Output) (gstx.Flow, error) {
	s.touched = true
	if s.ahead != nil {
		u := s.ahead
		s.ahead, s.format = nil, u.Format
		if caps := s.track.Given.Formats[u.Format].Caps; !out.ChangeCaps(caps) {
			return gstx.FlowError, &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamWrongType, Debug: caps,
				Text: "What comes next is coded in another way, and nobody downstream takes it: decode it, or play " +
					"each run alone."}
		}
		if err := s.submit(out, u); err != nil {
			return gstx.FlowError, err
		}
	}
	for units, bytes := 0, 0; units < aheadUnits && bytes < aheadBytes && s.ended == nil; units++ {
		var u *timeline.Unit
		if u, s.ended = s.stream.Next(); s.ended != nil {
			if units > 0 {
				return gstx.FlowOK, nil // once that is pushed
			}
			break
		}
		if u.Format != s.format && len(u.Data) > 0 {
			s.ahead = u // what has been submitted has the caps of before
			if units > 0 {
				return gstx.FlowOK, nil
			}
			return s.Create(out)
		}
		if err := s.submit(out, u); err != nil {
			return gstx.FlowError, err
		}
		bytes += len(u.Data)
	}
	switch {
	case s.ended == nil:
		return gstx.FlowOK, nil
	case errors.Is(s.ended, io.EOF):
		return gstx.FlowEOS, nil
	}
	return gstx.FlowError, readFailure(s.track.Path, s.ended)
}

// submit delivers one unit.
func (s *source) submit(out *gstx.Output, u *timeline.Unit) error {
	if len(u.Data) == 0 || u.Gap && !s.fillGaps {
		// In front of the first buffer there is no segment yet for a GAP event to lie in.
		if s.flowing {
			out.SubmitGap(u.PTS, u.Duration)
		}
		return nil
	}
	if s.video && u.OrientationChanged {
		tags := gstx.NewTags(false)
		tags.AddString(gstx.TagImageOrientation, u.Orientation.ImageOrientation())
		out.SubmitTags(tags)
	}
	var flags gstx.BufferFlags
	if u.Discont || !s.flowing {
		flags |= gstx.Discont
	}
	if u.Gap {
		flags |= gstx.Gap
	}
	if s.video && !u.Key {
		flags |= gstx.Delta
	}
	duration := u.Duration
	if s.video && !u.Last {
		duration = 0 // a picture stands until the next one
	}
	s.flowing = true
	s.parts[0] = uint32(len(u.Data))
	if !out.Submit(u.Data, s.parts[:], max(u.PTS, 0), duration, flags) {
		return errNoMemory
	}
	return nil
}

// Seek makes Create go on at the last key unit at or before a time, and says again which way up it is. The base
// class also seeks to the start before it begins.
func (s *source) Seek(_ gstx.Element, at time.Duration) error {
	if at == 0 && !s.touched {
		return nil
	}
	s.flowing, s.ahead, s.ended = false, nil, nil
	if err := s.stream.Seek(at); err != nil {
		return readFailure(s.track.Path, err)
	}
	return nil
}
