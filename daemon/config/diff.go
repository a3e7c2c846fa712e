package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Changes are what a reload has to do. Watch folders go by their names, in the order of the alphabet.
type Changes struct {
	Added   []string // watch folders
	Removed []string
	Changed []string
	Workers bool // or the profiles and layouts, which also concern jobs that are waiting
	History bool
	Log     bool
	Restart []string // options whose new value counts only after a restart: state, queue.url, http.listen
}

// Diff says how new differs from old.
func Diff(old, new *Config) Changes {
	var c Changes
	before := map[string]*Watch{}
	for i := range old.Watch {
		before[old.Watch[i].Name] = &old.Watch[i]
	}
	for i := range new.Watch {
		w := &new.Watch[i]
		switch o := before[w.Name]; {
		case o == nil:
			c.Added = append(c.Added, w.Name)
		case !reflect.DeepEqual(o, w):
			c.Changed = append(c.Changed, w.Name)
		}
		delete(before, w.Name)
	}
	for name := range before {
		c.Removed = append(c.Removed, name)
	}
	slices.Sort(c.Added)
	slices.Sort(c.Changed)
	slices.Sort(c.Removed)
	c.Workers = old.Workers != new.Workers || !maps.Equal(old.Profiles, new.Profiles) ||
		!reflect.DeepEqual(old.Layouts, new.Layouts)
	c.History = old.History != new.History
	c.Log = old.Log != new.Log
	if old.State != new.State {
		c.Restart = append(c.Restart, "state")
	}
	c.Restart = append(c.Restart, differing("queue", old.Queue, new.Queue)...)
	c.Restart = append(c.Restart, differing("http", old.HTTP, new.HTTP)...)
	return c
}

// differing are the options of a section that differ.
func differing[T any](section string, old, new T) (keys []string) {
	o, n := reflect.ValueOf(old), reflect.ValueOf(new)
	for i := range o.NumField() {
		if !reflect.DeepEqual(o.Field(i).Interface(), n.Field(i).Interface()) {
			keys = append(keys, section+"."+o.Type().Field(i).Tag.Get("yaml"))
		}
	}
	return keys
}

// Empty says whether nothing changed.
func (c Changes) Empty() bool { return reflect.DeepEqual(c, Changes{}) }

// String lists the changes in one line.
func (c Changes) String() string {
	var parts []string
	list := func(what string, names []string) {
		if len(names) > 0 {
			parts = append(parts, what+" "+strings.Join(names, ", "))
		}
	}
	list("added", c.Added)
	list("removed", c.Removed)
	list("changed", c.Changed)
	var sections []string
	for _, s := range []struct {
		name    string
		changed bool
	}{{"workers, profiles or layouts", c.Workers}, {"history", c.History}, {"log", c.Log}} {
		if s.changed {
			sections = append(sections, s.name)
		}
	}
	list("new settings of", sections)
	list("only after a restart:", c.Restart)
	if len(parts) == 0 {
		return "nothing changed"
	}
	return strings.Join(parts, "; ")
}
