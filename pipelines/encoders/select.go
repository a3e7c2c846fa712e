package encoders

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/report"
)

// What Request.Encoder may be besides a backend or an element.
const Auto = "auto"

// Request says which encoder is wanted.
type Request struct {
	Encoder string // auto or "": the first that works; software; a backend; an element. The wanted ones come first, then the others in their order
	Strict  bool   // nothing but what Encoder says, and no other if it fails when a job begins
}

// Check says what is wrong with the request.
func (r Request) Check() error {
	if r.Encoder == "" || r.Encoder == Auto || slices.Contains(Backends, Backend(r.Encoder)) {
		return nil
	}
	if _, ok := Named(r.Encoder); ok {
		return nil
	}
	return fmt.Errorf("encoder is %q, but must be auto, software, nvenc, va, qsv, v4l2, or the name of an encoder that `upright encoders` lists", r.Encoder)
}

// order are the candidates of a codec in the order in which they are to be tried. nodes are device nodes of GPUs.
func (r Request) order(codec string, nodes []string) ([]Encoder, error) {
	all := withDevices(Candidates(codec), nodes)
	wanted := func(Encoder) bool { return true }
	switch named, ok := Named(r.Encoder); {
	case slices.Contains(Backends, Backend(r.Encoder)):
		wanted = func(e Encoder) bool { return e.Backend == Backend(r.Encoder) }
	case ok && named.Codec == codec:
		wanted = func(e Encoder) bool { return e.Element == named.Element }
		if !slices.ContainsFunc(all, wanted) {
			all = append(all, named)
		}
	case ok && r.Strict:
		return nil, fmt.Errorf("the encoder asked for, %s, makes %s, not %s, and no other is to be taken", r.Encoder, titles[named.Codec], titles[codec])
	}
	var first, rest []Encoder
	for _, e := range all {
		if wanted(e) {
			first = append(first, e)
		} else {
			rest = append(rest, e)
		}
	}
	if r.Strict || Backend(r.Encoder) == Software {
		return first, nil
	}
	return append(first, rest...), nil
}

// withDevices adds the encoders of VA devices after the first.
func withDevices(list []Encoder, nodes []string) (all []Encoder) {
	for _, e := range list {
		all = append(all, e)
		if e.Backend != VA {
			continue
		}
		for _, node := range nodes {
			name := strings.Replace(e.Element, "va", "va"+filepath.Base(node), 1)
			if further, ok := Named(name); ok && further.Device == filepath.Base(node) {
				all = append(all, further)
			}
		}
	}
	return all
}

// Kinds of rejections.
const (
	Missing = "missing"  // is not installed, or GStreamer shows it only where its device is
	Size    = "size"     // does not take pictures of this size
	Probed  = "probe"    // did not work when it was tried
	Started = "start"    // failed when a job began
	Stream  = "stream"   // failed in the middle of a job
	Output  = "output"   // what it wrote in a job was not right
	Crashed = "crash"    // the process of a job died, or hung, while it was in use
	Busy    = "sessions" // no session was free
)

// Rejection is why an encoder that comes before the chosen one was not taken.
type Rejection = report.Rejection

// Wanted is what an encoder is needed for.
type Wanted struct {
	Codec         string      // as in Codecs
	Width, Height int         // of the pictures, 0 if unknown
	Failed        []Rejection // what was chosen before for the same job, and why it is not to be chosen again
}

// Choice is a chosen encoder.
type Choice struct {
	Encoder  Encoder
	Rejected []Rejection // those before it that are installed
}

// NoneError says that there is no encoder to choose.
type NoneError struct {
	Codec    string
	Request  Request
	Rejected []Rejection // of all candidates
}

func (e *NoneError) Error() string {
	title := titles[e.Codec]
	var parts []string
	for _, r := range e.Rejected {
		if r.Kind != Missing {
			parts = append(parts, r.Encoder+" "+r.Reason)
		}
	}
	among := ""
	if e.Request.Strict && e.Request.Encoder != "" && e.Request.Encoder != Auto {
		among = " among what encoder: " + e.Request.Encoder + " allows"
	}
	if len(parts) == 0 {
		return fmt.Sprintf("no encoder for %s is installed%s", title, among)
	}
	return fmt.Sprintf("no encoder for %s works%s: %s", title, among, strings.Join(parts, "; "))
}

