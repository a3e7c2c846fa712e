package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/upright-media/upright/internal/human"
)

// What a file may be. The parser takes time with the square of a file's length and a stack as deep as its nesting; a
// thousand times less is enough for any configuration.
const (
	MaxFileBytes = 256 << 10
	maxTokens    = 30000 // words, colons, dashes; comments do not count
	maxNesting   = 16
)

// parse reads data as YAML. It returns nil if there is nothing in it, or if what is wrong (d.problems) leaves nothing
// to read.
func (d *decoder) parse(data []byte) (root ast.Node) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if len(data) > MaxFileBytes {
		d.report(place{}, "", fmt.Sprintf("the file is larger than a configuration can be (%s)", human.Bytes(MaxFileBytes)),
			"is it the right file?")
		return nil
	}
	d.lines = strings.Split(string(data), "\n")
	for i, line := range d.lines {
		d.lines[i] = strings.TrimSuffix(line, "\r")
		if at := invalid(line); at >= 0 {
			d.lines[i] = strings.ToValidUTF8(d.lines[i], "\ufffd")
			d.report(place{line: i + 1, column: utf8.RuneCountInString(line[:at]) + 1}, "", "this is no text in UTF-8",
				"is it the right file?")
			return nil
		}
	}
	// What the parser trips over is an error of the file, whatever it is.
	defer func() {
		if r := recover(); r != nil {
			d.report(place{}, "", fmt.Sprintf("the file cannot be read as YAML (%v)", r), "")
			root = nil
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if p, text := tooMuch(tokens); text != "" {
		d.report(p, "", text, "")
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.reportSyntax(err)
		return nil
	}
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case root == nil:
			root = doc.Body
		default:
			d.report(placeOf(doc.Body), "", "a second document begins here",
				"a configuration is one document: remove the line ---")
			return nil
		}
	}
	return root
}

func invalid(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}

// tooMuch says whether parsing could take longer, or a deeper stack, than a configuration is worth.
func tooMuch(tokens token.Tokens) (place, string) {
	count, flow, line, inLine := 0, 0, 0, 0
	for _, t := range tokens {
		if t.Type == token.CommentType {
			continue
		}
		count++
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			inLine++ // "- - - x" nests in one line
		}
		switch {
		case count > maxTokens:
			return place{line: t.Position.Line, column: t.Position.Column},
				"the file has more in it than a configuration can have"
		case flow > maxNesting || inLine > maxNesting || t.Position.IndentNum > 10*maxNesting:
			return place{line: t.Position.Line, column: t.Position.Column},
				"this is nested deeper than anything in a configuration"
		}
	}
	return place{}, ""
}

// reportSyntax says what the parser says, in the places it says.
func (d *decoder) reportSyntax(err error) {
	var at place
	text := err.Error()
	var e yaml.Error
	if errors.As(err, &e) {
		text = e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			at = place{line: t.Position.Line, column: t.Position.Column}
		}
	}
	hint := ""
	switch {
	case strings.Contains(text, "'\t'"):
		hint = "indent with spaces, YAML allows no tabs"
	case strings.Contains(text, "mapping value is not allowed"):
		hint = "put text that has a colon into quotes, and begin all options of a section in the same column"
	case strings.Contains(text, "unexpected key name"):
		hint = "a colon is missing, or the line before is not finished"
	}
	d.report(at, "", "this is no YAML: "+text, hint)
}
