package config

import (
	"runtime"
	"time"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/arrangement"
)

// What a duration has to be at least where 0 makes no sense.
const (
	minPause    = 100 * time.Millisecond // rescan, and settle unless it is 0: less would only keep the disk busy
	minHistory  = time.Second
	minDeadline = 100 * time.Millisecond // hook and webhook timeouts
	minRetry    = 10 * time.Millisecond
)

// Default is the configuration without a file: what upright.yaml in the repository's root shows, less its example of a
// watch folder. State is relative; Load makes it absolute.
func Default() Config {
	return Config{
		State: "upright-state",
		Queue: Queue{Replicas: 1, Name: "upright"},
		Workers: Workers{
			Jobs:     coresOfMachine(),
			Memory:   2 << 30,
			Time:     6 * time.Hour,
			Stall:    2 * time.Minute,
			Nice:     10,
			Attempts: 3,
			Retry:    5 * time.Second,
			MinFree:  1 << 30,
			Encoder:  "auto",
			Sessions: 8,
			Drain:    10 * time.Minute,

			MaxLength: options.DefaultBounds.Length, MaxSilence: options.DefaultBounds.Silence,
			MaxPixels: options.DefaultBounds.Pixels, MaxSizes: options.DefaultBounds.Sizes,
		},
		HTTP:    HTTP{Listen: "127.0.0.1:7188", Connections: 512, PerAddress: 256},
		History: 720 * time.Hour,
		Log:     Log{Format: "text", Level: "info"},
	}
}

// DefaultWatch is a watch folder of which only Name, Folder and Output have to be said.
func DefaultWatch() Watch {
	return Watch{
		Profile:    "mp4",
		Template:   "{folder}/{name}-{start:2006-01-02T15-04-05}",
		Settle:     10 * time.Second,
		AdoptAfter: 15 * time.Minute,
		Rescan:     30 * time.Second,
		Priority:   "normal",
		Options:    options.Default(),
		Sources:    Sources{After: Keep},
	}
}

// DefaultCompose is what is made of each room if nothing is said.
func DefaultCompose() Compose {
	return Compose{Name: "{folder}/{room}-{start:2006-01-02T15-04-05}", Wait: 5 * time.Minute, Participants: true,
		Arrangement: arrangement.Default()}
}

// DefaultHook is a hook of which only Command has to be said.
func DefaultHook() Hook { return Hook{Timeout: time.Minute} }

// DefaultWebhook is a webhook of which only URL has to be said.
func DefaultWebhook() Webhook { return Webhook{Timeout: 10 * time.Second} }

// coresOfMachine is what "jobs: auto" means. GOMAXPROCS knows the limits of a container, the number of CPUs does not.
func coresOfMachine() int { return runtime.GOMAXPROCS(0) }
