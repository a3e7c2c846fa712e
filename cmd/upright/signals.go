package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// caught is the signal that stopped the program, if one did.
type caught struct{ signal atomic.Int32 }

// cancelOnSignal returns a context that ends at the first SIGINT or SIGTERM. The second one kills, as if there were
// no handler: whoever is in a hurry gets out. A signal that whoever started the program has it ignore stays ignored, as
// SIGINT in a shell script's background.
func cancelOnSignal(parent context.Context) (context.Context, *caught) {
	ctx, cancel := context.WithCancel(parent)
	c := new(caught)
	arrived := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		if !signal.Ignored(s) {
			signal.Notify(arrived, s)
		}
	}
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
	n := syscall.Signal(c.signal.Load())
	if n == 0 {
		return
	}
	_ = syscall.Kill(syscall.Getpid(), n)
	time.Sleep(time.Second) // it is delivered at once, but perhaps to another thread
	os.Exit(128 + int(n))
}
