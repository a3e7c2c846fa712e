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
	Description: "Plays the samples of one track of an MP4, Matroska or WebM file as they are stored, without a " +
		"demuxer's rules about what is worth playing",
	Example: "gst-launch-1.0 uprightsamplesrc location=out.mp4 track=video samples=30 ! h264parse ! avdec_h264 ! fakesink",
	Since:   "0.1",
	Pads:    []gstx.Pad{{Name: "src", Caps: "ANY"}},
	Properties: []gstx.Property{
		{Name: "location", Nick: "File location", Kind: gstx.String, Blurb: "Path of the file to read"},
		{Name: "track", Nick: "Track", Kind: gstx.Choice, Default: kindVideo, Blurb: "Of which kind the track is",
			Choices: &gstx.Enum{TypeName: "UprightSampleSrcTrack", Values: []gstx.EnumValue{
				{Nick: kindVideo, Name: "Video"}, {Nick: kindAudio, Name: "Audio"},
			}}},
		{Name: "number", Nick: "Number", Kind: gstx.Int, Default: 0, Max: 1<<31 - 1,
			Blurb: "Which of the tracks of this kind, counted from 0"},
		{Name: "from", Nick: "From", Kind: gstx.String, Default: "0",
			Blurb: "Times, in nanoseconds with commas between them, of which the last sample before it that decoding can " +
				"start with is the first to be played"},
		{Name: "samples", Nick: "Samples", Kind: gstx.Int, Default: 0, Max: 1<<31 - 1,
			Blurb: "How many to play from each of these times (0 = all)"},
	},
}

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	return gstx.RegisterSource(plugin, &class, func() *source {
		s := new(source)
		s.Defaults(&class)
		return s
	})
}

type settings struct {
	Location string `property:"location"`
	Track    string `property:"track"`
	Number   int    `property:"number"`
	From     string `property:"from"` // ns, ns, …
	Samples  int    `property:"samples"`
}

type source struct {
	gstx.Settings[settings]

	file  *os.File
	media *media
	next  int         // of media.pieces
	entry int         // of media.forms, that the caps are of
	other *byteStream // not nil: that is what those downstream get
	fresh bool
	data  []byte
	unit  []byte // memory for byteStream
}

func (s *source) Constructed(gstx.Element) {}

// Start finds the samples.
func (s *source) Start(e gstx.Element) error {
	set := s.Get()
	if set.Location == "" {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceNotFound,
			Text: "uprightsamplesrc has no file to read: set its property location."}
	}
	from, err := gstx.ParseTimes(set.From)
	if err != nil {
		return &gstx.Error{Domain: gstx.LibraryDomain, Code: gstx.LibrarySettings,
			Text: "The property from is wrong: " + err.Error() + "."}
	}
	if len(from) == 0 {
		from = []uint64{0}
	}
	m, err := read(set.Location, which{set.Track, set.Number}, from, set.Samples)
	if err != nil {
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDemux, Text: set.Location + " has no such samples.",
			Debug: err.Error()}
	}
	if s.file, err = os.Open(set.Location); err != nil {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceOpenRead, Text: set.Location +
			" cannot be opened.", Debug: err.Error()}
	}
	s.media, s.next, s.entry, s.other, s.fresh = m, 0, 0, nil, true
	e.Logf(gstx.LogInfo, "%s: %d samples of %s, of %d kinds", set.Location, len(m.pieces), set.Track, len(m.forms)-1)
	return nil
}

// Stop closes the file.
func (s *source) Stop(e gstx.Element) {
	if err := s.file.Close(); err != nil {
		e.Logf(gstx.LogWarning, "%v", err)
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
		if err := s.choose(out, s.media.forms[p.entry]); err != nil {
			return gstx.FlowError, err
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
	data := s.data
	if s.other != nil {
		var err error
		if data, err = s.other.unit(s.unit, s.data, p.key); err != nil {
			return gstx.FlowError, &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDemux,
				Text: "A sample is not made of NAL units.", Debug: err.Error()}
		}
		s.unit = data
	}
	var flags gstx.BufferFlags
	if s.fresh || p.first {
		flags |= gstx.Discont
	}
	if !p.key {
		flags |= gstx.Delta
	}
	s.fresh = false
	if class.Logs(gstx.LogDebug) {
		out.Element().Logf(gstx.LogDebug, "%d bytes at %v%s, from byte %d of the file", p.size, p.time, flags, p.at)
	}
	if !out.Submit(data, []uint32{uint32(len(data))}, max(p.time, 0), 0, flags) {
		return gstx.FlowError, errNoMemory
	}
	return gstx.FlowOK, nil
}

// choose says what samples are from now on: as they are stored, unless only another form is taken downstream.
func (s *source) choose(out *gstx.Output, f form) error {
	caps := f.caps
	s.other = nil
	if b := f.byteStream; b != nil && !out.Accepted(caps) && out.Accepted(b.caps) {
		s.other, caps = b, b.caps
	}
	if !out.ChangeCaps(caps) {
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamWrongType, Text: "Nobody takes what the samples are.",
			Debug: caps}
	}
	return nil
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
