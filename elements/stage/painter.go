package stage

import (
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/image/vector"

	"github.com/upright-media/upright/room"
)

// painter draws what is no picture: names, initials, a clock.
type painter struct {
	score      *room.Score
	background uint32
	names      map[string]room.Player
	speech     map[string][]ring
	zone       *time.Location
	text       typesetter
	cells      map[string]*image.RGBA // avatars, by what is on them
	backdrop   *image.RGBA            // behind everything, nil: a colour
	logo       *image.RGBA
	fills      map[string]image.Image // pictures where nobody is, by path
}

const (
	titleFor  = 3  // seconds for which a title is shown
	mostCells = 64 // avatars that are kept
	logoPart  = 5  // of the canvas's width and height is what a logo has at the most
)

func newPainter(s *room.Score) *painter {
	p := &painter{score: s, background: 0x16181d, names: map[string]room.Player{}, speech: rings(s),
		cells: map[string]*image.RGBA{}, fills: map[string]image.Image{}, zone: time.UTC}
	if v, ok := parseColour(s.Style.Background); ok {
		p.background = v
	}
	for _, who := range s.People {
		p.names[who.ID] = who
	}
	if z, err := time.LoadLocation(s.Style.Zone); err == nil {
		p.zone = z
	}
	return p
}

// parseColour reads #rrggbb.
func parseColour(text string) (rgb uint32, ok bool) {
	v, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 24)
	return uint32(v), err == nil && len(text) == 7
}

// pictures reads those that the score names.
func (p *painter) pictures() error {
	c, style := p.score.Canvas, p.score.Style
	if style.Backdrop != "" {
		m, err := ReadPicture(style.Backdrop)
		if err != nil {
			return err
		}
		p.backdrop = backdrop(m, c.Width, c.Height, image.NewUniform(rgb(p.background)))
	}
	if style.Logo != "" {
		m, err := ReadPicture(style.Logo)
		if err != nil {
			return err
		}
		p.logo = within(m, c.Width/logoPart, c.Height/logoPart)
	}
	for _, a := range p.score.Spans {
		for _, r := range a.Regions {
			if r.Picture == "" || p.fills[r.Picture] != nil {
				continue
			}
			m, err := ReadPicture(r.Picture)
			if err != nil {
				return err
			}
			p.fills[r.Picture] = m
		}
	}
	return nil
}

func rgb(v uint32) color.RGBA { return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255} }

// whole says whether a region is all there is to see, so that a border would say nothing.
func (p *painter) whole(r room.Region) bool {
	return r.W == p.score.Canvas.Width && r.H == p.score.Canvas.Height
}

func (p *painter) name(id string) string {
	if who, ok := p.names[id]; ok && room.CleanName(who.Name) != "" {
		return room.CleanName(who.Name)
	}
	return id
}

// hue is a colour made from an id, dark enough for white letters.
func hue(id string) color.RGBA {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	angle := float64(h.Sum32()%360) / 60
	channel := func(n float64) uint8 { // HSL with S 0.42, L 0.40
		k := math.Mod(n+angle*2, 12)
		return uint8(255 * (0.40 - 0.42*0.40*max(-1, min(k-3, 9-k, 1))))
	}
	return color.RGBA{channel(0), channel(8), channel(4), 255}
}

// drawn keeps what draw draws by its key, so that it is drawn once.
func (p *painter) drawn(key string, draw func() *image.RGBA) *image.RGBA {
	m := p.cells[key]
	if m == nil {
		if len(p.cells) >= mostCells {
			clear(p.cells)
		}
		m = draw()
		p.cells[key] = m
	}
	return m
}

// fill is a colour or a picture where nobody is.
func (p *painter) fill(r room.Region) *image.RGBA {
	return p.drawn(fmt.Sprint(r.Picture, r.Background, r.W, r.H), func() *image.RGBA {
		colour, ok := parseColour(r.Background)
		if !ok {
			colour = p.background
		}
		if m := p.fills[r.Picture]; m != nil {
			return backdrop(m, r.W, r.H, image.NewUniform(rgb(colour)))
		}
		m := image.NewRGBA(image.Rect(0, 0, r.W, r.H))
		draw.Draw(m, m.Rect, image.NewUniform(rgb(colour)), image.Point{}, draw.Src)
		return m
	})
}

// avatar is what stands in a region that has no picture.
func (p *painter) avatar(r room.Region) *image.RGBA {
	return p.drawn(fmt.Sprint(r.Person, r.Count, r.W, r.H, r.Source), func() *image.RGBA { return p.initials(r) })
}

