package plan

import (
	"cmp"
	"time"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/recording"
)

// has says which elements there are.
func (s Settings) has() func(string) bool {
	if s.Elements == nil {
		return func(string) bool { return true }
	}
	return s.Elements
}

// BaseName is the base name of a participant's outputs.
func (s Settings) BaseName(p *recording.Participant) string { return cmp.Or(s.Name, p.Name) }

// Work is where files are until they are verified.
func (s Settings) Work() string { return cmp.Or(s.WorkDir, s.OutputDir) }

// blackHead is how long black pictures stand before a video's first one: while there is sound already.
func (s Settings) blackHead(v, a *source) time.Duration {
	if s.Head != options.HeadBlack || v == nil || a == nil {
		return 0
	}
	late := v.track.Start - a.track.Start
	if late < time.Millisecond { // in which WebM and Matroska count: two pictures would have the same time
		return 0
	}
	return late
}

// reading are the properties of mjrsrc that make it read as Timeline says, as far as they are not its defaults.
func (s Settings) reading() launch.Line {
	var l launch.Line
	for _, o := range s.Source() {
		l = l.Set(o.Name, o.Value)
	}
	return l
}
