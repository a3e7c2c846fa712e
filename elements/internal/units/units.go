// Package units delivers the units of a timeline, in order: what sources of recordings have in common.
package units

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/unseen"
	"github.com/upright-media/upright/timeline"
)

// Reader delivers pictures or sound.
type Reader struct {
	Stream   *timeline.Stream
	Video    bool
	FillGaps bool          // holes in sound are filled with what the stream makes for them
	Format   int           // that the caps are of
	Offset   time.Duration // by which all is later than in the stream
	Class    *gstx.Class   // whose log says what is delivered
	// Pack makes what becomes a unit's buffers, one behind the other in data; nil: the unit's Data, in one buffer.
	Pack func(u *timeline.Unit) (data []byte, sizes []uint32, flags gstx.BufferFlags)

	ahead   *timeline.Unit // was read, and is next
	ended   error          // why nothing more comes: io.EOF, or what went wrong
	touched bool           // something has been asked for
	hidden  bool           // those downstream were told that pictures are not to be seen
	flowing bool           // a buffer has been delivered since the start or the last seek
	sought  stand          // by the last seek
	call    int            // units delivered in this call of Create
	blocks  bool           // those downstream take many units in one buffer
	block   int            // bytes of the last such buffer
	size    [1]uint32
}

// stand is a moment, and when the picture came that stands then. None: it is the same moment.
type stand struct{ at, pts time.Duration }

// reordered is how many pictures may come before one that is shown earlier.
const reordered = 16

// How much one call of Create reads ahead of what is pushed, of either: a few hundred milliseconds; two seconds or so
// where all of it is one buffer, which nobody waits for.
const (
	aheadUnits, aheadBytes = 64, 128 << 10
	blockUnits, blockBytes = 100, 512 << 10
)

// ErrMemory says that GStreamer could make no buffer.
var ErrMemory = &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceFailed,
	Text: "There is not enough memory to read on."}

// ErrCaps says that nobody downstream takes what comes next.
var ErrCaps = errors.New("caps that come next are not taken")

// Peek reads the first unit, which Create will deliver. Stream is that of the reader.
func (r *Reader) Peek() (*timeline.Unit, error) {
	var err error
	if r.ahead, err = r.Stream.Next(); err != nil {
		r.ahead = nil
		return nil, err
	}
	r.Format = r.ahead.Format
	return r.ahead, nil
}

// Create delivers some units as gstx.Source.Create has to. An error is ErrMemory, ErrCaps, or the stream's own.
func (r *Reader) Create(out *gstx.Output) (gstx.Flow, error) { return r.Deliver(out, r.unit) }

// Deliver is Create with units that next delivers one by one, and returns their sizes.
func (r *Reader) Deliver(out *gstx.Output, next func(*gstx.Output) (bytes int, err error)) (gstx.Flow, error) {
	r.touched = true
	r.blocks = r.Pack == nil && out.Blocks(r.block+r.block/4)
	bytes, units, most := 0, aheadUnits, aheadBytes
	if r.blocks {
		units, most = blockUnits, blockBytes
	}
	defer func() { r.block = bytes }()
	for r.call = 0; r.call < units && bytes < most && r.ended == nil; r.call++ {
		n, err := next(out)
		if errors.Is(err, errLater) {
			break
		}
		if r.ended = err; err != nil && r.call > 0 {
			return gstx.FlowOK, nil // once that is pushed
		}
		bytes += n
	}
	switch {
	case r.ended == nil:
		return gstx.FlowOK, nil
	case errors.Is(r.ended, io.EOF):
		return gstx.FlowEOS, nil
	}
	return gstx.FlowError, r.ended
}

// errLater says that what has been delivered in a call has to be pushed before what comes next.
var errLater = errors.New("later")

