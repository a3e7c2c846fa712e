package room

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/room/layout"
)

// own arranges a scene by a layout of the user's own: the regions of the first rule that holds are filled one after
// the other. Nobody is in two of them.
func (a *arranging) own() {
	i := slices.IndexFunc(a.Own, func(r layout.Rule) bool { return a.scene.holds(r.When) })
	if i < 0 {
		return
	}
	filled := a.filled(a.Own[i].Regions)
	for _, f := range filled {
		a.fill(f)
	}
}

// holds says whether a condition does.
func (s Scene) holds(w *layout.When) bool {
	if w == nil {
		return true
	}
	floor := slices.DeleteFunc(slices.Clone(s.Seats), func(p Seat) bool { return p.Person != s.Floor || s.Floor == "" })
	return w.People.Holds(len(s.Seats)) && among(w.Screen, s.Screens) && among(w.Speaking, floor) &&
		(len(w.Who) == 0 || anyOf(w.Who, s.Seats))
}

// among says whether somebody of a list is meant, where any and none are possible.
func among(p layout.Patterns, list []Seat) bool {
	switch {
	case len(p) == 0:
		return true
	case p.Is(layout.Any):
		return len(list) > 0
	case p.Is(layout.None):
		return len(list) == 0
	}
	return anyOf(p, list)
}

func anyOf(p layout.Patterns, list []Seat) bool {
	return slices.ContainsFunc(list, func(s Seat) bool { return p.Match(s.Person, s.Name) })
}

// filling is a region and who is in it.
type filling struct {
	layout.Region
	tiles []tile
}

// filled says who is in which region.
func (a *arranging) filled(regions []layout.Region) []filling {
	type who struct {
		person string
		screen bool
	}
	taken := map[who]bool{}
	id := func(t tile) who { return who{t.Person, t.kind == Screen} }
	list, left := make([]filling, len(regions)), make([][]tile, len(regions))
	cells := MostCells
	for i, g := range regions {
		free := slices.DeleteFunc(a.candidates(g), func(t tile) bool { return taken[id(t)] })
		in, out := a.chosen(g, free, min(cells, a.room(g)))
		for _, t := range in {
			taken[id(t)] = true
		}
		cells -= len(in)
		list[i], left[i] = filling{g, in}, out
	}
	// Only now it is known who has no cell at all.
	for i, g := range regions {
		if keep(g) != layout.KeepMore || len(list[i].tiles) == 0 {
			continue
		}
		out := slices.DeleteFunc(left[i], func(t tile) bool { return taken[id(t)] })
		for _, t := range out {
			taken[id(t)] = true
		}
		if last := len(list[i].tiles) - 1; len(out) > 0 {
			list[i].tiles[last] = tile{kind: More, count: len(out) + 1}
		}
	}
	return list
}

// room is how many cells a region has.
func (a *arranging) room(g layout.Region) int {
	switch {
	case g.Grid.Auto:
		return cmp.Or(a.Max, defaultMax)
	case g.Grid.IsZero():
		return 1
	}
	skip := map[int]bool{}
	for _, s := range g.Skip {
		skip[s] = true
	}
	return g.Grid.Columns*g.Grid.Rows - len(skip)
}

// keep is who has a cell if there are too few.
func keep(g layout.Region) string {
	if g.Grid.IsZero() {
		return cmp.Or(g.Keep, layout.KeepLongest)
	}
	return cmp.Or(g.Keep, layout.KeepMore)
}

// candidates are those whom a region may show, in the order in which they are there.
func (a *arranging) candidates(g layout.Region) (list []tile) {
	if g.Take != layout.TakeScreen {
		for _, s := range a.scene.Seats {
			list = append(list, s.tile())
		}
	}
	if g.Take == layout.TakeScreen || g.Take == layout.TakeAny {
		for _, s := range slices.Backward(a.scene.Screens) { // the newest is their first
			list = append(list, tile{Seat: s, kind: Screen})
		}
	}
	return slices.DeleteFunc(list, func(t tile) bool {
		return len(g.Who) > 0 && !g.Who.Match(t.Person, t.Name) || g.Not.Match(t.Person, t.Name)
	})
}

