package foreign

import (
	"errors"
	"fmt"
	"slices"

	"github.com/upright-media/upright/room/layout"
)

// agoraSize is the canvas of a recording that does not say it.
var agoraSize = Size{360, 640}

const userBackground = "people without a picture have an avatar; empty: can name a picture for where nobody is"

// agoraUnused are keys that have no counterpart here, and what to do instead.
var agoraUnused = map[string]string{
	"backgroundImage":            "download it and use --background FILE",
	"defaultUserBackgroundImage": userBackground,
	"backgroundConfig":           userBackground,
	"fps":                        "use --fps", "canvasFps": "use --fps",
	"bitrate": "the encoder takes what the pictures need",
}

// predefined are Agora's own layouts (mixedVideoLayout) and what is like them here.
var predefined = map[int]string{0: "floating, which is --layout float", 1: "best fit, which is --layout grid",
	2: "vertical, which is --layout speaker, or presentation for a shared screen"}

// Agora reads the layout of a composite recording: transcodingConfig of cloud recording, alone or in the request
// (https://docs.agora.io/en/cloud-recording, layoutConfig), or what setVideoMixingLayout of on-premise recording takes,
// as JSON. size is that of the canvas if it is known otherwise.
func Agora(text []byte, size Size) (*Imported, error) {
	v, err := read(text)
	if err != nil {
		return nil, err
	}
	m := &Imported{Background: "#000000"}
	canvas := agoraSize
	list, isList := v.items()
	where := agoraRelative
	if !isList {
		var keys []entry
		if keys, err = m.agoraConfig(v); err != nil {
			return nil, err
		}
		sizes := map[string]*int{"width": &canvas.Width, "height": &canvas.Height, "canvasWidth": &canvas.Width,
			"canvasHeight": &canvas.Height}
		for _, k := range keys {
			switch {
			case sizes[k.key] != nil:
				if *sizes[k.key], err = k.integer(); err == nil && (*sizes[k.key] < 1 || *sizes[k.key] > 1e5) {
					err = k.wrong("a number of pixels")
				}
			case k.key == "layoutConfig", k.key == "regions", k.key == "userLayoutConfigs":
				if list, isList = k.items(); !isList {
					err = k.wrong("a list of regions")
				}
				if k.key == "userLayoutConfigs" {
					where = agoraPixels
				}
			case k.key == "backgroundColor":
				m.colour(k.value)
			case k.key == "mixedVideoLayout":
				err = agoraPredefined(k)
			case k.key == "regionCount":
			default:
				m.ignored(k, agoraUnused[k.key])
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if !isList || len(list) == 0 {
		return nil, errors.New(
			"there are no regions: layoutConfig of cloud recording, or regions or userLayoutConfigs of " +
				"setVideoMixingLayout, is missing or empty",
		)
	}
	if size != (Size{}) {
		canvas = size
	}
	m.Width, m.Height = canvas.Width, canvas.Height
	regions := make([]layout.Region, len(list))
	for i, item := range list {
		if regions[i], err = m.agoraRegion(item, where); err != nil {
			return nil, err
		}
	}
	m.raise(regions) // each covers those before it
	return m, m.finish(regions)
}

// agoraConfig finds the part of a request that is about the layout.
func (m *Imported) agoraConfig(v value) ([]entry, error) {
	for range 4 {
		keys, ok := v.entries()
		if !ok {
			break
		}
		inner := slices.IndexFunc(keys, func(e entry) bool {
			return e.key == "clientRequest" || e.key == "recordingConfig" || e.key == "transcodingConfig"
		})
		if inner < 0 {
			return keys, nil
		}
		v = keys[inner].value
	}
	return nil, errors.New(
		"this is no layout: it is an object with layoutConfig, regions or userLayoutConfigs, or the " +
			"request that has it",
	)
}

func agoraPredefined(e entry) error {
	n, err := e.integer()
	if like := predefined[n]; err == nil && like != "" {
		return fmt.Errorf("%s is %d, %s: no layout of your own is needed", e.at, n, like)
	}
	return err
}

// agora is a region as Agora has it.
type agora struct {
	who                 string
	x, y, width, height float64
	z                   int
	fit                 string
}

// The units of a region: parts of the canvas, or pixels.
const (
	agoraRelative = iota
	agoraPixels
)

func (m *Imported) agoraRegion(v value, unit int) (g layout.Region, err error) {
	r := agora{fit: "cover"}
	if err := m.agoraKeys(v, &r); err != nil {
		return g, err
	}
	w, h := 1.0, 1.0
	if unit == agoraPixels {
		w, h = float64(m.Width), float64(m.Height)
	}
	const rounding = 1e-3 // values have six places, and are often rounded to two
	if r.x < 0 || r.y < 0 || r.width <= 0 || r.height <= 0 || (r.x+r.width)/w > 1+rounding ||
		(r.y+r.height)/h > 1+rounding {
		return g, v.wrong("on the canvas of " + sizeText(m.Width, m.Height))
	}
	r.width, r.height = min(r.width, w-r.x), min(r.height, h-r.y)
	g = layout.Region{Z: r.z, Fit: r.fit, At: []layout.Length{part(r.x, w), part(r.y, h), part(r.width, w),
		part(r.height, h)}}
	if r.fit == "contain" {
		g.Background = "#000000"
	}
	if r.who != "" && r.who != "0" {
		g.Who = layout.Patterns{literal(r.who)}
	}
	return g, nil
}

func (m *Imported) agoraKeys(v value, r *agora) error {
	keys, ok := v.entries()
	if !ok {
		return v.wrong("an object with the keys of a region")
	}
	numbers := map[string]*float64{"x": &r.x, "x_axis": &r.x, "y": &r.y, "y_axis": &r.y, "width": &r.width,
		"height": &r.height}
	for _, k := range keys {
		var err error
		switch {
		case numbers[k.key] != nil:
			*numbers[k.key], err = k.number()
		case k.key == "uid", k.key == "userId":
			r.who, err = k.text()
		case k.key == "zOrder":
			if r.z, err = k.integer(); err == nil && (r.z < -99 || r.z > 99) {
				err = k.wrong("a number from -99 to 99")
			}
		case k.key == "config":
			err = m.agoraKeys(k.value, r)
		case k.key == "render_mode", k.key == "renderMode":
			err = m.agoraFit(k, r)
		case k.key == "alpha":
			var alpha float64
			if alpha, err = k.number(); err == nil && alpha != 1 {
				m.ignored(k, "pictures do not shine through here")
			}
		default:
			m.ignored(k, "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// agoraFit reads how a picture fills its region: cloud recording counts from 0 (cropped, fit), on-premise recording
// from 1 (hidden, fit).
func (m *Imported) agoraFit(e entry, r *agora) error {
	n, err := e.integer()
	if err != nil {
		return err
	}
	if e.key == "renderMode" {
		n = max(0, n-1)
	}
	switch n {
	case 0:
	case 1:
		r.fit = "contain"
	default:
		m.warn("%s: mode %s is not known, so pictures fill their region", e.at, e.json)
	}
	return nil
}

func sizeText(w, h int) string { return fmt.Sprintf("%dx%d", w, h) }
