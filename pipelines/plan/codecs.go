package plan

import (
	"slices"
	"strings"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// format is what GStreamer needs to read one kind of RTP payload. Where there are several elements for one job, the
// first that is installed does it.
type format struct {
	name   string   // as in reports and in headers of recordings: h264, opus, …
	title  string   // as people write it
	units  string   // caps of whole pictures and packets of sound, as mjrsrc gives them if it is asked
	depay  []string // takes the media out of RTP packets
	parse  string   // brings it into the shape that muxers and decoders ask for, "" if it is in it
	rate   string   // media type to which the parser has to be told a frame rate, see frameRate
	decode []string // decoders, none if the depayloader's output is raw already
	// layers is the decoder that makes one picture of all spatial layers of a picture as they come out of the
	// depayloader, where neither parsers nor other decoders see more than the first; "" if there is nothing to it.
	layers string
	// decoders to check outputs with, if others than those: small ones, one after the other until one succeeds
	check []string
}

// formats are the known RTP encoding names (timeline.MediaType.EncodingName).
var formats = map[string]*format{
	"H264": {name: "h264", title: "H.264", units: "video/x-h264", depay: []string{"rtph264depay"}, parse: "h264parse",
		decode: []string{"avdec_h264", "openh264dec"},
		// The libraries behind libav take 30 MB. But there are profiles that only libav decodes.
		check: []string{"openh264dec", "avdec_h264"}},
	"H265": {name: "h265", title: "H.265", units: "video/x-h265", depay: []string{"rtph265depay"}, parse: "h265parse",
		decode: []string{"avdec_h265", "libde265dec"}},
	"VP8": {name: "vp8", title: "VP8", units: "video/x-vp8", depay: []string{"rtpvp8depay"},
		decode: []string{"vp8dec", "avdec_vp8"}},
	"VP9": {name: "vp9", title: "VP9", units: "video/x-vp9", depay: []string{"rtpvp9depay"}, parse: "vp9parse",
		rate:   "video/x-vp9",
		decode: []string{"vp9dec", "avdec_vp9"}, layers: "vp9dec"},
	"AV1": {name: "av1", title: "AV1", units: "video/x-av1", depay: []string{"rtpav1depay", "uprightav1depay"},
		parse:  "av1parse",
		rate:   "video/x-av1",
		decode: []string{"dav1ddec", "av1dec"}},

	"OPUS": {name: "opus", title: "Opus", units: "audio/x-opus", depay: []string{"rtpopusdepay"}, parse: "opusparse",
		decode: []string{"opusdec", "avdec_opus"}},
	"PCMU": {name: "pcmu", title: "G.711 µ-law", depay: []string{"rtppcmudepay"},
		decode: []string{"mulawdec", "avdec_pcm_mulaw"}},
	"PCMA": {name: "pcma", title: "G.711 A-law", depay: []string{"rtppcmadepay"},
		decode: []string{"alawdec", "avdec_pcm_alaw"}},
	"G722": {name: "g722", title: "G.722", depay: []string{"rtpg722depay"}, decode: []string{"avdec_g722"}},
	"L16":  {name: "l16", title: "L16", depay: []string{"rtpL16depay"}},

	// Never in packets here, but in files.
	"AAC": {name: "aac", title: "AAC", parse: "aacparse", decode: []string{"avdec_aac", "faad", "fdkaacdec"}},
	"MP3": {name: "mp3", title: "MP3", parse: "mpegaudioparse", decode: []string{"avdec_mp3", "mpg123audiodec"}},
}

// whole says whether a copy of a track can do without its packets: elements that take pictures out of them have more
// experience with such as are incomplete, with parameter sets that change, and where no picture says that it is key.
func (f *format) whole(t *timeline.Track) bool {
	return t.Given == nil && f.units != "" && t.Incomplete == 0 && !(f.sets() && t.SetsChange) &&
		(t.Info.Medium != recording.Video || t.KeyFrames > 0)
}

// plain says whether there is nothing to a picture but itself: muxers of GStreamer get no more from a parser.
func (f *format) plain() bool { return f.parse == "" }

// sets says whether pictures need parameters that stand apart from them, and that a container has once.
func (f *format) sets() bool { return f.name == "h264" || f.name == "h265" }

// repeatSets lets the parser put the parameter sets in front of each key picture, besides in the file's index. Browsers
// read them there only, and of several descriptions in an index they know the first.
func (f *format) repeatSets(l launch.Line) launch.Line {
	i := slices.Index(l, f.parse)
	if i < 0 {
		return l
	}
	return slices.Insert(slices.Clone(l), i+1, "config-interval=-1")
}

// layered says whether a track's pictures have spatial layers that only one decoder puts together.
func (f *format) layered(t *timeline.Track) bool { return f.layers != "" && t.SpatialLayers > 1 }

// formatOf returns how to read a track, nil if it is of no known format.
func formatOf(t *timeline.Track) *format { return formats[strings.ToUpper(t.Media.EncodingName)] }

// formatNamed returns a format by the name it has in reports.
func formatNamed(name string) *format {
	for _, f := range formats {
		if f.name == name {
			return f
		}
	}
	return nil
}

// container is a file format and what it can hold without encoding.
type container struct {
	name  string // in reports, and the extension of files with video
	title string
	sound string // extension of files without video
	mux   string
	video map[string]bool
	audio map[string]bool
	turns bool   // can say that the picture is to be turned: players honour it
	voice string // what audio becomes that it cannot hold
	text  string // how its subtitle tracks are coded, as in reports; "" if it has none
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// What muxers take and players play.
var (
	mp4 = &container{name: "mp4", title: "MP4", sound: "m4a", mux: profile.MP4Sink, turns: true, voice: "aac", text: "tx3g",
		video: set("h264", "h265", "vp9", "av1"), audio: set("opus", "aac")}
	webm = &container{name: "webm", title: "WebM", sound: "webm", mux: "webmmux", voice: "opus",
		video: set("vp8", "vp9", "av1"), audio: set("opus")}
	mkv = &container{name: "mkv", title: "Matroska", sound: "mka", mux: "matroskamux", voice: "opus", text: "utf8",
		video: set("h264", "h265", "vp8", "vp9", "av1"), audio: set("opus", "aac", "pcmu", "pcma", "l16")}
)
