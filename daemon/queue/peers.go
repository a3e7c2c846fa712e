package queue

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
)

// ErrNobody says that nobody hears what is asked.
var ErrNobody = errors.New("nobody hears it")

// Peers is how the daemons that share a queue talk to each other. What is said is kept nowhere: who does not hear it
// now never does.
type Peers interface {
	// Say says something to all who hear it, this daemon among them.
	Say(subject string, data []byte) error
	// Hear calls f for what is said or asked, one after the other, until stop is called. What f returns is the answer for
	// who asks; nil: none.
	Hear(subject string, f func(data []byte) []byte) (stop func(), err error)
	// Ask asks one who hears it. The error is ErrNobody if nobody does.
	Ask(ctx context.Context, subject string, data []byte) ([]byte, error)
}

// Peers implements Interface.
func (q *Queue) Peers() Peers {
	if q.server != nil {
		return nil
	}
	return peers{q}
}

// peers are those that are connected to the same server. Subjects are words of letters and digits.
type peers struct{ q *Queue }

// Say implements Peers.
func (p peers) Say(subject string, data []byte) error {
	return p.q.nc.Publish(p.q.names.talk(subject), data)
}

// Hear implements Peers.
func (p peers) Hear(subject string, f func(data []byte) []byte) (stop func(), err error) {
	sub, err := p.q.nc.Subscribe(p.q.names.talk(subject), func(msg *nats.Msg) {
		if answer := f(msg.Data); answer != nil && msg.Reply != "" {
			_ = msg.Respond(answer)
		}
	})
	if err != nil {
		return nil, err
	}
	return func() { _ = sub.Unsubscribe() }, nil
}

// Ask implements Peers.
func (p peers) Ask(ctx context.Context, subject string, data []byte) ([]byte, error) {
	msg, err := p.q.nc.RequestWithContext(ctx, p.q.names.talk(subject), data)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, ErrNobody
	case err != nil && p.q.ctx.Err() != nil:
		return nil, ErrClosed
	case err != nil:
		return nil, err
	}
	return msg.Data, nil
}
