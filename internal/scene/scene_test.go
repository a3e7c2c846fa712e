package scene

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
)

// draw renders the scene as the senders of the recordings do.
func draw(w, h, counter int, flash bool) rgb {
	m := rgb{make([]byte, 3*w*h), w, h}
	fill := func(x0, y0, x1, y1 int, r, g, b byte) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				copy(m.pix[3*(y*w+x):], []byte{r, g, b})
			}
		}
	}
	fill(0, 0, w, h, 60, 70, 60)
	s := min(w, h) / 5
	fill(0, 0, s, s, 255, 0, 0)
	fill(w-s, 0, w, s, 0, 255, 0)
	fill(0, h-s, s, h, 0, 0, 255)
	fill(w-s, h-s, w, h, 255, 255, 255)
	row := max(4, min(w, h)/14)
	for i := range 16 {
		var v byte
		if counter>>(15-i)&1 == 1 {
			v = 255
		}
		x := w/4 + i%8*w/16
		fill(x, i/8*row, x+w/16, (i/8+1)*row, v, v, v)
	}
	if flash {
		fill(w*3/10, h*3/10, w*7/10, h*7/10, 255, 255, 255)
	}
	return m
}

// apply does to a picture what an orientation says.
func apply(m rgb, o cvo.Orientation) rgb {
	move := func(m rgb, w, h int, to func(x, y int) (int, int)) rgb {
		out := rgb{make([]byte, len(m.pix)), w, h}
		for y := range m.height {
			for x := range m.width {
				tx, ty := to(x, y)
				copy(out.pix[3*(ty*w+tx):], m.pix[3*(y*m.width+x):][:3])
			}
		}
		return out
	}
	if o.Flip {
		m = move(m, m.width, m.height, func(x, y int) (int, int) { return m.width - 1 - x, y })
	}
	for range o.Degrees / 90 {
		in := m
		m = move(in, in.height, in.width, func(x, y int) (int, int) { return in.height - 1 - y, x })
	}
	return m
}

// Inverse orientations: what is turned by one is upright after the other.
func TestReadFindsWhatIsStillToBeDone(t *testing.T) {
	for _, size := range [][2]int{{320, 180}, {180, 320}, {640, 360}, {319, 181}} {
		for _, flip := range []bool{false, true} {
			for degrees := 0; degrees < 360; degrees += 90 {
				done := cvo.Orientation{Degrees: degrees, Flip: flip}
				want := done // a mirror image is its own inverse
				if !flip {
					want.Degrees = (360 - degrees) % 360
				}
				for _, counter := range []int{0, 1, 93, 187, 0xAAAA, 0xFFFF} {
					m := apply(draw(size[0], size[1], counter, counter == 93), done)
					p := Read(m.pix, m.width, m.height)
					name := fmt.Sprint(size, done, counter)
					require.True(t, p.Known, name)
					require.Equal(t, want, p.Turn, name)
					require.Equal(t, counter, p.Counter, name)
					require.Equal(t, counter == 93, p.Flash, name)
				}
			}
		}
	}
}

func TestReadBetweenBars(t *testing.T) {
	small := draw(101, 180, 77, true)
	big := rgb{make([]byte, 3*320*180), 320, 180}
	for y := range 180 {
		copy(big.pix[3*(y*320+110):], small.pix[3*y*101:3*(y+1)*101])
	}
	p := Read(big.pix, 320, 180)
	require.Equal(t, Picture{Known: true, Counter: 77, Flash: true, Area: Rect{110, 0, 211, 180}}, p)
}

func TestReadOtherPictures(t *testing.T) {
	for _, level := range []byte{0, 128, 255} {
		pix := make([]byte, 3*64*48)
		for i := range pix {
			pix[i] = level
		}
		require.False(t, Read(pix, 64, 48).Known, level)
	}
}

func TestBeeps(t *testing.T) {
	samples := make([]int16, 4*Rate)
	tone := func(at time.Duration, hz float64) {
		from := int(at * Rate / time.Second)
		for i := range Rate / 10 {
			samples[from+i] = int16(0.4 * math.MaxInt16 * math.Sin(2*math.Pi*hz*float64(i)/Rate))
		}
	}
	tone(time.Second, 500+150*7+50)
	tone(2*time.Second+500*time.Microsecond, 500+50)
	found := Beeps(samples, 1)
	require.Len(t, found, 2)
	for i, want := range []Beep{{At: time.Second, Hz: 1600, Second: 7},
		{At: 2*time.Second + 500*time.Microsecond, Hz: 550, Second: 0}} {
		require.Equal(t, want.Second, found[i].Second)
		require.InDelta(t, want.Hz, found[i].Hz, 2)
		require.InDelta(t, want.At, found[i].At, float64(time.Millisecond))
	}
	require.Empty(t, Beeps(make([]int16, Rate), 0))
}
