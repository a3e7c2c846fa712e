package encoders

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/pipelines/report"
)

// What Request.Encoder may be besides a backend or an element.
const Auto = "auto"

// Request says which encoder is wanted.
type Request struct {
	// auto or "": the first that works; software; a backend; an element. The wanted ones come first, then the others in
	// their order
	Encoder string
	Strict  bool // nothing but what Encoder says, and no other if it fails when a job begins
}

// Check says what is wrong with the request.
func (r Request) Check() error {
	if r.Encoder == "" || r.Encoder == Auto || slices.Contains(Backends, Backend(r.Encoder)) {
		return nil
	}
	if _, ok := Named(r.Encoder); ok {
		return nil
	}
	return fmt.Errorf("encoder is %q, but must be auto, software, nvenc, va, qsv, v4l2, or the name of an encoder "+
		"that `upright encoders` lists", r.Encoder)
}

// Order are the candidates of a codec in the order in which they are to be tried. nodes are device nodes of GPUs.
func (r Request) Order(codec string, nodes []string) ([]Encoder, error) {
	all := WithDevices(Candidates(codec), nodes)
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
		return nil, fmt.Errorf("the encoder asked for, %s, makes %s, not %s, and no other is to be taken", r.Encoder,
			Titles[named.Codec], Titles[codec])
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

// WithDevices adds the encoders of VA devices after the first.
func WithDevices(list []Encoder, nodes []string) (all []Encoder) {
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
	title := Titles[e.Codec]
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
