package worker

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/pipelines/compose"
)

// others are those who draw parts of the room, as this process reaches them: through its daemon.
type others struct {
	tell *teller
	mu   sync.Mutex
	desk compose.Desk // nil: there are no parts to be had
}

// Offer implements compose.Others.
func (o *others) Offer(order string, cores int, desk compose.Desk) (withdraw func()) {
	o.set(desk)
	o.tell.send(work.Event{Event: "offer", Order: order, Cost: cores})
	return func() {
		o.set(nil)
		o.tell.send(work.Event{Event: "offer"})
	}
}

func (o *others) set(desk compose.Desk) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.desk = desk
}

// said takes in a line of the daemon's.
func (o *others) said(line []byte) {
	var w work.Word
	if json.Unmarshal(line, &w) != nil {
		return // it was written by this program
	}
	o.mu.Lock() // until the answer is known: withdraw waits for it
	answer := answered(o.desk, w.PartWord)
	o.mu.Unlock()
	o.tell.send(work.Event{Event: "answer", Number: w.Number, Answer: &answer})
}

// answered tells the desk what somebody says. Where there is none, nothing they have is theirs.
func answered(desk compose.Desk, w job.PartWord) (a job.PartAnswer) {
	if desk == nil {
		return a
	}
	a.OK = true
	switch w.Kind {
	case job.PartTake:
		a.Part, a.OK = desk.Take(w.Who)
	case job.PartAt:
		a.OK = desk.At(w.Part, w.Who, time.Duration(w.DoneMs*float64(time.Millisecond)))
	case job.PartMade:
		desk.Made(w.Part, w.Who)
	case job.PartFailed:
		desk.Failed(w.Part, w.Who, w.Why)
	case job.PartRefused:
		desk.Refused(w.Part, w.Who, w.Why)
	case job.PartBack:
		desk.Back(w.Part, w.Who, w.Why)
	default:
		a.OK = false
	}
	return a
}

// part draws a part of a room that another process makes.
func (c *conversion) part(ctx context.Context) work.Event {
	err := compose.DrawPart(ctx, c.req.Part.Order, c.req.Part.ID, c.req.Stall, c.tell.at)
	if err == nil {
		return work.Event{Event: "done"}
	}
	e := c.failed(ctx, err)
	if e.Code != job.CodeInterrupted && errors.As(err, new(*compose.RefusedError)) {
		e.Code = work.CodeRefused
	}
	return e
}
