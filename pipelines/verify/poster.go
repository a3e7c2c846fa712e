package verify

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"

	"github.com/upright-media/upright/cvo"
)

// posterSide is how long the longer side of a poster is, in pixels.
const posterSide = 160

// small is the form of small pictures: I420 of the full range, as JPEGs have it, without anything between lines.
type small struct{ width, height int }

// seenOnly is the form for pictures that are looked at, and not shown.
var seenOnly = small{cells, cells}

// smallOf is the form for pictures of a size that may be shown. Lines of GStreamer's I420 have no end of their own if
// the width is a multiple of 8.
func smallOf(width, height int) small {
	if width <= 0 || height <= 0 {
		width, height = 16, 9
	}
	by := posterSide / float64(max(width, height))
	return small{max(8, 8*int(math.Round(by*float64(width)/8))), max(8, 2*int(math.Round(by*float64(height)/2)))}
}

func (s small) bytes() int { return s.width * s.height * 3 / 2 }

// split are the pictures in a file of them. Half a picture at its end is none.
func (s small) split(file []byte) (pictures [][]byte) {
	for n := s.bytes(); len(file) >= n; file = file[n:] {
		pictures = append(pictures, file[:n])
	}
	return pictures
}

// cells is in how many columns and lines a picture is divided to see how bright it is: single points, as codecs make
// them in haste, do not count.
const cells = 16

// light is how bright the brightest cell of a picture is, and by how much cells differ (standard deviation), from 0 to
// 255.
func (s small) light(picture []byte) (brightest, spread float64) {
	var sum, squares float64
	rows, columns := min(cells, s.height), min(cells, s.width)
	for row := range rows {
		for column := range columns {
			top, bottom := row*s.height/rows, (row+1)*s.height/rows
			left, right := column*s.width/columns, (column+1)*s.width/columns
			total := 0
			for y := top; y < bottom; y++ {
				for _, v := range picture[y*s.width+left : y*s.width+right] {
					total += int(v)
				}
			}
			cell := float64(total) / float64((bottom-top)*(right-left))
			brightest = max(brightest, cell)
			sum, squares = sum+cell, squares+cell*cell
		}
	}
	n := float64(rows * columns)
	return brightest, math.Sqrt(max(0, squares/n-sum*sum/n/n))
}

// blackest is how bright a picture may be, of 255, to be called black: coded in haste it is not quite even.
const blackest = 32

// poster is the picture that stands for a video: the first, unless one that is looked at later shows far more.
type poster struct {
	small
	picture []byte
	shows   float64
}

// see looks at pictures of the video, in their order, and says whether there is anything but black to be seen in one.
func (p *poster) see(pictures [][]byte) (lit bool) {
	for _, picture := range pictures {
		brightest, spread := p.light(picture)
		lit = lit || brightest > blackest
		if shows := spread + brightest/4; p.picture == nil || shows > 2*p.shows {
			p.picture, p.shows = picture, shows
		}
	}
	return lit
}

// jpeg is the poster as players show it; nil if no picture was seen.
func (p *poster) jpeg(o cvo.Orientation) []byte {
	if p.picture == nil {
		return nil
	}
	y := plane{p.picture[:p.width*p.height], p.width, p.height}.shown(o)
	u := plane{p.picture[p.width*p.height:][:p.width*p.height/4], p.width / 2, p.height / 2}.shown(o)
	v := plane{p.picture[p.width*p.height*5/4:], p.width / 2, p.height / 2}.shown(o)
	var b bytes.Buffer
	err := jpeg.Encode(&b, &image.YCbCr{Y: y.points, Cb: u.points, Cr: v.points, YStride: y.width, CStride: u.width,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, y.width, y.height)},
		&jpeg.Options{Quality: 75})
	if err != nil {
		return nil // into memory
	}
	return b.Bytes()
}

// plane is one component of a picture.
type plane struct {
	points        []byte
	width, height int
}

// shown is a plane as an orientation has it shown: mirrored first, and then turned clockwise.
func (p plane) shown(o cvo.Orientation) plane {
	if o == (cvo.Orientation{}) {
		return p
	}
	to := plane{make([]byte, len(p.points)), p.width, p.height}
	if o.Transposes() {
		to.width, to.height = p.height, p.width
	}
	for y := range p.height {
		for x := range p.width {
			atX, atY := x, y
			if o.Flip {
				atX = p.width - 1 - x
			}
			switch o.Degrees {
			case 90:
				atX, atY = p.height-1-atY, atX
			case 180:
				atX, atY = p.width-1-atX, p.height-1-atY
			case 270:
				atX, atY = atY, p.width-1-atX
			}
			to.points[atY*to.width+atX] = p.points[y*p.width+x]
		}
	}
	return to
}
