package thumbsink

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// album collects pictures of a video.
type album struct {
	set settings

	poster *image.RGBA
	score  float64 // of the poster
	good   bool    // the poster is good enough, and remains

	tiles  []*image.RGBA
	last   *image.RGBA // tile of the latest picture
	lastAt time.Duration
}

func newAlbum(set settings) *album { return &album{set: set} }

// add takes the next picture, which stands from a time on. It says whether that became the poster.
func (a *album) add(p *image.RGBA, at time.Duration) (poster bool) {
	if !a.good && a.set.Location != "" {
		if good, score := judge(p); a.poster == nil || good || score > a.score {
			a.poster, a.score, a.good, poster = p, score, good, true
		}
	}
	if a.last == nil { // before the first picture there is nothing else to show
		a.last = a.shrink(p)
	}
	a.fill(at)
	a.last, a.lastAt = a.shrink(p), at
	return poster
}

// fill makes tiles of the latest picture until a time: each shows what is to be seen in the middle of its time.
func (a *album) fill(until time.Duration) {
	for n := len(a.tiles); n < a.most() && (a.at(n)+a.at(n+1))/2 < until; n++ {
		a.tiles = append(a.tiles, a.last)
	}
}

// at is when the time begins that a tile stands for.
func (a *album) at(i int) time.Duration {
	return time.Duration(a.set.Start + int64(i)*max(a.set.Interval, int64(time.Millisecond)))
}

func (a *album) most() int {
	if a.set.Tiles > 0 {
		return a.set.Tiles
	}
	return maxTiles
}

// What a poster has to be: neither dark, nor white, nor of one colour, as pictures are that a camera makes before it
// sees.
const (
	darkest  = 24 // mean luma, of 255
	lightest = 235
	flattest = 8 // standard deviation of luma
)

// judge says whether something is to be seen in a picture, and how much.
func judge(p *image.RGBA) (good bool, score float64) {
	b := p.Bounds()
	var n, sum, squares float64
	step := max(1, min(b.Dx(), b.Dy())/90) // a few thousand pixels will do
	for y := 0; y < b.Dy(); y += step {
		for x := 0; x < b.Dx(); x += step {
			c := p.Pix[p.PixOffset(x, y):]
			v := 0.299*float64(c[0]) + 0.587*float64(c[1]) + 0.114*float64(c[2])
			n, sum, squares = n+1, sum+v, squares+v*v
		}
	}
	mean := sum / n
	score = math.Sqrt(max(0, squares/n-mean*mean))
	return mean >= darkest && mean <= lightest && score >= flattest, score
}

// shrink makes a tile of a picture, by the mean of the pixels that become one.
func (a *album) shrink(p *image.RGBA) *image.RGBA {
	w, h := p.Bounds().Dx(), p.Bounds().Dy()
	scale := min(float64(max(a.set.TileWidth, 2))/float64(w), float64(max(a.set.TileHeight, 2))/float64(h), 1)
	side := func(n int) int { return max(2, int(math.Round(float64(n)*scale/2))*2) }
	to := image.NewRGBA(image.Rect(0, 0, side(w), side(h)))
	tw, th := side(w), side(h)
	for y := range th {
		y0, y1 := y*h/th, max((y+1)*h/th, y*h/th+1)
		for x := range tw {
			x0, x1 := x*w/tw, max((x+1)*w/tw, x*w/tw+1)
			var sum [3]int
			for sy := y0; sy < y1; sy++ {
				for row := p.Pix[p.PixOffset(x0, sy):p.PixOffset(x1, sy)]; len(row) > 3; row = row[4:] {
					sum[0], sum[1], sum[2] = sum[0]+int(row[0]), sum[1]+int(row[1]), sum[2]+int(row[2])
				}
			}
			n := (y1 - y0) * (x1 - x0)
			pixel := to.Pix[to.PixOffset(x, y):]
			for i := range sum {
				pixel[i] = byte((sum[i] + n/2) / n)
			}
			pixel[3] = 255
		}
	}
	return to
}

// write makes the files.
func (a *album) write() error {
	end := a.lastAt + 1
	if a.set.Tiles > 0 {
		end = a.at(a.set.Tiles)
	}
	a.fill(max(end, a.at(1)))
	if a.set.Location != "" {
		if err := a.writeJPEG(a.set.Location, a.poster); err != nil {
			return err
		}
	}
	if a.set.Sprite != "" {
		if err := a.writeJPEG(a.set.Sprite, a.grid()); err != nil {
			return err
		}
	}
	if a.set.Index != "" {
		return save(a.set.Index, []byte(a.vtt()))
	}
	return nil
}

func (a *album) writeJPEG(path string, p image.Image) error {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: max(1, a.set.Quality)}); err != nil {
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamFailed, Text: path + " could not be made.",
			Debug: err.Error()}
	}
	return save(path, b.Bytes())
}

func save(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o666); err != nil {
		return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceWrite, Text: "Could not write " + path + ".",
			Debug: err.Error()}
	}
	return nil
}

// tile is the size of the grid's fields: all pictures of a video have one size, if not before then behind cvorotate.
func (a *album) tile() (width, height int) {
	for _, t := range a.tiles {
		width, height = max(width, t.Bounds().Dx()), max(height, t.Bounds().Dy())
	}
	return width, height
}

func (a *album) columns() int { return max(1, min(a.set.Columns, len(a.tiles))) }

// place is where a tile is in the grid.
func (a *album) place(i int) image.Point {
	w, h := a.tile()
	return image.Pt(i%a.columns()*w, i/a.columns()*h)
}

func (a *album) grid() image.Image {
	w, h := a.tile()
	rows := (len(a.tiles) + a.columns() - 1) / a.columns()
	grid := image.NewRGBA(image.Rect(0, 0, w*a.columns(), h*rows))
	draw.Draw(grid, grid.Bounds(), image.Black, image.Point{}, draw.Src)
	for i, t := range a.tiles {
		at := a.place(i)
		draw.Draw(grid, t.Bounds().Add(at), t, image.Point{}, draw.Src)
	}
	return grid
}

// vtt is the index: a cue for each tile, with the media fragment that shows it
// (https://www.w3.org/TR/media-frags/#naming-space), which is what players take for previews.
func (a *album) vtt() string {
	name := a.set.URL
	if name == "" {
		name = filepath.Base(a.set.Sprite)
	}
	var b strings.Builder
	b.WriteString("WEBVTT\n")
	for i, t := range a.tiles {
		from, p := a.at(i)-a.at(0), a.place(i)
		fmt.Fprintf(&b, "\n%s --> %s\n%s#xywh=%d,%d,%d,%d\n", stamp(from), stamp(a.at(i+1)-a.at(0)), escape(name), p.X, p.Y,
			t.Bounds().Dx(), t.Bounds().Dy())
	}
	return b.String()
}

func stamp(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

// escape writes a file name as a relative URL that cannot be taken for markup or an end of line either.
func escape(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~@!$(),/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
