package daemon

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/report"
)

// part is a participant's job in a state, and its part of a room.
func part(user string, state job.State, warnings ...string) (job.Part, *job.Record) {
	id := full("job of " + user)
	return job.Part{Participant: "p-" + user, User: user, Job: id}, &job.Record{
		Spec: job.Spec{ID: id, User: user, Sources: []job.Source{{Path: "/in/" + user}}}, State: state, Outcome: state,
		Outputs: []job.Output{{File: "/out/" + user + ".mp4"}}, Warnings: warnings}
}

func TestWhatBecameOfThePeople(t *testing.T) {
	c := &job.Compose{}
	jobs := map[string]*job.Record{}
	add := func(p job.Part, r *job.Record) {
		c.Parts = append(c.Parts, p)
		jobs[p.Job] = r
	}
	add(part("1", job.Done))
	add(part("2", job.Failed))
	add(part("3", job.Done, report.Truncated))
	add(part("left out", job.Done))
	c.Parts = append(c.Parts, job.Part{User: "1", Participant: "p-1-2", Job: full("forgotten")})
	room := &job.Record{Spec: job.Spec{Kind: job.KindRoom, Compose: c, Delivery: job.Delivery{Sources: "delete"},
		Sources: []job.Source{{Path: "/in/1"}, {Path: "/in/2"}, {Path: "/in/3"}, {Path: "/in/left out"},
			{Path: "/in/stray"}}},
		People: []job.Person{{ID: "1", Name: "Alice"}, {ID: "2", Name: "Bob"}, {ID: "3", Name: "Carol"}}}

	people, kept := complete(room, jobs)
	require.Len(t, people, 3, "nobody who was left out")
	require.Equal(t, "Alice", people[0].Name)
	require.Equal(t, []job.Video{{Participant: "p-1", Job: c.Parts[0].Job, State: job.Done,
		Outputs: []job.Output{{File: "/out/1.mp4"}}}}, people[0].Videos)
	require.Equal(t, job.Failed, people[1].Videos[0].State)
	require.Empty(t, room.People[0].Videos, "the record itself is changed by nobody else")
	require.Equal(t, []string{"/in/2", "/in/3", "/in/stray"}, kept, "what failed, what is not whole, what is nobody's")

	room.Spec.Delivery.Sources = "move"
	_, kept = complete(room, jobs)
	require.Equal(t, []string{"/in/2", "/in/stray"}, kept)

	// Another video of the same room failed: it may be tried again.
	c.Besides = []string{full("other")}
	jobs[full("other")] = &job.Record{State: job.Failed, Outcome: job.Failed}
	_, kept = complete(room, jobs)
	require.Len(t, kept, 5)
	jobs[full("other")] = &job.Record{State: job.Delivering, Outcome: job.Done}
	_, kept = complete(room, jobs)
	require.Len(t, kept, 2)

	// Without videos of their own, all goes.
	c.Parts = nil
	_, kept = complete(room, jobs)
	require.Empty(t, kept)
}

func TestPeopleOfARoomThatFailed(t *testing.T) {
	c := &job.Compose{Arrangement: arrangement.Arrangement{Without: []string{"2", "audio:3"}}, Parts: []job.Part{
		{User: "1", Participant: "a"}, {User: "1", Participant: "b"}, {User: "2"}, {User: "3"}}}
	require.Equal(t, []job.Person{{ID: "1", Name: "1"}, {ID: "3", Name: "3"}}, unseen(c))
}

// A room's job waits for those of its participants, and nothing is delivered before.
func TestRoomWaitsForItsParticipants(t *testing.T) {
	hold := make(chan struct{})
	b := newBench(t, func(_ context.Context, _ int, r work.Request, _ work.Options) work.Result {
		result := succeeds()
		if r.Spec.IsRoom() {
			result.Final.People = []job.Person{{ID: "1", Name: "Alice"}}
		} else {
			<-hold
		}
		return result
	})
	b.submit("one")
	created, err := b.queue.Submit(t.Context(), job.Spec{ID: full("room"), Kind: job.KindRoom, Submitted: time.Now(),
		Priority: job.Normal, Compose: &job.Compose{Parts: []job.Part{{User: "1", Participant: "p", Job: full("one")}}}})
	require.NoError(t, err)
	require.True(t, created)
	r := b.reaches("room", func(r *job.Record) bool { return r.State == job.Delivering && r.Reason != "" })
	require.Equal(t, "it is composed, and waits for the end of 1 other job of the same room", r.Reason)
	require.False(t, r.Gathered)
	close(hold)
	r = b.ends("room")
	require.Equal(t, job.Done, r.State)
	require.Empty(t, r.Reason)
	require.True(t, r.Gathered)
	require.Equal(t, []job.Video{{Participant: "p", Job: full("one"), State: job.Done,
		Outputs: []job.Output{{File: "/out/a.mp4", DurationMs: 5000}}}}, r.People[0].Videos)
}
