package mjrsrc

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/units"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// reading is what there is between READY and PAUSED: an open file.
type reading struct {
	units.Reader
	timeline *timeline.Shared
	track    *timeline.Track
	media    media
	form     form
	sought   time.Duration // before the form was chosen
	ahead    *message      // data: the next message, which says how long the one before it stands
	mediaEnd time.Duration // data: when the last sound or picture ends, 0 if there is none

	data  []byte
	parts []uint32
}

// form is what a unit is delivered as: those downstream choose by their caps.
type form int

const (
	formOpen   form = iota // not chosen yet
	formCoded              // as decoders and containers take it, in one buffer
	formPacket             // its RTP packets
)

// Start opens the file and reads it, and its siblings, to the end once, if no other element has just done so.
func (s *source) Start(e gstx.Element) error {
	set := s.Get()
	if err := units.CheckPart(name, set.From, set.To); err != nil {
		return err
	}
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
		s.reading = reading{timeline: tl, track: t, media: describe(t), data: s.data, parts: s.parts}
		s.Video, s.FillGaps, s.Class = s.media.video, set.FillGaps, &class
		err = s.open(e)
	}
	if err != nil {
		tl.Release()
		return err
	}
	s.last.Store(t)
	for _, file := range t.Files() {
		units.Log(e, &class, file)
	}
	for _, other := range tl.Tracks {
		if other.Err == nil && other.Info.Medium != recording.Data {
			s.mediaEnd = max(s.mediaEnd, other.End)
		}
	}
	e.SetDuration(t.End)
	units.SeekPart(e, set.From, set.To)
	s.queueTags(e, t)
	return nil
}

// open begins to read, and offers the forms that there are.
func (s *source) open(e gstx.Element) (err error) {
	if s.media.data {
		s.form = formPacket
		e.SetCaps(s.media.caps().Text())
		return s.openPackets()
	}
	if s.Stream, err = s.timeline.OpenCoded(s.track); err != nil {
		return failure(s.track.Path, s.track.Info.Codec, err)
	}
	e.OfferBlocks()
	u, err := s.Peek()
	switch {
	case err == nil:
		s.offer(e, s.Stream.Format(u.Format).Caps)
	case errors.Is(err, io.EOF): // as with pictures whose parameter sets are missing: nothing will come
		width, height, _ := s.track.ConstantSize()
		none := timeline.Coding{Codec: s.track.Info.Codec, Picture: codec.PictureFormat{Width: width, Height: height}}
		s.offer(e, none.Caps())
	default:
		return readFailure(s.track.Path, errors.Join(err, s.Stream.Close()))
	}
	return nil
}

// offer says which forms there are: packets first, for those to whom all is the same. Of AV1 pictures are the first,
// for the depayloader is in a plugin that few have.
func (s *source) offer(e gstx.Element, coded string) {
	forms := []string{s.media.caps().Text(), coded}
	if s.track.Info.Codec == "av1" {
		slices.Reverse(forms)
	}
	e.SetCaps(forms...)
}

// openPackets begins to read as packets.
func (s *source) openPackets() (err error) {
	if !s.media.data {
		s.Pack = s.pack
	}
	s.Reader = units.Reader{Video: s.Video, FillGaps: s.FillGaps, Pack: s.Pack, Class: &class}
	if s.Stream, err = s.timeline.Open(s.track); err != nil {
		return failure(s.track.Path, s.track.Info.Codec, err)
	}
	return nil
}

// Stop closes the file.
func (s *source) Stop(e gstx.Element) {
	if err := s.Stream.Close(); err != nil {
		e.Logf(gstx.LogWarning, "%v", err)
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

// choose takes the form that was agreed upon.
func (s *source) choose(out *gstx.Output) error {
	s.form = formCoded
	out.Element().Logf(gstx.LogInfo, "those downstream take %s", out.MediaType())
	if out.MediaType() != rtpCaps {
		return nil
	}
	s.form = formPacket
	if err := s.Stream.Close(); err != nil {
		return err
	}
	if err := s.openPackets(); err != nil {
		return err
	}
	return s.Reader.Seek(s.sought)
}

// Create delivers units, each of them one picture, or one packet of audio, or one message.
func (s *source) Create(out *gstx.Output) (flow gstx.Flow, err error) {
	if s.form == formOpen {
		if err = s.choose(out); err != nil {
			return gstx.FlowError, readFailure(s.track.Path, err)
		}
	}
	if s.media.data {
		flow, err = s.Deliver(out, s.submitMessage)
	} else {
		flow, err = s.Reader.Create(out)
	}
	switch {
	case errors.Is(err, units.ErrCaps):
		err = &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamWrongType, Debug: err.Error(),
			Text: "The stream goes on in another format, which no element downstream accepts: decode it, or ask " +
				"for RTP packets and a depayloader."}
	case err != nil && !errors.Is(err, units.ErrMemory):
		err = readFailure(s.track.Path, err)
	}
	return flow, err
}

// pack makes buffers of a unit's packets.
func (s *source) pack(u *timeline.Unit) (data []byte, sizes []uint32, flags gstx.BufferFlags) {
	s.data, s.parts = s.data[:0], s.parts[:0]
	for _, p := range u.Packets {
		at := len(s.data)
		s.data = append(s.data, p...)
		s.data[at+1] = s.data[at+1]&0x80 | s.media.payloadType
		s.parts = append(s.parts, uint32(len(p)))
	}
	return s.data, s.parts, gstx.RTP
}

// Seek makes Create go on at the last key unit at or before a time.
func (s *source) Seek(e gstx.Element, at time.Duration) error {
	e.Logf(gstx.LogDebug, "go on at %v", at)
	s.ahead, s.sought = nil, at
	if err := s.Reader.Seek(at); err != nil {
		return readFailure(s.track.Path, err)
	}
	return nil
}