// initials draws an avatar.
func (p *painter) initials(r room.Region) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, r.W, r.H))
	draw.Draw(m, m.Rect, image.NewUniform(color.RGBA{0x26, 0x2a, 0x33, 255}), image.Point{}, draw.Src)
	radius := float64(min(r.W, r.H)) * 0.28
	disc, text := hue(r.Person), p.names[r.Person].Initials
	if r.Source == room.More {
		disc, text = color.RGBA{0x44, 0x4a, 0x57, 255}, fmt.Sprintf("+%d", r.Count)
	}
	circle(m, float64(r.W)/2, float64(r.H)/2, radius, disc)
	if text == "" {
		text = room.Initials(p.name(r.Person))
	}
	size := radius * 0.9
	t := p.text.line(text, size, 2*radius)
	if t == nil { // no font has it
		t = p.text.line(room.Initials(r.Person), size, 2*radius)
	}
	if t != nil {
		t.draw(m, (float64(r.W)-t.width)/2, float64(r.H)/2+size*0.35, color.White)
	}
	if r.Source == room.Camera || r.Source == room.Avatar {
		p.noPicture(m, r)
	}
	return m
}

// noPicture draws a camera that is crossed out, for people who have one that shows nothing now.
func (p *painter) noPicture(m *image.RGBA, r room.Region) {
	has := false
	for _, s := range p.score.Sources {
		has = has || s.Person == r.Person && s.Source == room.Camera
	}
	s := math.Max(12, float64(min(r.W, r.H))*0.09)
	if !has || r.W < 80 || r.H < 60 {
		return
	}
	x, y := float64(r.W)-1.8*s, float64(r.H)-1.5*s
	grey := color.RGBA{0xb8, 0xbd, 0xc8, 255}
	polygon(m, grey, x, y, x+0.75*s, y, x+0.75*s, y+0.6*s, x, y+0.6*s)
	polygon(m, grey, x+0.8*s, y+0.3*s, x+1.1*s, y+0.05*s, x+1.1*s, y+0.55*s)
	w := s * 0.06
	polygon(m, color.RGBA{0xf0, 0x50, 0x50, 255}, x-0.1*s-w, y+0.7*s, x+1.1*s-w, y-0.2*s, x+1.1*s+w, y-0.2*s+2*w,
		x-0.1*s+w, y+0.7*s+2*w)
}

// label is the name in a region, and where it goes on the canvas: below at the left, or above where another region
// covers that.
func (p *painter) label(r room.Region, all []room.Region) (image.Point, *image.RGBA) {
	if p.score.Style.Labels == "none" || r.Label == "none" || r.Source == room.More || r.Source == room.Fill || r.W < 60 ||
		r.H < 36 {
		return image.Point{}, nil
	}
	size := min(max(float64(p.score.Canvas.Height)/42, 13), max(11, float64(r.H)/7))
	size = max(size, min(14, float64(r.H)/4))
	name := p.name(r.Person)
	if r.Source == room.Screen {
		name += " – screen"
	}
	pad := math.Round(size * 0.4)
	t := p.text.line(name, size, float64(r.W)-4*pad)
	if t == nil { // no font has it
		t = p.text.line(r.Person, size, float64(r.W)-4*pad)
	}
	if t == nil {
		return image.Point{}, nil
	}
	w, h := (int(t.width+2*pad)+1)&^1, (int(size*1.55)+1)&^1
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	rounded(m, size*0.3, color.RGBA{0, 0, 0, 150})
	t.draw(m, pad, float64(h)/2+size*0.34, color.White)
	margin := int(pad) + r.Border + r.Round*3/10 // within the curve of the corner
	below := image.Pt((r.X+margin)&^1, (r.Y+r.H-h-margin)&^1)
	for _, at := range []image.Point{below, {below.X, (r.Y + margin) &^ 1}} {
		if !covered(m.Rect.Add(at), r.Z, all) {
			return at, m
		}
	}
	return image.Point{}, nil
}

// covered says whether a part of the canvas, at a height, lies below one of the regions.
func covered(part image.Rectangle, z int, all []room.Region) bool {
	for _, r := range all {
		if r.Z > z && part.Overlaps(image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H)) {
			return true
		}
	}
	return false
}

// overlay is a picture over everything.
type overlay struct {
	at      image.Point
	picture *image.RGBA
}

// changes says whether other things than in the second before lie over everything.
func (p *painter) changes(second int) bool {
	clock := p.score.Style.Clock == "elapsed" || p.score.Style.Clock == "wall"
	return clock || p.score.Style.Title != "" && second == titleFor
}

