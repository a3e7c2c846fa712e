package pipelines

import (
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/timeline"
)

func (s Settings) elements() func(string) bool {
	if s.Elements != nil {
		return s.Elements
	}
	return func(name string) bool {
		if err := register(); err != nil {
			return false
		}
		return gstrun.HasElement(name)
	}
}

// options are how the timeline is loaded: as mjrsrc does it, which reads the same files again when the pipeline runs.
func (s Settings) options() timeline.Options {
	return timeline.Options{OrientationID: s.OrientationID}
}
