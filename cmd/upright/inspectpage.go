//go:build !lean

package main

import (
	"github.com/upright-media/upright/internal/inspectpage"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// addToPage puts a participant on the page, with the states and warnings that the table has.
func addToPage(page *inspectpage.Page, p participant, f participantFacts, tl *timeline.Timeline) {
	var warnings []inspectpage.Warning
	for _, w := range f.Warnings {
		warnings = append(warnings, inspectpage.Warning{Code: w.Code, Text: w.Text, Help: report.Help(w.Code)})
	}
	who := inspectpage.NewParticipant(p.participant, tl, warnings)
	who.Person = f.person
	for i, in := range f.Inputs { // one for each track, in the same order
		who.Tracks[i].State = state(in)
	}
	page.Add(p.recording.Name, f.Title, who)
}
