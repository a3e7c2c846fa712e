package pipelines

import (
	"sync"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/timeline"
)

// register makes Upright's own elements known to GStreamer, once per process.
var register = sync.OnceValue(func() error { return elements.Register(nil) })

// elements says which elements there are. Ours are not among them if they cannot be registered; Convert says why.
func (s Settings) elements() func(string) bool {
	if s.Elements != nil {
		return s.Elements
	}
	_ = register()
	return gstrun.HasElement
}

// options are how the timeline is loaded: as mjrsrc does it, which reads the same files again when the pipeline runs.
func (s Settings) options() timeline.Options {
	return timeline.Options{OrientationID: s.OrientationID}
}
