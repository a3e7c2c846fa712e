package mjrsrc

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/unseen"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// reading is what there is between READY and PAUSED: an open file.
type reading struct {
	timeline *timeline.Shared
	stream   *timeline.Stream
	media    media
	fillGaps bool
	ahead    *message      // data: the next message, which says how long the one before it stands
	mediaEnd time.Duration // data: when the last sound or picture ends, 0 if there is none

	ended   error // why nothing more comes: io.EOF, or what went wrong
	touched bool  // something has been read
	hidden  bool  // those downstream were told that pictures are not to be seen
	flowing bool  // a buffer has been delivered since the start or the last seek
	data    []byte
	parts   []uint32
}

// Start opens the file and reads it, and its siblings, to the end once, if no other element has just done so.
func (s *source) Start(e gstx.Element) error {
	set := s.Get()
	list, session, err := filesOf(&set)
	if err != nil {
		return err
	}
	tl, err := timeline.Share(context.Background(), list, set.timeline())
	if err != nil {
		return failure(set.Location, "", err)
	}
	t, err := choose(tl.Timeline, set.Location)
	if err == nil {
		t, err = onward(tl.Timeline, t, split(set.Parts), session)
	}
	if err == nil {
		s.stream, err = tl.Open(t)
		if err != nil {
			err = failure(set.Location, t.Info.Codec, err)
		}
	}
	if err != nil {
		tl.Release()
		return err
	}
	s.last.Store(t)
	s.reading = reading{timeline: tl, stream: s.stream, media: describe(t), fillGaps: set.FillGaps, data: s.data,
		parts: s.parts}
	for _, other := range tl.Tracks {
		if other.Err == nil && other.Info.Medium != recording.Data {
			s.mediaEnd = max(s.mediaEnd, other.End)
		}
	}
	e.SetCaps(s.media.caps())
	e.SetDuration(t.End)
	s.queueTags(e, t)
	return nil
}

// Stop closes the file.
func (s *source) Stop(e gstx.Element) {
	if err := s.stream.Close(); err != nil {
		e.Log(gstx.LogWarning, err.Error())
	}
	s.timeline.Release()
	s.reading = reading{data: s.data, parts: s.parts}
}

// queueTags says once what holds for the whole file.
func (s *source) queueTags(e gstx.Element, t *timeline.Track) {
	if t.Info.FirstUs != 0 {
		tags := gstx.NewTags(true)
		tags.AddTime(gstx.TagDateTime, t.Info.FirstUs)
		e.QueueTags(tags)
	}
	if t.Info.Description != "" {
		tags := gstx.NewTags(false)
		tags.AddString(gstx.TagTitle, t.Info.Description)
		e.QueueTags(tags)
	}
}

// How much one call of Create reads ahead of what is pushed, of either: a few hundred milliseconds.
const (
	aheadUnits = 64
	aheadBytes = 128 << 10
)

// Create delivers units, each of them the packets of one picture, or one of audio, or one message.
func (s *source) Create(out *gstx.Output) (gstx.Flow, error) {
	s.touched = true
	next := s.submitUnit
	if s.media.data {
		next = s.submitMessage
	}
	for units, bytes := 0, 0; units < aheadUnits && bytes < aheadBytes && s.ended == nil; units++ {
		var n int
		if n, s.ended = next(out); s.ended != nil && units > 0 {
			return gstx.FlowOK, nil // once that is pushed
		}
		bytes += n
	}
	switch {
	case s.ended == nil:
		return gstx.FlowOK, nil
	case errors.Is(s.ended, io.EOF):
		return gstx.FlowEOS, nil
	case errors.Is(s.ended, errNoMemory):
		return gstx.FlowError, errNoMemory
	}
	return gstx.FlowError, readFailure(s.last.Load().Path, s.ended)
}

// submitUnit delivers one unit of so many bytes.
func (s *source) submitUnit(out *gstx.Output) (bytes int, err error) {
	u, err := s.stream.Next()
	if err != nil {
		return 0, err
	}
	if len(u.Packets) == 0 || u.Gap && !s.fillGaps {
		// In front of the first buffer there is no segment yet for a GAP event to lie in.
		if s.flowing {
			out.SubmitGap(u.PTS, u.Duration)
		}
		return 0, nil
	}
	if s.media.video && u.OrientationChanged {
		// In front of the whole picture, although senders put the orientation on its last packet.
		tags := gstx.NewTags(false)
		tags.AddString(gstx.TagImageOrientation, u.Orientation.ImageOrientation())
		out.SubmitTags(tags)
	}
	if u.Hidden != s.hidden {
		s.hidden = u.Hidden
		if s.hidden {
			out.SubmitEvent(gstx.CustomEvent(unseen.Hide))
		} else {
			out.SubmitEvent(gstx.CustomEvent(unseen.Show))
		}
	}
	s.data, s.parts = s.data[:0], s.parts[:0]
	for _, p := range u.Packets {
		at := len(s.data)
		s.data = append(s.data, p...)
		s.data[at+1] = s.data[at+1]&0x80 | s.media.payloadType
		s.parts = append(s.parts, uint32(len(p)))
	}
	flags := gstx.RTP
	if u.Discont || !s.flowing {
		flags |= gstx.Discont
	}
	if u.Gap {
		flags |= gstx.Gap
	}
	duration := u.Duration
	if s.media.video && !u.Last {
		// A picture stands until the next one. Muxers know that, and webmmux makes blocks of pictures that are said to have a
		// length in which browsers cannot tell key pictures from others.
		duration = 0
	}
	return s.submit(out, s.data, max(u.PTS, 0), duration, flags)
}

// submit delivers the parts of data.
func (s *source) submit(out *gstx.Output, data []byte, pts, duration time.Duration, flags gstx.BufferFlags) (bytes int,
	err error) {
	s.flowing = true
	if !out.Submit(data, s.parts, pts, duration, flags) {
		return 0, errNoMemory
	}
	return len(data), nil
}

// Seek makes Create go on at the last key unit at or before a time, and says again which way up it is. The base class
// also seeks to the start before it begins.
func (s *source) Seek(_ gstx.Element, at time.Duration) error {
	if at == 0 && !s.touched {
		return nil
	}
	s.flowing, s.hidden, s.ahead, s.ended = false, false, nil, nil
	if err := s.stream.Seek(at); err != nil {
		return readFailure(s.last.Load().Path, err)
	}
	return nil
}
