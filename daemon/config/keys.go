package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"github.com/upright-media/upright/internal/nearest"
)

// fresh is a new value with the defaults of its type.
func fresh(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	switch p := v.Addr().Interface().(type) {
	case *Config:
		*p = Default()
	case *Watch:
		*p = DefaultWatch()
	case *Compose:
		*p = DefaultCompose()
	case *Hook:
		*p = DefaultHook()
	case *Webhook:
		*p = DefaultWebhook()
	}
	return v
}

// keysOf are the options of a section, in the order of the struct.
func keysOf(t reflect.Type) (keys []string) {
	for _, f := range reflect.VisibleFields(t) { // also those of the options that a watch folder embeds
		if key := f.Tag.Get("yaml"); key != "-" && !f.Anonymous {
			keys = append(keys, key)
		}
	}
	return keys
}

func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	for _, f := range reflect.VisibleFields(v.Type()) {
		if tag := f.Tag.Get("yaml"); tag == key && tag != "-" && !f.Anonymous {
			return v.FieldByIndex(f.Index), true
		}
	}
	return reflect.Value{}, false
}

// isScalar says whether a type is one value in YAML. Sources may be, but never empty.
func isScalar(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct:
		return t == sourcesType
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return false
	}
	return true
}

// leaf is one option that is a value of its own.
type leaf struct {
	path string // as in watch.hook.timeout, without the index of a list
	kind reflect.Type
}

// leaves are all options below t.
func leaves(t reflect.Type, path string) (all []leaf) {
	for _, key := range keysOf(t) {
		field, _ := fieldOf(reflect.New(t).Elem(), key)
		p, ft := join(path, key), field.Type()
		if s := sectionIn(ft); s != nil {
			ft = s
		}
		if ft.Kind() != reflect.Struct || isScalar(ft) {
			all = append(all, leaf{p, ft})
		}
		if ft.Kind() == reflect.Struct && (!isScalar(ft) || ft == sourcesType) {
			all = append(all, leaves(ft, p)...)
		}
	}
	return all
}

// sectionIn is the section that a type holds, in lists and under names as deep as it may be; nil if it holds none.
func sectionIn(t reflect.Type) reflect.Type {
	for !isScalar(t) && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct && !isScalar(t) {
		return t
	}
	return nil
}

// reportUnknown says that there is no such option, and which one may have been meant.
func (d *decoder) reportUnknown(p pair, section reflect.Type, path string) {
	text := fmt.Sprintf("there is no option %s", quote(p.name))
	if path != "" {
		text += " in " + nameOf(strings.TrimRight(path, "[]0123456789"))
	}
	if len(d.problems) >= maxKept || d.reported[reported{p.at, text}] {
		return
	}
	near := nearest.Option(p.name, keysOf(section))
	if near != "" {
		d.meant[join(path, near)] = true
		d.report(p.at, join(path, p.name), text, "did you mean "+near+"?")
		return
	}
	// At another level, perhaps.
	var elsewhere []string
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		if l.path == p.name || strings.HasSuffix(l.path, "."+nearest.Normal(p.name)) {
			elsewhere = append(elsewhere, l.path)
		}
	}
	hint := "possible: " + strings.Join(keysOf(section), ", ")
	if len(elsewhere) > 0 {
		hint = "it belongs elsewhere: " + strings.Join(elsewhere, " or ")
	}
	d.report(p.at, join(path, p.name), text, hint)
}