// unit delivers the next unit.
func (r *Reader) unit(out *gstx.Output) (bytes int, err error) {
	u := r.ahead
	if u == nil {
		if u, err = r.Stream.Next(); err != nil {
			return 0, err
		}
	}
	r.ahead = nil
	if u.Format != r.Format && len(u.Data) > 0 {
		if r.call > 0 {
			r.ahead = u
			return 0, errLater
		}
		r.Format = u.Format
		if caps := r.Stream.Format(u.Format).Caps; !out.ChangeCaps(caps) {
			return 0, fmt.Errorf("%w: %s", ErrCaps, caps)
		}
	}
	if len(u.Data)+len(u.Packets) == 0 || u.Gap && !r.FillGaps {
		// In front of the first buffer there is no segment yet for a GAP event to lie in.
		if r.flowing {
			out.SubmitGap(u.PTS+r.Offset, u.Duration)
			if r.Class.Logs(gstx.LogDebug) {
				out.Element().Logf(gstx.LogDebug, "nothing from %v on, for %v", u.PTS+r.Offset, u.Duration)
			}
		}
		return 0, nil
	}
	r.tell(out, u)
	data, sizes, flags := u.Data, r.size[:], gstx.BufferFlags(0)
	r.size[0] = uint32(len(data))
	if r.Pack != nil {
		data, sizes, flags = r.Pack(u)
	} else if r.Video && !u.Key {
		flags |= gstx.Delta
	}
	if u.Discont {
		flags |= gstx.Discont
	}
	if u.Gap {
		flags |= gstx.Gap
	}
	duration := u.Duration
	if r.Video && !u.Last {
		// A picture stands until the next one. Muxers know that, and webmmux makes blocks of pictures that are said to have a
		// length in which browsers cannot tell key pictures from others.
		duration = 0
	}
	pts := max(u.PTS, 0)
	if r.Video && pts == r.sought.pts {
		pts = r.sought.at
	}
	return r.Submit(out, data, sizes, pts+r.Offset, duration, flags)
}

// tell says what holds from a picture on, in front of all of it.
func (r *Reader) tell(out *gstx.Output, u *timeline.Unit) {
	if r.Video && u.OrientationChanged {
		tags := gstx.NewTags(false)
		tags.AddString(gstx.TagImageOrientation, u.Orientation.ImageOrientation())
		out.SubmitTags(tags)
		out.Element().Logf(gstx.LogInfo, "pictures are %s from %v on", u.Orientation.ImageOrientation(), u.PTS+r.Offset)
	}
	if u.Hidden == r.hidden {
		return
	}
	if r.hidden = u.Hidden; r.hidden {
		out.Element().Logf(gstx.LogInfo, "pictures are not to be seen from %v on", u.PTS+r.Offset)
		out.SubmitEvent(gstx.CustomEvent(unseen.Hide))
	} else {
		out.Element().Logf(gstx.LogInfo, "pictures are to be seen again from %v on", u.PTS+r.Offset)
		out.SubmitEvent(gstx.CustomEvent(unseen.Show))
	}
}

// Submit delivers the parts of data, of these sizes.
func (r *Reader) Submit(out *gstx.Output, data []byte, sizes []uint32, pts, duration time.Duration,
	flags gstx.BufferFlags) (bytes int, err error) {
	if !r.flowing {
		flags |= gstx.Discont
	}
	r.flowing = true
	if r.Class.Logs(gstx.LogDebug) {
		out.Element().Logf(gstx.LogDebug, "%d bytes at %v, for %v%s", len(data), pts, duration, flags)
	}
	if r.blocks {
		out.SubmitUnit(data, pts, duration, flags&gstx.Delta == 0)
	} else if !out.Submit(data, sizes, pts, duration, flags) {
		return 0, ErrMemory
	}
	return len(data), nil
}

// Seek makes Create go on at the last key unit at or before a time, and says again which way up it is. The picture that
// stands at that time comes with it, for decoders drop what comes before: else there would be none until the next one,
// which of a shared screen may be minutes later. The base class also seeks to the start before it begins.
func (r *Reader) Seek(at time.Duration) error {
	at = max(0, at-r.Offset)
	if at == 0 && !r.touched {
		return nil
	}
	r.flowing, r.hidden, r.ahead, r.ended, r.sought = false, false, nil, nil, stand{at, at}
	if err := r.Stream.Seek(at); err != nil || !r.Video || at == 0 {
		return err
	}
	r.sought.pts = r.standing(at)
	return r.Stream.Seek(at)
}

// standing is when the picture came that is to be seen at a time, behind a seek to it: that time, if there is none.
// What cannot be read is said when it is delivered.
func (r *Reader) standing(at time.Duration) time.Duration {
	best, found := at, false
	for later := 0; later < reordered; {
		u, err := r.Stream.Next()
		if err != nil {
			break
		}
		if len(u.Data)+len(u.Packets) == 0 || u.Hidden {
			continue
		}
		if u.PTS > at {
			later++
			continue
		}
		if u.Last && u.PTS+u.Duration <= at {
			return at // it is over
		}
		if !found || u.PTS > best {
			best, found = u.PTS, true
		}
	}
	return best
}
