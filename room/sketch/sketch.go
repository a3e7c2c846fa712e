// Package sketch draws how a room is laid out, without pictures: for a terminal, or as SVG.
package sketch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/room"
)

// Picture is one arrangement.
type Picture struct {
	Title         string
	Width, Height int // of the canvas, in pixels
	Regions       []room.Region
	Names         map[string]string // by person
}

// Of are the arrangements of a score that differ in more than in who is where, in order of time.
func Of(s *room.Score) (list []Picture) {
	if s.Canvas == nil {
		return nil
	}
	names := map[string]string{}
	for _, p := range s.People {
		names[p.ID] = p.Name
	}
	seen := map[string]bool{}
	for _, a := range s.Spans {
		var key strings.Builder
		people, more := map[string]bool{}, 0
		for _, r := range a.Regions {
			fmt.Fprint(&key, r.Source, r.X, r.Y, r.W, r.H, r.Z, ";")
			people[r.Person] = true
			more += r.Count
		}
		delete(people, "")
		if seen[key.String()] {
			continue
		}
		seen[key.String()] = true
		n := len(people) + more
		title := fmt.Sprintf("%s, %s, %d people", human.ClockMs(a.From), a.Layout, n)
		if n == 1 {
			title = strings.TrimSuffix(title, "people") + "person"
		}
		list = append(list, Picture{title, s.Canvas.Width, s.Canvas.Height, a.Regions, names})
	}
	return list
}

// label is what stands in a region.
func (p Picture) label(r room.Region) string {
	name := human.Line(p.Names[r.Person])
	if name == "" {
		name = human.Line(r.Person)
	}
	switch r.Source {
	case room.Fill:
		return ""
	case room.More:
		return fmt.Sprintf("+%d", r.Count)
	case room.Camera:
		return name
	}
	return name + " (" + string(r.Source) + ")"
}

// byHeight are regions, the lowest first.
func byHeight(regions []room.Region) []room.Region {
	regions = slices.Clone(regions)
	slices.SortStableFunc(regions, func(a, b room.Region) int { return a.Z - b.Z })
	return regions
}

// Text draws a picture so many characters wide, which are twice as high as they are wide.
func (p Picture) Text(columns int) []string {
	rows := max(4, (columns*p.Height+p.Width)/(2*p.Width))
	lines, owner := make([][]rune, rows), make([][]int, rows) // owner: the region whose inside a character is
	for y := range lines {
		lines[y], owner[y] = slices.Repeat([]rune{' '}, columns), slices.Repeat([]int{-1}, columns)
	}
	regions := byHeight(p.Regions)
	for i, r := range regions {
		x0, x1 := scale(r.X, columns, p.Width), scale(r.X+r.W, columns, p.Width)-1
		y0, y1 := scale(r.Y, rows, p.Height), scale(r.Y+r.H, rows, p.Height)-1
		box(lines, owner, i, rectangle{x0, y0, max(x0, x1), max(y0, y1)}, r.Source == room.Fill)
	}
	for i, r := range regions {
		write(lines, owner, i, []rune(p.label(r)))
	}
	out := make([]string, rows)
	for y, line := range lines {
		out[y] = strings.TrimRight(string(line), " ")
	}
	return out
}

// rectangle has its ends in it.
type rectangle struct{ x0, y0, x1, y1 int }

func scale(v, to, whole int) int { return min((v*to+whole/2)/whole, to) }

// box draws the rectangle of a region. filled is one that nobody is in.
func box(lines [][]rune, owner [][]int, region int, in rectangle, filled bool) {
	inside := ' '
	if filled {
		inside = '░'
	}
	for y := in.y0; y <= in.y1 && y < len(lines); y++ {
		for x := in.x0; x <= in.x1 && x < len(lines[y]); x++ {
			c := edges[side(x, in.x0, in.x1)][side(y, in.y0, in.y1)]
			owner[y][x] = -1
			if c == ' ' {
				c, owner[y][x] = inside, region
			}
			lines[y][x] = c
		}
	}
}

// edges are what a box is drawn with: by column (before, inside, behind, both at once), then by line.
var edges = [4][4]rune{{'┌', '│', '└', '─'}, {'─', ' ', '─', '─'}, {'┐', '│', '┘', '─'}, {'│', '│', '│', '│'}}

func side(v, from, to int) int {
	switch {
	case from == to:
		return 3
	case v == from:
		return 0
	case v == to:
		return 2
	}
	return 1
}

// write puts a text where most of a region is to be seen, as near to its middle as it can be.
func write(lines [][]rune, owner [][]int, region int, text []rune) {
	type run struct{ y, x, n int }
	var runs []run
	for y, line := range owner {
		for x, o := range line {
			switch last := len(runs) - 1; {
			case o != region:
			case last >= 0 && runs[last].y == y && runs[last].x+runs[last].n == x:
				runs[last].n++
			default:
				runs = append(runs, run{y, x, 1})
			}
		}
	}
	if len(runs) == 0 || len(text) == 0 {
		return
	}
	middle := (runs[0].y + runs[len(runs)-1].y) / 2
	away := func(r run) int { return max(r.y-middle, middle-r.y) }
	best := slices.MinFunc(runs, func(a, b run) int {
		return cmp.Or(
			cmp.Compare(min(b.n, len(text)), min(a.n, len(text))),
			cmp.Compare(away(a), away(b)),
			cmp.Compare(b.n, a.n),
		)
	})
	if len(text) > best.n {
		text = append(text[:best.n-1:best.n-1], '…')
	}
	copy(lines[best.y][best.x+(best.n-len(text))/2:], text)
}

// longest is how many characters of a name are drawn.
const longest = 40

func cut(s string) string {
	if utf8.RuneCountInString(s) > longest {
		return string([]rune(s)[:longest-1]) + "…"
	}
	return s
}
