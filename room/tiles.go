package room

import (
	"cmp"
	"slices"
)

// tile is one that is to be put somewhere.
type tile struct {
	Seat
	kind  SourceKind
	count int
}

// tile is somebody, to be seen as they are.
func (s Seat) tile() tile {
	if s.Camera {
		return tile{Seat: s, kind: Camera}
	}
	return tile{Seat: s, kind: Avatar}
}

// people are the tiles of everybody but one, as many as there may be.
func (a *arranging) people(but string) []tile {
	most := cmp.Or(a.Max, defaultMax)
	seats := slices.DeleteFunc(slices.Clone(a.scene.Seats), func(s Seat) bool { return s.Person == but })
	if but != "" {
		most = max(1, most-1)
	}
	var kept map[string]bool
	if len(seats) > most {
		order := slices.Clone(seats)
		shares := func(s Seat) int {
			if slices.ContainsFunc(a.scene.Screens, func(o Seat) bool { return o.Person == s.Person }) {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(order, func(x, y Seat) int {
			return cmp.Or(cmp.Compare(shares(x), shares(y)), cmp.Compare(y.Spoke, x.Spoke))
		})
		shown := most - 1
		if but == "" {
			shown = max(1, shown) // else the only cell would say how many there are, and show none of them
		}
		kept = map[string]bool{}
		for _, s := range order[:shown] {
			kept[s.Person] = true
		}
	}
	var tiles []tile
	for _, s := range seats {
		if kept != nil && !kept[s.Person] {
			continue
		}
		tiles = append(tiles, s.tile())
	}
	if kept != nil && len(tiles) < most {
		tiles = append(tiles, tile{kind: More, count: len(seats) - len(kept)})
	}
	return tiles
}

// everything are the tiles of everybody, and behind them, so that nobody loses a seat, those of shared screens.
func (a *arranging) everything() []tile {
	tiles := a.people("")
	for _, s := range a.scene.Screens {
		if len(tiles) < MostCells {
			tiles = append(tiles, tile{Seat: s, kind: Screen})
		}
	}
	return tiles
}

// main is who is shown large, and the others.
func (a *arranging) main(layout string) (main []tile, rest []tile) {
	if len(a.scene.Screens) > 0 {
		s := a.scene.Screens[0]
		rest = a.people("")
		if i := slices.IndexFunc(rest, func(t tile) bool { return t.Person == s.Person }); i > 0 && layout != "presentation" {
			first := rest[i]
			rest = slices.Insert(slices.Delete(rest, i, i+1), 0, first)
		}
		return []tile{{Seat: s, kind: Screen}}, rest
	}
	i := max(0, slices.IndexFunc(a.scene.Seats, func(s Seat) bool { return s.Person == a.scene.Floor }))
	if len(a.scene.Seats) == 0 {
		return nil, nil
	}
	s := a.scene.Seats[i]
	return []tile{s.tile()}, a.people(s.Person)
}
