// Package api is the daemon's face for programs and people: a JSON API, events as they happen, health, metrics and a
// page.
package api

import (
	"context"
	"net/netip"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
)

// Backend is the daemon behind the API.
type Backend interface {
	Queue() queue.Interface
	Status(ctx context.Context) (Status, error)
	// Submit has files or folders converted that a user names. They have to lie below a folder that the configuration
	// allows.
	Submit(ctx context.Context, r Submission) ([]Submitted, error)
	// Retry gives a job that has ended another round: of what is missing, or with again of everything. queue.ErrState:
	// it is under way, or its recording is gone.
	Retry(ctx context.Context, id string, again bool) error
	Rooms() []watch.Room // that lie in watched folders
	// Compose says that a room is over, and has it composed as soon as nobody is recorded in it any more.
	Compose(ctx context.Context, r Room, c Composition) (Composed, error)
	Reload(ctx context.Context) error // reads the configuration again
	Ready() error                     // nil if recordings are found and jobs are done right now
}

// Submission is what POST /api/v1/jobs takes.
type Submission struct {
	Paths    []string     `json:"paths"`           // absolute, or below the watch folder
	Watch    string       `json:"watch"`           // whose output, profile and delivery are used
	Priority job.Priority `json:"priority"`        // "": high, since a user waits for it
	Again    bool         `json:"again,omitempty"` // also what was converted before: a new round of that job
}

// Submitted is one job that a submission made, or that there was already.
type Submitted struct {
	ID      string `json:"id"`
	Created bool   `json:"created"`
	Again   bool   `json:"again,omitempty"` // it was there, and has another round now
	Name    string `json:"name"`
}

// Status is the daemon at a glance.
type Status struct {
	Version   string         `json:"version"`
	Started   time.Time      `json:"started"`
	Owner     string         `json:"owner"`
	Paused    bool           `json:"paused"`
	Draining  bool           `json:"draining"`
	Ready     bool           `json:"ready"`
	NotReady  string         `json:"not_ready,omitempty"`
	Queue     string         `json:"queue"` // embedded, or the cluster's address
	Folders   []watch.Status `json:"folders"`
	Stats     queue.Stats    `json:"stats"`
	Config    string         `json:"config"` // file
	Reloaded  time.Time      `json:"reloaded"`
	ReloadErr string         `json:"reload_error,omitempty"`
	Layouts   []string       `json:"layouts"` // that a room can be composed in: built in, and of the configuration
	Workers   int            `json:"workers"` // cost that fits at a time
	Busy      int            `json:"busy"`
}

// Options say how to serve.
type Options struct {
	Listen string
	Token  string // "": none asked for, which only a loopback address may have
	Pprof  bool
	// SignedOut is a file that keeps over restarts which sessions were signed out; "": it is kept in memory only.
	SignedOut string
	// Proxies may say that a browser asks over HTTPS (X-Forwarded-Proto), as may this machine.
	Proxies []netip.Prefix
	// Connections are there at most, PerAddress from one address; 0: DefaultConnections, DefaultPerAddress. Half of them
	// may be streams of events.
	Connections, PerAddress int
	// Answer is how long a request may wait for the queue's server, which may be away; 0: 10 s. Streams of events,
	// downloads and submissions, for which files are read, may take longer all in all.
	Answer time.Duration
}
