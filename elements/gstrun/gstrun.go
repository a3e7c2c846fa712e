// Package gstrun runs GStreamer pipelines that are given as gst-launch-1.0 lines: to their end, or to the reason why
// they do not get there. No reference to anything of GStreamer leaves it.
package gstrun

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

// Init prepares GStreamer, once however often it is called. The other functions here do it by themselves.
func Init() { initialize() }

var initialize = sync.OnceFunc(gstx.Init)

// ReadRegistryLate has Init leave out what GStreamer remembers of its plugins, and read that when an element is asked
// for that is not among the few that copies are made of. It has to be called before Init, by a program that looks for
// elements with the functions here and in no other way.
func ReadRegistryLate() { gstx.ReadRegistryLate() }

// Version is the version of the GStreamer library that is in use.
func Version() (major, minor, micro uint) { return gstx.Version() }

// HasElement reports whether GStreamer has an element of this name. That it has does not mean that it works: an encoder
// may need a device that is not there. With a property behind a dot ("x264enc.tune") that has to be there, too: they
// come and go between versions.
func HasElement(name string) bool {
	Init()
	if element, property, ok := strings.Cut(name, "."); ok {
		return gstx.HasProperty(element, property)
	}
	return gstx.HasElement(name)
}

// DefaultStallTimeout is how long a pipeline may stand still if Options do not say.
const DefaultStallTimeout = 2 * time.Minute

const (
	defaultInterval = 250 * time.Millisecond
	poll            = 50 * time.Millisecond // how long an end or a cancellation may go unnoticed
	stopLimit       = 10 * time.Second      // for an element to let go when the pipeline is taken down
)

// Options are what Run does besides running.
type Options struct {
	// Progress is called about every Interval (250 ms if 0) with the position that is farthest, in the time of the
	// pipeline's sources. It never goes back.
	Progress func(position time.Duration)
	Interval time.Duration
	// Warning is called for every warning message.
	Warning func(*Error)
	// StallTimeout is how long no source and no sink may move, in time or in bytes. 0: DefaultStallTimeout, negative: for
	// ever.
	StallTimeout time.Duration
	// Limit is how far the pipeline may go, in the time of its sources: if it goes on behind that, it has no end. 0: for
	// ever.
	Limit time.Duration
	// Grace is how long the pipeline may go on to end properly when ctx is done: its sources end where they are, and
	// what they have delivered becomes a complete file. 0: it is taken down at once.
	Grace time.Duration
	// Buffers is how many each sink gets at most: then its stream is at its end, though the source may have more. 0: all.
	Buffers int
	// Heap is how many bytes the elements are about to take of the heap, if that is known and much: room for them is then
	// made at once, which is cheaper. 0: it is not.
	Heap int
	// Graph is called with a drawing of the pipeline (in the language of Graphviz), as it is at that moment, if it fails.
	Graph func(dot string)
}

// Run runs the pipeline that line describes to its end. It returns nil, a *ParseError, an *Error (what an element
// said), a *StallError, a *LimitError, or a *CancelError.
func Run(ctx context.Context, line string, o Options) error {
	if err := ctx.Err(); err != nil {
		return &CancelError{Cause: context.Cause(ctx)}
	}
	Init()
	p, err := pipeline.Parse(line)
	if err != nil {
		return parseError(err)
	}
	if o.Buffers > 0 {
		p.Bound(o.Buffers)
	}
	if o.Heap > 0 {
		pipeline.Reserve(o.Heap)
	}
	r := &run{pipeline: p, o: o}
	if o.Limit > 0 {
		p.WatchWritten()
	}
	if r.o.StallTimeout == 0 {
		r.o.StallTimeout = DefaultStallTimeout
	}
	if r.o.Interval <= 0 {
		r.o.Interval = defaultInterval
	}
	err = r.run(ctx)
	var canceled *CancelError
	if err != nil && !errors.As(err, &canceled) && o.Graph != nil {
		o.Graph(p.Dot())
	}
	return errors.Join(err, r.stop())
}

