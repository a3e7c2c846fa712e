package pipelines

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
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

// What Settings.Pauses, OnLoss and Head may say besides "", which is the first of each.
const (
	PausesKeep = "keep"
	PausesCut  = "cut"

	OnLossFreeze = "freeze"
	OnLossKeep   = "keep"

	HeadEmpty = "empty"
	HeadHold  = "hold"
	HeadBlack = "black"
	HeadTrim  = "trim"
)

// TimelineOptions are how a timeline is to be loaded that Decide gets with these settings: as mjrsrc does it in the plan's
// pipeline. What is not one of the values above counts as the default; Decide refuses it.
func (s Settings) TimelineOptions() timeline.Options {
	o := timeline.Options{OrientationID: s.OrientationID}
	if s.Pauses == PausesCut {
		o.Pauses = timeline.CutPauses
	}
	if s.OnLoss == OnLossKeep {
		o.OnLoss = timeline.KeepOnLoss
	}
	switch s.Head {
	case HeadHold:
		o.Head = timeline.HoldHead
	case HeadTrim:
		o.Head = timeline.TrimHead
	}
	return o
}

// blackHead is how long black pictures stand before a video's first one: while there is sound already.
func (s Settings) blackHead(v, a *source) time.Duration {
	if s.Head != HeadBlack || v == nil || a == nil {
		return 0
	}
	return max(0, v.track.Start-a.track.Start)
}

// check says which of the settings has a value that it cannot have.
func (s Settings) check() error {
	for _, c := range []struct {
		what, value string
		may         []string
	}{
		{"audio", s.Audio, []string{AudioAuto, AudioCopy, AudioAAC}},
		{"pauses", s.Pauses, []string{PausesKeep, PausesCut}},
		{"on-loss", s.OnLoss, []string{OnLossFreeze, OnLossKeep}},
		{"head", s.Head, []string{HeadEmpty, HeadHold, HeadBlack, HeadTrim}},
	} {
		if c.value != "" && !slices.Contains(c.may, c.value) {
			last := len(c.may) - 1
			return fmt.Errorf("%s is %q, but must be %s or %s", c.what, c.value, strings.Join(c.may[:last], ", "), c.may[last])
		}
	}
	return nil
}

// reading are the properties of mjrsrc that make it read as TimelineOptions say, as far as they are not its defaults.
func (s Settings) reading() line {
	var l line
	if s.Pauses == PausesCut {
		l = l.add("pauses=" + s.Pauses)
	}
	if s.OnLoss == OnLossKeep {
		l = l.add("on-loss=" + s.OnLoss)
	}
	if s.Head == HeadHold || s.Head == HeadTrim {
		l = l.add("head=" + s.Head)
	}
	return l
}