// over is what lies over everything in a second of the output.
func (p *painter) over(second int) (list []overlay) {
	c, style := p.score.Canvas, p.score.Style
	box := func(text string, size float64, place func(w, h int) image.Point) {
		t := p.text.line(text, size, float64(c.Width)*0.9)
		if t == nil {
			return
		}
		w, h := (int(t.width+size)+1)&^1, (int(size*1.7)+1)&^1
		m := image.NewRGBA(image.Rect(0, 0, w, h))
		rounded(m, size*0.3, color.RGBA{0, 0, 0, 170})
		t.draw(m, size/2, float64(h)/2+size*0.34, color.White)
		list = append(list, overlay{place(w, h), m})
	}
	unit := float64(min(c.Width, c.Height))
	if title := room.CleanName(style.Title); title != "" && second < titleFor {
		box(title, max(18, unit/16), func(w, h int) image.Point { return image.Pt((c.Width-w)/2&^1, (c.Height-h)/2&^1) })
	}
	text := ""
	switch style.Clock {
	case "elapsed":
		text = fmt.Sprintf("%d:%02d:%02d", second/3600, second/60%60, second%60)
	case "wall":
		at := style.OriginUs + int64(p.score.RoomTime(float64(second)*1000)*1000)
		text = time.UnixMicro(at).In(p.zone).Format("2006-01-02 15:04:05")
	}
	margin, below := int(unit/60)&^1, 0
	if text != "" {
		box(text, max(13, unit/36), func(w, h int) image.Point {
			below = h + margin
			return image.Pt((c.Width-w-margin)&^1, margin)
		})
	}
	if p.logo != nil {
		list = append(list, overlay{p.logoAt(margin, below), p.logo})
	}
	return list
}

// logoAt is the place of the logo: in its corner, or below the clock if that is there.
func (p *painter) logoAt(margin, below int) image.Point {
	c, size, at := p.score.Canvas, p.logo.Rect.Size(), image.Pt(margin, margin)
	if strings.HasSuffix(p.score.Style.LogoAt, "right") {
		at.X = (c.Width - size.X - margin) &^ 1
		if p.score.Style.LogoAt == "top-right" {
			at.Y += below
		}
	}
	if strings.HasPrefix(p.score.Style.LogoAt, "bottom") {
		at.Y = (c.Height - size.Y - margin) &^ 1
	}
	return at
}

// Shapes, with soft edges.

func fillPath(m *image.RGBA, c color.Color, path func(*vector.Rasterizer)) {
	z := vector.NewRasterizer(m.Rect.Dx(), m.Rect.Dy())
	path(z)
	z.Draw(m, m.Rect, image.NewUniform(c), image.Point{})
}

func circle(m *image.RGBA, x, y, r float64, c color.Color) {
	fillPath(m, c, func(z *vector.Rasterizer) { arcs(z, x-r, y-r, x+r, y+r, r) })
}

func rounded(m *image.RGBA, r float64, c color.Color) {
	fillPath(m, c, func(z *vector.Rasterizer) { arcs(z, 0, 0, float64(m.Rect.Dx()), float64(m.Rect.Dy()), r) })
}

// arcs is a rectangle with round corners.
func arcs(z *vector.Rasterizer, x0, y0, x1, y1, r float64) {
	const k = 0.5523 // of a quarter of a circle as a cubic curve
	f := func(v float64) float32 { return float32(v) }
	d := r * (1 - k)
	z.MoveTo(f(x0+r), f(y0))
	z.LineTo(f(x1-r), f(y0))
	z.CubeTo(f(x1-d), f(y0), f(x1), f(y0+d), f(x1), f(y0+r))
	z.LineTo(f(x1), f(y1-r))
	z.CubeTo(f(x1), f(y1-d), f(x1-d), f(y1), f(x1-r), f(y1))
	z.LineTo(f(x0+r), f(y1))
	z.CubeTo(f(x0+d), f(y1), f(x0), f(y1-d), f(x0), f(y1-r))
	z.LineTo(f(x0), f(y0+r))
	z.CubeTo(f(x0), f(y0+d), f(x0+d), f(y0), f(x0+r), f(y0))
	z.ClosePath()
}

func polygon(m *image.RGBA, c color.Color, xy ...float64) {
	fillPath(m, c, func(z *vector.Rasterizer) {
		z.MoveTo(float32(xy[0]), float32(xy[1]))
		for i := 2; i < len(xy); i += 2 {
			z.LineTo(float32(xy[i]), float32(xy[i+1]))
		}
		z.ClosePath()
	})
}