// run is one pipeline on its way.
type run struct {
	pipeline *pipeline.Pipeline
	o        Options

	position time.Duration // farthest so far
	activity uint64
	moved    time.Time // when activity last changed
	reported time.Time

	calls sync.WaitGroup // that are under way in the pipeline
}

func (r *run) run(ctx context.Context) error {
	now := time.Now()
	r.moved, r.reported = now, now
	// Elements open files and devices in this call, so it may block.
	started := make(chan string, 1)
	r.calls.Go(func() { started <- r.start() })
	done := ctx.Done()
	var cancel *CancelError
	var deadline <-chan time.Time
	for {
		if err, ended := r.pop(); ended {
			switch {
			case err != nil:
				return err
			case cancel != nil:
				cancel.Finished = true
				return cancel
			}
			r.look(true)
			return nil
		}
		select {
		case refused := <-started:
			started = nil
			if refused != "" {
				return r.failedStart(refused)
			}
		case <-done:
			done = nil
			cancel = &CancelError{Cause: context.Cause(ctx)}
			if r.o.Grace <= 0 {
				return cancel
			}
			deadline = time.After(r.o.Grace)
			r.calls.Go(func() { r.pipeline.SendEOS() }) // waits for the state lock, which SetState may still have
		case <-deadline:
			return cancel
		default:
		}
		if err := r.look(false); err != nil {
			return err
		}
	}
}

// start lets the pipeline go. It returns what the pipeline refused to do, "" if nothing; the reason may be among the
// messages.
func (r *run) start() (refused string) {
	if !r.pipeline.SetState(pipeline.Playing) {
		return "play"
	}
	return ""
}

// pop handles the next message, if there is one. It returns true at the end, good or bad.
func (r *run) pop() (error, bool) {
	m, ok := r.pipeline.Pop(poll)
	if !ok {
		return nil, false
	}
	switch m.Type {
	case pipeline.MessageError:
		return newError(m), true
	case pipeline.MessageEOS:
		return nil, true
	case pipeline.MessageWarning:
		if r.o.Warning != nil {
			r.o.Warning(newError(m))
		}
	}
	return nil, false
}

// failedStart finds the reason in the messages; the one that is there first is the cause of the others.
func (r *run) failedStart(refused string) error {
	for {
		m, ok := r.pipeline.Pop(0)
		if !ok {
			return &Error{Domain: "core", Code: gstx.CoreStateChange, Name: "core/state-change",
				Message: "The pipeline could not be started: it did not " + refused + "."}
		}
		if m.Type == pipeline.MessageError {
			return newError(m)
		}
	}
}

// look reports progress and finds out whether there is any.
func (r *run) look(last bool) error {
	now := time.Now()
	if !last && now.Sub(r.reported) < r.o.Interval {
		return nil
	}
	r.reported = now
	position, activity := r.pipeline.Look()
	r.position = max(r.position, position)
	if activity != r.activity {
		r.activity, r.moved = activity, now
	}
	if r.o.Progress != nil {
		r.o.Progress(r.position)
	}
	if far := max(position, r.pipeline.Written()); !last && r.o.Limit > 0 && far > r.o.Limit {
		return &LimitError{Position: far, Limit: r.o.Limit}
	}
	if still := now.Sub(r.moved); !last && r.o.StallTimeout > 0 && still >= r.o.StallTimeout {
		return &StallError{Position: r.position, For: still}
	}
	return nil
}

// stop takes the pipeline down. An element that does not let go is left behind rather than waited for.
func (r *run) stop() error {
	stopped := make(chan struct{})
	go func() {
		r.pipeline.SetState(pipeline.Null)
		r.calls.Wait()
		r.pipeline.Close()
		close(stopped)
	}()
	select {
	case <-stopped:
		return nil
	case <-time.After(stopLimit):
		return ErrStuck
	}
}
