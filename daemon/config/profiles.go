package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/room/layout"
)

// decodeNamed puts a section into v whose keys are names, and whose values are sections of one kind.
func (d *decoder) decodeNamed(n ast.Node, v reflect.Value, path string) {
	pairs, ok := d.pairs(n, path, 0)
	if !ok {
		d.broken[path] = true
		d.report(placeOf(n), path, fmt.Sprintf("%s is a section", nameOf(path)),
			"write names below it, indented, and below each name its options")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for i, p := range pairs {
		if i == maxItems {
			d.report(p.at, path, fmt.Sprintf("%s has more than %d items", nameOf(path), maxItems), "")
			return
		}
		key := join(path, p.name)
		e := fresh(v.Type().Elem())
		if text, hint := d.badName(e, p.name); text != "" {
			d.broken[key] = true
			d.report(p.at, key, text, hint)
			continue
		}
		if _, empty := p.value.(*ast.NullNode); p.value == nil || empty {
			d.places[key], d.broken[key] = p.at, true
			d.report(p.at, key, fmt.Sprintf("the %s %s is empty", strings.TrimSuffix(path, "s"), p.name),
				"write its options below it, indented")
			continue
		}
		d.decode(p.value, e, key)
		d.places[key] = p.at
		v.SetMapIndex(reflect.ValueOf(p.name), e)
	}
}

// badName says what is wrong with the name of something, and what to do.
func (d *decoder) badName(e reflect.Value, name string) (text, hint string) {
	if e.Type() == reflect.TypeFor[layout.Layout]() {
		if p := layout.CheckName(name); p != nil {
			return p.Text, p.Hint
		}
		return "", ""
	}
	var p profile.Problem
	if errors.As(profile.CheckName(name), &p) {
		return p.Text, p.Hint
	}
	return "", ""
}

// reportProfile tells of what package profile found.
func (d *decoder) reportProfile(at place, key string, err error) {
	var p profile.Problem
	if errors.As(err, &p) {
		hint := p.Hint
		p.Hint, p.Field = "", ""
		d.report(at, key, p.Error(), hint)
	}
}

// profiles looks at the user's profiles, each with what it inherits.
func (k *checker) profiles() {
	for _, name := range slices.Sorted(maps.Keys(k.c.Profiles)) {
		key := "profiles." + name
		p, err := profile.Find(name, k.c.Profiles)
		if err != nil {
			if _, said := k.c.Profiles[name]; said && !k.d.broken[key] {
				k.d.reportProfile(k.d.at(key+".from"), key, err)
			}
			continue
		}
		found := profile.Check(p)
		if len(found) == 0 && k.known.CheckProfile != nil {
			found = k.known.CheckProfile(p)
		}
		for _, problem := range found {
			k.profile(name, problem)
		}
	}
}

// profile tells of a problem at the character where it is, in the profile that says it or in the one that inherits it.
func (k *checker) profile(name string, problem profile.Problem) {
	key := "profiles." + name + "." + problem.Field
	at := k.d.at(key)
	if p := k.c.Profiles[name]; problem.Offset >= 0 && k.given(key) {
		at = k.d.inside(at, stringOf(p, problem.Field), problem.Offset)
	}
	if !k.given(key) && k.inherited(name, problem.Field) {
		return // it is said where it is written
	}
	for p := key; p != ""; p = parent(p) {
		if k.d.broken[p] {
			return
		}
	}
	k.d.report(at, key, problem.Field+": "+problem.Text, problem.Hint)
}

// inherited says whether an option of a profile was written in another profile of the file.
func (k *checker) inherited(name, field string) bool {
	for range maxItems {
		p, ok := k.c.Profiles[name]
		if !ok || p.From == "" {
			return false
		}
		name = p.From
		if k.given("profiles." + name + "." + field) {
			return true
		}
	}
	return false
}

// stringOf is an option that is text, by its name in YAML.
func stringOf(p profile.Profile, field string) string {
	if v, ok := fieldOf(reflect.ValueOf(&p).Elem(), field); ok && v.Kind() == reflect.String {
		return v.String()
	}
	return ""
}

// inside is the place of a character of a text that begins at a place. How the text is written in YAML (in quotation
// marks, in several lines) does not matter: the word at the character is looked for.
func (d *decoder) inside(at place, text string, offset int) place {
	if at.env != "" || at.line < 1 || at.line > len(d.lines) || offset > len(text) {
		return at
	}
	word := text[offset:]
	if i := strings.IndexAny(word, " \t\r\n\"'\\"); i > 0 {
		word = word[:i]
	}
	if word == "" {
		return at
	}
	n := strings.Count(text[:offset], word)
	for i := at.line - 1; i < len(d.lines); i++ {
		line, from := d.lines[i], 0
		if i == at.line-1 {
			from = len(string([]rune(line)[:max(0, min(at.column-1, utf8.RuneCountInString(line)))]))
		}
		for {
			j := strings.Index(line[from:], word)
			if j < 0 {
				break
			}
			if n == 0 {
				return place{line: i + 1, column: utf8.RuneCountInString(line[:from+j]) + 1}
			}
			n--
			from += j + len(word)
		}
	}
	return at
}
