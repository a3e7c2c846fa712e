package parts

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
)

// leases are the parts that others have, by their ids.
type leases map[string]lease

type lease struct {
	who  string
	seen time.Time // the last sign of life
}

// heard notes what was said about a part, and what the child that composes the room has answered.
func (l leases) heard(w job.PartWord, a job.PartAnswer, now time.Time) {
	switch {
	case w.Kind == job.PartTake && a.Part != "":
		l[a.Part] = lease{w.Who, now}
	case w.Kind == job.PartAt && a.OK:
		l[w.Part] = lease{w.Who, now}
	case w.Kind != job.PartTake && l[w.Part].who == w.Who:
		delete(l, w.Part)
	}
}

// over takes out those that have given no sign of life for so long.
func (l leases) over(limit time.Duration, now time.Time) (list []job.PartWord) {
	for part, h := range l {
		if silent := now.Sub(h.seen); silent > limit {
			delete(l, part)
			list = append(list, job.PartWord{Kind: job.PartBack, Who: h.who, Part: part,
				Why: fmt.Sprintf("%s, which had it, does not answer any more", h.who)})
		}
	}
	return list
}

// desk offers the parts of one room to others.
type desk struct {
	offer job.PartOffer
	peers queue.Peers
	child work.Ask
	pace  Pace
	log   *slog.Logger

	mu   sync.Mutex
	have leases
}

// askLimit is how long the child may take to answer: it looks at a file at most.
const askLimit = 10 * time.Second

// Offer offers parts of a room to all daemons until withdraw is called, which does not wait. child says to the child
// that composes it what they say.
func Offer(o job.PartOffer, peers queue.Peers, child work.Ask, pace Pace, log *slog.Logger) (withdraw func()) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &desk{offer: o, peers: peers, child: child, pace: pace, log: log, have: leases{}}
	stop, err := peers.Hear(talk(o.Job), func(data []byte) []byte { return d.said(ctx, data) })
	if err != nil {
		log.Warn("no other daemon can draw parts of the room", "error", err)
		return cancel
	}
	go d.run(ctx)
	return func() { cancel(); stop() }
}

// run says again and again what there is to be had, since daemons get free cores, and takes back what is lost.
func (d *desk) run(ctx context.Context) {
	tick := time.NewTicker(d.pace.beat())
	defer tick.Stop()
	text, err := json.Marshal(d.offer)
	for err == nil {
		_ = d.peers.Say(offers, text) // without a connection nobody hears it
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		d.mu.Lock()
		over := d.have.over(d.pace.lease(), time.Now())
		d.mu.Unlock()
		for _, w := range over {
			d.log.Warn("a part of the room is drawn again: who had it does not answer any more", "part", w.Part, "host",
				w.Who)
			_, _ = d.pass(ctx, w)
		}
	}
}

func (d *desk) pass(ctx context.Context, w job.PartWord) (job.PartAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	return d.child(ctx, w)
}

// said answers somebody who draws parts, or wants to.
func (d *desk) said(ctx context.Context, data []byte) []byte {
	var w job.PartWord
	if json.Unmarshal(data, &w) != nil || w.Who == "" {
		return nil
	}
	a, err := d.pass(ctx, w)
	if err != nil {
		return nil // the child is gone, and soon another one has the room
	}
	d.mu.Lock()
	d.have.heard(w, a, time.Now())
	d.mu.Unlock()
	switch {
	case w.Kind == job.PartTake && a.Part != "":
		d.log.Info("a part of the room is given to another host", "part", a.Part, "host", w.Who)
	case w.Kind == job.PartMade:
		d.log.Info("a part of the room was drawn by another host", "part", w.Part, "host", w.Who)
	case w.Kind == job.PartFailed, w.Kind == job.PartRefused, w.Kind == job.PartBack:
		d.log.Warn("a part of the room comes back from another host", "part", w.Part, "host", w.Who, "why", w.Why)
	}
	answer, err := json.Marshal(a)
	if err != nil {
		return nil
	}
	return answer
}
