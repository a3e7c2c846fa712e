package room

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName is where names are cut, in letters with what belongs to them.
const longestName = 64

// CleanName takes out of a name what cannot be drawn or would do harm in a text: control characters, marks that turn
// the direction of what follows. A name that is too long is cut.
func CleanName(s string) string {
	var b strings.Builder
	letters, space := 0, false
	for _, r := range s {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && !unicode.IsSpace(r):
			continue
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		}
		joins := unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf)
		if !joins {
			letters++
		}
		if letters > longestName {
			return b.String() + "…"
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// mostNames bounds what is read of a file of names.
const mostNames = 1 << 20

// ParseNames reads a file of names: a JSON object of ids and names, lines "id: name", or lines "id,name" as CSV.
func ParseNames(r io.Reader) (Names, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostNames+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostNames {
		return nil, fmt.Errorf("a file of names has %d bytes at most", mostNames)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	names := Names{}
	if t := bytes.TrimSpace(text); len(t) > 0 && t[0] == '{' {
		if err := json.Unmarshal(t, &names); err != nil {
			return nil, fmt.Errorf("the names are not a JSON object of ids and names: %w", err)
		}
		return names, nil
	}
	for n, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		colon, comma := strings.Index(line, ":"), strings.Index(line, ",")
		if colon >= 0 && (comma < 0 || colon < comma) {
			names[unquote(line[:colon])] = unquote(line[colon+1:])
			continue
		}
		fields, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil || len(fields) < 2 {
			return nil, fmt.Errorf("line %d of the names: %q is neither \"id: name\" nor \"id,name\"", n+1, line)
		}
		names[strings.TrimSpace(fields[0])] = strings.TrimSpace(fields[1])
	}
	return names, nil
}

func unquote(s string) string {
	s = strings.TrimSpace(s)
	if n := len(s); n >= 2 && s[0] == s[n-1] && (s[0] == '"' || s[0] == '\'') {
		return s[1 : n-1]
	}
	return s
}

// Initials are one or two letters that stand for a name. Of an id that is a number they are the last two digits: those
// of one room mostly begin alike.
func Initials(name string) string {
	var out []rune
	if strings.Trim(name, "0123456789") == "" && len(name) > 2 {
		return name[len(name)-2:]
	}
	for _, word := range strings.FieldsFunc(name, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.N, unicode.M)
	}) {
		for _, r := range word {
			if unicode.In(r, unicode.L, unicode.N) {
				out = append(out, unicode.ToUpper(r))
				break
			}
		}
	}
	switch {
	case len(out) == 0:
		return "?"
	case len(out) > 2:
		out = []rune{out[0], out[len(out)-1]}
	}
	return string(out)
}
