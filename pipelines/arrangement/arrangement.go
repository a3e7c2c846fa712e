// Package arrangement is what a user can choose about the video of a room: one type, which is the flags of upright
// compose, the options of compose: in upright.yaml, and what a job keeps.
package arrangement

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/lazy"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/room/layout"
)

// Arrangement is what can be chosen. The zero value of each is its default.
type Arrangement struct {
	Layout     string   `default:"auto" placeholder:"NAME" help:"Layout: auto, grid, speaker, single, presentation, strip-top, pip, side-by-side, vertical, float, or one of --layouts. auto is a grid, and presentation while a screen is shared." yaml:"layout" json:"layout,omitempty"`
	Size       string   `default:"1280x720" placeholder:"WxH" help:"Size of the video in pixels, both even, up to 3840x2160." yaml:"size" json:"size,omitempty"`
	FPS        Number   `name:"fps" default:"auto" placeholder:"N" help:"Pictures per second, 10 to 60; auto: as many as the cameras send, up to 30." yaml:"fps" json:"fps,omitempty"`
	Who        []string `sep:"none" placeholder:"PATTERN" help:"Show and play only these people: an id or a name, * matches any letters. Repeat it for several. A video: or audio: prefix limits it to that medium." yaml:"who" json:"who,omitempty"`
	Without    []string `sep:"none" placeholder:"PATTERN" help:"Leave these people out everywhere: pictures, sound, names, messages. Repeat it for several." yaml:"without" json:"without,omitempty"`
	Names      []string `sep:"none" placeholder:"NAMES" help:"Names of people: a file (JSON, CSV, or lines 'id: name'), or ID=NAME. A file names.json beside the recordings is used by default." yaml:"names" json:"names,omitempty"`
	Labels     string   `enum:"name,none" default:"name" placeholder:"WHAT" help:"Label in each picture: ${enum}." yaml:"labels" json:"labels,omitempty"`
	Speaker    string   `enum:"border,level,none" default:"border" placeholder:"HOW" help:"Mark of who speaks: ${enum}. level is a border that is wider while they are louder." yaml:"speaker" json:"speaker,omitempty"`
	NoCamera   string   `name:"no-camera" enum:"avatar,hide" default:"avatar" placeholder:"HOW" help:"People without a picture: ${enum}. avatar shows their initials." yaml:"no_camera" json:"no_camera,omitempty"`
	Fit        string   `enum:"auto,contain,cover,blur,stretch" default:"auto" placeholder:"HOW" help:"Fit pictures of another shape into their cells: ${enum}. auto fills the cell if less than a quarter is cut off, else blurs the rest." yaml:"fit" json:"fit,omitempty"`
	Background string   `default:"#16181d" placeholder:"WHAT" help:"What is behind the pictures: a colour #RRGGBB, or a PNG or JPEG file that fills the canvas." yaml:"background" json:"background,omitempty"`
	Logo       string   `placeholder:"FILE[@CORNER]" help:"PNG or JPEG file shown in a corner: @top-left, @top-right, @bottom-left or @bottom-right (the default). It is made smaller if it is larger than a fifth of the canvas." yaml:"logo" json:"logo,omitempty"`
	Clock      string   `enum:"off,elapsed,wall" default:"off" placeholder:"WHICH" help:"Show a clock: ${enum}." yaml:"clock" json:"clock,omitempty"`
	Zone       string   `default:"UTC" placeholder:"ZONE" help:"Time zone of --clock wall, such as Europe/Berlin." yaml:"zone" json:"zone,omitempty"`
	Title      string   `placeholder:"TEXT" help:"Title, shown for the first 3 seconds." yaml:"title" json:"title,omitempty"`
	Animate    string   `default:"0s" placeholder:"DURATION" help:"How long people take to their new places, such as 250ms, up to 900ms. They arrive when the new arrangement begins. 0s: they jump." yaml:"animate" json:"animate,omitempty"`
	Sound      string   `default:"mix" placeholder:"HOW" help:"Sound: mix; dual:USER = that user left, all others right; spread = each person where they are seen; none." yaml:"sound" json:"sound,omitempty"`
	Tracks     bool     `help:"Add a sound track for each person beside the mix, off until somebody chooses it, with the name as its title." yaml:"tracks" json:"tracks,omitempty"`
	Loudness   Number   `default:"-16" placeholder:"LUFS" help:"Loudness of the room. Each person is raised or lowered to the same loudness, by at most 9 dB. off: as recorded." yaml:"loudness" json:"loudness,omitempty"`
	Trim       string   `default:"ends" placeholder:"WHAT" help:"Cut out: ends = before the first and after the last picture or word; none; empty = also times without any participant; quiet:10s = also times of that length without picture or word." yaml:"trim" json:"trim,omitempty"`
	Max        int      `default:"25" placeholder:"N" help:"Show at most this many people at a time, up to 49; the others stay audible." yaml:"max" json:"max,omitempty"`
	Chapters   string   `enum:"auto,none" default:"auto" placeholder:"WHICH" help:"Chapters for joins, shared screens and long turns: ${enum}." yaml:"chapters" json:"chapters,omitempty"`

	// Own is what Layout names, if that is a layout of the user's own.
	Own layout.Layout `kong:"-" yaml:"-" json:"own,omitempty"`
}

// Number is a number, or a word in its place.
type Number string

// Default has every value as it is without being said.
func Default() Arrangement { return Arrangement{}.Whole() }

// options are the fields that are options of their own, and their defaults as they are written.
func (a *Arrangement) options(each func(v reflect.Value, f reflect.StructField)) {
	v := reflect.ValueOf(a).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Tag.Get("yaml") != "-" {
			each(v.Field(i), f)
		}
	}
}

