package agorasrc

import (
	"context"
	"errors"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/units"
	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/timeline"
)

// reading is what there is between READY and PAUSED: an open track.
type reading struct {
	units.Reader
	timeline *timeline.Shared
	track    *timeline.Track
}

// Start looks into the files of the presence, if no other element has just done so.
func (s *source) Start(e gstx.Element) error {
	set := s.Get()
	if err := units.CheckPart(name, set.From, set.To); err != nil {
		return err
	}
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
	units.Log(e, &class, t)
	s.reading = reading{timeline: tl, track: t,
		Reader: units.Reader{Stream: stream, Video: set.Medium == "video", FillGaps: set.FillGaps, Class: &class,
			Offset: time.Duration(set.Offset)}}
	if set.Run > 0 {
		s.Format = t.Given.Runs[set.Run]
	}
	e.OfferBlocks()
	caps := t.Given.Formats[s.Format].Caps
	if !e.SetCaps(caps) {
		s.Stop(e)
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamFailed,
			Text: "agorasrc cannot say what it delivers.", Debug: caps}
	}
	e.SetDuration(t.End + time.Duration(set.Offset))
	units.SeekPart(e, set.From, set.To)
	if tl.OriginUs != 0 {
		tags := gstx.NewTags(true)
		tags.AddTime(gstx.TagDateTime, tl.OriginUs)
		e.QueueTags(tags)
	}
	return nil
}

// Expected is what there will be, as far as the medium says. It decides to which pad of a muxer the source is linked.
func (s *source) Expected() string {
	if s.Get().Medium == agora.MediumVideo {
		return videoCaps
	}
	return audioCaps
}

// Stop closes the files.
func (s *source) Stop(e gstx.Element) {
	if err := s.Stream.Close(); err != nil {
		e.Logf(gstx.LogWarning, "%v", err)
	}
	s.timeline.Release()
	s.reading = reading{}
}

// Create delivers pictures or pieces of sound, one in each buffer.
func (s *source) Create(out *gstx.Output) (gstx.Flow, error) {
	flow, err := s.Reader.Create(out)
	switch {
	case errors.Is(err, units.ErrCaps):
		err = &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamWrongType, Debug: err.Error(),
			Text: "The stream goes on in another format, which no element downstream accepts: decode it, or play " +
				"each run alone."}
	case err != nil && !errors.Is(err, units.ErrMemory):
		err = readFailure(s.track.Path, err)
	}
	return flow, err
}

// Seek makes Create go on at the last key unit at or before a time.
func (s *source) Seek(e gstx.Element, at time.Duration) error {
	e.Logf(gstx.LogDebug, "go on at %v", at)
	if err := s.Reader.Seek(at); err != nil {
		return readFailure(s.track.Path, err)
	}
	return nil
}
