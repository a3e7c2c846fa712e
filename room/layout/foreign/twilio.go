package foreign

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/upright-media/upright/room/layout"
)

// twilioSize is the resolution of a composition that does not say it.
var twilioSize = Size{640, 480}

// otherwise says where else what a request for a composition holds is said here.
var otherwise = map[string]string{
	"audio_sources": "all people are heard; use --who and --without with audio: in front", "trim": "use --trim empty",
	"audio_sources_excluded": "use --without 'audio:NAME'", "format": "the video is an MP4", "room_sid": "",
	"status_callback": "use a webhook of upright serve", "status_callback_method": "",
}

// screens are names of tracks that show a screen.
var screens = regexp.MustCompile(`(?i)screen|slide|presentation|desktop|window`)

// Twilio reads the video_layout of a composition, alone or in the request with its resolution: an object of regions
// (https://www.twilio.com/docs/video/api/compositions-resource, "Specifying Video Layouts"). size is that of the canvas
// if it is known otherwise.
func Twilio(text []byte, size Size) (*Imported, error) {
	v, err := read(text)
	if err != nil {
		return nil, err
	}
	top, ok := v.entries()
	if !ok {
		return nil, errors.New("this is no video_layout: it begins with { and the name of a region")
	}
	m := &Imported{Background: "#000000"}
	canvas := twilioSize
	if i := slices.IndexFunc(top, func(e entry) bool { return snake(e.key) == "video_layout" }); i >= 0 {
		for k, e := range top {
			switch key := snake(e.key); {
			case k == i:
			case key == "resolution":
				s, err := e.text()
				if err != nil {
					return nil, err
				}
				if canvas, err = ParseSize(s); err != nil {
					return nil, err
				}
			default:
				m.ignored(e, otherwise[key])
			}
		}
		v = top[i].value
		if s, err := v.text(); err == nil { // as a form has it
			if v, err = read([]byte(s)); err != nil {
				return nil, err
			}
		}
		if top, ok = v.entries(); !ok {
			return nil, v.wrong("an object of regions")
		}
	}
	if size != (Size{}) {
		canvas = size
	}
	m.Width, m.Height = canvas.Width, canvas.Height
	var regions []layout.Region
	for _, e := range top {
		g, err := m.twilioRegion(e)
		if err != nil {
			return nil, err
		}
		regions = append(regions, g)
	}
	if len(regions) == 0 {
		return nil, errors.New("the video_layout has no regions")
	}
	for _, i := range m.raise(regions) {
		m.warn("%s lies over a region of the same z_pos, so it is raised", top[i].at)
	}
	return m, m.finish(regions)
}

// snake is a key as JSON has it, of one that a form has: VideoLayout.
func snake(key string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(key, "${1}_$2"))
}

// ignored warns of a key that means nothing here.
func (m *Imported) ignored(e entry, instead string) {
	text := e.at + " is left out"
	if instead != "" {
		text += ": " + instead
	}
	m.warn("%s", text)
}

// twilio is a region as Twilio has it.
type twilio struct {
	x, y, z, width, height, columns, rows int
	excluded                              []int
	reuse                                 string
	sources, not                          []string
}

func (m *Imported) twilioRegion(e entry) (g layout.Region, err error) {
	keys, ok := e.entries()
	if !ok {
		return g, e.wrong("an object with the keys of a region, such as video_sources")
	}
	r := twilio{reuse: "show_oldest"}
	numbers := map[string]*int{"x_pos": &r.x, "y_pos": &r.y, "z_pos": &r.z, "width": &r.width, "height": &r.height,
		"max_columns": &r.columns, "max_rows": &r.rows}
	for _, k := range keys {
		switch {
		case numbers[k.key] != nil:
			*numbers[k.key], err = k.integer()
		case k.key == "cells_excluded":
			var cells []value
			if cells, ok = k.items(); !ok {
				err = k.wrong("a list of numbers")
			}
			for _, c := range cells {
				n, wrong := c.integer()
				r.excluded, err = append(r.excluded, n), errors.Join(err, wrong)
			}
		case k.key == "reuse":
			r.reuse, err = k.text()
		case k.key == "video_sources":
			r.sources, err = k.texts()
		case k.key == "video_sources_excluded":
			r.not, err = k.texts()
		default:
			m.ignored(k, "")
		}
		if err != nil {
			return g, err
		}
	}
	if r.width == 0 {
		r.width = m.Width - r.x
	}
	if r.height == 0 {
		r.height = m.Height - r.y
	}
	if r.x < 0 || r.y < 0 || r.width <= 0 || r.height <= 0 || r.x+r.width > m.Width || r.y+r.height > m.Height {
		return g, e.wrong("on the canvas of " + sizeText(m.Width, m.Height) + "; give --size if that is another one")
	}
	w, h := float64(m.Width), float64(m.Height)
	g = layout.Region{Z: r.z, Fit: "contain", At: []layout.Length{part(float64(r.x), w), part(float64(r.y), h),
		part(float64(r.width), w), part(float64(r.height), h)}}
	m.twilioSources(e, r, &g)
	m.twilioCells(e, r, &g)
	return g, nil
}

