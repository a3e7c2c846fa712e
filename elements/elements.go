// Package elements registers Upright's GStreamer elements. docs/elements.md describes them.
package elements

import (
	"unsafe"

	"github.com/upright-media/upright/elements/agorasrc"
	"github.com/upright-media/upright/elements/cvorotate"
	"github.com/upright-media/upright/elements/demux"
	"github.com/upright-media/upright/elements/glance"
	"github.com/upright-media/upright/elements/mix"
	"github.com/upright-media/upright/elements/mjrsrc"
	"github.com/upright-media/upright/elements/mp4sink"
	"github.com/upright-media/upright/elements/samplesrc"
	"github.com/upright-media/upright/elements/stage"
	"github.com/upright-media/upright/elements/thumbsink"
)

// Register makes all elements known: in this process if plugin is nil, else as part of the plugin (a GstPlugin) that is
// being loaded. A program that registers them must not also load libgstupright.so, which brings a Go runtime of its
// own.
func Register(plugin unsafe.Pointer) error {
	for _, register := range []func(unsafe.Pointer) error{mjrsrc.Register, agorasrc.Register, cvorotate.Register,
		demux.Register, thumbsink.Register, samplesrc.Register, glance.Register, stage.Register,
		mix.Register, mp4sink.Register} {
		if err := register(plugin); err != nil {
			return err
		}
	}
	return nil
}
