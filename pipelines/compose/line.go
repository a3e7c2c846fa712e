package compose

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/timeline"
)

// sourceName is how the elements that read and decode a file are called: this, a dash, a number.
func sourceName(kind string, pad int) string { return kind + strconv.Itoa(pad) }

// nameAll gives each element of a fragment a name, so that an error says whose it is.
func nameAll(l launch.Line, name string) launch.Line {
	var out launch.Line
	n := 0
	for i, w := range l {
		out = append(out, w)
		if element, _, _ := strings.Cut(w, " "); (i == 0 || l[i-1] == "!") && !strings.Contains(element, "/") { // no caps
			out = append(out, fmt.Sprintf("name=%s-%d", name, n))
			n++
		}
	}
	return out
}

// reader is the source of a file on the room's clock. The other files are named, so that all begin at the same moment,
// whatever they are called, and those that are left out are not even opened.
func (c *composing) reader(t *timeline.Track) launch.Line {
	if t.Given != nil {
		l := launch.Line{t.Given.Element.Name}
		for _, p := range t.Given.Element.Properties {
			l = l.Set(p.Name, p.Value)
		}
		return l
	}
	l := launch.Line{"mjrsrc"}.Set("location", t.Path)
	var others []string
	for _, o := range c.shared.Tracks {
		if o.Path != t.Path {
			others = append(others, o.Path)
		}
	}
	if len(others) > 0 {
		l = l.Set("siblings", plan.JoinPaths(others))
	} else {
		l = l.Add("origin=file")
	}
	for _, o := range c.settings.Options.ForRoom().Source() {
		l = l.Set(o.Name, o.Value)
	}
	return l.Add("clock=server")
}

// decoded is a file's raw media.
func (c *composing) decoded(t *timeline.Track, reader launch.Line, name string) (launch.Line, error) {
	l, err := plan.Decoded(t, c.has())
	return reader.Then(nameAll(l, name)), err
}

// line is the pipeline that makes the video.
func (c *composing) line(media, score string) (launch.Line, error) {
	sink := launch.Line{"uprightmp4sink"}.Set("location", media).SetInt("index-size", c.indexSize())
	if text := c.chapterLines(); text != "" {
		sink = sink.Set("chapters", text)
	}
	if us := c.created(); us > 0 {
		sink = sink.SetInt("creation-time", us)
	}
	switch {
	case c.score.Canvas == nil:
		return c.soundFile(score, sink)
	case len(c.score.Voices) == 0:
		return c.drawn(score, nil, sink)
	}
	_, skip, err := c.mixer("m", score, c.channels())
	if err != nil {
		return nil, err
	}
	voices, err := c.sound(score)
	if err != nil {
		return nil, err
	}
	l, err := c.drawn(score, nil, c.titled(sink.Add("name=mux").SetInt("audio-skip", int64(skip))))
	return append(l, voices...), err
}

// drawn is the pipeline that draws pictures, and encodes and writes them: all, or those of a part.
func (c *composing) drawn(score string, part *room.Chunk, sink launch.Line) (launch.Line, error) {
	stage := launch.Line{"uprightstage", "name=s"}.Set("score", score)
	needed, end := c.footage, time.Duration(0)
	if part != nil {
		needed = c.score.Needed(c.footage, *part)
		stage = stage.SetInt("from", int64(part.From)).SetInt("to", int64(part.To))
		end = c.score.Shows(part.To-1) + time.Millisecond
	}
	var sources launch.Line
	for _, f := range needed {
		t := c.tracks[c.score.Sources[f.Source].File]
		reader := c.reader(t)
		if part != nil {
			from, ok := f.Key(c.score, part.From)
			if ok && from > 0 {
				reader = reader.SetInt("from", int64(from))
				stage = stage.SetInt(fmt.Sprintf("sink_%d::offset", f.Source), int64(from))
			}
			reader = reader.SetInt("to", int64(max(end, from+time.Millisecond)))
		}
		branch, err := c.decoded(t, reader, sourceName("video", f.Source))
		if err != nil {
			return nil, err
		}
		sources = append(sources, branch.To("videoconvert").To(fmt.Sprintf("s.sink_%d", f.Source))...)
	}
	e := c.choice.Encoder
	l := stage.To("queue max-size-buffers=4")
	if e.Format != "I420" {
		l = l.To("videoconvert").To("video/x-raw,format=" + e.Format)
	}
	l = l.To(e.Line(c.encoding(), c.has()))
	if after := e.After(c.encoding()); after != "" {
		l = l.To(after)
	}
	l = l.To("queue max-size-time=3000000000 max-size-buffers=0").Then(sink)
	return append(l, sources...), nil
}

// encoding is what the encoder is told.
func (c *composing) encoding() encoders.Options {
	v := c.score.Canvas
	rate := int(math.Ceil(v.FPS))
	return encoders.Options{KeyFrames: plan.KeySeconds * rate, Width: v.Width, Height: v.Height, FrameRate: rate,
		Threads: c.threads}
}

// created is the wall clock of the output's beginning in µs since the Unix epoch, 0 if unknown.
func (c *composing) created() int64 {
	if c.origin == 0 {
		return 0
	}
	return c.origin + int64(c.score.Timeline[0].RoomMs*1000)
}

// chapterLines are the chapters as uprightmp4sink takes them.
func (c *composing) chapterLines() string {
	var lines []string
	for _, ch := range c.score.Chapters {
		lines = append(lines, fmt.Sprintf("%d %s", int64(ch.At*1e6), ch.Title))
	}
	return strings.Join(lines, "\n")
}

// indexSize is how much space the index of the file needs, in bytes.
func (c *composing) indexSize() int64 { return c.index(c.score.DurationMs, c.chapterLines()) }

// index is how much space the index of a file needs that plays so many milliseconds, in bytes, with a little to spare:
// what a second has of pictures, packets of sound, and a chunk of each, and the chapters.
func (c *composing) index(ms float64, chapters string) int64 {
	perSecond := 2*32 + 48*4
	if v := c.score.Canvas; v != nil {
		perSecond += int(math.Ceil(v.FPS)) * 16
	}
	return 4096 + int64(len(chapters)) + int64(ms/1000+1)*int64(perSecond)
}

// commandLine is the pipeline as a shell sees it behind gst-launch-1.0, writing the final file.
func (c *composing) commandLine() string {
	l, err := c.line(c.path(c.ext()), c.path(".score.json"))
	if err != nil {
		return ""
	}
	return l.Shell()
}
