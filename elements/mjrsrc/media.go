package mjrsrc

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/internal/lazy"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// media is what a track delivers, as GStreamer needs to know it.
type media struct {
	track       *timeline.Track
	video       bool
	data        bool
	text        bool  // data that is text
	payloadType uint8 // of the packets and in the caps
}

// Static payload types end where this range begins (RFC 3551 section 6). rtpopusdepay takes no other for Opus, although
// browsers also use those from 35 up.
const firstDynamic = 96

func describe(t *timeline.Track) media {
	m := media{track: t, video: t.Info.Medium == recording.Video, data: t.Info.Medium == recording.Data}
	if m.data {
		m.text = t.Info.Codec != "binary"
		return m
	}
	m.payloadType = uint8(t.Media.PayloadType)
	static := map[string]uint8{"PCMU": 0, "PCMA": 8, "G722": 9}
	if pt, ok := static[t.Media.EncodingName]; m.payloadType < firstDynamic && (!ok || m.payloadType != pt) {
		m.payloadType = firstDynamic
	}
	return m
}

// parameter is the name of a format parameter that can be a field of caps.
var parameter = lazy.Regexp(`^[a-z][a-z0-9_-]*$`)

// ours are fields that no format parameter may set.
var ours = []string{"media", "encoding-name", "encoding-params", "clock-rate", "payload", "channels", "ssrc"}

// rtpCaps is the media type of packets.
const rtpCaps = "application/x-rtp"

// Caps of all that a recording of each medium can be delivered as.
const (
	videoCaps = rtpCaps + ", media=(string)video; " + CodedVideo
	audioCaps = rtpCaps + ", media=(string)audio; " + CodedAudio
	dataCaps  = "application/octet-stream"
)

// Caps of what is not packets: what decoders and containers take.
const (
	CodedVideo = "video/x-h264, stream-format=(string)avc, alignment=(string)au; " +
		"video/x-h265, stream-format=(string)hvc1, alignment=(string)au; video/x-vp8; " +
		"video/x-vp9, alignment=(string)super-frame; video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"
	CodedAudio = "audio/x-opus; audio/x-mulaw; audio/x-alaw; audio/G722; " +
		"audio/x-raw, format=(string)S16BE, layout=(string)interleaved"
	Text = "text/x-raw, format=(string)utf8"
)

// Expected is what there will be, by what the file's header says.
func (s *source) Expected() string {
	location := s.Get().Location
	if location == "" {
		return ""
	}
	file := janus.ReadFile(filepath.Clean(location))
	if file.Err != nil {
		return ""
	}
	switch file.Medium {
	case recording.Video:
		return videoCaps
	case recording.Audio:
		return audioCaps
	case recording.Data:
		return Text + "; " + dataCaps
	}
	return ""
}

// caps are so complete that decodebin finds a depayloader that knows what to do.
func (m *media) caps() *gstx.Structure {
	switch {
	case m.data && m.text:
		s := gstx.NewStructure("text/x-raw")
		s.Set("format", "utf8")
		return s
	case m.data:
		return gstx.NewStructure("application/octet-stream")
	}
	t := m.track
	s := gstx.NewStructure(rtpCaps)
	s.Set("media", t.Media.Media)
	s.Set("encoding-name", t.Media.EncodingName)
	s.Set("clock-rate", t.Media.ClockRate)
	s.Set("payload", int(m.payloadType))
	for _, key := range slices.Sorted(maps.Keys(t.Media.Fmtp)) {
		value := t.Media.Fmtp[key]
		if !parameter().MatchString(key) || slices.Contains(ours, key) || strings.HasPrefix(key, "extmap-") ||
			!printable(value) {
			continue
		}
		if value == "" {
			value = "1" // as GStreamer does with the parameters of an SDP
		}
		s.Set(key, value)
	}
	m.channels(s)
	for id, uri := range m.extensions() {
		if printable(uri) {
			s.Set(fmt.Sprintf("extmap-%d", id), uri)
		}
	}
	return s
}

// channels says how many there are where depayloaders look for it.
func (m *media) channels(s *gstx.Structure) {
	t := m.track
	switch {
	case m.video:
	case t.Media.Layout != nil:
		l := t.Media.Layout
		s.Set("encoding-name", "MULTIOPUS")
		s.Set("encoding-params", strconv.Itoa(len(l.Mapping)))
		s.Set("num_streams", strconv.Itoa(l.Streams))
		s.Set("coupled_streams", strconv.Itoa(l.Coupled))
		s.Set("channel_mapping", strings.Trim(strings.ReplaceAll(fmt.Sprint(l.Mapping), " ", ","), "[]"))
	case t.Media.EncodingName == "OPUS":
		s.Set("encoding-params", "2") // always (RFC 7587 section 7)
		stereo := "0"
		if t.Media.Channels == 2 {
			stereo = "1"
		}
		s.Set("sprop-stereo", stereo)
	case t.Media.Channels > 0:
		s.Set("encoding-params", strconv.Itoa(t.Media.Channels))
		s.Set("channels", t.Media.Channels)
	}
}

// extensions are those that the file declares, and the orientation if it had to be found.
func (m *media) extensions() map[int]string {
	t := m.track
	if t.OrientationID == 0 || t.Media.Extensions[t.OrientationID] != "" {
		return t.Media.Extensions
	}
	all := map[int]string{t.OrientationID: cvo.URI}
	maps.Copy(all, t.Media.Extensions)
	return all
}

// printable reports text that can stand in caps: what comes from a file may be anything.
func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}

// stats is the property of this name.
func stats(t *timeline.Track) *gstx.Structure {
	s := gstx.NewStructure("application/x-mjr-stats")
	if t == nil {
		t = &timeline.Track{}
	}
	c := t.Counts
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"packets", int64(c.Records)},
		{"used", int64(c.Used)},
		{"lost", int64(c.Lost)},
		{"recovered", int64(c.Recovered)},
		{"duplicate", int64(c.Duplicate)},
		{"late", int64(c.Late)},
		{"padding", int64(c.Padding)},
		{"foreign", int64(c.Foreign)},
		{"not-rtp", int64(c.NotRTP)},
		{"malformed", int64(c.Malformed)},
		{"undecodable", int64(c.Undecodable)},
		{"damaged-bytes", t.DamagedBytes},
		{"units", int64(t.Units)},
		{"key-units", int64(t.KeyFrames)},
		{"holes", int64(len(t.Holes))},
		{"start", int64(t.Start)},
		{"end", int64(t.End)},
	} {
		s.Set(f.name, uint64(max(f.value, 0)))
	}
	s.Set("orientation-id", t.OrientationID)
	s.Set("orientation-found", t.OrientationFound)
	s.Set("drift-ppm", t.DriftPPM)
	s.Set("drift-known", t.DriftKnown)
	s.Set("complete", t.Complete)
	return s
}
