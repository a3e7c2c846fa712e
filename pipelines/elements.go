// Package pipelines has what converting a participant (convert) and composing a room (compose) have in common:
// Upright's own elements, what can be wrong with a pipeline, and the check of profiles.
package pipelines

import (
	"sync"
	"time"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
)

// Progress is how far a running job is.
type Progress struct {
	Done, Total time.Duration
	Kept        time.Duration // how much of Done was there before
	Verifying   bool          // everything is written, and read again
}

// Register makes Upright's own elements known to GStreamer, once per process.
var Register = sync.OnceValue(func() error {
	gstrun.Init()
	return elements.Register(nil)
})

// HasElement says whether there is an element, or, as element.property, a property, Upright's own among them: for
// plan.Settings. Ours are not there if they cannot be registered; Convert says why.
func HasElement(name string) bool {
	_ = Register()
	return gstrun.HasElement(name)
}
