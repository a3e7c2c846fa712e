package stage

import (
	"bufio"
	"fmt"
	"image"
	_ "image/jpeg" // pictures that users have
	"os"

	"golang.org/x/image/draw"
)

// mostPixels is how large a picture may be that a score names: a file of a few bytes may say that it is huge.
const mostPixels = 64 << 20

// ReadPicture reads a PNG or a JPEG.
func ReadPicture(path string) (image.Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	what, _, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s is no PNG or JPEG: %w", path, err)
	}
	if what.Width < 1 || what.Height < 1 || what.Width > mostPixels/what.Height {
		return nil, fmt.Errorf("%s has %dx%d pixels: at most %d million are possible", path, what.Width, what.Height,
			mostPixels>>20)
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, err
	}
	m, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	return m, nil
}

// backdrop fills a canvas with a picture, of which as little as possible is cut off. What is transparent in it is of
// the canvas's colour.
func backdrop(from image.Image, width, height int, under image.Image) *image.RGBA {
	to := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(to, to.Rect, under, image.Point{}, draw.Src)
	part := from.Bounds()
	if w, h := part.Dx(), part.Dy(); w*height > h*width {
		part.Min.X += (w - h*width/height) / 2
		part.Max.X = part.Min.X + max(1, h*width/height)
	} else {
		part.Min.Y += (h - w*height/width) / 2
		part.Max.Y = part.Min.Y + max(1, w*height/width)
	}
	draw.CatmullRom.Scale(to, to.Rect, from, part, draw.Over, nil)
	return to
}

// within makes a picture as small as it has to be, and never larger.
func within(from image.Image, width, height int) *image.RGBA {
	b := from.Bounds()
	scale := min(1, float64(width)/float64(b.Dx()), float64(height)/float64(b.Dy()))
	w, h := max(1, int(float64(b.Dx())*scale)), max(1, int(float64(b.Dy())*scale))
	to := image.NewRGBA(image.Rect(0, 0, (w+1)&^1, (h+1)&^1))
	draw.CatmullRom.Scale(to, image.Rect(0, 0, w, h), from, b, draw.Over, nil)
	return to
}
