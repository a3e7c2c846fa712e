package sketch

import (
	"bufio"
	"fmt"
	"html"
	"io"

	"github.com/upright-media/upright/room"
)

// Sizes of an SVG, in pixels.
const (
	svgWidth = 640 // of each picture
	svgTitle = 36
	svgGap   = 16
)

// shades are the colours of regions.
var shades = map[room.SourceKind]string{room.Camera: "#3b5b8c", room.Screen: "#2f7d5d", room.Avatar: "#5a6070",
	room.More: "#444a57", room.Fill: "#2a2e37"}

// SVG writes pictures below each other.
func SVG(w io.Writer, list []Picture) error {
	b := bufio.NewWriter(w)
	height := svgGap
	for _, p := range list {
		height += svgTitle + svgWidth*p.Height/p.Width + svgGap
	}
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" `+
		`font-family="sans-serif">`+"\n", svgWidth+2*svgGap, height, svgWidth+2*svgGap, height)
	fmt.Fprintf(b, `<rect width="100%%" height="100%%" fill="#ffffff"/>`+"\n")
	y := svgGap
	for _, p := range list {
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="18" fill="#16181d">%s</text>`+"\n", svgGap, y+svgTitle-14,
			html.EscapeString(p.Title))
		h := svgWidth * p.Height / p.Width
		fmt.Fprintf(b, `<svg x="%d" y="%d" width="%d" height="%d" viewBox="0 0 %d %d">`+"\n",
			svgGap, y+svgTitle, svgWidth, h, p.Width, p.Height)
		p.svg(b)
		fmt.Fprint(b, "</svg>\n")
		y += svgTitle + h + svgGap
	}
	fmt.Fprint(b, "</svg>\n")
	return b.Flush()
}

func (p Picture) svg(w io.Writer) {
	fmt.Fprint(w, `<rect width="100%" height="100%" fill="#16181d"/>`+"\n")
	unit := float64(p.Width) / svgWidth // of a pixel of what is written
	regions := byHeight(p.Regions)
	for i, r := range regions {
		fill := shades[r.Source]
		if r.Source == room.Fill && r.Background != "" {
			fill = r.Background
		}
		stroke, width := "#16181d", unit
		if r.Border > 0 {
			stroke, width = r.Colour, float64(r.Border)
		}
		fmt.Fprintf(w, `<rect x="%g" y="%g" width="%g" height="%g" rx="%d" `+
			`fill="%s" stroke="%s" stroke-width="%g"/>`+"\n", float64(r.X)+width/2, float64(r.Y)+width/2,
			float64(r.W)-width, float64(r.H)-width, r.Round, html.EscapeString(fill), html.EscapeString(stroke), width)
		text := cut(p.label(r))
		if text == "" {
			continue
		}
		size := min(15*unit, float64(r.H)/2, 1.6*float64(r.W)/float64(len([]rune(text))))
		x, y := middle(r, regions[i+1:], 0.3*size*float64(len([]rune(text))), 0.6*size)
		fmt.Fprintf(w, `<text x="%.4g" y="%.4g" font-size="%.4g" fill="#ffffff" text-anchor="middle">%s</text>`+"\n",
			x, y+size*0.35, size, html.EscapeString(text))
	}
}

// middle is a place for the middle of a text of half that width and height: in the middle of a region, or where nothing
// lies over it.
func middle(r room.Region, above []room.Region, width, height float64) (x, y float64) {
	covered := func(x, y float64) bool {
		for _, a := range above {
			if x+width > float64(a.X) && x-width < float64(a.X+a.W) && y+height > float64(a.Y) &&
				y-height < float64(a.Y+a.H) {
				return true
			}
		}
		return false
	}
	for _, at := range [][2]float64{{0.5, 0.5}, {0.5, 0.25}, {0.5, 0.75}, {0.25, 0.5}, {0.75, 0.5}, {0.5, 0.1},
		{0.5, 0.9}} {
		x, y = float64(r.X)+at[0]*float64(r.W), float64(r.Y)+at[1]*float64(r.H)
		if !covered(x, y) {
			return x, y
		}
	}
	return float64(r.X) + float64(r.W)/2, float64(r.Y) + float64(r.H)/2
}
