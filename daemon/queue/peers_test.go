package queue

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

func TestPeers(t *testing.T) {
	t.Parallel()
	require.Nil(t, open(t, Options{Dir: t.TempDir()}).Peers(), "nobody else can have an embedded queue")
	s := natsServer(t, &server.Options{})
	a, b := open(t, Options{URL: s.ClientURL()}).Peers(), open(t, Options{URL: s.ClientURL()}).Peers()
	other := open(t, Options{URL: s.ClientURL(), Name: "other"}).Peers()

	_, err := a.Ask(background(t), "x", nil)
	require.ErrorIs(t, err, ErrNobody)
	heard := make(chan string, 10)
	answers := func(name string) func([]byte) []byte {
		return func(data []byte) []byte {
			heard <- name + " " + string(data)
			if string(data) == "what?" {
				return nil
			}
			return []byte("yes")
		}
	}
	stop, err := b.Hear("x", answers("b"))
	require.NoError(t, err)
	_, err = other.Hear("x", answers("other"))
	require.NoError(t, err)
	var got []byte
	eventually(t, "the server knows who hears", func() bool {
		got, err = a.Ask(background(t), "x", []byte("well?"))
		return err == nil
	})
	require.Equal(t, "yes", string(got))
	require.Equal(t, "b well?", <-heard)
	require.NoError(t, a.Say("x", []byte("so")))
	require.Equal(t, "b so", <-heard)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = a.Ask(ctx, "x", []byte("what?"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	stop()
	eventually(t, "nobody hears any more", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, err = a.Ask(ctx, "x", nil)
		return errors.Is(err, ErrNobody)
	})
}
