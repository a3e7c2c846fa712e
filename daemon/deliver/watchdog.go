package deliver

import (
	"context"
	"errors"
	"io"
	"time"
)

var errStalled = errors.New("nothing came through")

// watchdog ends a context when alive has not been called for a while.
func watchdog(ctx context.Context, d time.Duration) (_ context.Context, alive func(), stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(d, func() { cancel(errStalled) })
	return ctx, func() { timer.Reset(d) }, func() { timer.Stop(); cancel(nil) }
}

// because is why a context made something fail, if it did.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// aliveReader calls alive for everything that it reads.
type aliveReader struct {
	r     io.Reader
	alive func()
}

func (r *aliveReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if n > 0 {
		r.alive()
	}
	return n, err
}
