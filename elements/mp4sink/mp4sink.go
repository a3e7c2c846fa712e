// Package mp4sink is the element uprightmp4sink: a sink for any number of streams that writes them into one MP4 file.
// Package movie writes the file; here it gets pads, properties and errors as GStreamer knows them.
//
// # Why it is as it is
//
// It is a muxer and a file sink in one. Muxers of GStreamer are aggregators: a thread of their own takes buffers from
// those that bring them, one by one, so that each buffer wakes two threads; that was a quarter of what a copy cost.
// Here every streaming thread gathers about a second of its own stream, and writes that as a chunk under a lock.
// Sources of Upright that are linked to it without anything in between bring such pieces in one buffer (package gstx,
// units.c).
//
// Streams lie beside each other in the file because a thread waits that is two seconds ahead of another: one that is
// neither at its end nor sparse, as text is. It waits for nearness and not for order, so it goes on when the other one
// does not move for a while, which may be behind the same thread. No order of threads can therefore block it.
//
// The index stands in front of the media, as players on the web need it, and all of it is known only in the end. So
// space is kept free for it, as much as the caller says that it takes (index-size); where that is too little, the media
// is moved, and the file is right all the same. What used to be patched into a finished file is in that index from the
// start.
//
// The file has its name only when it is complete and closed: until then it is a hidden one beside it, which goes with
// an error, and may stay behind a process that was killed.
package mp4sink

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/orient"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/movie"
	"github.com/upright-media/upright/internal/stages"
)

const auto = "auto"

// Names of pad templates.
const (
	videoPad = "video_%u"
	audioPad = "audio_%u"
	textPad  = "text_%u"
)

// What an MP4 holds.
const (
	videoCaps = "video/x-h264, stream-format=(string)avc, alignment=(string)au; " +
		"video/x-h265, stream-format=(string)hvc1, alignment=(string)au; video/x-vp9; " +
		"video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"
	audioCaps = "audio/x-opus; audio/mpeg, mpegversion=(int)4, stream-format=(string)raw; " +
		"audio/mpeg, mpegversion=(int)1, layer=(int)3; audio/x-alac; audio/x-ac3"
)

var class = gstx.Class{
	Name:     "uprightmp4sink",
	LongName: "Upright MP4 sink",
	Klass:    "Sink/File/Muxer",
	Description: "Writes video, sound and text into an MP4 file, with its index in front and all that players ask for: " +
		"which way is up, when streams begin, when it was recorded",
	Example: "gst-launch-1.0 mjrsrc location=video.mjr ! uprightmp4sink name=m location=out.mp4 " +
		"mjrsrc location=audio.mjr ! m.",
	Since: "0.1",
	Pads: []gstx.Pad{
		{Name: videoPad, Sink: true, Request: true, Caps: videoCaps + "; " + gstx.Blocks(videoCaps)},
		{Name: audioPad, Sink: true, Request: true, Caps: audioCaps + "; " + gstx.Blocks(audioCaps)},
		{Name: textPad, Sink: true, Request: true, Caps: "text/x-raw, format=(string)utf8"},
	},
	Properties: []gstx.Property{
		{Name: "location", Nick: "File location", Kind: gstx.String, Blurb: "Path of the file to write"},
		{Name: "orientation", Nick: "Orientation", Kind: gstx.Choice, Default: auto,
			Blurb: "What players shall do to show the video upright, by its display matrix: auto is what the stream's first " +
				"tag image-orientation says",
			Choices: &gstx.Enum{TypeName: "UprightMP4SinkOrientation",
				Values: orient.Values(gstx.EnumValue{Nick: auto, Name: "As the stream says"})}},
		{Name: "creation-time", Nick: "Creation time", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "When the recording was made, in microseconds since the Unix epoch (0 = not known)"},
		{Name: "audio-skip", Nick: "Skip of audio", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "What an audio encoder put in front of the sound, in nanoseconds: players leave it out, by the edit list " +
				"(0 = as Opus says itself)"},
		{Name: "index-size", Nick: "Size of the index", Kind: gstx.Int64, Default: int64(0), Max: 1 << 30,
			Blurb: "How many bytes to keep free for the index in front of the media; if they are not enough, the media is " +
				"moved in the end"},
		{Name: "chapters", Nick: "Chapters", Kind: gstx.String,
			Blurb: "A line for each chapter: the time at which it begins, in nanoseconds, a space, and its title"},
		{Name: "sound-titles", Nick: "Titles of sound tracks", Kind: gstx.String,
			Blurb: "A line for each sound track with a title: the number of its pad, a space, and its title"},
		{Name: "main-sound", Nick: "Main sound track", Kind: gstx.Int, Default: -1, Min: -1, Max: 1<<31 - 1,
			Blurb: "Number of the pad of the sound track that players play; the others are off until somebody chooses them " +
				"(-1 = none is off)"},
		{Name: "tags", Nick: "Tags", Kind: gstx.Bool, Default: false,
			Blurb: "Write what tags of the streams say about the film: title, artist, album, composer, genre, comment, " +
				"description, copyright, keywords"},
	},
}

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	return gstx.RegisterCollector(plugin, &class, func() *sink {
		s := new(sink)
		s.Defaults(&class)
		return s
	})
}

