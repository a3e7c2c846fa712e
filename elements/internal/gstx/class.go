package gstx

/*
#include "gstx.h"
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/go-gst/go-glib/glib"
	"github.com/go-gst/go-gst/gst"
)

// Rank says how readily GStreamer chooses an element by itself.
type Rank int

// Ranks.
const (
	RankNone    Rank = 0
	RankPrimary Rank = 256
)

// Class is what gst-inspect-1.0 shows of an element.
type Class struct {
	Name        string // of the element, as in a gst-launch-1.0 line
	LongName    string
	Klass       string
	Description string
	Example     string // a gst-launch-1.0 line
	Since       string // version of Upright that had the element first
	Rank        Rank
	Pads        []Pad
	Properties  []Property
	Protocol    string // of URIs that the element is a source for, "" for none; the instance is a URIHandler then

	category unsafe.Pointer // GstDebugCategory
}

// Pad is a pad that every instance of a class has from the start, or that it has as often as somebody asks for one: the
// name is a pattern with a number then, as in video_%u.
type Pad struct {
	Name    string
	Sink    bool
	Caps    string
	Request bool
}

// Object is one instance of an element. Its methods are called from any thread.
type Object interface {
	// Constructed is called once, before anything else.
	Constructed(Element)
	// SetProperty has the value in the Go type of the property's kind; see Kind.
	SetProperty(name string, value any)
	// Property returns a value of that type.
	Property(name string) any
}

// Source is an Object that produces data, on the base of GstPushSrc in format TIME.
type Source interface {
	Object
	// Start is called in the change from READY to PAUSED. It may take long, and is where the caps are set. An *Error
	// is posted as it is.
	Start(Element) error
	// Stop is called in the change back, after Start has returned nil, and never while Create or Seek runs.
	Stop(Element)
	// Create submits the next data (Output.Submit), of several units at best, since being called costs more than a unit
	// does. Or it submits nothing and returns FlowEOS or an error.
	Create(*Output) (Flow, error)
	// Seek makes Create go on at the last place from which what is at this time can be shown.
	Seek(e Element, at time.Duration) error
}

// Expecter is implemented by sources that can say what they will deliver before they are started: for elements that
// are linked to them, and choose a pad by that.
type Expecter interface {
	// Expected is caps as text, "" if nothing is known. It is called by any thread.
	Expected() string
}

// Bin is an Object that consists of other elements, made in Constructed.
type Bin interface {
	Object
	// Open is called in the change from NULL to READY. An error keeps the bin from going there.
	Open(Element) error
	// Reset is called in the change from PAUSED to READY, when nothing flows any more.
	Reset(Element)
	// EOS is called when a sink inside the bin has finished, and before anyone outside learns of it. After an error
	// nobody does: the error is posted instead.
	EOS(Element) error
}

// InputProbe is implemented by bins that look at what enters a sink pad (Element.ProbeInput) before their children see
// it. Both methods run in the thread that pushes.
type InputProbe interface {
	// EnterEvent takes an event, and returns the one that goes on in its place, often the same. The zero Event: nothing
	// goes on.
	EnterEvent(Element, PadRef, Event) Event
	// EnterData is called in front of every buffer or list of buffers, with its time stamp, which is below 0 if there is
	// none. False: it does not go on.
	EnterData(e Element, pad PadRef, pts time.Duration) bool
}

// URIHandler is implemented by the objects of classes with a Protocol.
type URIHandler interface {
	URI() string // "" if there is none
	SetURI(string) error
}

// RegisterSource makes a class known, in the process (plugin nil) or as part of a plugin (a GstPlugin).
func RegisterSource[T Source](plugin unsafe.Pointer, class *Class, create func() T) error {
	return register(plugin, class, create, pushSrc{gst.ExtendsElement})
}

// RegisterBin is RegisterSource for bins.
func RegisterBin[T Bin](plugin unsafe.Pointer, class *Class, create func() T) error {
	return register(plugin, class, create, bin{gst.ExtendsBin})
}

func register[T Object](plugin unsafe.Pointer, class *Class, create func() T, extends glib.Extendable) error {
	Init()
	class.category = newCategory(class.Name, class.LongName)
	var interfaces []glib.Interface
	if class.Protocol != "" {
		interfaces = append(interfaces, uriHandler{class.Protocol})
	}
	var p *gst.Plugin
	if plugin != nil {
		p = gst.FromGstPluginUnsafeNone(plugin)
	}
	if !gst.RegisterElement(p, class.Name, gst.Rank(class.Rank), &subclass[T]{class: class, create: create}, extends,
		interfaces...) {
		return Refused(class.Name)
	}
	return nil
}

// Refused is why an element of this name was not registered.
func Refused(name string) error {
	return fmt.Errorf("GStreamer refused to register the element %s: another plugin may have one of that name", name)
}

// subclass is what go-gst registers, and, as its copy that New returns, what belongs to one instance. go-gst tells
// classes apart by the name of the Go type, so there is one type for each type of object.
type subclass[T Object] struct {
	class  *Class
	create func() T
	impl   T
}

// instance is a subclass of any type.
type instance interface {
	object() Object
	of() *Class
}

func (s *subclass[T]) object() Object { return s.impl }
func (s *subclass[T]) of() *Class     { return s.class }

// New is called for each instance, under a lock that does not allow making other elements.
func (s *subclass[T]) New() glib.GoObjectSubclass {
	return &subclass[T]{class: s.class, impl: s.create()}
}

// ClassInit describes the class.
func (s *subclass[T]) ClassInit(k *glib.ObjectClass) {
	c := s.class
	e := gst.ToElementClass(k)
	e.SetMetadata(c.LongName, c.Klass, c.Description, C.UPRIGHT_AUTHOR)
	klass := C.gpointer(k.Unsafe())
	for _, m := range [][2]string{{"doc-uri", C.UPRIGHT_DOCUMENTATION}, {"since", c.Since}, {"example", c.Example}} {
		if m[1] != "" {
			key, value := C.CString(m[0]), C.CString(m[1])
			C.upright_class_add_metadata(klass, key, value)
			C.free(unsafe.Pointer(key))
			C.free(unsafe.Pointer(value))
		}
	}
	for _, p := range c.Pads {
		name, caps := C.CString(p.Name), C.CString(p.Caps)
		direction := C.GstPadDirection(C.GST_PAD_SRC)
		if p.Sink {
			direction = C.GST_PAD_SINK
		}
		presence := C.GstPadPresence(C.GST_PAD_ALWAYS)
		if p.Request {
			presence = C.GST_PAD_REQUEST
		}
		C.upright_class_add_pad(klass, name, direction, presence, caps)
		C.free(unsafe.Pointer(name))
		C.free(unsafe.Pointer(caps))
	}
	specs := make([]*glib.ParamSpec, len(c.Properties))
	for i := range c.Properties {
		specs[i] = c.Properties[i].spec()
	}
	k.InstallProperties(specs)
}

// The extendables put this package's virtual functions over those of go-gst.

// pushSrc says what go-gst's package base says, which is dear to compile, and of which nothing else would be used.
type pushSrc struct{ glib.Extendable }

func (pushSrc) Type() glib.Type     { return glib.Type(C.gst_push_src_get_type()) }
func (pushSrc) ClassSize() int64    { return C.sizeof_GstPushSrcClass }
func (pushSrc) InstanceSize() int64 { return C.sizeof_GstPushSrc }

func (e pushSrc) InitClass(klass unsafe.Pointer, s glib.GoObjectSubclass) {
	e.Extendable.InitClass(klass, s)
	C.upright_class_init_object(C.gpointer(klass))
	C.upright_class_init_push_src(C.gpointer(klass))
}

type bin struct{ glib.Extendable }

func (e bin) InitClass(klass unsafe.Pointer, s glib.GoObjectSubclass) {
	e.Extendable.InitClass(klass, s)
	C.upright_class_init_object(C.gpointer(klass))
	C.upright_class_init_bin(C.gpointer(klass))
}

type uriHandler struct{ protocol string }

func (uriHandler) Type() glib.Type { return glib.Type(C.gst_uri_handler_get_type()) }

func (h uriHandler) Init(t *glib.TypeInstance) {
	protocol := C.CString(h.protocol)
	defer C.free(unsafe.Pointer(protocol))
	C.upright_uri_protocol(C.GType(t.GType), protocol)
	C.upright_uri_handler_init(C.gpointer(t.GTypeInstance))
}
