package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// caught is the signal that stopped the program, if one did.
type caught struct{ signal atomic.Int32 }

// cancelOnSignal returns a context that ends at the first SIGINT or SIGTERM. The second one kills, as if there were
// no handler: whoever is in a hurry gets out.
func cancelOnSignal(parent context.Context) (context.Context, *caught) {
	ctx, cancel := context.WithCancel(parent)
	c := new(caught)
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, os.Interrupt, syscall.SIGTERM)
	go func() {
		s := <-arrived
		signal.Stop(arrived)
		if n, ok := s.(syscall.Signal); ok {
			c.signal.Store(int32(n))
		}
		cancel()
	}()
	return ctx, c
}

// reraise ends the program by the signal that it caught, now that everything is cleared away. A shell loop around
// upright stops at Ctrl-C only if upright dies of it.
func (c *caught) reraise() {
	if n := c.signal.Load(); n != 0 {
		_ = syscall.Kill(syscall.Getpid(), syscall.Signal(n))
		select {} // the signal is on its way
	}
}
