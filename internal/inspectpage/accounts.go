package inspectpage

import (
	"github.com/upright-media/upright/timeline"

	"github.com/upright-media/upright/internal/human"
)

// fates are what becomes of packets, in the order of the table. Those of the first kinds add up to the records of a
// file; lost ones are beside them.
var fates = []struct {
	Class, Name, Meaning string
	of                   func(*timeline.Counts) int
}{
	{"used", "used", "went into the picture or the sound", func(c *timeline.Counts) int { return c.Used }},
	{"duplicate", "duplicate", "had come before", func(c *timeline.Counts) int { return c.Duplicate }},
	{"late", "late", "came too late to be put in order", func(c *timeline.Counts) int { return c.Late }},
	{"padding", "padding", "hold no media", func(c *timeline.Counts) int { return c.Padding }},
	{"foreign", "foreign", "are of another sender", func(c *timeline.Counts) int { return c.Foreign }},
	{"notrtp", "not RTP", "are no RTP packets", func(c *timeline.Counts) int { return c.NotRTP }},
	{"malformed", "malformed", "do not fit together", func(c *timeline.Counts) int { return c.Malformed }},
	{"undecodable", "undecodable", "cannot be decoded: before the first key frame, after losses",
		func(c *timeline.Counts) int { return c.Undecodable }},
	{"lost", "lost", "never came; they are not in the file", func(c *timeline.Counts) int { return c.Lost }},
}

// account is what became of a file's packets.
type account struct {
	Name, File string
	Records    string
	Parts      []rect // of a bar as wide as all packets that were sent
	Fates      []fate
	Recovered  string
	Drift      string
	Desc       string
}

type fate struct {
	Count string
	Zero  bool
}

func newAccount(name string, t *Track) account {
	acc := account{Name: name, File: human.Line(t.File), Records: grouped(int64(t.Counts.Records)),
		Recovered: grouped(int64(t.Counts.Recovered)), Drift: drift(t)}
	all := 0
	for _, f := range fates {
		all += max(0, f.of(&t.Counts))
	}
	x := 0.0
	for _, f := range fates {
		n := max(0, f.of(&t.Counts))
		acc.Fates = append(acc.Fates, fate{Count: grouped(int64(n)), Zero: n == 0})
		if n == 0 {
			continue
		}
		w := 100 * float64(n) / float64(all)
		text := grouped(int64(n)) + " " + f.Name + " (" + human.Share(n, all) + ")"
		acc.Parts = append(acc.Parts, stretch{x, x + w}.rect(0, 14, "fate "+f.Class, text))
		if acc.Desc != "" {
			acc.Desc += ", "
		}
		acc.Desc += text
		x += w
	}
	return acc
}
