package page

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestActions(t *testing.T) {
	steps := func(states ...string) (list []job.Step) {
		for i, name := range []string{"upload", "sources", "hook"}[:len(states)] {
			list = append(list, job.Step{Name: name, State: states[i]})
		}
		return list
	}
	for what, c := range map[string]struct {
		record job.Record
		want   []string
	}{
		"waiting":           {job.Record{State: job.Queued}, []string{"cancel"}},
		"under way":         {job.Record{State: job.Running}, []string{"cancel"}},
		"being canceled":    {job.Record{State: job.Running, Cancel: true}, []string{""}},
		"canceled":          {job.Record{State: job.Canceled}, []string{"retry"}},
		"crashed":           {job.Record{State: job.Failed, Code: job.CodeCrashed}, []string{"retry"}},
		"encrypted":         {job.Record{State: job.Failed, Code: job.CodeEncrypted}, nil},
		"not the same":      {job.Record{State: job.Failed, Code: job.CodeSourcesChanged}, nil},
		"empty":             {job.Record{State: job.Empty, Code: job.CodeNoMedia}, nil},
		"done":              {job.Record{State: job.Done, Outcome: job.Done}, []string{"again"}},
		"done, sources too": {job.Record{State: job.Done, Outcome: job.Done, Steps: steps("done", "done")}, nil},
		"not uploaded": {job.Record{State: job.Done, Outcome: job.Done, Steps: steps("failed", "waiting")},
			[]string{"retry", "again"}},
		"nobody told": {job.Record{State: job.Done, Outcome: job.Done, Steps: steps("done", "done", "failed")},
			[]string{"retry"}},
	} {
		var verbs []string
		for _, a := range actions(&c.record) {
			require.NotEmpty(t, a.Label)
			verbs = append(verbs, a.Verb)
		}
		require.Equal(t, c.want, verbs, what)
	}
}
