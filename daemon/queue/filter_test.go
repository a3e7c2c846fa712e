package queue

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestFilter(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 5, d, 12, 0, 0, 0, time.UTC) }
	x := newIndex()
	for n, r := range []job.Record{
		{State: job.Done, MediaMs: 5000, Warnings: []string{"LOSS", "TRUNCATED"},
			Spec: job.Spec{User: "Alice", Recording: "c", Submitted: day(20), StartUs: day(1).UnixMicro()}},
		{State: job.Done, MediaMs: 9000, Spec: job.Spec{User: "bob", Recording: "b", Submitted: day(21), StartUs: day(3).UnixMicro()}},
		{State: job.Failed, Warnings: []string{"TEXT_LOST"}, Spec: job.Spec{User: "alice", Recording: "a", Submitted: day(2)}},
	} {
		raw, err := json.Marshal(r)
		require.NoError(t, err)
		require.NotNil(t, x.put(id(n), uint64(n+1), raw))
	}
	for what, c := range map[string]struct {
		filter Filter
		want   []int
	}{
		"all, the newest first":   {Filter{}, []int{1, 0, 2}},
		"a person":                {Filter{User: "ALICE"}, []int{0, 2}},
		"not part of a name":      {Filter{User: "ali"}, nil},
		"from a day on":           {Filter{From: day(2)}, []int{1, 2}},
		"until, exclusively":      {Filter{Until: day(3)}, []int{0, 2}},
		"between":                 {Filter{From: day(2), Until: day(3)}, []int{2}},
		"warnings":                {Filter{Warning: AnyWarning}, []int{0, 2}},
		"a warning":               {Filter{Warning: "LOSS"}, []int{0}},
		"not the end of a code":   {Filter{Warning: "LOST"}, nil},
		"a warning, and failed":   {Filter{Warning: "TEXT_LOST", States: []job.State{job.Failed}}, []int{2}},
		"the oldest first":        {Filter{Sort: Oldest}, []int{2, 0, 1}},
		"by when it was recorded": {Filter{Sort: Recorded}, []int{1, 2, 0}},
		"the longest first":       {Filter{Sort: Longest}, []int{1, 0, 2}},
		"a second page":           {Filter{Sort: Recorded, Limit: 2, Offset: 2}, []int{0}},
	} {
		ids, total := x.list(c.filter)
		var want []string
		for _, n := range c.want {
			want = append(want, id(n))
		}
		require.Equal(t, want, ids, what)
		require.Equal(t, len(want)+c.filter.Offset, total, what)
	}
}
