package work

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/upright-media/upright/daemon/job"
)

// Part asks a child for a part of a room's video that another child makes, and for nothing else.
type Part struct {
	Order string `json:"order"` // file that says how
	ID    string `json:"id"`
}

// CodeRefused is how a child ends that does not draw a part, because it would come out otherwise than it should.
const CodeRefused = "refused"

// Ask says something about a part to the child that composes a room.
type Ask func(ctx context.Context, w job.PartWord) (job.PartAnswer, error)

// Word is a line to a child whose room others draw parts of. It answers with an Event that has the same number.
type Word struct {
	Number int `json:"number"`
	job.PartWord
}

// asked is a Word on its way to the child.
type asked struct {
	job.PartWord
	answer chan<- job.PartAnswer
}

// errNoAnswer says that a child does not listen any more.
var errNoAnswer = errors.New("the room is not composed any more")

// parts is what a run has of a room whose parts others draw.
type parts struct {
	asks     chan asked
	open     map[int]chan<- job.PartAnswer
	last     int
	withdraw func() // nil: nothing is offered
	ended    chan struct{}
}

func newParts() parts {
	return parts{asks: make(chan asked), open: map[int]chan<- job.PartAnswer{}, ended: make(chan struct{})}
}

// ask implements Ask.
func (p *parts) ask(ctx context.Context, w job.PartWord) (a job.PartAnswer, err error) {
	answer := make(chan job.PartAnswer, 1)
	select {
	case p.asks <- asked{w, answer}:
	case <-p.ended:
		return a, errNoAnswer
	case <-ctx.Done():
		return a, ctx.Err()
	}
	select {
	case a, ok := <-answer:
		if !ok {
			return a, errNoAnswer
		}
		return a, nil
	case <-p.ended:
		return a, errNoAnswer
	case <-ctx.Done():
		return a, ctx.Err()
	}
}

// pass passes on to the child what it was asked. A child that takes nothing more answers nothing.
func (p *parts) pass(a asked, input chan<- []byte) {
	p.last++
	text, err := json.Marshal(Word{Number: p.last, PartWord: a.PartWord})
	if err != nil {
		close(a.answer)
		return
	}
	select {
	case input <- append(text, '\n'):
		p.open[p.last] = a.answer
	default:
		close(a.answer)
	}
}

// take takes in what a child says of its parts; false if it is about something else.
func (p *parts) take(e Event, o Options) bool {
	switch e.Event {
	case "answer":
		if answer := p.open[e.Number]; answer != nil && e.Answer != nil {
			answer <- *e.Answer // it has room for one
			delete(p.open, e.Number)
		}
	case "offer":
		if p.withdraw != nil {
			p.withdraw()
			p.withdraw = nil
		}
		if e.Order != "" && o.Offer != nil {
			p.withdraw = o.Offer(e.Order, e.Cost, p.ask)
		}
	default:
		return false
	}
	return true
}

// end ends all asking.
func (p *parts) end() {
	close(p.ended)
	if p.withdraw != nil {
		p.withdraw()
	}
}