// chosen are those who have one of n cells, in their order, and the others. Candidates come in the order in which they
// are there.
func (a *arranging) chosen(g layout.Region, list []tile, n int) (in, out []tile) {
	if g.Take == layout.TakeFloor {
		floor := func(t tile) time.Duration { return btoi(t.Person != a.scene.Floor) }
		slices.SortStableFunc(list, func(x, y tile) int {
			return cmp.Or(cmp.Compare(floor(x), floor(y)), cmp.Compare(y.Spoke, x.Spoke))
		})
		n = min(n, 1)
		return list[:min(n, len(list))], list[min(n, len(list)):]
	}
	n = max(0, min(n, len(list)))
	switch keep(g) {
	case layout.KeepLongest:
		if !g.Grid.IsZero() || len(g.Order) == 0 && g.Take != layout.TakeScreen {
			list, out = list[:n], list[n:]
		}
	case layout.KeepNewest:
		list, out = list[len(list)-n:], list[:len(list)-n]
	}
	list = slices.Clone(list)
	ordered(g, list)
	return list[:min(n, len(list))], slices.Concat(list[min(n, len(list)):], out)
}

// ordered puts people into the order of a region.
func ordered(g layout.Region, list []tile) {
	newest := g.Order.Is(layout.OrderNewest) || len(g.Order) == 0 && g.Take == layout.TakeScreen
	switch {
	case newest:
		slices.Reverse(list)
	case len(g.Order) == 0 || g.Order.Is(layout.OrderJoined):
	case g.Order.Is(layout.OrderTalked):
		slices.SortStableFunc(list, func(x, y tile) int { return cmp.Compare(y.Spoke, x.Spoke) })
	case g.Order.Is(layout.OrderName):
		slices.SortStableFunc(list, func(x, y tile) int {
			return cmp.Or(
				strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)),
				strings.Compare(x.Person, y.Person),
			)
		})
	default:
		slices.SortStableFunc(list, func(x, y tile) int {
			return cmp.Compare(g.Order.Place(x.Person, x.Name), g.Order.Place(y.Person, y.Name))
		})
	}
}

// fill puts who is in a region where they belong.
func (a *arranging) fill(f filling) {
	b := *a
	if f.Fit != "" {
		b.Fit = f.Fit
	}
	in := rectOf(f.In(a.Width, a.Height))
	usual := b.gap()
	between := f.GapOn(a.Height, usual)
	b.regions, b.most, b.between = nil, f.Grid, &between
	var fills []rect
	switch {
	case f.Grid.Auto, !f.Grid.IsZero() && len(f.Skip) == 0 && cmp.Or(f.Empty, layout.EmptyClose) == layout.EmptyClose &&
		len(f.tiles) < f.Grid.Columns*f.Grid.Rows:
		b.grid(in, f.tiles, f.Z)
	default:
		fills = b.fixed(f, in)
	}
	if f.Background != "" && (len(f.tiles) > 0 || f.Empty == layout.EmptyBackground) {
		a.regions = append(a.regions, filler(in, f.Z, f.Background, ""))
	}
	if picture := f.Picture(); picture != nil {
		for _, r := range fills {
			a.regions = append(a.regions, filler(r, f.Z, "", *picture))
		}
	}
	for _, r := range b.regions {
		r.Dress = dressed(f.Region, r, a.Height)
		a.regions = append(a.regions, r)
	}
}

// fixed puts people into cells that stay where they are, and returns those that nobody is in.
func (a *arranging) fixed(f filling, in rect) (free []rect) {
	rest := f.tiles
	for i, c := range f.Grid.Cells(layout.Rect{X0: in.x, Y0: in.y, X1: in.x + in.w, Y1: in.y + in.h}, a.gap()) {
		switch {
		case slices.Contains(f.Skip, i+1):
		case len(rest) == 0:
			free = append(free, rectOf(c))
		default:
			a.put(rectOf(c), rest[:1], f.Z)
			rest = rest[1:]
		}
	}
	return free
}

func rectOf(r layout.Rect) rect { return rect{r.X0, r.Y0, r.X1 - r.X0, r.Y1 - r.Y0} }

func filler(r rect, z int, colour, picture string) Region {
	return Region{Source: Fill, X: r.x, Y: r.y, W: r.w, H: r.h, Z: z, Fit: "cover",
		Dress: Dress{Background: colour, Picture: picture}}
}

// dressed is how a cell of a region looks.
func dressed(g layout.Region, r Region, height int) Dress {
	ring, _ := layout.ParseBorder(g.Border) // it has been checked
	half := min(r.W, r.H) / 2
	d := Dress{Background: g.Background, Border: min(ring.Pixels, half), Colour: ring.Colour,
		Round: min(int(g.Round.Of(height)), half) &^ 1}
	if g.Label == "none" {
		d.Label = g.Label
	}
	return d
}
