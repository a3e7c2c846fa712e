package page

import (
	"slices"

	"github.com/upright-media/upright/daemon/job"
)

// action is a button of a job.
type action struct {
	Verb  string // of POST /jobs/{id}/{verb}; "": nothing is to be done but waited
	Label string
}

// hopeless are codes of failures that another round would end in, too: they are about what is in the recording.
var hopeless = []string{job.CodeEncrypted, job.CodeNoMedia, job.CodeSourcesChanged}

// mayHelp says whether another round may end otherwise for a job that has failed.
func mayHelp(r *job.Record) bool { return !slices.Contains(hopeless, r.Code) }

// actions are what can be done with a job as it is.
func actions(r *job.Record) []action {
	failed := func(s job.Step) bool { return s.State == "failed" }
	switch {
	case !r.State.Ended() && r.Cancel:
		return []action{{"", "Being canceled"}}
	case !r.State.Ended():
		return []action{{"cancel", "Cancel"}}
	case slices.ContainsFunc(r.Steps, failed) && r.Outcome == job.Done:
		return append([]action{{"retry", "Retry what failed"}}, again(r)...)
	case r.State == job.Failed && mayHelp(r), r.State == job.Canceled:
		return []action{{"retry", "Retry"}}
	case r.State == job.Done:
		return again(r)
	}
	return nil
}

// again is there as long as the recording is.
func again(r *job.Record) []action {
	if r.SourcesTaken() {
		return nil
	}
	return []action{{"again", "Convert again"}}
}