// Installed says whether any of the encoders is installed.
func (e *NoneError) Installed() bool {
	return slices.ContainsFunc(e.Rejected, func(r Rejection) bool { return r.Kind != Missing })
}

// Selector chooses encoders. It may be used by several goroutines at a time. The zero Selector chooses what works best, and
// keeps what it finds out for itself only.
type Selector struct {
	Request
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

// Choose returns the first encoder of a codec that works. It may take seconds where something has to be found out first.
// The error is a *NoneError, says what is wrong with the request, or that nothing could be tried.
func (s *Selector) Choose(ctx context.Context, w Wanted) (Choice, error) {
	if err := s.Check(); err != nil {
		return Choice{}, err
	}
	none := &NoneError{Codec: w.Codec, Request: s.Request}
	if s.Strict && len(w.Failed) > 0 {
		none.Rejected = w.Failed
		return Choice{}, none
	}
	list, err := s.order(w.Codec, s.machine().gpus())
	if err != nil {
		return Choice{}, err
	}
	for _, e := range list {
		r, err := s.reject(ctx, e, w)
		if err != nil {
			return Choice{}, err
		}
		if r != nil {
			none.Rejected = append(none.Rejected, *r)
			continue
		}
		installed := slices.DeleteFunc(none.Rejected, func(r Rejection) bool { return r.Kind == Missing })
		return Choice{Encoder: e, Rejected: installed}, nil
	}
	return Choice{}, none
}

// reject says why an encoder is not to be taken, nil if it is.
func (s *Selector) reject(ctx context.Context, e Encoder, w Wanted) (*Rejection, error) {
	if i := slices.IndexFunc(w.Failed, func(r Rejection) bool { return r.Encoder == e.Element }); i >= 0 {
		return &w.Failed[i], nil
	}
	if !s.has(e.Element) {
		return &Rejection{Encoder: e.Element, Kind: Missing, Reason: "is not installed"}, nil
	}
	if why := e.takes(w.Width, w.Height); why != "" {
		return &Rejection{Encoder: e.Element, Kind: Size, Reason: why}, nil
	}
	r, err := s.Try(ctx, e)
	var busy *BusyError
	switch {
	case errors.As(err, &busy):
		return &Rejection{Encoder: e.Element, Kind: Busy, Reason: "could not be tried: " + busy.Error()}, nil
	case err != nil:
		return nil, err
	case !r.OK:
		return &Rejection{Encoder: e.Element, Kind: Probed, Reason: r.Reason}, nil
	}
	return nil, nil
}

// key is what the result of trying an encoder depends on.
func (s *Selector) key(e Encoder) string {
	major, minor, micro := gstrun.Version()
	parts := []string{
		fmt.Sprintf("GStreamer %d.%d.%d", major, minor, micro), version(gstrun.PluginFile(e.Element)),
	}
	if r, ok := routeNamed(e.Element); ok {
		parts = append(parts, r.Turner, version(gstrun.PluginFile(r.Turner)))
	} else {
		parts = append(parts, e.probeLine("", 0, 0, s.has))
	}
	if e.Hardware() {
		parts = append(parts, s.machine().identity())
	}
	return digest(parts...)
}

// Try says whether an installed encoder works: as is known, or by trying it.
func (s *Selector) Try(ctx context.Context, e Encoder) (Result, error) {
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
func (s *Selector) For(ctx context.Context) func(Wanted) (Choice, error) {
	return func(w Wanted) (Choice, error) { return s.Choose(ctx, w) }
}

// Doubt keeps an encoder that has failed in a job, where another one did not, from being chosen for the next minutes.
func (s *Selector) Doubt(r Rejection) {
	e, ok := Named(r.Encoder)
	if route, is := routeNamed(r.Encoder); is {
		e, ok = route.encoder(), true
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
	for _, codec := range Codecs {
		for _, e := range withDevices(Candidates(codec), s.machine().gpus()) {
			cache{s.Dir}.forget(e.Element)
		}
		for _, r := range routes[codec] {
			cache{s.Dir}.forget(r.Decoder)
		}
	}
}

// All are the candidates of a codec as Choose goes through them.
func (s *Selector) All(codec string) ([]Encoder, error) { return s.order(codec, s.machine().gpus()) }

// Installed says whether GStreamer has an encoder.
func (s *Selector) Installed(e Encoder) bool { return s.has(e.Element) }
