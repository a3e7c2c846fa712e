// Package foreign reads the layouts of other services: of Twilio's compositions, and of Agora's recordings.
package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/upright-media/upright/room/layout"
)

// Imported is a layout that came from elsewhere.
type Imported struct {
	Layout        layout.Layout
	Width, Height int      // of the canvas that it was made for, in pixels
	Background    string   // of the canvas, #rrggbb
	Warnings      []string // what has no counterpart here, or has to be looked at: a sentence each
}

// Size is that of a canvas in pixels.
type Size struct{ Width, Height int }

// ParseSize reads 1280x720.
func ParseSize(text string) (s Size, err error) {
	w, h, found := strings.Cut(text, "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !found || errW != nil || errH != nil || width < 1 || height < 1 || width > 1e5 || height > 1e5 {
		return s, fmt.Errorf("%q is no size such as 1280x720", text)
	}
	return Size{width, height}, nil
}

// MostBytes is how long a file may be.
const MostBytes = 1 << 20

// value is what JSON holds at a place.
type value struct {
	at   string // as in main.video_sources, "" for the whole
	json json.RawMessage
}

// entry is one key of an object.
type entry struct {
	key string
	value
}

// read checks that the text is one JSON value.
func read(text []byte) (value, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if len(text) > MostBytes {
		return value{}, fmt.Errorf("the file has more than %d bytes: is it the right one?", MostBytes)
	}
	var syntax *json.SyntaxError
	var any json.RawMessage
	switch err := json.Unmarshal(text, &any); {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		return value{}, fmt.Errorf("line %d: this is no JSON: %w", line, err)
	case err != nil:
		return value{}, fmt.Errorf("this is no JSON: %w", err)
	}
	return value{json: any}, nil
}

func (v value) below(key string) string {
	if v.at == "" {
		return key
	}
	return v.at + "." + key
}

// entries are those of an object, in the order in which they stand; false: it is none.
func (v value) entries() (list []entry, ok bool) {
	d := json.NewDecoder(bytes.NewReader(v.json))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		key, err := d.Token()
		name, isText := key.(string)
		var raw json.RawMessage
		if err != nil || !isText || d.Decode(&raw) != nil {
			return nil, false
		}
		list = append(list, entry{name, value{v.below(name), raw}})
	}
	return list, true
}

// items are those of a list.
func (v value) items() (list []value, ok bool) {
	var raw []json.RawMessage
	if json.Unmarshal(v.json, &raw) != nil || raw == nil {
		return nil, false
	}
	for i, r := range raw {
		list = append(list, value{fmt.Sprintf("%s[%d]", v.at, i), r})
	}
	return list, true
}

func (v value) wrong(what string) error {
	text := string(v.json)
	if len(text) > 60 {
		text = text[:57] + "…"
	}
	return fmt.Errorf("%s is %s, but has to be %s", v.at, strings.ToValidUTF8(text, "�"), what)
}

func (v value) number() (float64, error) {
	var n float64
	if json.Unmarshal(v.json, &n) != nil || math.Abs(n) > 1e6 || bytes.Equal(v.json, []byte("null")) {
		return 0, v.wrong("a number")
	}
	return n, nil
}

func (v value) integer() (int, error) {
	n, err := v.number()
	if err == nil && n != math.Trunc(n) {
		err = v.wrong("a whole number")
	}
	return int(n), err
}

// text is a string, or a number as it is written.
func (v value) text() (string, error) {
	var s string
	if json.Unmarshal(v.json, &s) == nil {
		return s, nil
	}
	if _, err := v.number(); err == nil {
		return string(v.json), nil
	}
	return "", v.wrong("text")
}

func (v value) texts() (list []string, err error) {
	items, ok := v.items()
	if !ok {
		return nil, v.wrong("a list of texts")
	}
	for _, i := range items {
		s, err := i.text()
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func (m *Imported) warn(text string, a ...any) {
	m.Warnings = append(m.Warnings, fmt.Sprintf(text, a...))
}

// part is a length as percent of a whole, exact enough to give back the same pixel.
func part(v, whole float64) layout.Length { return layout.Percent(math.Round(v/whole*1e8) / 1e6) }

// literal is a text as a pattern that matches nothing but it, save for its asterisks.
func literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "?", `\?`).Replace(s)
}

var hexColour = regexp.MustCompile(`^(?:#|0x)?([0-9a-fA-F]{6})$`)

// colour reads a colour of the canvas.
func (m *Imported) colour(v value) {
	s, err := v.text()
	c := hexColour.FindStringSubmatch(s)
	if err != nil || c == nil {
		m.warn("%s: this is no colour as #rrggbb, so the background stays as --background has it", v.at)
		return
	}
	m.Background = "#" + strings.ToLower(c[1])
}

// raise lifts regions over those before them that they would overlap at the same height, and returns which.
func (m *Imported) raise(regions []layout.Region) (raised []int) {
	for i := range regions {
		for k := 0; k < i; k++ {
			a, b := &regions[i], &regions[k]
			if a.Z != b.Z || a.Z == 99 || !a.In(m.Width, m.Height).Overlaps(b.In(m.Width, m.Height)) {
				continue
			}
			a.Z++
			if !slices.Contains(raised, i) {
				raised = append(raised, i)
			}
			k = -1 // it may be as high as another one now
		}
	}
	return raised
}

// finish puts regions together to a layout, and checks it.
func (m *Imported) finish(regions []layout.Region) error {
	special(regions)
	m.Layout = layout.Layout{{Regions: regions}}
	for _, p := range m.Layout.Check(m.Width, m.Height) {
		return fmt.Errorf("region %s: %w", strings.TrimPrefix(p.Path, "[0].regions"), p)
	}
	return nil
}

// special orders regions so that those for certain people are filled before those for anybody.
func special(regions []layout.Region) {
	rank := func(g layout.Region) int {
		switch {
		case len(g.Who) == 0:
			return 2
		case slices.ContainsFunc(g.Who, func(p string) bool { return strings.Contains(p, "*") }):
			return 1
		}
		return 0
	}
	slices.SortStableFunc(regions, func(a, b layout.Region) int { return rank(a) - rank(b) })
}
