package profile

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Kind is what a token of a line is.
type Kind int

const (
	Element  Kind = iota // a kind of element: Name
	Property             // Name=Value of the element before it
	Link                 // !
	Caps                 // a filter, Value without white space
	Ref                  // Name. or Name.Value: an element that is named elsewhere, and its pad
	Slot                 // ${Name} as a word of its own
)

// Token is a word of a line in the language of gst-launch-1.0.
type Token struct {
	Kind   Kind
	Offset int // in bytes
	Name   string
	Value  string // of a property as the element gets it: without quotation marks and backslashes
	At     int    // of a property: where its value begins, as Offset
}

// MaxLine is how long a line may be, in bytes. GStreamer's parser has no limit of its own.
const MaxLine = 16 << 10

var (
	capsStart  = regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9.+-]+(\(|,|;|$)`)
	identifier = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_:-]*$`)
	reference  = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9_:-]*)\.([A-Za-z0-9_%-]*)$`)
	assignment = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9_:-]*)(\s*=\s*)`)
	slot       = regexp.MustCompile(`^\$\{([^{}]*)\}$`)
)

// Tokens splits a line as the parser of gst_parse_launch does (gst/parse/parse.l), except for bins in parentheses,
// which are refused. The error is a Problem without Field.
func Tokens(text string) ([]Token, error) {
	if len(text) > MaxLine {
		return nil, Problem{Offset: -1, Text: fmt.Sprintf("it is longer than %d bytes", MaxLine)}
	}
	if i := unprintable(text); i >= 0 {
		return nil, Problem{Offset: i, Text: "there is a character that no pipeline can have"}
	}
	var list []Token
	for at := 0; ; {
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t\r\n"))
		if at == len(text) {
			return list, order(list)
		}
		t, n, err := next(text[at:], at, list)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		at += n
	}
}

func unprintable(s string) int {
	for i, r := range s {
		if r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return i
		}
	}
	return -1
}

// next reads the token that rest begins with.
func next(rest string, at int, before []Token) (Token, int, error) {
	if m := assignment.FindStringSubmatch(rest); m != nil && len(before) > 0 && before[len(before)-1].Kind != Link &&
		!strings.Contains(m[2], "\n") {
		raw, ok := word(rest[len(m[0]):])
		if !ok {
			return Token{}, 0, Problem{Offset: at + len(m[0]), Text: "a quotation mark is not closed"}
		}
		return Token{Kind: Property, Offset: at, Name: m[1], Value: unquote(raw), At: at + len(m[0])}, len(m[0]) +
			len(raw), nil
	}
	w, ok := word(rest)
	if !ok {
		return Token{}, 0, Problem{Offset: at, Text: "a quotation mark is not closed"}
	}
	switch {
	case w == "!":
		return Token{Kind: Link, Offset: at}, 1, nil
	case capsStart.MatchString(w):
		filter, n := caps(rest)
		if i := strings.IndexByte(rest[:n], '!'); i >= 0 { // the parser takes it for a link, whatever is around it
			return Token{}, 0, Problem{Offset: at + i, Text: "there cannot be an exclamation mark in a filter",
				Hint: "put spaces around it if it is to link elements"}
		}
		return Token{Kind: Caps, Offset: at, Value: filter}, n, nil
	case slot.MatchString(w):
		return Token{Kind: Slot, Offset: at, Name: slot.FindStringSubmatch(w)[1]}, len(w), nil
	case identifier.MatchString(w):
		return Token{Kind: Element, Offset: at, Name: w}, len(w), nil
	}
	if m := reference.FindStringSubmatch(w); m != nil {
		return Token{Kind: Ref, Offset: at, Name: m[1], Value: m[2]}, len(w), nil
	}
	p := Problem{Offset: at, Text: fmt.Sprintf("%q is no element, property, filter or exclamation mark", w)}
	switch {
	case strings.ContainsAny(w, "()"):
		p.Text, p.Hint = "bins in parentheses cannot be used here", "write the elements without"
	case strings.Contains(w, "!") && len(w) > 1:
		p.Hint = "put spaces around the exclamation mark"
	case strings.Contains(w, "="):
		p.Hint = "an element belongs in front of its properties"
	}
	return Token{}, 0, p
}

// word is what rest begins with up to white space that is neither quoted nor behind a backslash. ok is false if quotes
// are open.
func word(rest string) (w string, ok bool) {
	quote := byte(0)
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		switch {
		case c == '\\' && i+1 < len(rest):
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte(" \t\r\n", c) >= 0:
			return rest[:i], true
		}
	}
	return rest, quote == 0
}

// caps is a filter, which goes on to the next exclamation mark, without the white space that may be in it; and its
// length in rest.
func caps(rest string) (filter string, n int) {
	var b strings.Builder
	for n < len(rest) {
		w, _ := word(rest[n:])
		if w == "!" {
			break
		}
		s := b.String()
		if w != "" && s != "" && !strings.HasSuffix(s, ",") && !strings.HasSuffix(s, ";") &&
			!strings.HasPrefix(w, ",") && !strings.HasPrefix(w, ";") {
			break // the next chain
		}
		b.WriteString(w)
		n += len(w)
		space := len(rest[n:]) - len(strings.TrimLeft(rest[n:], " \t\r\n"))
		n += space
	}
	return b.String(), n
}

// unquote does what gst_parse_element_set and gst_parse_unescape do to a value.
func unquote(s string) string {
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		s = s[1 : n-1]
	}
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && !quoted:
			if i++; i == len(s) {
				return b.String()
			}
		case s[i] == '"' && (!quoted || s[i-1] != '\\'):
			quoted = !quoted
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// order says whether tokens follow each other as they can.
func order(list []Token) error {
	for i, t := range list {
		first := i == 0
		switch t.Kind {
		case Link:
			switch {
			case first:
				return Problem{Offset: t.Offset, Text: "nothing is in front of this exclamation mark"}
			case i == len(list)-1:
				return Problem{Offset: t.Offset, Text: "nothing is behind this exclamation mark"}
			case list[i-1].Kind == Link:
				return Problem{Offset: t.Offset, Text: "there are two exclamation marks in a row"}
			}
		case Property:
			if k := list[i-1].Kind; k != Element && k != Property {
				return Problem{Offset: t.Offset, Text: t.Name + " is a property of no element",
					Hint: "an element belongs in front of its properties"}
			}
		}
	}
	return nil
}

// Chains are the parts of a line whose elements are linked.
func Chains(list []Token) [][]Token {
	var chains [][]Token
	for i, t := range list {
		if i == 0 || t.Kind != Link && t.Kind != Property && list[i-1].Kind != Link {
			chains = append(chains, nil)
		}
		chains[len(chains)-1] = append(chains[len(chains)-1], t)
	}
	return chains
}
