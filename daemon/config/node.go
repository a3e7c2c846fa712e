package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// place is where a value comes from.
type place struct {
	line, column int    // from 1; 0: unknown
	env          string // environment variable, "" if it is in the file
}

func placeOf(n ast.Node) place {
	switch n := n.(type) {
	case nil:
		return place{}
	case *ast.MappingNode: // its own token is the colon behind the first key
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return placeOf(n.Values[0])
		}
	case *ast.MappingValueNode:
		return placeOf(n.Key)
	}
	return placeOfToken(n.GetToken())
}

func placeOfToken(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{}
	}
	return place{line: t.Position.Line, column: t.Position.Column}
}

// collect finds all anchors below n.
func (d *decoder) collect(n ast.Node) {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			d.collect(v)
		}
	case *ast.MappingValueNode:
		d.collect(n.Key)
		d.collect(n.Value)
	case *ast.MappingKeyNode:
		d.collect(n.Value)
	case *ast.SequenceNode:
		for _, v := range n.Values {
			d.collect(v)
		}
	case *ast.TagNode:
		d.collect(n.Value)
	case *ast.AnchorNode:
		name := n.Name.GetToken().Value
		if _, twice := d.anchors[name]; twice {
			d.report(placeOf(n), "", fmt.Sprintf("the anchor &%s is set twice", name), "give one of them another name")
		} else {
			d.anchors[name] = n.Value
		}
		d.collect(n.Value)
	}
}

// resolve follows anchors and aliases to the value. nil: there is none, which is reported.
func (d *decoder) resolve(n ast.Node, path string) ast.Node {
	for range maxNesting {
		switch node := n.(type) {
		case *ast.AnchorNode:
			n = node.Value
		case *ast.AliasNode:
			name := node.Value.GetToken().Value
			target, ok := d.anchors[name]
			if !ok {
				d.report(placeOf(node), path, fmt.Sprintf("*%s: there is no anchor &%s", name, name),
					"put text that begins with an asterisk into quotes")
				return nil
			}
			n = target
		case *ast.TagNode:
			d.report(placeOf(node), path, "tags as "+quote(node.Start.Value)+" mean nothing here",
				"leave it out, or put the text into quotes")
			return nil
		case nil:
			return nil
		default:
			return n
		}
	}
	d.report(placeOf(n), path, "aliases lead to aliases without end", "")
	return nil
}

// pair is one key of a mapping.
type pair struct {
	name  string
	key   ast.Node
	value ast.Node
	at    place // of the key
}

// pairs are those of a mapping, with those that it takes over by <<. ok is false if n is no mapping.
func (d *decoder) pairs(n ast.Node, path string, depth int) (all []pair, ok bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil, false
	}
	if depth > maxNesting {
		d.report(placeOf(n), path, "<< takes over itself", "")
		return nil, true
	}
	first := map[string]place{}
	var merges []ast.Node
	for _, v := range values {
		if !d.spend(v) {
			return nil, true
		}
		if v.Key.IsMergeKey() {
			merges = append(merges, v.Value)
			continue
		}
		p := pair{key: v.Key, value: v.Value, at: placeOf(v.Key)}
		p.name = keyName(v.Key)
		if before, twice := first[p.name]; twice {
			d.report(p.at, join(path, p.name), fmt.Sprintf("%s is given twice, first in line %d", p.name, before.line),
				"remove one of them")
			continue
		}
		first[p.name] = p.at
		all = append(all, p)
	}
	for _, m := range merges {
		for _, p := range d.merged(m, path, depth) {
			if _, own := first[p.name]; !own {
				first[p.name] = p.at
				all = append(all, p)
			}
		}
	}
	return all, true
}

// merged are the pairs that << takes over: those of a mapping, or of several, the first of which win.
func (d *decoder) merged(n ast.Node, path string, depth int) (all []pair) {
	at := placeOf(n)
	list := []ast.Node{n}
	n = d.resolve(n, path)
	if s, ok := n.(*ast.SequenceNode); ok {
		list = s.Values
	}
	for _, item := range list {
		item = d.resolve(item, path)
		if item == nil {
			continue
		}
		pairs, ok := d.pairs(item, path, depth+1)
		if !ok {
			d.report(at, path, "<< takes over the options of a section",
				"write <<: *name, where &name is in front of a section")
			return all
		}
		all = append(all, pairs...)
	}
	return all
}

func keyName(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.MappingKeyNode:
		if n.Value != nil {
			return n.Value.GetToken().Value
		}
	case *ast.AnchorNode:
		if k, ok := n.Value.(ast.MapKeyNode); ok {
			return keyName(k)
		}
	}
	if t := n.GetToken(); t != nil {
		return t.Value
	}
	return ""
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// spend counts what is decoded. Aliases make much out of little; a configuration that is worth reading stays far below.
func (d *decoder) spend(n ast.Node) bool {
	d.spent++
	if d.spent == maxDecoded {
		d.report(placeOf(n), "", "the file's aliases make more of it than a configuration can have", "")
	}
	return d.spent < maxDecoded
}

const (
	maxDecoded = 4 * maxTokens
	maxItems   = 1000 // of a list: watch folders, arguments
)
