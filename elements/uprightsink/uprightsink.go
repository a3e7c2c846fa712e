// Package uprightsink is the element uprightsink: a filesink that, once the file is complete, writes into an MP4 what
// the muxer could not or would not say: which way is up, and when it was recorded.
//
// mp4mux and qtmux write the display matrix since GStreamer 1.26 only, and never the creation time. With this element a
// gst-launch-1.0 line does it all. For files that are not MP4 it is a filesink.
package uprightsink

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
	"unsafe"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/orient"
	"github.com/upright-media/upright/internal/mp4box"
)

const keep = "keep"

var class = gstx.Class{
	Name:        "uprightsink",
	LongName:    "Upright file sink",
	Klass:       "Sink/File/Metadata",
	Description: "Writes a file and, if it is an MP4, which way is up and when it was recorded",
	Example: "gst-launch-1.0 mjrsrc location=video.mjr ! rtph264depay ! h264parse ! mp4mux ! " +
		"uprightsink location=upright.mp4 orientation=rotate-90",
	Since: "0.1",
	Pads:  []gstx.Pad{{Name: "sink", Sink: true, Caps: "ANY"}},
	Properties: []gstx.Property{
		{Name: "location", Nick: "File location", Kind: gstx.String, Blurb: "Path of the file to write"},
		{Name: "orientation", Nick: "Orientation", Kind: gstx.Choice, Default: keep,
			Blurb: "What players shall do to show the video upright, by its display matrix: keep leaves what the muxer wrote",
			Choices: &gstx.Enum{TypeName: "UprightSinkOrientation",
				Values: orient.Values(gstx.EnumValue{Nick: keep, Name: "Leave what the muxer wrote"})}},
		{Name: "creation-time", Nick: "Creation time", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "When the recording was made, in microseconds since the Unix epoch (0 = leave what the muxer wrote)"},
		{Name: "audio-skip", Nick: "Skip of audio", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "What an audio encoder put in front of the sound, in nanoseconds: players leave it out, by the edit list (0 = nothing)"},
		{Name: "faststart", Nick: "Fast start", Kind: gstx.Bool, Default: false,
			Blurb: "Put the index in front of the media, for playing while loading. Unlike the muxer's own faststart this does not write " +
				"the media twice where the file system can insert space (ext4, XFS)"},
	},
}

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	return gstx.RegisterBin(plugin, &class, func() *sink { return &sink{settings: settings{orientation: keep}} })
}

// settings are what the user has set.
type settings struct {
	location     string
	orientation  string
	creationTime int64
	audioSkip    int64
	faststart    bool
}

type sink struct {
	mu       sync.Mutex
	settings settings
	file     gstx.Element // filesink
	missing  bool
}

func (s *sink) SetProperty(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch name {
	case "location":
		s.settings.location = value.(string)
	case "orientation":
		s.settings.orientation = value.(string)
	case "creation-time":
		s.settings.creationTime = value.(int64)
	case "audio-skip":
		s.settings.audioSkip = value.(int64)
	case "faststart":
		s.settings.faststart = value.(bool)
	}
}

func (s *sink) Property(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch name {
	case "location":
		return s.settings.location
	case "orientation":
		return s.settings.orientation
	case "creation-time":
		return s.settings.creationTime
	case "faststart":
		return s.settings.faststart
	default:
		return s.settings.audioSkip
	}
}

func (s *sink) get() settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// Constructed makes the child.
func (s *sink) Constructed(bin gstx.Element) {
	file, ok := bin.Make("filesink", "filesink")
	s.file, s.missing = file, !ok
	bin.Expose(file, "sink")
	if ok {
		// The default buffering of 1.22 loses bytes where many small buffers meet; see also the muxers' own chunks.
		file.SetArg("buffer-mode", "unbuffered")
	}
}

// Open gives the child its file.
func (s *sink) Open(bin gstx.Element) error {
	if s.missing {
		return &gstx.Error{Domain: gstx.CoreDomain, Code: gstx.CoreMissingPlugin,
			Text: "GStreamer's element filesink is not installed: install the package gstreamer (core elements)."}
	}
	location := s.get().location
	if location == "" {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceNotFound,
			Text: "uprightsink has no file to write: set its property location."}
	}
	bin.Logf(gstx.LogInfo, "write %s", location)
	s.file.SetString("location", location)
	return nil
}

// Reset has nothing to do: filesink closes the file by itself.
func (s *sink) Reset(gstx.Element) {}

// EOS completes the file, all of which has been written.
func (s *sink) EOS(bin gstx.Element) error {
	set := s.get()
	patch := mp4box.Patching{CreationUs: set.creationTime, AudioSkip: time.Duration(set.audioSkip)}
	if o, err := cvo.ParseImageOrientation(set.orientation); err == nil {
		patch.Orientation = &o
	}
	if patch == (mp4box.Patching{}) && !set.faststart {
		return nil
	}
	mp4, err := isMP4(set.location)
	if err == nil && !mp4 {
		bin.Logf(gstx.LogInfo, "%s is not an MP4: orientation and creation-time are left out", set.location)
		if patch.Orientation != nil && set.orientation != "rotate-0" {
			bin.Warn(&gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamWrongType,
				Text: fmt.Sprintf("%s is not an MP4 and cannot say that it is to be shown with %s: turn the pictures with cvorotate instead.",
					set.location, set.orientation)})
		}
		return nil
	}
	if err == nil {
		err = mp4box.Patch(set.location, patch)
	}
	if err == nil && set.faststart {
		err = mp4box.IndexFirst(set.location)
	}
	if err != nil {
		return failure(set.location, err)
	}
	bin.Logf(gstx.LogInfo, "%s: orientation %s, creation time %d µs, %v of sound left out in front, index in front: %v",
		set.location, set.orientation, set.creationTime, patch.AudioSkip, set.faststart)
	return nil
}

func failure(location string, err error) error {
	e := &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceWrite, Debug: err.Error(),
		Text: fmt.Sprintf("Orientation and creation time could not be written into %s, nor its index be put in front.",
			location)}
	if errors.Is(err, mp4box.ErrNoIndex) || errors.Is(err, mp4box.ErrDamaged) || errors.Is(err, mp4box.ErrNotMP4) {
		e.Domain, e.Code = gstx.StreamDomain, gstx.StreamMux
		e.Text = fmt.Sprintf("%s did not become a complete MP4: orientation and creation time could not be written into it.",
			location)
	}
	return e
}

// isMP4 looks at the type of the first box. What is not a regular file, such as /dev/null, is not an MP4.
func isMP4(path string) (bool, error) {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var b [8]byte
	if _, err := io.ReadFull(f, b[:]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		return false, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return string(b[4:]) == "ftyp", nil
}
