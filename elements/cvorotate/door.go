package cvorotate

import (
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/orient"
)

// door stands at the entrance of the bin and reads the orientation off the tags that pass. Tags keep their place among the
// pictures, so the change is exact.
//
// In front of the first picture it holds everything back: caps come before tags, but the canvas takes its size from the
// first picture when that is upright, and an encoder or muxer may not bear a second thought. All of it runs in the streaming
// thread, except close, which runs when that is not.
type door struct {
	turner      gstx.Element
	orientation string // set by the user, or auto
	turned      string // what the turner is set to
	open        bool
	held        []gstx.Event
}

// close is for the time before a stream.
func (d *door) close(orientation string) {
	d.drop(func(gstx.Event) bool { return true })
	d.orientation = orientation
	d.open = false
	d.turn("rotate-0")
	if orientation != automatic {
		d.turn(orientation)
	}
}

// event takes an event and returns what goes on in its place.
func (d *door) event(pad gstx.PadRef, e gstx.Event) gstx.Event {
	switch {
	case d.open:
		return d.tag(e)
	case !e.Serialized() || e.Type() == gstx.EventStreamStart:
	case e.Type() == gstx.EventFlushStop:
		d.drop(func(e gstx.Event) bool { return !e.Sticky() || e.Type() == gstx.EventSegment })
	case e.Type() == gstx.EventEOS, e.Type() == gstx.EventGap:
		d.let(pad)
	default:
		d.held = append(d.held, e)
		return gstx.Event{}
	}
	return e
}

// let opens the door.
func (d *door) let(pad gstx.PadRef) {
	if d.open {
		return
	}
	for _, e := range d.held {
		d.read(e) // before the caps go on
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
	o, ok := orient.Parse(tag)
	if !ok || tag == d.turned {
		return
	}
	d.turned = tag
	d.turner.SetArg("video-direction", direction(o))
}
