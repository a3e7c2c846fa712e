package plan

import (
	"strings"

	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/timeline"
)

// format is what GStreamer needs for one kind of media. Where there are several elements for one job, the first that is
// installed does it.
type format struct {
	name   string   // as in reports and in headers of recordings: h264, opus, …
	title  string   // as people write it
	units  string   // caps of whole pictures or packets of sound, as sources give them if asked
	parse  string   // brings what an encoder makes into the shape that muxers ask for, "" if it is in it
	decode []string // decoders, none of what is raw
	// layers is the decoder that makes one picture of all spatial layers of a picture, where others see no more than the
	// first; "" if there is nothing to it.
	layers string
	// decoders to check outputs with, if others than those: small ones, one after the other until one succeeds
	check []string
}

// formats are the known encoding names (timeline.MediaType.EncodingName).
var formats = map[string]*format{
	"H264": {name: "h264", title: "H.264", units: "video/x-h264", parse: "h264parse",
		decode: []string{"avdec_h264", "openh264dec"},
		// The libraries behind libav take 30 MB, and a tenth of a second. But there are profiles that only libav decodes.
		check: []string{"openh264dec", "avdec_h264"}},
	"H265": {name: "h265", title: "H.265", units: "video/x-h265", parse: "h265parse",
		decode: []string{"avdec_h265", "libde265dec"}, check: []string{"libde265dec", "avdec_h265"}},
	"VP8": {name: "vp8", title: "VP8", units: "video/x-vp8", decode: []string{"vp8dec", "avdec_vp8"}},
	"VP9": {name: "vp9", title: "VP9", units: "video/x-vp9", parse: "vp9parse",
		decode: []string{"vp9dec", "avdec_vp9"}, layers: "vp9dec"},
	"AV1": {name: "av1", title: "AV1", units: "video/x-av1", parse: "av1parse", decode: []string{"dav1ddec", "av1dec"},
		check: []string{"av1dec", "dav1ddec"}},

	"OPUS": {name: "opus", title: "Opus", units: "audio/x-opus", parse: "opusparse",
		decode: []string{"opusdec", "avdec_opus"}},
	"PCMU": {name: "pcmu", title: "G.711 µ-law", units: "audio/x-mulaw", decode: []string{"mulawdec", "avdec_pcm_mulaw"}},
	"PCMA": {name: "pcma", title: "G.711 A-law", units: "audio/x-alaw", decode: []string{"alawdec", "avdec_pcm_alaw"}},
	"G722": {name: "g722", title: "G.722", units: "audio/G722", decode: []string{"avdec_g722"}},
	"L16":  {name: "l16", title: "L16", units: "audio/x-raw"},

	// Never in packets here, but in files.
	"AAC": {name: "aac", title: "AAC", units: "audio/mpeg", parse: "aacparse",
		decode: []string{"avdec_aac", "faad", "fdkaacdec"}},
	"MP3": {name: "mp3", title: "MP3", units: "audio/mpeg", parse: "mpegaudioparse",
		decode: []string{"avdec_mp3", "mpg123audiodec"}},
}

// sets says whether pictures need parameters that stand apart from them, and that a container has once.
func (f *format) sets() bool { return f.name == "h264" || f.name == "h265" }

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
	mp4 = &container{name: "mp4", title: "MP4", sound: "m4a", mux: profile.MP4Sink, turns: true, voice: "aac",
		text: "tx3g", video: set("h264", "h265", "vp9", "av1"), audio: set("opus", "aac")}
	webm = &container{name: "webm", title: "WebM", sound: "webm", mux: "webmmux", voice: "opus",
		video: set("vp8", "vp9", "av1"), audio: set("opus")}
	mkv = &container{name: "mkv", title: "Matroska", sound: "mka", mux: "matroskamux", voice: "opus", text: "utf8",
		video: set("h264", "h265", "vp8", "vp9", "av1"), audio: set("opus", "aac", "pcmu", "pcma", "l16")}
)
