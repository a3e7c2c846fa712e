package gstx

import (
	"fmt"
	"reflect"
	"sync"
)

// Settings keeps what the user has set of an element, in a struct whose fields name their properties:
// `property:"location"`. They may be in a struct that it embeds, and of a type whose underlying type is that of the
// property. An Object that embeds it has SetProperty and Property by it.
type Settings[T any] struct {
	mu    sync.Mutex
	value T
}

// Defaults sets all fields to the defaults of the class. It panics if the properties of the class, statistics excepted,
// and the fields that name one are not the same.
func (s *Settings[T]) Defaults(class *Class) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := reflect.TypeFor[T]()
	named := 0
	for _, p := range class.Properties {
		if p.Kind == Statistic {
			continue
		}
		named++
		field := s.field(p.Name)
		if !field.IsValid() || field.Kind() != p.Kind.goType().Kind() {
			panic(fmt.Sprintf("%s: %v has no %v for the property %s", class.Name, of, p.Kind.goType(), p.Name))
		}
		if p.Default != nil {
			field.Set(reflect.ValueOf(p.Default).Convert(field.Type()))
		}
	}
	n := 0
	for _, f := range reflect.VisibleFields(of) {
		if f.Tag.Get("property") != "" {
			n++
		}
	}
	if n != named {
		panic(fmt.Sprintf("%s: %v has fields for %d properties, and the class has %d", class.Name, of, n, named))
	}
}

// field is where a property is kept.
func (s *Settings[T]) field(name string) (field reflect.Value) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if f.Tag.Get("property") == name {
			return reflect.ValueOf(&s.value).Elem().FieldByIndex(f.Index)
		}
	}
	return field
}

// SetProperty is Object's.
func (s *Settings[T]) SetProperty(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	field, v := s.field(name), reflect.ValueOf(value)
	if field.Kind() != v.Kind() {
		panic(fmt.Sprintf("the property %s cannot be %v", name, value)) // Convert makes texts of numbers
	}
	field.Set(v.Convert(field.Type()))
}

// Property is Object's.
func (s *Settings[T]) Property(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch field := s.field(name); field.Kind() {
	case reflect.String:
		return field.String()
	case reflect.Int64:
		return field.Int()
	default:
		return field.Interface()
	}
}

// Get returns what is set.
func (s *Settings[T]) Get() T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value
}
