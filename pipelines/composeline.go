package pipelines

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/timeline"
)

// sourceName is how the elements that read and decode a file are called: this, a dash, a number.
func sourceName(kind string, pad int) string { return kind + strconv.Itoa(pad) }

// nameAll gives each element of a fragment a name, so that an error says whose it is.
func nameAll(l line, name string) line {
	var out line
	n := 0
	for i, w := range l {
		out = append(out, w)
		if i == 0 || l[i-1] == "!" {
			out = append(out, fmt.Sprintf("name=%s-%d", name, n))
			n++
		}
	}
	return out
}

// reader is the source of a file on the room's clock. The other files are named, so that all begin at the same moment, whatever they
// are called, and those that are left out are not even opened.
func (c *composing) reader(t *timeline.Track) line {
	l := line{"mjrsrc"}.set("location", t.Path)
	var others []string
	for _, o := range c.shared.Tracks {
		if o.Path != t.Path {
			others = append(others, o.Path)
		}
	}
	if len(others) > 0 {
		l = l.set("siblings", joinPaths(others))
	} else {
		l = l.add("origin=file")
	}
	if id := c.settings.OrientationID; id != 0 {
		l = l.setInt("orientation-id", int64(id))
	}
	return l.add("clock=server")
}

// decoded is a file's raw media.
func (c *composing) decoded(t *timeline.Track, name string) (line, error) {
	has := c.has()
	f := formatOf(t)
	l, err := f.read(t, has)
	if err == nil {
		l, err = f.decodeTo(t, l, has)
	}
	return c.reader(t).then(nameAll(l, name)), err
}

// voices are the branches that bring sound to the mixer m.
func (c *composing) voices(list []string) (line, error) {
	var l line
	for i, file := range list {
		branch, err := c.decoded(c.tracks[file], sourceName("audio", i))
		if err != nil {
			return nil, err
		}
		l = append(l, branch.to("audioconvert").to(fmt.Sprintf("m.sink_%d", i))...)
	}
	return l, nil
}

// line is the pipeline that makes the video.
func (c *composing) line(media, score string) (line, error) {
	has := c.has()
	var l line
	both := c.score.Canvas != nil && len(c.score.Voices) > 0
	sink := line{"mp4mux", "latency=1000000000"}
	if both {
		sink = sink.add("name=mux")
	}
	sink = sink.to("uprightsink").set("location", media)
	if us := c.created(); us > 0 {
		sink = sink.setInt("creation-time", us)
	}
	var voice *voice
	if len(c.score.Voices) > 0 {
		v, err := chooseVoice("aac", has)
		if err != nil {
			return nil, err
		}
		voice = v
		sink = sink.setInt("audio-skip", int64(time.Duration(v.priming)*time.Second/48000))
	}
	if c.score.Canvas != nil {
		e := c.choice.Encoder
		l = line{"uprightstage", "name=s"}.set("score", score).to("queue max-size-buffers=4")
		if e.Format != "I420" {
			l = l.to("videoconvert").to("video/x-raw,format=" + e.Format)
		}
		l = l.to(e.Line(c.encoding(), has))
		if after := e.After(c.encoding()); after != "" {
			l = l.to(after)
		}
		l = l.to("queue max-size-time=3000000000 max-size-buffers=0").then(sink)
		for i, src := range c.score.Sources {
			branch, err := c.decoded(c.tracks[src.File], sourceName("video", i))
			if err != nil {
				return nil, err
			}
			l = append(l, branch.to("videoconvert").to(fmt.Sprintf("s.sink_%d", i))...)
		}
	}
	if voice != nil {
		m := line{"uprightmix", "name=m", "channels=" + strconv.Itoa(c.channels())}.set("score", score).to("audioconvert").
			to(voice.chain(c.channels(), c.bitrate(), has))
		if both {
			m = m.to("queue max-size-time=3000000000 max-size-buffers=0").to("mux.")
		} else {
			m = m.then(sink)
		}
		l = append(l, m...)
		var list []string
		for _, v := range c.score.Voices {
			list = append(list, v.File)
		}
		branches, err := c.voices(list)
		if err != nil {
			return nil, err
		}
		l = append(l, branches...)
	}
	return l, nil
}

func (c *composing) channels() int {
	if c.stereo {
		return 2
	}
	return 1
}

// bitrate is that of the sound, in bits per second.
func (c *composing) bitrate() int {
	if c.stereo {
		return 128000
	}
	return 80000
}

// encoding is what the encoder is told.
func (c *composing) encoding() encoders.Options {
	v := c.score.Canvas
	rate := int(math.Ceil(v.FPS))
	return encoders.Options{KeyFrames: keySeconds * rate, Width: v.Width, Height: v.Height, FrameRate: rate, Threads: c.settings.Threads}
}

// created is the wall clock of the output's beginning in µs since the Unix epoch, 0 if unencoders.
func (c *composing) created() int64 {
	if c.shared.OriginUs == 0 {
		return 0
	}
	return c.shared.OriginUs + int64(c.score.Timeline[0].RoomMs*1000)
}

// commandLine is the pipeline as a shell sees it behind gst-launch-1.0, writing the final file.
func (c *composing) commandLine() string {
	l, err := c.line(c.path(c.ext()), c.path(".score.json"))
	if err != nil {
		return ""
	}
	if i := slices.Index(l, "uprightsink"); i >= 0 { // what is done afterwards when chapters are added
		l = slices.Insert(slices.Clone(l), i+1, "faststart=true")
	}
	return l.Shell()
}
