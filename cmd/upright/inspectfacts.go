package main

import (
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
)

// participantFacts is what inspect knows about one participant. It is a public format (docs/cli.md): the fields that it
// shares with the report have the same names and meanings.
type participantFacts struct {
	Recording   string           `json:"recording"`
	Title       string           `json:"title,omitempty"` // the room's own name, if an .nfo file gives one
	Participant string           `json:"participant"`
	StartUs     int64            `json:"start_us"` // wall clock of time 0, µs since the Unix epoch; 0 if unknown
	DurationMs  float64          `json:"duration_ms"`
	Inputs      []report.Input   `json:"inputs"`
	Warnings    []report.Warning `json:"warnings"`

	person  string                      // whose session it is
	media   map[string]recording.Medium // of Inputs, by file
	toggles [][]int                     // Inputs that are one camera or microphone, in order of time; for the table
}
