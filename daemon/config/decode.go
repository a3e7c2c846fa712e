package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/room/layout"
)

// decoder fills a Config from YAML and from the environment. Unlike yaml.Unmarshal it goes on behind an error, so that
// a user sees all of them, and remembers where each value was.
type decoder struct {
	file     string
	lines    []string
	problems []Problem
	warnings []Warning
	places   map[string]place // by key
	broken   map[string]bool  // keys whose value could not be used: nothing more is to be said about them
	meant    map[string]bool  // keys that were written wrongly: it is not to be said that they are missing
	reported map[reported]bool
	anchors  map[string]ast.Node
	spent    int
}

func newDecoder(file string) *decoder {
	return &decoder{file: file, places: map[string]place{}, broken: map[string]bool{}, meant: map[string]bool{},
		anchors: map[string]ast.Node{}, reported: map[reported]bool{}}
}

func (d *decoder) problem(at place, key, text, hint string) Problem {
	p := Problem{Key: key, Env: at.env, Text: text, Hint: hint}
	if at.env == "" {
		p.File, p.Line, p.Column = d.file, at.line, at.column
		if 0 < at.line && at.line <= len(d.lines) {
			p.Excerpt = printable(hideSecrets(d.lines[at.line-1]))
		}
	}
	return p
}

// report tells of a problem, once: what aliases repeat is wrong in one place.
func (d *decoder) report(at place, key, text, hint string) {
	if r := (reported{at, text}); len(d.problems) < maxKept && !d.reported[r] {
		d.reported[r] = true
		d.problems = append(d.problems, d.problem(at, key, text, hint))
	}
}

type reported struct {
	at   place
	text string
}

func (d *decoder) warn(at place, key, text, hint string) {
	if len(d.warnings) < maxKept {
		d.warnings = append(d.warnings, d.problem(at, key, text, hint))
	}
}

// at is the place of a key, or of the nearest section around it.
func (d *decoder) at(key string) place {
	for key != "" {
		if p, ok := d.places[key]; ok {
			return p
		}
		key = parent(key)
	}
	return place{}
}

func parent(key string) string { return key[:max(0, strings.LastIndexAny(key, ".["))] }

var (
	durationType = reflect.TypeFor[time.Duration]()
	bytesType    = reflect.TypeFor[human.Bytes]()
	sourcesType  = reflect.TypeFor[Sources]()
	numberType   = reflect.TypeFor[arrangement.Number]()
	patternsType = reflect.TypeFor[layout.Patterns]()
)

// decode puts the value of n into v.
func (d *decoder) decode(n ast.Node, v reflect.Value, path string) {
	at := placeOf(n)
	n = d.resolve(n, path)
	if n == nil || !d.spend(n) {
		d.broken[path] = true
		return
	}
	if _, ok := n.(*ast.NullNode); !ok {
		d.places[path] = at
	}
	switch {
	case v.Type() == sourcesType:
		d.decodeSources(n, v, path)
	case isScalar(v.Type()):
		d.decodeScalar(n, v, path)
	case v.Kind() == reflect.Struct:
		if _, empty := n.(*ast.NullNode); !empty { // a section whose options are all commented out
			d.decodeSection(n, v, path)
		}
	case v.Kind() == reflect.Pointer:
		if _, empty := n.(*ast.NullNode); !empty {
			v.Set(fresh(v.Type().Elem()).Addr())
			d.decodeSection(n, v.Elem(), path)
		}
	case v.Kind() == reflect.Slice:
		d.decodeList(n, v, path)
	case v.Kind() == reflect.Map:
		if _, empty := n.(*ast.NullNode); !empty {
			d.decodeNamed(n, v, path)
		}
	default:
		d.decodeScalar(n, v, path)
	}
}

