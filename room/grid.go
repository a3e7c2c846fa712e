package room

import (
	"math"
)

// gap is what lies between cells: half a percent of the canvas.
func (a *arranging) gap() int {
	if a.between != nil {
		return *a.between
	}
	return max(2, even(float64(max(a.Width, a.Height))/200))
}

// grid places tiles in cells of 16:9, as large as they can be, the last row in the middle.
func (a *arranging) grid(r rect, tiles []tile, z int) {
	n := len(tiles)
	if n == 0 {
		return
	}
	if n == 1 && r.w == a.Width && r.h == a.Height {
		a.put(r, tiles, z)
		return
	}
	columns, cw, ch, g := a.cells(r, tiles)
	rows := (n + columns - 1) / columns
	top := r.y + even(float64(r.h-rows*ch-(rows-1)*g)/2)
	for row := range rows {
		in := tiles[row*columns : min(n, (row+1)*columns)]
		left := r.x + even(float64(r.w-len(in)*cw-(len(in)-1)*g)/2)
		for i := range in {
			a.put(rect{left + i*(cw+g), top + row*(ch+g), cw, ch}, in[i:i+1], z)
		}
	}
}

// cells are how many columns there are, the size of the cells, and what is between them.
func (a *arranging) cells(r rect, tiles []tile) (columns, w, h, gap int) {
	n, g := len(tiles), a.gap()
	if n > 16 && a.between == nil {
		g = max(2, even(float64(g)/2))
	}
	for c := 1; c <= n; c++ {
		rows := (n + c - 1) / c
		if a.most.Columns > 0 && (c > a.most.Columns || rows > a.most.Rows) {
			continue
		}
		cw := math.Min(float64(r.w-(c-1)*g)/float64(c), float64(r.h-(rows-1)*g)/float64(rows)*16/9)
		if x, y := even(cw), even(cw*9/16); x > w {
			columns, w, h = c, x, y
		}
	}
	columns, w, h = max(1, columns), max(2, w), max(2, h)
	// Pictures that need not be scaled, or by a half, cost less and look better: the gap is given for that.
	rows := (n + columns - 1) / columns
	sw, sh := commonSize(tiles)
	for _, part := range [][2]int{{1, 1}, {2, 3}, {1, 2}, {1, 3}, {1, 4}} {
		x, y := sw*part[0]/part[1], sh*part[0]/part[1]
		if sw*part[0]%part[1] != 0 || sh*part[0]%part[1] != 0 || x%2 != 0 || y%2 != 0 || x*9 != y*16 {
			continue
		}
		if x*columns <= r.w && y*rows <= r.h && float64(x*y) >= 0.97*float64(w*h) {
			w, h = x, y
			for g > 0 && (x*columns+g*(columns-1) > r.w || y*rows+g*(rows-1) > r.h) {
				g -= 2
			}
			break
		}
	}
	return columns, w, h, max(0, g)
}

// commonSize is the size that most pictures have.
func commonSize(tiles []tile) (w, h int) {
	count := map[[2]int]int{}
	most := 0
	for _, t := range tiles {
		k := [2]int{t.Width, t.Height}
		if t.kind != Camera || t.Width <= 0 {
			continue
		}
		if count[k]++; count[k] > most {
			most, w, h = count[k], t.Width, t.Height
		}
	}
	return w, h
}

// row places tiles beside each other, or below each other, each as large as it can be. Where that makes slivers, it is
// a grid.
func (a *arranging) row(r rect, tiles []tile, down bool) {
	n, g := len(tiles), a.gap()
	if n == 0 {
		return
	}
	w, h := even(float64(r.w-(n-1)*g)/float64(n)), r.h
	if down {
		w, h = r.w, even(float64(r.h-(n-1)*g)/float64(n))
	}
	if w*2 < h || h*5 < w || w < minCanvas/2 || h < minCanvas/2 {
		a.grid(r, tiles, 0)
		return
	}
	for i := range tiles {
		at := rect{r.x + i*(w+g), r.y, w, h}
		if down {
			at = rect{r.x, r.y + i*(h+g), w, h}
		}
		a.put(at, tiles[i:i+1], 0)
	}
}

// insets places tiles over the picture: at its right side, or at the bottom.
func (a *arranging) insets(r rect, tiles []tile, right bool) {
	if len(tiles) == 0 {
		return
	}
	m := 2 * a.gap()
	part := 0.22
	if len(tiles) > 4 {
		part = 0.18
	}
	w, h := even(float64(r.w)*part), even(float64(r.h)*part)
	in := rect{m, r.h - h - m, r.w - 2*m, h}
	if right {
		n := len(tiles)
		in = rect{r.w - w - m, m, w, r.h - 2*m}
		if tall := n*even(float64(w)*9/16) + (n-1)*a.gap(); tall < in.h {
			in.y, in.h = in.y+in.h-tall&^1, tall&^1 // from the bottom
		}
	}
	in.x, in.y = in.x&^1, in.y&^1
	a.grid(in, tiles, 1)
}
