package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/options"
)

// bounds are flags for options.Bounds. The defaults are options.DefaultBounds; a test compares.
type bounds struct {
	MaxLength  time.Duration `default:"168h" placeholder:"DURATION" help:"Longest track that is converted; 0: any."`
	MaxSilence time.Duration `default:"6h" placeholder:"DURATION" help:"By how much a track may be longer than a minute for each packet or picture; 0: any."`
	MaxPixels  int           `default:"36000000" placeholder:"N" help:"Largest picture, in pixels; 0: any."`
	MaxSizes   int           `default:"100" placeholder:"N" help:"How often the size of pictures may change, beside twice a second; 0: any."`
}

func (b bounds) bounds() options.Bounds {
	return options.Limits(b.MaxLength, b.MaxSilence, b.MaxPixels, b.MaxSizes)
}

// limits are those of a job of the daemon, for a conversion that nobody watches from outside.
type limits struct {
	MaxMemory string        `default:"2GiB" placeholder:"SIZE" help:"Memory for each conversion at a time; 0: any."`
	MaxTime   time.Duration `default:"6h" placeholder:"DURATION" help:"Time for each conversion; 0: any."`

	memory int64 // MaxMemory for all
}

// check reads the flags, for so many conversions at a time.
func (l *limits) check(atOnce int) error {
	n, err := human.ParseBytes(l.MaxMemory)
	if err != nil {
		return usageError{fmt.Errorf("--max-memory: %w", err)}
	}
	l.memory = int64(n) * int64(max(1, atOnce))
	return nil
}

// memoryEvery is how often the memory is looked at.
const memoryEvery = 200 * time.Millisecond

// apply gives a conversion a context that ends when it is beyond a limit, which is then the cause.
func (l *limits) apply(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	end := func() { stop(nil) }
	if l.MaxTime > 0 {
		t := time.AfterFunc(l.MaxTime, func() {
			stop(fmt.Errorf("it took more than the %s that are allowed (--max-time)", l.MaxTime))
		})
		end = func() { t.Stop(); stop(nil) }
	}
	if l.memory > 0 {
		go func() {
			tick := time.NewTicker(memoryEvery)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if n := resident(); n > l.memory {
					stop(fmt.Errorf("it took more memory (%s) than the %s that are allowed (--max-memory)",
						human.Bytes(n), l.MaxMemory))
					return
				}
			}
		}()
	}
	return ctx, end
}

// resident is how many bytes of this program are in memory (proc_pid_statm(5)).
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}
