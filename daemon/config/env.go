package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/upright-media/upright/internal/nearest"
)

// envPrefix begins the names of environment variables that override options: UPRIGHT_HTTP_LISTEN is http.listen.
const envPrefix = "UPRIGHT_"

// stateDirectory is where systemd tells a unit with StateDirectory= its folder (systemd.exec(5)): absolute paths, with
// colons between them if there are several.
const stateDirectory = "STATE_DIRECTORY"

// EnvName is the environment variable that overrides an option, as UPRIGHT_WATCH_ADOPT_AFTER does for
// watch.adopt_after.
func EnvName(option string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(option, ".", "_"))
}

// lookup is the last value of a variable in a list as of os.Environ. An empty one counts as not set: that is
// all that some tools that start containers can do to unset one.
func lookup(env []string, name string) (value string, ok bool) {
	for _, e := range env {
		if n, v, found := strings.Cut(e, "="); found && n == name {
			value, ok = v, v != ""
		}
	}
	return value, ok
}

// override puts values of environment variables into c.
func (d *decoder) override(c *Config, env []string) {
	var known []string
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		name := EnvName(l.path)
		known = append(known, name)
		text, ok := lookup(env, name)
		if !ok {
			continue
		}
		at := place{env: name}
		if l.kind.Kind() == reflect.Slice || strings.HasPrefix(l.path, "watch.compose.") {
			d.report(at, l.path, "a list cannot be given by the environment", "write it into the configuration file")
			continue
		}
		if what := named(l.path); what != "" {
			d.report(at, l.path, "a "+what+" cannot be given by the environment", "write it into the configuration file")
			continue
		}
		path := l.path
		if strings.HasPrefix(path, "watch.") {
			if len(c.Watch) > 1 {
				d.report(at, path, fmt.Sprintf("it can change only a single watch folder, and %s has %d", d.file,
					len(c.Watch)), "write it into the configuration file")
				continue
			}
			if len(c.Watch) == 0 {
				c.Watch = []Watch{DefaultWatch()}
				d.places["watch[0]"] = at
			}
			path = "watch[0]." + strings.TrimPrefix(path, "watch.")
		}
		d.places[path] = at
		if err := set(reach(reflect.ValueOf(c).Elem(), l.path), l.path, text, kindAny); err != nil {
			d.broken[path] = true
			d.report(at, path, nameOf(path)+": "+err.Error(), "")
			continue
		}
		delete(d.broken, path)
		if l.path == "watch.sources.move" {
			c.Watch[0].Sources.After = Move
			d.places["watch[0].sources"] = at
		}
	}
	d.warnUnknown(env, known)
}

// named is what an option belongs to that has a name in the configuration: profile, layout; "": to nothing.
func named(path string) string {
	for section, what := range map[string]string{"profiles.": "profile", "layouts.": "layout"} {
		if strings.HasPrefix(path, section) {
			return what
		}
	}
	return ""
}

// reach is the option at path below v. Sections on the way that are not there are made.
func reach(v reflect.Value, path string) reflect.Value {
	for key := range strings.SplitSeq(path, ".") {
		v, _ = fieldOf(v, key)
		switch {
		case v.Kind() == reflect.Pointer:
			if v.IsNil() {
				v.Set(fresh(v.Type().Elem()).Addr())
			}
			v = v.Elem()
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
			v = v.Index(0)
		}
	}
	return v
}

// warnUnknown tells of variables that look like overrides and are none. Others, that scripts and hooks may have, are
// left alone.
func (d *decoder) warnUnknown(env, known []string) {
	for _, e := range env {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, envPrefix) || slices.Contains(known, name) {
			continue
		}
		near := nearest.Option(name, known)
		section := false
		for _, key := range keysOf(reflect.TypeFor[Config]()) {
			section = section || strings.HasPrefix(name, EnvName(key)+"_")
		}
		if near == "" && !section {
			continue
		}
		hint := "the names are in docs/configuration.md"
		if near != "" {
			hint = "did you mean " + near + "?"
		}
		d.warn(place{env: printable(name)}, "", "there is no option of this name, so it changes nothing", hint)
	}
}

// stateFolder is where the state is if nothing says it.
func stateFolder(env []string, dir string) string {
	if dirs, ok := lookup(env, stateDirectory); ok {
		first, _, _ := strings.Cut(dirs, string(os.PathListSeparator))
		if filepath.IsAbs(first) {
			return filepath.Clean(first)
		}
	}
	return filepath.Join(dir, Default().State)
}
