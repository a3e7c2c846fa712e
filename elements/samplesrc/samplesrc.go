// Package samplesrc is the element uprightsamplesrc: it plays the samples of one track of a finished MP4, Matroska or
// WebM file as they are stored, for a decoder to look at.
//
// It has no opinion about the file. A demuxer has: qtdemux leaves out video that is shorter than a fifth of the file,
// since it takes it for a preview, and follows edit lists; what a check needs is what is there.
package samplesrc

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
)

const (
	kindVideo = "video"
	kindAudio = "audio"
)

var class = gstx.Class{
	Name:     "uprightsamplesrc",
	LongName: "Upright sample source",
	Klass:    "Source/File",
	Description: "Plays the samples of one track of an MP4, Matroska or WebM file as they are stored, without a demuxer's rules " +
		"about what is worth playing",
	Example: "gst-launch-1.0 uprightsamplesrc location=out.mp4 track=video samples=30 ! h264parse ! avdec_h264 ! fakesink",
	Pads:    []gstx.Pad{{Name: "src", Caps: "ANY"}},
	Properties: []gstx.Property{
		{Name: "location", Nick: "File location", Kind: gstx.String, Blurb: "Path of the file to read"},
		{Name: "track", Nick: "Track", Kind: gstx.Choice, Default: kindVideo, Blurb: "Which track: the first of this kind",
			Choices: &gstx.Enum{TypeName: "UprightSampleSrcTrack", Values: []gstx.EnumValue{
				{Nick: kindVideo, Name: "The first video"}, {Nick: kindAudio, Name: "The first audio"},
			}}},
		{Name: "from", Nick: "From", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "Time of which the last sample before it that decoding can start with is the first, in nanoseconds"},
		{Name: "samples", Nick: "Samples", Kind: gstx.Int, Default: 0, Max: 1<<31 - 1, Blurb: "How many to play (0 = all)"},
	},
}

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	return gstx.RegisterSource(plugin, &class, func() *source { return &source{settings: settings{track: kindVideo}} })
}

// settings are what the user has set.
type settings struct {
	location string
	track    string
	from     int64
	samples  int
}

type source struct {
	mu       sync.Mutex
	settings settings

	file  *os.File
	media *media
	next  int // of media.pieces
	entry int // of media.caps, that the caps are of
	fresh bool
	data  []byte
}

func (s *source) Constructed(gstx.Element) {}

func (s *source) SetProperty(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch name {
	case "location":
		s.settings.location = value.(string)
	case "track":
		s.settings.track = value.(string)
	case "from":
		s.settings.from = value.(int64)
	case "samples":
		s.settings.samples = value.(int)
	}
}

func (s *source) Property(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch name {
	case "location":
		return s.settings.location
	case "track":
		return s.settings.track
	case "from":
		return s.settings.from
	default:
		return s.settings.samples
	}
}

// Start finds the samples.
func (s *source) Start(gstx.Element) error {
	s.mu.Lock()
	set := s.settings
	s.mu.Unlock()
	if set.location == "" {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceNotFound,
			Text: "uprightsamplesrc has no file to read: set its property location."}
	}
	m, err := read(set.location, set.track, time.Duration(set.from), set.samples)
	if err != nil {
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDemux, Text: set.location + " has no such samples.",
			Debug: err.Error()}
	}
	if s.file, err = os.Open(set.location); err != nil {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceOpenRead, Text: set.location +
			" cannot be opened.", Debug: err.Error()}
	}
	s.media, s.next, s.entry, s.fresh = m, 0, 0, true
	return nil
}

// Stop closes the file.
func (s *source) Stop(e gstx.Element) {
	if err := s.file.Close(); err != nil {
		e.Log(gstx.LogWarning, err.Error())
	}
	s.file, s.media = nil, nil
}

// maxSample bounds one sample: no picture of a call has that much.
const maxSample = 64 << 20

var errNoMemory = &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceFailed,
	Text: "There is no memory for a sample."}

// Create delivers one sample.
func (s *source) Create(out *gstx.Output) (gstx.Flow, error) {
	if s.next == len(s.media.pieces) {
		return gstx.FlowEOS, nil
	}
	p := s.media.pieces[s.next]
	if p.entry != s.entry {
		if !out.ChangeCaps(s.media.caps[p.entry]) {
			return gstx.FlowError, &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamWrongType,
				Text: "Nobody takes what the samples are.", Debug: s.media.caps[p.entry]}
		}
		s.entry = p.entry
	}
	s.next++
	if p.size > maxSample || p.size == 0 {
		return gstx.FlowError, &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDemux,
			Text: "A sample is empty, or too large to be one."}
	}
	if int64(cap(s.data)) < p.size {
		s.data = make([]byte, p.size)
	}
	s.data = s.data[:p.size]
	if n, err := s.file.ReadAt(s.data, p.at); n < len(s.data) {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return gstx.FlowError, &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceRead,
			Text: "A sample cannot be read.", Debug: err.Error()}
	}
	var flags gstx.BufferFlags
	if s.fresh {
		flags |= gstx.Discont
	}
	if !p.key {
		flags |= gstx.Delta
	}
	s.fresh = false
	if !out.Submit(s.data, []uint32{uint32(p.size)}, max(p.time, 0), 0, flags) {
		return gstx.FlowError, errNoMemory
	}
	return gstx.FlowOK, nil
}

// Seek goes on with the last sample at or before a time that decoding can start with.
func (s *source) Seek(_ gstx.Element, at time.Duration) error {
	s.next, s.fresh = 0, true
	for i, p := range s.media.pieces {
		if p.key && p.time <= at {
			s.next = i
		}
	}
	return nil
}
