package options

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fields are the indexes of the fields of Options by the names of the options.
var fields = func() map[string]int {
	m := map[string]int{}
	t := reflect.TypeFor[Options]()
	for i := range t.NumField() {
		m[strings.ReplaceAll(t.Field(i).Tag.Get("yaml"), "_", "-")] = i
	}
	return m
}()

func (o *Options) field(name string) (reflect.Value, bool) {
	i, ok := fields[name]
	if !ok {
		return reflect.Value{}, false
	}
	return reflect.ValueOf(o).Elem().Field(i), true
}

// Get returns an option's value as a string, an int, a time.Duration or a bool; nil if there is no such option.
func (o Options) Get(name string) any {
	v, ok := o.field(name)
	if !ok {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Int:
		return int(v.Int())
	case reflect.Int64:
		return time.Duration(v.Int())
	default:
		return v.Bool()
	}
}

// Set gives an option a value of the type that Get returns, and says whether there is such an option.
func (o *Options) Set(name string, value any) bool {
	v, ok := o.field(name)
	if ok {
		v.Set(reflect.ValueOf(value).Convert(v.Type()))
	}
	return ok
}

// ForRoom has only the options that make sense for the video of a room: its clock is the server's, on which everybody's
// pauses and first pictures stay where they were.
func (o Options) ForRoom() Options {
	var r Options
	for _, d := range table {
		if d.Room {
			r.Set(d.Name, o.Get(d.Name))
		}
	}
	return r
}

// Default has the default of each enumeration by its name, instead of "".
func Default() Options {
	var o Options
	for _, d := range table {
		if len(d.Values) > 0 {
			o.Set(d.Name, d.Values[0].Name)
		}
	}
	return o
}

// Check says which option has a value that it cannot have.
func (o Options) Check() error {
	for _, d := range table {
		switch v := o.Get(d.Name).(type) {
		case string:
			if may := d.Names(); v != "" && !slices.Contains(may, v) {
				last := len(may) - 1
				return fmt.Errorf("%s is %q, but must be %s or %s", d.Name, v, strings.Join(may[:last], ", "),
					may[last])
			}
		case int:
			if v < d.Min || v > d.Max {
				return fmt.Errorf("%s is %d, but must be between %d and %d", d.Name, v, d.Min, d.Max)
			}
		case time.Duration:
			if v < 0 {
				return fmt.Errorf("%s is %v, but must not be negative", d.Name, v)
			}
		}
	}
	return nil
}

// Setting is a property and its value, as gst-launch-1.0 reads it.
type Setting struct{ Name, Value string }

// Source are the properties with which mjrsrc reads as Timeline says, as far as they are not its defaults.
func (o Options) Source() []Setting {
	var list []Setting
	for _, d := range table {
		if !d.Source() {
			continue
		}
		switch v := o.Get(d.Name).(type) {
		case string:
			i := slices.IndexFunc(d.Values, func(x Value) bool { return x.Name == v && !x.Planned })
			if i > 0 {
				list = append(list, Setting{d.Name, v})
			}
		case int:
			if v != 0 {
				list = append(list, Setting{d.Name, strconv.Itoa(v)})
			}
		case bool:
			if v {
				list = append(list, Setting{d.Name, "true"})
			}
		}
	}
	return list
}
