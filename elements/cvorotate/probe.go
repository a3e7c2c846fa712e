package cvorotate

import (
	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/unseen"
)

// probe is the input probe: it stands at the entrance of the bin and reads the orientation off the tags that pass. Tags
// keep their place among the pictures, so the change is exact.
//
// In front of the first picture it holds everything back: caps come before tags, but the canvas takes its size from the
// first picture when that is upright, and an encoder or muxer may not bear a second thought. All of it runs in the
// streaming thread, except close, which runs when that is not.
type probe struct {
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
func (p *probe) close(orientation string) {
	p.drop(func(gstx.Event) bool { return true })
	p.orientation = orientation
	p.open, p.hidden = false, false
	p.turn("rotate-0")
	if orientation != automatic {
		p.turn(orientation)
	}
}

// event takes an event and returns what goes on in its place.
func (p *probe) event(bin gstx.Element, pad gstx.PadRef, e gstx.Event) gstx.Event {
	if e.Type() == gstx.EventCustom && (e.Named(unseen.Hide) || e.Named(unseen.Show)) {
		p.hidden = e.Named(unseen.Hide)
		bin.Logf(gstx.LogInfo, "pictures that come are to be decoded only: %v", p.hidden)
		e.Unref()
		return gstx.Event{}
	}
	if e.Type() == gstx.EventFlushStop {
		p.hidden = false
	}
	switch {
	case p.open:
		if v, ok := videoOf(e); ok {
			p.rotate.enter(bin, v, p.sideways(), false)
		}
		return p.tag(bin, e)
	case !e.Serialized() || e.Type() == gstx.EventStreamStart:
	case e.Type() == gstx.EventFlushStop:
		p.drop(func(e gstx.Event) bool { return !e.Sticky() || e.Type() == gstx.EventSegment })
	case e.Type() == gstx.EventEOS, e.Type() == gstx.EventGap:
		p.let(bin, pad)
	default:
		if v, ok := videoOf(e); ok { // already now, for what is asked next is what kind of memory would suit
			p.rotate.enter(bin, v, p.sideways(), true)
		}
		p.held = append(p.held, e)
		return gstx.Event{}
	}
	return e
}

// let lets pictures through.
func (p *probe) let(bin gstx.Element, pad gstx.PadRef) {
	if p.open {
		p.ask(bin)
		return
	}
	for _, e := range p.held {
		p.read(bin, e) // before the caps go on
	}
	for _, e := range p.held {
		if v, ok := videoOf(e); ok {
			p.rotate.enter(bin, v, p.sideways(), true)
		}
	}
	p.open = true
	held := p.held
	p.held = nil
	for _, e := range held {
		pad.Forward(p.tag(bin, e))
	}
	// While there were no caps, nobody in here could tell what kind of memory would suit.
	pad.Push(gstx.ReconfigureEvent())
}

// drop forgets what is held back, and void.
func (p *probe) drop(void func(gstx.Event) bool) {
	kept := p.held[:0]
	for _, e := range p.held {
		if void(e) {
			e.Unref()
		} else {
			kept = append(kept, e)
		}
	}
	p.held = kept
}

// tag follows a TAG event, and says in its stead that the pictures are upright from here on: whoever honours the tag
// downstream would turn them once more. Other events stay as they are.
func (p *probe) tag(bin gstx.Element, e gstx.Event) gstx.Event {
	if _, ok := e.Tag(gstx.TagImageOrientation); !ok {
		return e
	}
	p.read(bin, e)
	defer e.Unref()
	return e.WithTag(gstx.TagImageOrientation, "rotate-0")
}

func (p *probe) read(bin gstx.Element, e gstx.Event) {
	if p.orientation != automatic {
		return
	}
	if tag, ok := e.Tag(gstx.TagImageOrientation); ok && tag != p.turned {
		bin.Logf(gstx.LogInfo, "the tag image-orientation says %s, after %s", tag, p.turned)
		p.turn(tag)
	}
}

// turn sets the turner. An unknown value changes nothing.
func (p *probe) turn(tag string) {
	if _, err := cvo.ParseImageOrientation(tag); err != nil || tag == p.turned {
		return
	}
	p.turned = tag
	p.apply()
}

// apply tells the turner what to do.
func (p *probe) apply() {
	o, err := cvo.ParseImageOrientation(p.turned)
	if err != nil {
		return
	}
	p.turner.SetArg("video-direction", direction(o))
	if p.doubts = 0; p.device {
		p.said, p.doubts = p.turner.Arg("video-direction"), 3
	}
}

// ask asks a device's turner again: what its driver cannot do, vapostproc takes back when the next picture comes, and
// says so in the log only.
func (p *probe) ask(bin gstx.Element) {
	if p.doubts == 0 {
		return
	}
	if p.doubts--; p.turner.Arg("video-direction") == p.said {
		return
	}
	p.doubts = 0
	bin.Post(&gstx.Error{Domain: gstx.LibraryDomain, Code: gstx.LibraryFailed,
		Text:  "The driver of the device cannot turn pictures by " + p.turned + ".",
		Debug: "video-direction was " + p.said + ", and was set back to " + p.turner.Arg("video-direction")})
}

// sideways says whether pictures are to be turned by a quarter.
func (p *probe) sideways() bool {
	o, _ := cvo.ParseImageOrientation(p.turned)
	return o.Degrees%180 != 0
}
