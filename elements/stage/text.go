package stage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/png" // pictures in fonts
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// builtin is the font for everything that it has letters for; the system's fonts, if there are any, have the others.
var builtin = sync.OnceValue(func() *font.Face {
	f, err := font.ParseTTF(bytes.NewReader(gomedium.TTF))
	if err != nil {
		panic(err) // it is part of the program
	}
	return f
})

// system finds fonts of the system for letters that the built-in one lacks. It reads all of them once, so it is asked
// only then.
var system = sync.OnceValue(func() *fontscan.FontMap {
	m := fontscan.NewFontMap(log.New(io.Discard, "", 0))
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	if err := m.UseSystemFonts(filepath.Join(cache, "upright", "fonts")); err != nil {
		return nil
	}
	m.SetQuery(fontscan.Query{Families: []string{fontscan.SansSerif}})
	return m
})

// SystemFonts identifies the fonts of the system by the names and sizes of their files: where they are others, letters
// that the built-in font lacks look otherwise.
func SystemFonts() string {
	folders, err := fontscan.DefaultFontDirectories(log.New(io.Discard, "", 0))
	if err != nil {
		return "none"
	}
	sum := sha256.New()
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return nil // what cannot be read is no font either
			}
			if info, err := e.Info(); err == nil {
				fmt.Fprintln(sum, path, info.Size())
			}
			return nil
		})
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// systemLock guards system, which is for one user at a time.
var systemLock sync.Mutex

// typesetter turns text into lines of glyphs.
type typesetter struct {
	shaper shaping.HarfbuzzShaper
}

// ResolveFace chooses a font for a letter (shaping.Fontmap).
func (t *typesetter) ResolveFace(r rune) *font.Face {
	if _, ok := builtin().NominalGlyph(r); ok {
		return builtin()
	}
	if m := system(); m != nil {
		if f := m.ResolveFace(r); f != nil {
			return f
		}
	}
	return builtin()
}

// typed is a line of text that can be drawn.
type typed struct {
	runs  []shaping.Output
	width float64
}

// has says whether a font has a letter.
func (t *typesetter) has(r rune) bool {
	_, ok := t.ResolveFace(r).NominalGlyph(r)
	return ok
}

// line sets a text of a size in pixels. What is wider than most is cut, with an ellipsis. nil: nothing of it can be
// drawn.
func (t *typesetter) line(text string, size, most float64) *typed {
	systemLock.Lock()
	defer systemLock.Unlock()
	letters := drawable(text, t.has)
	if len(letters) == 0 {
		return nil
	}
	for n := len(letters); n > 0; n-- {
		cut := letters[:n]
		if n < len(letters) {
			if len(letters) > 4*n {
				break // not even the beginning fits
			}
			cut = append(append([]rune(nil), cut...), '…')
		}
		if l := t.set(cut, size); l.width <= most || n == 1 {
			return l
		}
		if n > 80 {
			n = 80
		}
	}
	return nil
}

// drawable is what is left of a text without letters that no font has, and what is joined to them, nor the spaces that
// were around them.
func drawable(text string, has func(rune) bool) []rune {
	var letters []rune
	kept := false // the last letter
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.M, unicode.Cf):
			if kept {
				letters = append(letters, r)
			}
		case unicode.IsSpace(r):
			letters, kept = append(letters, ' '), false
		default:
			if kept = has(r); kept {
				letters = append(letters, r)
			}
		}
	}
	return []rune(strings.Join(strings.Fields(string(letters)), " "))
}

// Drawable says whether there are fonts for all letters of a text. Without one a letter is left out. Signs such as
// emoji do not count: nobody is called differently without them.
func Drawable(text string) bool {
	systemLock.Lock()
	defer systemLock.Unlock()
	return spelled(text, new(typesetter).has)
}

func spelled(text string, has func(rune) bool) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) && !has(r) })
}