func (d *decoder) decodeSection(n ast.Node, v reflect.Value, path string) {
	pairs, ok := d.pairs(n, path, 0)
	if !ok && path == "" {
		d.report(placeOf(n), path, "the file does not hold options",
			"write them as name: value, beginning with one of "+strings.Join(keysOf(v.Type()), ", "))
		return
	}
	if !ok {
		d.broken[path] = true
		d.report(placeOf(n), path, fmt.Sprintf("%s is a section", nameOf(path)),
			"write its options below, indented: "+strings.Join(keysOf(v.Type()), ", "))
		return
	}
	for _, p := range pairs {
		field, ok := fieldOf(v, p.name)
		if !ok {
			d.reportUnknown(p, v.Type(), path)
			continue
		}
		key := join(path, p.name)
		if _, ok := p.value.(*ast.NullNode); ok || p.value == nil {
			d.places[key] = p.at
			if isScalar(field.Type()) {
				d.broken[key] = true
				d.report(p.at, key, p.name+" has no value", "leave the line out for the default")
			}
			continue
		}
		d.decode(p.value, field, key)
	}
}

func (d *decoder) decodeList(n ast.Node, v reflect.Value, path string) {
	list, ok := n.(*ast.SequenceNode)
	if _, scalar := n.(ast.ScalarNode); scalar && v.Type() == patternsType { // one need not be a list
		e := fresh(v.Type().Elem())
		d.decodeScalar(n, e, path)
		v.Set(reflect.Append(v, e))
		return
	}
	if !ok {
		d.broken[path] = true
		hint := "begin each item with a dash"
		if isScalar(v.Type().Elem()) {
			hint = "write " + nameOf(path) + ": [" + textOf(n) + "]"
		}
		d.report(placeOf(n), path, nameOf(path)+" is a list", hint)
		return
	}
	for i, item := range list.Values {
		if i == maxItems {
			d.report(placeOf(item), path, fmt.Sprintf("%s has more than %d items", nameOf(path), maxItems), "")
			return
		}
		if d.spent >= maxDecoded {
			return
		}
		e := fresh(v.Type().Elem())
		key := fmt.Sprintf("%s[%d]", path, i)
		if i < len(list.Entries) && list.Entries[i] != nil {
			d.places[key] = placeOfToken(list.Entries[i].Start)
		}
		if _, ok := item.(*ast.NullNode); ok {
			d.broken[key] = true
			d.report(d.at(key), key, "this item is empty", "remove the dash")
			continue
		}
		d.decode(item, e, key)
		v.Set(reflect.Append(v, e))
	}
}

func (d *decoder) decodeSources(n ast.Node, v reflect.Value, path string) {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		before := len(d.problems)
		d.decodeSection(n, v, path)
		v.FieldByName("After").SetString(Move)
		d.broken[path] = d.broken[path] || len(d.problems) > before
	default:
		d.decodeScalar(n, v, path)
	}
}

func (d *decoder) decodeScalar(n ast.Node, v reflect.Value, path string) {
	var kind scalarKind
	text := textOf(n)
	switch n := n.(type) {
	case *ast.StringNode:
		kind = kindText
		if q := n.Token.Type; q == token.DoubleQuoteType || q == token.SingleQuoteType {
			kind = kindQuoted
		}
	case *ast.LiteralNode:
		kind = kindQuoted
	case *ast.BoolNode:
		kind = kindBool
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		kind = kindNumber
	case *ast.NullNode:
		d.broken[path] = true
		d.report(d.at(path), path, nameOf(path)+" has no value", "")
		return
	default:
		d.broken[path] = true
		what := "a section"
		if _, ok := n.(*ast.SequenceNode); ok {
			what = "a list"
		}
		d.report(placeOf(n), path, fmt.Sprintf("%s has %s where a value belongs", nameOf(path), what), "")
		return
	}
	if err := set(v, path, text, kind); err != nil {
		d.broken[path] = true
		d.report(placeOf(n), path, nameOf(path)+": "+err.Error(), "")
	}
}

// textOf is a scalar as it was written, without quotes.
func textOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	}
	if t := n.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

// nameOf is a key in a sentence: its last part.
func nameOf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
