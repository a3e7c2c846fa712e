package pipelines

import (
	"cmp"
	"sync"
	"time"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/recording"
)

// register makes Upright's own elements known to GStreamer, once per process.
var register = sync.OnceValue(func() error {
	gstrun.Init()
	return elements.Register(nil)
})

// elements says which elements there are. Ours are not among them if they cannot be registered; Convert says why.
func (s Settings) elements() func(string) bool {
	if s.Elements != nil {
		return s.Elements
	}
	_ = register()
	return gstrun.HasElement
}

// name is the base name of a participant's outputs.
func (s Settings) name(p *recording.Participant) string { return cmp.Or(s.Name, p.Name) }

func (s Settings) workDir() string { return cmp.Or(s.WorkDir, s.OutputDir) }

// blackHead is how long black pictures stand before a video's first one: while there is sound already.
func (s Settings) blackHead(v, a *source) time.Duration {
	if s.Head != options.HeadBlack || v == nil || a == nil {
		return 0
	}
	return max(0, v.track.Start-a.track.Start)
}

// reading are the properties of mjrsrc that make it read as Timeline says, as far as they are not its defaults.
func (s Settings) reading() line {
	var l line
	for _, o := range s.Source() {
		l = l.set(o.Name, o.Value)
	}
	return l
}