func (t *typesetter) set(letters []rune, size float64) *typed {
	levels, _ := embedding(letters)
	in := shaping.Input{Text: letters, Size: fixed.Int26_6(size * 64), Language: language.NewLanguage("en")}
	var seg shaping.Segmenter
	l := &typed{}
	type levelled struct {
		run   shaping.Output
		level int
	}
	var runs []levelled
	for in.RunStart < len(letters) {
		level := levels[in.RunStart]
		in.RunEnd = in.RunStart + 1
		for in.RunEnd < len(letters) && levels[in.RunEnd] == level {
			in.RunEnd++
		}
		if in.Direction = di.DirectionLTR; level%2 == 1 {
			in.Direction = di.DirectionRTL
		}
		for _, run := range seg.Split(in, t) {
			out := t.shaper.Shape(run)
			runs = append(runs, levelled{out, level})
			l.width += float64(out.Advance) / 64
		}
		in.RunStart = in.RunEnd
	}
	inOrder(runs, func(r levelled) int { return r.level })
	for _, r := range runs {
		l.runs = append(l.runs, r.run)
	}
	return l
}

// draw puts the line on a picture, with its baseline at y.
func (l *typed) draw(m *image.RGBA, x, y float64, c color.Color) {
	z := vector.NewRasterizer(m.Rect.Dx(), m.Rect.Dy())
	for _, run := range l.runs {
		scale := float64(run.Size) / 64 / float64(run.Face.Upem())
		for _, g := range run.Glyphs {
			gx, gy := x+float64(g.XOffset)/64, y-float64(g.YOffset)/64
			switch data := run.Face.GlyphData(g.GlyphID).(type) {
			case font.GlyphOutline:
				outline(z, data, gx, gy, scale)
			case font.GlyphBitmap:
				bitmap(m, data, g, gx, gy)
			case font.GlyphSVG:
				outline(z, data.Outline, gx, gy, scale)
			}
			x += float64(g.XAdvance) / 64
		}
	}
	z.Draw(m, m.Rect, image.NewUniform(c), image.Point{})
}

// outline adds a glyph to a path.
func outline(z *vector.Rasterizer, o font.GlyphOutline, x, y, scale float64) {
	open := false
	at := func(p ot.SegmentPoint) (float32, float32) {
		return float32(x + float64(p.X)*scale), float32(y - float64(p.Y)*scale)
	}
	for _, s := range o.Segments {
		ax, ay := at(s.Args[0])
		switch s.Op {
		case ot.SegmentOpMoveTo:
			if open {
				z.ClosePath()
			}
			open = true
			z.MoveTo(ax, ay)
		case ot.SegmentOpLineTo:
			z.LineTo(ax, ay)
		case ot.SegmentOpQuadTo:
			bx, by := at(s.Args[1])
			z.QuadTo(ax, ay, bx, by)
		case ot.SegmentOpCubeTo:
			bx, by := at(s.Args[1])
			cx, cy := at(s.Args[2])
			z.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	if open {
		z.ClosePath()
	}
}

// bitmap draws a glyph that is a picture, such as an emoji.
func bitmap(m *image.RGBA, b font.GlyphBitmap, g shaping.Glyph, x, y float64) {
	src, _, err := image.Decode(bytes.NewReader(b.Data))
	if err != nil {
		return
	}
	w, h := float64(g.Width)/64, -float64(g.Height)/64
	x, y = x+float64(g.XBearing)/64, y-float64(g.YBearing)/64
	to := image.Rect(int(x), int(y), int(x+w+0.5), int(y+h+0.5))
	if to.Empty() || to.Dx() > 4096 || to.Dy() > 4096 {
		return
	}
	small := image.NewRGBA(image.Rect(0, 0, to.Dx(), to.Dy()))
	shrink(small, src)
	draw.Draw(m, to, small, image.Point{}, draw.Over)
}

// shrink scales a picture by the mean of what becomes one pixel.
func shrink(to *image.RGBA, from image.Image) {
	b := from.Bounds()
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			x0, x1 := b.Min.X+x*b.Dx()/to.Rect.Dx(), b.Min.X+(x+1)*b.Dx()/to.Rect.Dx()
			y0, y1 := b.Min.Y+y*b.Dy()/to.Rect.Dy(), b.Min.Y+(y+1)*b.Dy()/to.Rect.Dy()
			var r, g, bl, a, n uint32
			for v := y0; v < max(y1, y0+1); v++ {
				for u := x0; u < max(x1, x0+1); u++ {
					cr, cg, cb, ca := from.At(u, v).RGBA()
					r, g, bl, a, n = r+cr>>8, g+cg>>8, bl+cb>>8, a+ca>>8, n+1
				}
			}
			to.SetRGBA(x, y, color.RGBA{uint8(r / n), uint8(g / n), uint8(bl / n), uint8(a / n)})
		}
	}
}
