package cvorotate

import (
	"errors"
	"fmt"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// device is a kind of memory that is not the system's, and the elements for pictures in it.
type device struct {
	memory string // caps feature
	// turns, scales and puts bars around: has the properties video-direction and add-borders. "": there is none
	turner string
	// brings what the turner gives, or what comes in, to system memory, if nobody downstream takes it as it is
	down string
}

// cudaconvertscale turns since GStreamer 1.24. vapostproc is its own way down. GL has nothing that makes bars.
var devices = []device{
	{"memory:CUDAMemory", "cudaconvertscale", "cudadownload"},
	{"memory:VAMemory", "vapostproc", "vapostproc"},
	{"memory:DMABuf", "vapostproc", "vapostproc"},
	{"memory:GLMemory", "", "gldownload"},
}

// turns says whether the turner is there and can do all that is asked of it here.
func (d device) turns() bool {
	return d.turner != "" && gstx.HasElement(d.turner) && gstx.HasProperty(d.turner, "video-direction") &&
		gstx.HasProperty(d.turner, "add-borders")
}

// takes are the caps that children can be made for.
func (d device) takes() string {
	first := d.down
	if d.turns() {
		first = d.turner
	}
	return templateCaps(first, d.memory)
}

// path is a chain of children that pictures take.
type path struct {
	first, last gstx.Element
	turner      gstx.Element
	head        gstx.Element // what comes in front of the first child for system memory, if that is where it leads
	size        gstx.Element // filter for the size of the canvas; the zero Element: the canvas is the private one
	caps        string       // of size, with two numbers to be filled in
	device      bool         // the turner is one whose word has to be checked
}

// pathFor returns the children for a kind of memory, which are made the first time.
func (r *rotate) pathFor(bin gstx.Element, memory string) (*path, error) {
	if memory == "" {
		return r.system, nil
	}
	coloured := r.Get().Background != black // bars on devices are black
	key := fmt.Sprint(memory, coloured)
	if w := r.paths[key]; w != nil {
		return w, nil
	}
	for _, d := range devices {
		if d.memory != memory || d.takes() == "" {
			continue
		}
		w, err := d.make(bin, r, d.turns() && !coloured)
		if err == nil {
			r.paths[key] = w
		}
		return w, err
	}
	return nil, &gstx.Error{Domain: gstx.CoreDomain, Code: gstx.CoreMissingPlugin,
		Text: "There is no element to turn or fetch pictures in " + memory + ": put a download in front."}
}

// make makes the children: those that turn on the device, or those that lead to system memory.
func (d device) make(bin gstx.Element, r *rotate, there bool) (*path, error) {
	var err error
	child := func(factory, name string) gstx.Element {
		e, ok := bin.Make(factory, name)
		if !ok && err == nil {
			err = &gstx.Error{Domain: gstx.CoreDomain, Code: gstx.CoreMissingPlugin, Text: "GStreamer's element " +
				factory + " cannot be made."}
		}
		return e
	}
	name := d.memory[len("memory:"):]
	w := new(path)
	if !there {
		w.first = child(d.down, name+"-fetch")
		filter := child("capsfilter", name+"-system")
		w.last, w.turner = r.system.last, r.system.turner
		if err != nil {
			return nil, err
		}
		filter.SetArg("caps", "video/x-raw")
		w.first.Link(filter)
		w.head = filter
	} else {
		w.turner, w.size = child(d.turner, name+"-turner"), child("capsfilter", name+"-canvas")
		w.first, w.last, w.device = w.turner, w.size, true
		caps := "video/x-raw(" + d.memory + "),width=%[1]d,height=%[2]d,pixel-aspect-ratio=1/1"
		if d.down == d.turner {
			caps += ";video/x-raw,width=%[1]d,height=%[2]d,pixel-aspect-ratio=1/1"
		} else if err == nil {
			w.last = child(d.down, name+"-down")
		}
		if err != nil {
			return nil, err
		}
		w.caps = caps
		w.turner.SetArg("add-borders", "true")
		w.turner.Link(w.size)
		if w.last != w.size {
			w.size.Link(w.last)
		}
	}
	return w, err
}

// errSaid is when a child cannot be used, and has said so itself.
var errSaid = errors.New("an element has said what is wrong")

// take makes pictures in a kind of memory take the path that they need.
func (r *rotate) take(bin gstx.Element, memory string) error {
	w, err := r.pathFor(bin, memory)
	if err != nil || w == r.now {
		return err
	}
	if r.now.head != (gstx.Element{}) {
		unlink(r.now.head, r.system.first)
	}
	aim(bin, w.first, "sink")
	if w.head != (gstx.Element{}) {
		w.head.Link(r.system.first)
	}
	if w.last != r.now.last {
		aim(bin, w.last, "src")
	}
	// from the end, so that nobody pushes into what is not ready
	for _, e := range []gstx.Element{w.last, w.size, w.head, w.first} {
		if e != (gstx.Element{}) && !join(e) {
			err = errSaid
		}
	}
	r.now = w
	r.probe.turner, r.probe.device = w.turner, w.device
	r.probe.apply()
	return err
}

// enter prepares for pictures that a CAPS event announces. The first of them give the canvas its size, once it is known
// which way up they are.
func (r *rotate) enter(bin gstx.Element, v video, sideways, first bool) {
	if err := r.take(bin, v.memory); err != nil {
		var known *gstx.Error
		if errors.As(err, &known) {
			bin.Post(known)
		}
		return
	}
	s := r.Get()
	if !first {
		s.Width, s.Height = r.width, r.height
	}
	r.width, r.height = r.now.fit(v, s, sideways)
	where := v.memory
	if where == "" {
		where = "system memory"
	}
	bin.Logf(gstx.LogInfo, "pictures of %dx%d in %s come, onto a canvas of %dx%d", v.width, v.height, where, r.width,
		r.height)
	if !first && r.now.size == (gstx.Element{}) {
		r.canvas.set(r.width, r.height, uint32(s.Background))
	}
}

// fit gives a path on a device its canvas: that of the settings, else of the first picture when it is upright, as the
// private canvas does it.
func (w *path) fit(v video, s settings, sideways bool) (width, height int) {
	width, height = v.width, v.height
	if v.parN > v.parD && v.parD > 0 {
		width = (width*v.parN + v.parD/2) / v.parD
	} else if v.parD > v.parN && v.parN > 0 {
		height = (height*v.parD + v.parN/2) / v.parN
	}
	if sideways {
		width, height = height, width
	}
	switch {
	case s.Width > 0 && s.Height > 0:
		width, height = s.Width, s.Height
	case s.Width > 0:
		width, height = s.Width, even((height*s.Width+width/2)/width)
	case s.Height > 0:
		width, height = even((width*s.Height+height/2)/height), s.Height
	default:
		width, height = even(width), even(height)
	}
	if w.caps != "" {
		w.size.SetArg("caps", fmt.Sprintf(w.caps, width, height))
	}
	return width, height
}

func even(n int) int { return n + n&1 }
