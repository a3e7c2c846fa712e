package mp4box

import (
	"github.com/upright-media/upright/cvo"
)

// Matrix is the transformation of a track or movie header in the order of the file: a b u c d v x y w.
// A point (p, q) of the picture is shown at (a·p + c·q + x, b·p + d·q + y). u, v and w are 2.30 fixed point numbers,
// the others 16.16 (ISO/IEC 14496-12 clause 8.3.2).
type Matrix [9]int32

const (
	one  = 1 << 16 // 1 as a 16.16 number
	unit = 1 << 30 // 1 as a 2.30 number
)

// Identity shows the picture as it is coded.
var Identity = Matrix{one, 0, 0, 0, one, 0, 0, 0, unit}

// DisplayMatrix returns the matrix that shows a picture of width by height pixels the way o asks for: mirrored
// left-right first, then turned clockwise. The result lies in the positive quadrant, at (0, 0).
func DisplayMatrix(o cvo.Orientation, width, height int) Matrix {
	return displayMatrix(o, int32(width)<<16, int32(height)<<16)
}

// displayMatrix takes the size in 16.16 fixed point, as in the track header.
func displayMatrix(o cvo.Orientation, w, h int32) Matrix {
	// The turn alone: where it sends the unit vectors, and the shift back into the positive quadrant.
	var a, b, c, d, x, y int32
	switch quadrant(o.Degrees) {
	case 0:
		a, d = one, one
	case 1: // (p, q) -> (h - q, p)
		b, c, x = one, -one, h
	case 2: // (p, q) -> (w - p, h - q)
		a, d, x, y = -one, -one, w, h
	case 3: // (p, q) -> (q, w - p)
		b, c, y = -one, one, w
	}
	if o.Flip { // put w - p for p: the first column changes sign and w of it goes into the shift
		if a != 0 {
			x += w * (a >> 16)
		}
		if b != 0 {
			y += w * (b >> 16)
		}
		a, b = -a, -b
	}
	return Matrix{a, b, 0, c, d, 0, x, y, unit}
}

// quadrant returns how many quarter turns clockwise degrees are, 0 to 3.
func quadrant(degrees int) int { return ((degrees/90)%4 + 4) % 4 }

// Orientation returns which of the eight orientations m does, or false if m does something else (or scales).
// Where the picture ends up (the shift) is not looked at: players differ in whether they honour it.
func (m Matrix) Orientation() (cvo.Orientation, bool) {
	for _, flip := range []bool{false, true} {
		for degrees := 0; degrees < 360; degrees += 90 {
			o := cvo.Orientation{Degrees: degrees, Flip: flip}
			n := displayMatrix(o, 0, 0)
			if m[0] == n[0] && m[1] == n[1] && m[3] == n[3] && m[4] == n[4] && m[2] == 0 && m[5] == 0 {
				return o, true
			}
		}
	}
	return cvo.Orientation{}, false
}

// turns says whether m exchanges width and height.
func (m Matrix) turns() bool { return m[0] == 0 && m[4] == 0 && m[1] != 0 && m[3] != 0 }