// twilioSources says who is in a region. Twilio's sources are tracks; here they are people and screens.
func (m *Imported) twilioSources(e entry, r twilio, g *layout.Region) {
	isScreen := func(s string) bool { return screens.MatchString(s) }
	cameras := slices.DeleteFunc(slices.Clone(r.sources), isScreen)
	shared := len(r.sources) > len(cameras)
	switch {
	case len(r.sources) == 0:
		m.warn("%s has no video_sources, so nothing is to be seen there", e.at)
		g.Who = layout.Patterns{"nobody"}
		return
	case slices.Contains(r.sources, "*"):
		g.Take, cameras = layout.TakeAny, nil
	case len(cameras) == 0:
		g.Take = layout.TakeScreen
	case shared:
		g.Take = layout.TakeAny
	}
	for _, s := range cameras {
		g.Who = append(g.Who, literal(s))
	}
	for _, s := range r.not {
		if isScreen(s) && g.Take == layout.TakeAny {
			g.Take, shared = layout.TakeCamera, true
			continue
		}
		g.Not = append(g.Not, literal(s))
	}
	if shared {
		m.warn(
			"%s: tracks whose names say screen, slides, presentation, desktop or window are taken for shared screens",
			e.at,
		)
	}
	if len(g.Who)+len(g.Not) > 0 {
		m.warn(
			"%s: Twilio's sources are names of tracks; here who: and not: are ids and names of people, so look at them",
			e.at,
		)
	}
}

// twilioCells says how a region is divided.
func (m *Imported) twilioCells(e entry, r twilio, g *layout.Region) {
	one := len(r.sources) == 1 && !strings.Contains(r.sources[0], "*")
	switch columns, rows := r.columns, r.rows; {
	case columns <= 0 && rows <= 0:
		if g.Grid.Auto = !one; one {
			break
		}
	case columns*rows > layout.MostCells || columns > layout.MostCells || rows > layout.MostCells:
		m.warn("%s: a grid has at most %d cells here, so it has as many as there are people", e.at, layout.MostCells)
		g.Grid.Auto = true
	default:
		if columns <= 0 {
			columns = layout.MostCells / rows
		}
		if rows <= 0 {
			rows = layout.MostCells / columns
		}
		g.Grid = layout.Grid{Columns: columns, Rows: rows}
	}
	if !g.Grid.IsZero() {
		g.Gap = layout.Px(0)
	}
	switch {
	case len(r.excluded) == 0:
	case r.columns > 0 && r.rows > 0 && !g.Grid.Auto:
		for _, c := range r.excluded {
			g.Skip = append(g.Skip, c+1)
		}
	default:
		m.warn(
			"%s: cells_excluded is left out, because it depends on how many people there are unless max_columns and "+
				"max_rows are given",
			e.at,
		)
	}
	switch r.reuse {
	case "show_oldest":
		g.Keep = layout.KeepLongest
	case "show_newest":
		g.Keep = layout.KeepNewest
	case "none":
		g.Keep = layout.KeepLongest
		m.warn("%s: reuse none: cells are used again here, as with show_oldest", e.at)
	default:
		g.Keep = layout.KeepLongest
		m.warn("%s: reuse %q is not known, so it is taken for show_oldest", e.at, r.reuse)
	}
}
