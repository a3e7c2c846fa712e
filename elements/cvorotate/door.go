package cvorotate

import (
	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/unseen"
)

// door stands at the entrance of the bin and reads the orientation off the tags that pass. Tags keep their place among the
// pictures, so the change is exact.
//
// In front of the first picture it holds everything back: caps come before tags, but the canvas takes its size from the
// first picture when that is upright, and an encoder or muxer may not bear a second thought. All of it runs in the streaming
// thread, except close, which runs when that is not.
type door struct {
	rotate      *rotate
	turner      gstx.Element
	device      bool   // the turner is a device's
	orientation string // set by the user, or auto
	turned      string // what the turner is to do, as a tag
	said        string // what a device's turner said that it does, when it was told
	doubts      int    // pictures after which it is asked again
	open        bool
	hidden      bool // pictures come that are to be decoded, but not to be seen
	held        []gstx.Event
}

// close is for the time before a stream.
func (d *door) close(orientation string) {
	d.drop(func(gstx.Event) bool { return true })
	d.orientation = orientation
	d.open, d.hidden = false, false
	d.turn("rotate-0")
	if orientation != automatic {
		d.turn(orientation)
	}
}

// event takes an event and returns what goes on in its place.
func (d *door) event(bin gstx.Element, pad gstx.PadRef, e gstx.Event) gstx.Event {
	if e.Type() == gstx.EventCustom && (e.Named(unseen.Hide) || e.Named(unseen.Show)) {
		d.hidden = e.Named(unseen.Hide)
		e.Unref()
		return gstx.Event{}
	}
	if e.Type() == gstx.EventFlushStop {
		d.hidden = false
	}
	switch {
	case d.open:
		if v, ok := videoOf(e); ok {
			d.rotate.enter(bin, v, d.sideways(), false)
		}
		return d.tag(e)
	case !e.Serialized() || e.Type() == gstx.EventStreamStart:
	case e.Type() == gstx.EventFlushStop:
		d.drop(func(e gstx.Event) bool { return !e.Sticky() || e.Type() == gstx.EventSegment })
	case e.Type() == gstx.EventEOS, e.Type() == gstx.EventGap:
		d.let(bin, pad)
	default:
		if v, ok := videoOf(e); ok { // already now, for what is asked next is what kind of memory would suit
			d.rotate.enter(bin, v, d.sideways(), true)
		}
		d.held = append(d.held, e)
		return gstx.Event{}
	}
	return e
}

// let opens the door.
func (d *door) let(bin gstx.Element, pad gstx.PadRef) {
	if d.open {
		d.ask(bin)
		return
	}
	for _, e := range d.held {
		d.read(e) // before the caps go on
	}
	for _, e := range d.held {
		if v, ok := videoOf(e); ok {
			d.rotate.enter(bin, v, d.sideways(), true)
		}
	}
	d.open = true
	held := d.held
	d.held = nil
	for _, e := range held {
		pad.Forward(d.tag(e))
	}
	// While there were no caps, nobody in here could tell what kind of memory would suit.
	pad.Push(gstx.ReconfigureEvent())
}

// drop forgets what is held back, and void.
func (d *door) drop(void func(gstx.Event) bool) {
	kept := d.held[:0]
	for _, e := range d.held {
		if void(e) {
			e.Unref()
		} else {
			kept = append(kept, e)
		}
	}
	d.held = kept
}

// tag follows a TAG event, and says in its stead that the pictures are upright from here on: whoever honours the tag
// downstream would turn them once more. Other events stay as they are.
func (d *door) tag(e gstx.Event) gstx.Event {
	if _, ok := e.Tag(gstx.TagImageOrientation); !ok {
		return e
	}
	d.read(e)
	defer e.Unref()
	return e.WithTag(gstx.TagImageOrientation, "rotate-0")
}

func (d *door) read(e gstx.Event) {
	if d.orientation != automatic {
		return
	}
	if tag, ok := e.Tag(gstx.TagImageOrientation); ok {
		d.turn(tag)
	}
}

// turn sets the turner. An unknown value changes nothing.
func (d *door) turn(tag string) {
	if _, err := cvo.ParseImageOrientation(tag); err != nil || tag == d.turned {
		return
	}
	d.turned = tag
	d.apply()
}

// apply tells the turner what to do.
func (d *door) apply() {
	o, err := cvo.ParseImageOrientation(d.turned)
	if err != nil {
		return
	}
	d.turner.SetArg("video-direction", direction(o))
	if d.doubts = 0; d.device {
		d.said, d.doubts = d.turner.Arg("video-direction"), 3
	}
}

// ask asks a device's turner again: what its driver cannot do, vapostproc takes back when the next picture comes, and
// says so in the log only.
func (d *door) ask(bin gstx.Element) {
	if d.doubts == 0 {
		return
	}
	if d.doubts--; d.turner.Arg("video-direction") == d.said {
		return
	}
	d.doubts = 0
	bin.Post(&gstx.Error{Domain: gstx.LibraryDomain, Code: gstx.LibraryFailed, Text: "The driver of the device cannot turn pictures by " + d.turned + ".",
		Debug: "video-direction was " + d.said + ", and was set back to " + d.turner.Arg("video-direction")})
}

// sideways says whether pictures are to be turned by a quarter.
func (d *door) sideways() bool {
	o, _ := cvo.ParseImageOrientation(d.turned)
	return o.Degrees%180 != 0
}
