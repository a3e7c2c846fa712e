// Package profile is what a user wants out of a recording, as data: profiles by name, what they inherit from each
// other, and the fragments of pipelines in them, in the language of gst-launch-1.0. It knows nothing of GStreamer:
// package pipelines makes lines of this, and says which elements there are.
package profile

import (
	"slices"
	"strings"
)

// Words that stand for themselves in Video, Audio and Mux instead of a fragment. Auto may also be the last element of a
// fragment: the encoder that Upright chooses.
const (
	// copied where that is right, encoded where it is not; for Mux: the container that holds most as it is
	Auto   = "auto"
	Copy   = "copy"   // copied or nothing
	Encode = "encode" // always encoded
	None   = "none"   // left out
)

// Profile says what to make of a participant. After Resolve Video, Audio and Mux are set.
type Profile struct {
	Name string `yaml:"-" json:"name"`
	From string `yaml:"from" json:"from,omitempty"` // the profile whose settings count where this one has none

	// Video and Audio are one of the words above, or a fragment: elements between what is decoded (pictures upright and
	// of one size; sound at 48 kHz) and the muxer.
	Video string `yaml:"video" json:"video,omitempty"`
	Audio string `yaml:"audio" json:"audio,omitempty"`
	Mux   string `yaml:"mux" json:"mux,omitempty"` // Auto, or a muxer with its properties

	// Pipeline is the whole line, with slots for what is only known of each recording (Slots). Where a recording lacks
	// what leads to the output, Video, Audio and Mux count.
	Pipeline string `yaml:"pipeline" json:"pipeline,omitempty"`

	// the only one; "": any that the container holds
	VideoCodec string `yaml:"video_codec" json:"video_codec,omitempty"`
	AudioCodec string `yaml:"audio_codec" json:"audio_codec,omitempty"`

	// pictures are made smaller to fit into this; 0: any
	Width     int `yaml:"width" json:"width,omitempty"`
	Height    int `yaml:"height" json:"height,omitempty"`         //
	FrameRate int `yaml:"frame_rate" json:"frame_rate,omitempty"` // most pictures per second; 0: any
	// of encoded pictures, 1 (worst) to 100; 0: what looks like the original (70)
	Quality int `yaml:"quality" json:"quality,omitempty"`
	// of encoded pictures in kbit/s, instead of a quality
	Bitrate int `yaml:"bitrate" json:"bitrate,omitempty"`
	// of encoded sound in kbit/s; 0: by the number of channels
	AudioBitrate int `yaml:"audio_bitrate" json:"audio_bitrate,omitempty"`
}

// Names of the profiles that are built in.
const (
	MP4      = "mp4"
	Web      = "web"
	Original = "original"
	WebM     = "webm"
	MKV      = "mkv"
	Audio    = "audio"
	Proxy    = "proxy"

	Thumbnails = "thumbnails"
)

// Thumbs is the element that makes thumbnails, in the place of a muxer.
const Thumbs = "uprightthumbs"

// builtin are the profiles that are built in (docs/profiles.md).
var builtin = []Profile{
	{Name: MP4, Video: Auto, Audio: Auto, Mux: MP4Mux},
	{Name: Original, Video: Auto, Audio: Auto, Mux: Auto},
	{Name: Web, From: MP4, VideoCodec: "h264", AudioCodec: "aac"},
	{Name: WebM, From: MP4, Mux: "webmmux"},
	{Name: MKV, From: MP4, Mux: "matroskamux"},
	{Name: Audio, From: MP4, Video: None, AudioCodec: "aac"},
	// As high as wide, so that pictures of a telephone that is held upright become no smaller than others.
	{Name: Proxy, From: Web, Video: Encode, Width: 480, Height: 480, FrameRate: 15, Quality: 50, AudioBitrate: 48},
	{Name: Thumbnails, From: MP4, Video: Encode, Mux: Thumbs, Width: 1280, Height: 1280},
}

// Builtin are the names of the profiles that are built in, the default one first.
func Builtin() []string {
	var names []string
	for _, p := range builtin {
		names = append(names, p.Name)
	}
	return names
}

// IsBuiltin says whether a name is taken by a profile that is built in.
func IsBuiltin(name string) bool { return slices.Contains(Builtin(), name) }

// VideoCodecs and AudioCodecs are what VideoCodec and AudioCodec can be.
var (
	VideoCodecs = []string{"h264", "h265", "vp8", "vp9", "av1"}
	AudioCodecs = []string{"aac", "opus"}
)

// Containers are the muxers that can be used, with the container of each.
var Containers = map[string]string{MP4Mux: "mp4", "webmmux": "webm", "matroskamux": "mkv", Thumbs: "jpg"}

// IsFragment says whether Video or Audio is a fragment and not one of the words.
func IsFragment(s string) bool {
	return s != "" && s != Auto && s != Copy && s != Encode && s != None
}

// Thumbnails says whether the profile makes pictures of a video.
func (p Profile) Thumbnails() bool {
	name, _, _ := strings.Cut(strings.TrimSpace(p.Mux), " ")
	return name == Thumbs
}

// Problem is one thing that is wrong with a profile.
type Problem struct {
	Field  string // as in YAML: video
	Offset int    // of the character in the field's value, in bytes; -1: all of it
	Text   string // one sentence, what is wrong
	Hint   string // what to do about it, ""
}

func (p Problem) Error() string {
	s := p.Field + ": " + p.Text
	if p.Field == "" {
		s = p.Text
	}
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}
