package probing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/encoders"
)

// Selector chooses encoders. It may be used by several goroutines at a time. The zero Selector chooses what works best,
// and keeps what it finds out for itself only.
type Selector struct {
	encoders.Request
	Dir      string                 // where what is found out is kept (Dir()); "": nowhere
	Prober   Prober                 //
	Sessions *Sessions              // a session is taken for a probe, too; may be nil
	Has      func(name string) bool // says which elements and properties there are; nil: gstrun.HasElement

	host  *host // nil: this one
	mu    sync.Mutex
	known map[string]Result // by element, what has been found out by this Selector
}

func (s *Selector) has(name string) bool {
	if s.Has != nil {
		return s.Has(name)
	}
	return gstrun.HasElement(name)
}

func (s *Selector) machine() host {
	if s.host != nil {
		return *s.host
	}
	return host{"/"}
}

// Choose returns the first encoder of a codec that works. It may take seconds where something has to be found out
// first. The error is a *NoneError, says what is wrong with the request, or that nothing could be tried.
func (s *Selector) Choose(ctx context.Context, w encoders.Wanted) (encoders.Choice, error) {
	if err := s.Check(); err != nil {
		return encoders.Choice{}, err
	}
	none := &encoders.NoneError{Codec: w.Codec, Request: s.Request}
	if s.Strict && len(w.Failed) > 0 {
		none.Rejected = w.Failed
		return encoders.Choice{}, none
	}
	list, err := s.Order(w.Codec, s.machine().gpus())
	if err != nil {
		return encoders.Choice{}, err
	}
	for _, e := range list {
		r, err := s.reject(ctx, e, w)
		if err != nil {
			return encoders.Choice{}, err
		}
		if r != nil {
			none.Rejected = append(none.Rejected, *r)
			continue
		}
		installed := slices.DeleteFunc(none.Rejected,
			func(r encoders.Rejection) bool { return r.Kind == encoders.Missing })
		return encoders.Choice{Encoder: e, Rejected: installed}, nil
	}
	return encoders.Choice{}, none
}

// reject says why an encoder is not to be taken, nil if it is.
func (s *Selector) reject(ctx context.Context, e encoders.Encoder, w encoders.Wanted) (*encoders.Rejection, error) {
	if i := slices.IndexFunc(w.Failed, func(r encoders.Rejection) bool { return r.Encoder == e.Element }); i >= 0 {
		return &w.Failed[i], nil
	}
	if !s.has(e.Element) {
		return &encoders.Rejection{Encoder: e.Element, Kind: encoders.Missing, Reason: "is not installed"}, nil
	}
	if why := e.Takes(w.Width, w.Height); why != "" {
		return &encoders.Rejection{Encoder: e.Element, Kind: encoders.Size, Reason: why}, nil
	}
	r, err := s.Try(ctx, e)
	var busy *BusyError
	switch {
	case errors.As(err, &busy):
		return &encoders.Rejection{Encoder: e.Element, Kind: encoders.Busy, Reason: "could not be tried: " +
			busy.Error()}, nil
	case err != nil:
		return nil, err
	case !r.OK:
		return &encoders.Rejection{Encoder: e.Element, Kind: encoders.Probed, Reason: r.Reason}, nil
	}
	return nil, nil
}

// key is what the result of trying an encoder depends on.
func (s *Selector) key(e encoders.Encoder) string {
	major, minor, micro := gstrun.Version()
	parts := []string{
		fmt.Sprintf("GStreamer %d.%d.%d", major, minor, micro), version(gstrun.PluginFile(e.Element)),
	}
	if r, ok := encoders.RouteNamed(e.Element); ok {
		parts = append(parts, r.Turner, version(gstrun.PluginFile(r.Turner)))
	} else {
		parts = append(parts, probeLine(e, "", 0, 0, s.has))
	}
	if e.Hardware() {
		parts = append(parts, s.machine().identity())
	}
	return digest(parts...)
}

// Try says whether an installed encoder works: as is known, or by trying it.
func (s *Selector) Try(ctx context.Context, e encoders.Encoder) (Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock() // one after the other: two at a time would be slower, and might not find enough sessions
	if r, ok := s.known[e.Element]; ok {
		return r, nil
	}
	kept, key := cache{s.Dir}, s.key(e)
	r, ok := kept.get(e.Element, key)
	if !ok {
		unlock := kept.lock(ctx, e.Element)
		defer unlock()
		r, ok = kept.get(e.Element, key) // another process may have found out
	}
	if !ok {
		if s.Sessions != nil {
			release, err := s.Sessions.Acquire(ctx, e)
			if err != nil {
				return Result{}, err
			}
			defer release()
		}
		var err error
		if r, err = s.Prober.Probe(ctx, e); err != nil {
			return Result{}, err
		}
		kept.put(e.Element, key, r)
	}
	if s.known == nil {
		s.known = map[string]Result{}
	}
	s.known[e.Element] = r
	return r, nil
}

// For returns Choose for one context.
func (s *Selector) For(ctx context.Context) func(encoders.Wanted) (encoders.Choice, error) {
	return func(w encoders.Wanted) (encoders.Choice, error) { return s.Choose(ctx, w) }
}

// Doubt keeps an encoder that has failed in a job, where another one did not, from being chosen for the next minutes.
func (s *Selector) Doubt(r encoders.Rejection) {
	e, ok := encoders.Named(r.Encoder)
	if route, is := encoders.RouteNamed(r.Encoder); is {
		e, ok = route.AsEncoder(), true
	}
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	result := Result{Reason: "failed in a conversion: " + r.Reason, Late: true, At: time.Now().UTC()}
	cache{s.Dir}.put(e.Element, s.key(e), result)
	if s.known == nil {
		s.known = map[string]Result{}
	}
	s.known[e.Element] = result
}

// Forget makes the Selector find out again about all encoders.
func (s *Selector) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = nil
	for _, codec := range encoders.Codecs {
		for _, e := range encoders.WithDevices(encoders.Candidates(codec), s.machine().gpus()) {
			cache{s.Dir}.forget(e.Element)
		}
		for _, r := range encoders.Routes(codec) {
			cache{s.Dir}.forget(r.Decoder)
		}
	}
}

// All are the candidates of a codec as Choose goes through them.
func (s *Selector) All(codec string) ([]encoders.Encoder, error) {
	return s.Order(codec, s.machine().gpus())
}

// Installed says whether GStreamer has an encoder.
func (s *Selector) Installed(e encoders.Encoder) bool { return s.has(e.Element) }
