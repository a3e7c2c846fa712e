package gstx

import (
	"fmt"
	"reflect"
	"sync"
)

// Settings keeps what the user has set of an element, in a struct each of whose fields names its property: `property:"location"`.
// An Object that embeds it has SetProperty and Property by it.
type Settings[T any] struct {
	mu    sync.Mutex
	value T
}

// Defaults sets all fields to the defaults of the class. It panics if the properties of the class, statistics excepted, and the
// fields are not the same.
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
		if !field.IsValid() || field.Type() != p.Kind.goType() {
			panic(fmt.Sprintf("%s: %v has no %v for the property %s", class.Name, of, p.Kind.goType(), p.Name))
		}
		if p.Default != nil {
			field.Set(reflect.ValueOf(p.Default))
		}
	}
	if n := of.NumField(); n != named {
		panic(fmt.Sprintf("%s: %v has %d fields, and the class %d properties", class.Name, of, n, named))
	}
}

// field is where a property is kept.
func (s *Settings[T]) field(name string) (field reflect.Value) {
	of := reflect.TypeFor[T]()
	for i := range of.NumField() {
		if of.Field(i).Tag.Get("property") == name {
			return reflect.ValueOf(&s.value).Elem().Field(i)
		}
	}
	return field
}

// SetProperty is Object's.
func (s *Settings[T]) SetProperty(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.field(name).Set(reflect.ValueOf(value))
}

// Property is Object's.
func (s *Settings[T]) Property(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.field(name).Interface()
}

// Get returns what is set.
func (s *Settings[T]) Get() T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value
}
