// Package parts lets the daemons of a cluster draw one room together. The daemon that has the room's job offers parts
// to all, by messages that are kept nowhere: it alone says who has which, so when it dies nothing is left to clear away
// but files. Whoever has a free core takes a part, draws it in a child of its own, and gives signs of life. What is
// made lies beside the room's video, where the one that takes the job up finds it.
package parts

import (
	"context"
	"encoding/json"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

// Pace is how often daemons talk to each other. The zero value is that of a cluster.
type Pace struct {
	Beat  time.Duration // between offers, and between signs of life; 0: 2 s
	Lease time.Duration // without a sign of life, a part is given to somebody else; 0: 15 s
}

func (p Pace) beat() time.Duration {
	if p.Beat > 0 {
		return p.Beat
	}
	return 2 * time.Second
}

func (p Pace) lease() time.Duration {
	if p.Lease > 0 {
		return p.Lease
	}
	return 15 * time.Second
}

// Subjects of queue.Peers.
const offers = "offers"

func talk(id string) string { return "room." + id }

// ask says something to the daemon that has the job of a room.
func ask(ctx context.Context, p queue.Peers, id string, w job.PartWord) (a job.PartAnswer, err error) {
	data, err := json.Marshal(w)
	if err == nil {
		data, err = p.Ask(ctx, talk(id), data)
	}
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	return a, err
}
