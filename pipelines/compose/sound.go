package compose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
)

// maxTitle bounds the title of a sound track, in bytes.
const maxTitle = 255

// ownTrack is the sound of one person beside the mix.
type ownTrack struct {
	title    string
	voices   []int // of the score
	channels int
}

// own are the sound tracks of single people, in the order in which they came.
func (c *composing) own() (list []ownTrack) {
	if !c.settings.Tracks {
		return nil
	}
	for _, p := range c.score.People {
		t := ownTrack{title: strings.ToValidUTF8(p.Name[:min(len(p.Name), maxTitle)], ""), channels: 1}
		for i, v := range c.score.Voices {
			if v.Person == p.ID {
				t.voices = append(t.voices, i)
				t.channels = max(t.channels, min(c.tracks[v.File].Media.Channels, 2))
			}
		}
		if len(t.voices) > 0 {
			list = append(list, t)
		}
	}
	return list
}

// soundTracks is what all sound of the output is to be in the end.
func (c *composing) soundTracks() (list []report.Track) {
	if len(c.score.Voices) == 0 {
		return nil
	}
	list = append(list, report.Track{Kind: "audio", Codec: "aac", Channels: c.channels()})
	for _, t := range c.own() {
		list = append(list, report.Track{Kind: "audio", Codec: "aac", Channels: t.channels, Title: t.title})
	}
	return list
}

// titled tells a sink which of several sound tracks is which.
func (c *composing) titled(sink launch.Line) launch.Line {
	own := c.own()
	if len(own) == 0 {
		return sink
	}
	var lines []string
	for i, t := range own {
		lines = append(lines, fmt.Sprintf("%d %s", i+1, strings.Join(strings.Fields(t.title), " ")))
	}
	return sink.SetInt("main-sound", 0).Set("sound-titles", strings.Join(lines, "\n"))
}

// mixer is a mixer of voices, which an encoder follows, and what that puts in front.
func (c *composing) mixer(name, score string, channels int) (l launch.Line, skip time.Duration, err error) {
	elements, priming, err := plan.SoundEncoder("aac", channels, bitrate(channels), c.has())
	l = launch.Line{"uprightmix", "name=" + name, "latency=500000000", "channels=" + strconv.Itoa(channels)}.
		Set("score", score).To("audioconvert").To(elements)
	return l, time.Duration(priming) * time.Second / 48000, err
}

// soundFile is the pipeline that mixes all sound and writes it.
func (c *composing) soundFile(score string, sink launch.Line) (launch.Line, error) {
	mixed, skip, err := c.mixer("m", score, c.channels())
	if err != nil {
		return nil, err
	}
	sink = c.titled(sink.SetInt("audio-skip", int64(skip)))
	if len(c.own()) == 0 {
		l, err := c.fed(nil)
		return append(mixed.Then(sink), l...), err
	}
	l, err := c.sound(score)
	return append(sink.Add("name=mux"), l...), err
}

// sound is the part of a pipeline that mixes all sound for the muxer mux.
func (c *composing) sound(score string) (launch.Line, error) {
	const queue = "queue max-size-time=3000000000 max-size-buffers=0"
	own := c.own()
	l, _, err := c.mixer("m", score, c.channels())
	if err != nil {
		return nil, err
	}
	l = l.To(queue).To("mux.audio_0")
	for i, t := range own {
		mixed, _, err := c.mixer(fmt.Sprint("p", i), score, t.channels)
		if err != nil {
			return nil, err
		}
		l = append(l, mixed.To(queue).To(fmt.Sprintf("mux.audio_%d", i+1))...)
	}
	branches, err := c.fed(own)
	return append(l, branches...), err
}

// fed brings all voices to the mixer m, and to those of single people. A voice is decoded once for both, and neither
// mixer is ahead of the other by more than it takes of a voice.
func (c *composing) fed(own []ownTrack) (l launch.Line, err error) {
	var list []string
	for _, v := range c.score.Voices {
		list = append(list, v.File)
	}
	return c.voices(list, func(voice int) string {
		i := slices.IndexFunc(own, func(t ownTrack) bool { return slices.Contains(t.voices, voice) })
		if i < 0 {
			return ""
		}
		return fmt.Sprintf("p%d.sink_%d", i, voice)
	})
}

// voices are the branches that bring sound to the mixer m, and each to another pad that also names; "": to none.
func (c *composing) voices(list []string, also func(voice int) string) (launch.Line, error) {
	var l launch.Line
	for i, file := range list {
		t := c.tracks[file]
		branch, err := c.decoded(t, c.reader(t), sourceName("audio", i))
		if err != nil {
			return nil, err
		}
		branch = branch.To("audioconvert")
		if pad := also(i); pad != "" {
			branch = branch.To("tee").Add(fmt.Sprintf("name=v%d", i)).To(pad).Add(fmt.Sprintf("v%d.", i))
		}
		l = append(l, branch.To(fmt.Sprintf("m.sink_%d", i))...)
	}
	return l, nil
}

func (c *composing) channels() int {
	if c.stereo {
		return 2
	}
	return 1
}

// bitrate is that of sound, in bits per second.
func bitrate(channels int) int {
	if channels > 1 {
		return 128000
	}
	return 80000
}
