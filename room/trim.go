package room

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Trim says what of a room is left out.
type Trim struct {
	Mode  string        // ends (default), none, empty, quiet
	Quiet time.Duration // quiet: from how long on
}

// ParseTrim reads what --trim says.
func ParseTrim(s string) (Trim, error) {
	switch s {
	case "", "ends", "none", "empty":
		return Trim{Mode: cmp.Or(s, "ends")}, nil
	}
	if rest, ok := strings.CutPrefix(s, "quiet:"); ok {
		if d, err := time.ParseDuration(rest); err == nil && d >= time.Second && d <= time.Hour {
			return Trim{"quiet", d}, nil
		}
		return Trim{}, fmt.Errorf("%q: after quiet: comes a time from 1s to 1h", s)
	}
	return Trim{}, fmt.Errorf("%q is none of ends, none, empty, quiet:10s", s)
}

// longEmpty is from when on the time in which nobody is there is left out.
const longEmpty = 2 * time.Second

// pieces are the parts of a room that are in the output.
func (t Trim) pieces(c *Cast, talks []Talk) []Piece {
	var present, busy []Span
	for _, p := range c.People {
		present = append(present, p.Present...)
		for _, s := range p.Sources {
			busy = append(busy, without([]Span{s.Span}, longer(s.Holes, stands))...)
		}
	}
	for _, talk := range talks {
		busy = append(busy, talk.Span)
	}
	present, busy = Joined(present, longEmpty), Joined(busy, max(longEmpty, t.Quiet))
	if len(present) == 0 {
		return nil
	}
	whole := Span{present[0].From, present[len(present)-1].To}
	kept := []Span{whole}
	switch {
	case t.Mode == "quiet" && len(busy) > 0:
		kept = busy
	case t.Mode != "none" && len(busy) > 0:
		ends := Span{max(whole.From, busy[0].From), min(whole.To, busy[len(busy)-1].To)}
		kept = []Span{ends}
		if t.Mode == "empty" {
			kept = nil
			for _, s := range present {
				if cut := (Span{max(s.From, ends.From), min(s.To, ends.To)}); cut.Len() > 0 {
					kept = append(kept, cut)
				}
			}
		}
	}
	var out []Piece
	at := 0.0
	for _, s := range kept {
		n := ms(s.Len())
		out = append(out, Piece{MsSpan{round3(at), round3(at + n)}, ms(s.From)})
		at = round3(at + n)
	}
	return out
}

func longer(spans []Span, than time.Duration) []Span {
	return slices.DeleteFunc(slices.Clone(spans), func(s Span) bool { return s.Len() < than })
}
