package gstx

/*
#include "gstx.h"
*/
import "C"

import (
	"reflect"
	"unsafe"

	"github.com/go-gst/go-glib/glib"
)

// Kind is the type of a property.
type Kind int

// Kinds, and the Go type of their values.
const (
	String    Kind = iota // string
	Bool                  // bool
	Int                   // int
	Uint                  // uint
	Int64                 // int64
	Choice                // string: the nick of the value
	Statistic             // *Structure, read-only
)

// goType is the Go type of a kind's values.
func (k Kind) goType() reflect.Type {
	switch k {
	case Bool:
		return reflect.TypeFor[bool]()
	case Int:
		return reflect.TypeFor[int]()
	case Uint:
		return reflect.TypeFor[uint]()
	case Int64:
		return reflect.TypeFor[int64]()
	case Statistic:
		return reflect.TypeFor[*Structure]()
	}
	return reflect.TypeFor[string]()
}

// Property describes a property. It can be changed in NULL and READY only, and is read-only if it is a Statistic.
type Property struct {
	Name     string
	Nick     string
	Blurb    string // one sentence
	Kind     Kind
	Default  any   // nil: the zero value
	Min, Max int64 // Int, Uint, Int64
	Choices  *Enum
}

// Enum is an enumeration type. One variable stands for one type in the process.
type Enum struct {
	TypeName string
	Values   []EnumValue
	gtype    C.GType
}

// EnumValue is one value of an Enum.
type EnumValue struct {
	Nick string // as in a gst-launch-1.0 line
	Name string // what it means
}

// register is called while a class is initialised, which happens once and under a lock.
func (e *Enum) register() C.GType {
	if e.gtype != 0 {
		return e.gtype
	}
	values := (*C.GEnumValue)(C.calloc(C.size_t(len(e.Values)+1), C.sizeof_GEnumValue))
	for i, v := range e.Values {
		unsafe.Slice(values, len(e.Values))[i] = C.GEnumValue{
			value: C.gint(i), value_name: C.CString(v.Name), value_nick: C.CString(v.Nick),
		}
	}
	name := C.CString(e.TypeName)
	defer C.free(unsafe.Pointer(name))
	e.gtype = C.upright_enum_type(name, values)
	return e.gtype
}

func (e *Enum) index(nick string) int {
	for i, v := range e.Values {
		if v.Nick == nick {
			return i
		}
	}
	return 0
}

func def[T any](p *Property) (v T) {
	if p.Default != nil {
		v = p.Default.(T)
	}
	return v
}

func (p *Property) spec() *glib.ParamSpec {
	flags := glib.ParameterFlags(C.G_PARAM_READWRITE | C.G_PARAM_STATIC_STRINGS | C.GST_PARAM_MUTABLE_READY)
	switch p.Kind {
	case String:
		var value *string
		if p.Default != nil {
			s := p.Default.(string)
			value = &s
		}
		return glib.NewStringParam(p.Name, p.Nick, p.Blurb, value, flags)
	case Bool:
		return glib.NewBoolParam(p.Name, p.Nick, p.Blurb, def[bool](p), flags)
	case Int:
		return glib.NewIntParam(p.Name, p.Nick, p.Blurb, int(p.Min), int(p.Max), def[int](p), flags)
	case Uint:
		return glib.NewUintParam(p.Name, p.Nick, p.Blurb, uint(p.Min), uint(p.Max), def[uint](p), flags)
	case Int64:
		return glib.NewInt64Param(p.Name, p.Nick, p.Blurb, p.Min, p.Max, def[int64](p), flags)
	case Choice:
		return glib.ToParamSpec(unsafe.Pointer(C.upright_param_enum(p.Choices.register(), C.CString(p.Name),
			C.CString(p.Nick),
			C.CString(p.Blurb), C.gint(p.Choices.index(def[string](p))), C.GParamFlags(flags))))
	default:
		return glib.NewBoxedParam(p.Name, p.Nick, p.Blurb, glib.Type(C.gst_structure_get_type()),
			glib.ParameterFlags(C.G_PARAM_READABLE|C.G_PARAM_STATIC_STRINGS))
	}
}

// get returns what a GValue of this property holds.
func (p *Property) get(v *C.GValue) any {
	switch p.Kind {
	case String:
		return C.GoString(C.g_value_get_string(v))
	case Bool:
		return C.g_value_get_boolean(v) != 0
	case Int:
		return int(C.g_value_get_int(v))
	case Uint:
		return uint(C.g_value_get_uint(v))
	case Int64:
		return int64(C.g_value_get_int64(v))
	case Choice:
		return p.Choices.Values[C.g_value_get_enum(v)].Nick
	}
	return nil
}

// set puts a value into a GValue of this property. A Structure is the GValue's then.
func (p *Property) set(v *C.GValue, value any) {
	switch value := value.(type) {
	case string:
		if p.Kind == Choice {
			C.g_value_set_enum(v, C.gint(p.Choices.index(value)))
		} else if value != "" || p.Default != nil {
			s := C.CString(value)
			C.g_value_set_string(v, s)
			C.free(unsafe.Pointer(s))
		}
	case bool:
		C.g_value_set_boolean(v, gbool(value))
	case int:
		C.g_value_set_int(v, C.gint(value))
	case uint:
		C.g_value_set_uint(v, C.guint(value))
	case int64:
		C.g_value_set_int64(v, C.gint64(value))
	case *Structure:
		C.g_value_take_boxed(v, C.gconstpointer(value.ptr))
	}
}