func usual(v reflect.Value, f reflect.StructField) reflect.Value {
	text := f.Tag.Get("default")
	switch v.Kind() {
	case reflect.String:
		return reflect.ValueOf(text).Convert(v.Type())
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			panic(err) // a test sees it
		}
		return reflect.ValueOf(n)
	}
	return reflect.Zero(v.Type())
}

// Whole has the default in the place of each zero value.
func (a Arrangement) Whole() Arrangement {
	a.options(func(v reflect.Value, f reflect.StructField) {
		if v.IsZero() {
			v.Set(usual(v, f))
		}
	})
	return a
}

// Lean has the zero value in the place of each default. A job is known by that, so that options that come later do not
// make another job of it.
func (a Arrangement) Lean() Arrangement {
	a.options(func(v reflect.Value, f reflect.StructField) {
		if v.Kind() == reflect.Slice && v.Len() == 0 || v.Comparable() && v.Equal(usual(v, f)) {
			v.SetZero()
		}
	})
	return a
}

// Key is what an option is called in YAML and JSON: no_camera for the flag no-camera.
func Key(option string) string { return strings.ReplaceAll(option, "-", "_") }

// Words are the values that an option can have, by its name in YAML; nil: any.
func Words(key string) (words []string) {
	new(Arrangement).options(func(_ reflect.Value, f reflect.StructField) {
		if enum := f.Tag.Get("enum"); enum != "" && f.Tag.Get("yaml") == key {
			words = strings.Split(enum, ",")
		}
	})
	return words
}

// Error is an option whose value makes no sense.
type Error struct {
	Option string // as the flag is called: no-camera
	Err    error  // goes on after the option's name
}

func (e *Error) Error() string { return e.Option + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

func wrong(option, text string, a ...any) error { return &Error{option, fmt.Errorf(text, a...)} }

// colour is one as options and scores have it.
var colour = lazy.Regexp(`^#[0-9a-fA-F]{6}$`)

// Choose reads what was chosen, and checks it. The error is an *Error where it is about one option. Files that it names
// are not looked at.
func (a Arrangement) Choose() (c Choice, err error) {
	a = a.Whole()
	width, height, found := strings.Cut(a.Size, "x")
	w, errW := strconv.Atoi(width)
	h, errH := strconv.Atoi(height)
	if !found || errW != nil || errH != nil {
		return c, wrong("size", "%q is no size such as 1280x720", a.Size)
	}
	c.Room = room.Options{Look: room.Look{Layout: a.Layout, Own: a.Own, Width: w, Height: h, Fit: a.Fit, Max: a.Max},
		NoCamera: a.NoCamera, Chapters: a.Chapters == "auto",
		Style: room.Style{Labels: a.Labels, Speaker: a.Speaker, Background: a.Background,
			Title: room.CleanName(a.Title), Clock: a.Clock, Zone: a.Zone}}
	if a.Max < 1 {
		return c, wrong("max", "%d: at least one is needed", a.Max)
	}
	if a.FPS != "auto" {
		if c.Room.FPS, err = strconv.ParseFloat(string(a.FPS), 64); err != nil {
			return c, wrong("fps", "%q is neither auto nor a number", a.FPS)
		}
	}
	animate, err := time.ParseDuration(a.Animate)
	if err != nil || animate < 0 || animate > room.MostAnimateMs*time.Millisecond {
		return c, wrong("animate", "%q is no time from 0s to %dms", a.Animate, room.MostAnimateMs)
	}
	c.Room.Style.AnimateMs = float64(animate.Microseconds()) / 1000
	if c.Room.Trim, err = room.ParseTrim(a.Trim); err != nil {
		return c, &Error{"trim", err}
	}
	if !colour().MatchString(a.Background) {
		c.Room.Style.Background, c.Room.Style.Backdrop = Default().Background, a.Background
	}
	c.Room.Style.Logo, c.Room.Style.LogoAt = a.logo()
	if _, err := time.LoadLocation(a.Zone); err != nil {
		return c, wrong("zone", "%q is no time zone such as Europe/Berlin", a.Zone)
	}
	if a.Loudness != "off" {
		if c.Loudness, err = strconv.ParseFloat(string(a.Loudness), 64); err != nil || c.Loudness == LoudnessOff {
			return c, wrong("loudness", "%q is neither off nor a number of LUFS such as -16", a.Loudness)
		}
	}
	c.Sound, c.Tracks, c.Filter = a.Sound, a.Tracks, room.Filter{Who: a.Who, Without: a.Without}
	return c, c.Check()
}

// logo is the file and the corner of the logo, if there is one.
func (a Arrangement) logo() (file, corner string) {
	if a.Logo == "" {
		return "", ""
	}
	for _, c := range room.Corners {
		if f, found := strings.CutSuffix(a.Logo, "@"+c); found {
			return f, c
		}
	}
	return a.Logo, "bottom-right"
}

// Files calls each with the files that it names, and puts what each returns in their place.
func (a *Arrangement) Files(each func(option, path string) string) {
	if a.Background != "" && !colour().MatchString(a.Background) {
		a.Background = each("background", a.Background)
	}
	if file, _ := a.logo(); file != "" {
		a.Logo = each("logo", file) + strings.TrimPrefix(a.Logo, file)
	}
	for i, n := range a.Names {
		if _, _, pair := strings.Cut(n, "="); !pair {
			a.Names[i] = each("names", n)
		}
	}
}

// Absolute makes the files that it names those of a folder, unless they are absolute.
func (a *Arrangement) Absolute(dir string) {
	a.Names = append([]string(nil), a.Names...)
	a.Files(func(_, path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	})
}