// settings are what the user has set.
type settings struct {
	Location     string `property:"location"`
	Orientation  string `property:"orientation"`
	CreationTime int64  `property:"creation-time"`
	AudioSkip    int64  `property:"audio-skip"`
	IndexSize    int64  `property:"index-size"`
	Chapters     string `property:"chapters"`
	SoundTitles  string `property:"sound-titles"`
	MainSound    int    `property:"main-sound"`
	Tags         bool   `property:"tags"`
}

type sink struct {
	gstx.Settings[settings]

	mu      sync.Mutex
	streams map[int]*stream

	set    settings // since Open
	titles map[int]string
	file   *files.Growing
	movie  *movie.Movie
}

// stream is what leads to one pad.
type stream struct {
	kind        movie.Kind
	number      int             // of the pad
	orientation cvo.Orientation // the first that a tag says
	oriented    bool
	language    string
	tags        map[string]string

	track   *movie.Track // nil until there are samples
	entry   movie.Entry
	skip    time.Duration
	pending bool   // the track's entry comes with the first sample
	first   string // configuration of the first entry
	sets    []byte // parameter sets that are not in that, see withSets
}

func (s *sink) Constructed(gstx.Element) { s.streams = map[int]*stream{} }

// Pad begins a stream.
func (s *sink) Pad(n int, template string, number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := map[string]movie.Kind{videoPad: movie.Video, audioPad: movie.Audio, textPad: movie.Text}[template]
	s.streams[n] = &stream{kind: kind, number: number}
}

func (s *sink) stream(n int) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[n]
}

// partial is what the file is called until it is complete.
func partial(location string) string {
	return filepath.Join(filepath.Dir(location), "."+filepath.Base(location)+".part")
}

// Open creates the file, under another name.
func (s *sink) Open(e gstx.Element) error {
	s.set = s.Get()
	if s.set.Location == "" {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceNotFound,
			Text: "uprightmp4sink has no file to write: set its property location."}
	}
	chapters, err := parseChapters(s.set.Chapters)
	if err != nil {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceSettings, Text: err.Error()}
	}
	if s.titles, err = parseTitles(s.set.SoundTitles); err != nil {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceSettings, Text: err.Error()}
	}
	o := movie.Options{Reserve: s.set.IndexSize, Chapters: chapters}
	if s.set.CreationTime > 0 {
		o.Created = time.UnixMicro(s.set.CreationTime)
	}
	if s.file, err = files.CreateGrowing(partial(s.set.Location)); err != nil {
		return s.failure(err)
	}
	s.movie = movie.New(s.file, o)
	e.Logf(gstx.LogInfo, "write %s, with %d bytes kept free for the index", s.file.Name(), s.set.IndexSize)
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, x := range s.streams {
		s.streams[n] = &stream{kind: x.kind, number: x.number}
	}
	return nil
}

// parseChapters reads the property.
func parseChapters(text string) (list []movie.Chapter, err error) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		at, title, _ := strings.Cut(line, " ")
		ns, err := strconv.ParseInt(at, 10, 64)
		if err != nil || ns < 0 {
			return nil, fmt.Errorf("chapters: %q does not begin with a time in nanoseconds", line)
		}
		list = append(list, movie.Chapter{At: time.Duration(ns), Title: title})
	}
	return list, nil
}

// parseTitles reads the property: titles by number.
func parseTitles(text string) (map[int]string, error) {
	all := map[int]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		number, title, _ := strings.Cut(line, " ")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("sound-titles: %q does not begin with the number of a pad", line)
		}
		all[n] = title
	}
	return all, nil
}

func (s *sink) failure(err error) error {
	e := &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceWrite, Text: s.set.Location + " cannot be written.",
		Debug: err.Error()}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		e.Code, e.Text = gstx.ResourceNoSpace, "There is no space left for "+s.set.Location+"."
	}
	return e
}

// Tag takes from a stream what its first tags say.
func (s *sink) Tag(n int, name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.streams[n]
	switch {
	case x == nil:
	case name == "image-orientation" && !x.oriented:
		o, err := cvo.ParseImageOrientation(value)
		x.orientation, x.oriented = o, err == nil
	case name == "language-code" && x.language == "":
		x.language = value
	case movie.IsTag(name):
		if x.tags == nil {
			x.tags = map[string]string{}
		}
		x.tags[name] = value
	}
}

