package claim

import (
	"slices"
	"strings"

	"github.com/upright-media/upright/pipelines/report"
)

// The video of a room is made again when somebody has come back after it was made: the recording is the same, and has
// more files. It replaces the one before, which stays until then.

// replaces says that what a report is of is to be replaced: an earlier state of the same recording.
func (p *Place) replaces(text []byte) bool {
	if p.series == "" {
		return false
	}
	r, ok := report.ParseRoom(text)
	if !ok || r.Series != p.series {
		return false
	}
	return !slices.ContainsFunc(r.Inputs, func(i report.Input) bool { return !p.sources[i.File] }) &&
		!slices.ContainsFunc(r.LeftOut, func(l report.LeftOut) bool { return !p.sources[l.File] })
}

// covers says that a report is of a later state of the same recording, in the same arrangement: whoever comes with the
// earlier one is late, and takes that.
func (p *Place) covers(text []byte) bool {
	if p.series == "" {
		return false
	}
	r, ok := report.ParseRoom(text)
	if !ok || r.Series != p.series || wish(r.Identity) != wish(p.identity) {
		return false
	}
	has := map[string]bool{}
	for _, i := range r.Inputs {
		has[i.File] = true
	}
	for _, l := range r.LeftOut {
		has[l.File] = true
	}
	for file := range p.sources {
		if !has[file] {
			return false
		}
	}
	return len(p.sources) > 0
}

// wish is the part of an identity that says what is made of a recording.
func wish(identity string) string { return identity[strings.LastIndexByte(identity, '-')+1:] }

// Before is the report of the earlier state of the same recording that stands under the claim's name, nil if there is
// none: then nothing may be overwritten.
func (c *Claim) Before() *report.Room {
	_, text, err := c.place.report(c.Name)
	if err != nil || !c.place.replaces(text) {
		return nil
	}
	r, _ := report.ParseRoom(text)
	return r
}

// Replaced removes what an earlier state of the recording had and what stands there now has not.
func (c *Claim) Replaced(before *report.Room, now []report.Output) {
	for _, o := range before.Outputs {
		named := File{File: o.File}.named()
		if named && !slices.ContainsFunc(now, func(n report.Output) bool { return n.File == o.File }) {
			_ = c.place.root.Remove(o.File) // a file too many does no harm
		}
	}
}