// Caps says how the samples that come next are coded.
func (s *sink) Caps(_ gstx.Element, n int, c gstx.Caps) error {
	x := s.stream(n)
	e, err := entryOf(c)
	if err != nil {
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamWrongType, Text: "An MP4 does not hold such a stream.",
			Debug: err.Error()}
	}
	x.entry, x.pending = e, true
	x.skip = time.Duration(s.set.AudioSkip)
	if x.skip == 0 && e.Type == "Opus" {
		x.skip = preSkip(e.Config)
	}
	return nil
}

// begin adds a stream's track, and what its samples are, in front of the first of them.
func (s *sink) begin(element gstx.Element, x *stream, first []byte) error {
	e, err := x.entry, error(nil)
	switch e.Type {
	case "av01":
		e, err = av1Entry(e, first)
	case "ac-3":
		e, err = ac3Entry(e, first)
	}
	if err != nil {
		return err
	}
	if x.track == nil {
		o := movie.TrackOptions{Kind: x.kind, Number: x.number, Language: x.language}
		switch x.kind {
		case movie.Video:
			if fixed, err := cvo.ParseImageOrientation(s.set.Orientation); err == nil {
				x.orientation = fixed
			}
			o.Orientation = x.orientation
		case movie.Audio:
			o.Skip, o.Title = x.skip, s.titles[x.number]
			o.Off = s.set.MainSound >= 0 && x.number != s.set.MainSound
		}
		x.track = s.movie.Track(o)
	}
	x.pending, x.sets = false, nil
	if x.first == "" {
		x.first = string(e.Config)
	} else if string(e.Config) != x.first {
		x.sets = parameterSets(e.Type, e.Config)
	}
	what := fmt.Sprintf("%v left out in front", x.skip)
	if x.kind == movie.Video {
		what = fmt.Sprintf("%dx%d, %s", e.Width, e.Height, x.orientation.ImageOrientation())
	}
	element.Logf(gstx.LogInfo, "%s %d goes on as %s: %s", x.kind, x.number, e.Type, what)
	return x.track.Entry(e)
}

// Collect writes samples.
func (s *sink) Collect(e gstx.Element, n int, samples []gstx.Sample, data []byte) error {
	defer stages.OfThread(stages.Write)()
	x := s.stream(n)
	if x.pending {
		if err := s.begin(e, x, data[:min(int(samples[0].Size), len(data))]); err != nil {
			return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamMux, Text: "A stream cannot be written into an MP4.",
				Debug: err.Error()}
		}
	}
	if x.track == nil {
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamMux, Text: "A stream does not say what it is."}
	}
	samples, data = withSets(x.sets, samples, data)
	if class.Logs(gstx.LogDebug) {
		e.Logf(gstx.LogDebug, "%d samples of stream %d, %d bytes, from %v to %v", len(samples), x.number, len(data),
			samples[0].Time(), samples[len(samples)-1].Time())
	}
	list := make([]movie.Sample, len(samples))
	for i, p := range samples {
		list[i] = movie.Sample{At: p.Time(), Duration: time.Duration(p.Duration), Size: int(p.Size), Sync: p.Sync != 0}
	}
	if err := x.track.Write(list, data); err != nil {
		return s.failure(err)
	}
	return nil
}

// Finish completes the file and gives it its name. What fails here is removed by Reset.
func (s *sink) Finish(e gstx.Element) error {
	defer stages.OfThread(stages.Write)()
	if s.set.Tags {
		s.movie.Describe(s.tags())
	}
	err := s.movie.Close()
	if errors.Is(err, movie.ErrEmpty) {
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamMux,
			Text: "There is no media that could be written into " + s.set.Location + "."}
	}
	if err == nil {
		err = s.file.Close()
	}
	if err == nil {
		err = os.Rename(partial(s.set.Location), s.set.Location)
	}
	if err != nil {
		return s.failure(err)
	}
	e.Logf(gstx.LogInfo, "%s is complete", s.set.Location)
	s.file, s.movie = nil, nil
	return nil
}

// tags are those of all streams. Of several that say the same counts what comes first in the file, which no thread
// decides.
func (s *sink) tags() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	streams := slices.SortedFunc(maps.Values(s.streams), func(a, b *stream) int {
		return cmp.Or(slices.Index(movie.Order, a.kind)-slices.Index(movie.Order, b.kind), a.number-b.number)
	})
	all := map[string]string{}
	for _, x := range slices.Backward(streams) {
		maps.Copy(all, x.tags)
	}
	return all
}

// Reset removes what did not become complete.
func (s *sink) Reset(e gstx.Element) {
	if s.file == nil {
		return
	}
	err := s.file.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	if err = errors.Join(err, os.Remove(partial(s.set.Location))); err != nil {
		e.Logf(gstx.LogWarning, "%v", err)
	}
	s.file, s.movie = nil, nil
}
