package queue

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/upright-media/upright/daemon/job"
)

// Options say where the queue is.
type Options struct {
	Dir   string // state folder for the embedded server
	Owner string // this daemon, in records: host and process

	URL         string // of a NATS server or cluster, comma-separated; "": the embedded one
	Credentials string // file
	CA          string // files in PEM form
	Certificate string
	Key         string
	Replicas    int    // of streams and buckets, with a cluster; 0: 1
	Name        string // prefix of streams and buckets; "": upright

	// how often a lease tells that it lives; a job is given to others after three missed ones; 0: 10 s
	Heartbeat time.Duration
	Log       *slog.Logger
	Stage     func(text string) // told what Open is at; may be nil
}

// Errors.
var (
	ErrNotFound = errors.New("there is no such job")
	ErrLost     = errors.New("the job was given to another daemon") // a lease that did not live
	ErrState    = errors.New("the job's state does not allow this") // cancel of an ended job, retry of a running one
	ErrClosed   = errors.New("the queue is closed")
	// ErrUnanswered is what a call ends with when its context's deadline comes first. What it was to change may have
	// been changed.
	ErrUnanswered = errors.New("the queue's server does not answer")
)

// AnyWarning is Filter.Warning for jobs that have warnings, whichever.
const AnyWarning = "any"

// Sort is the order of a list.
type Sort string

// Orders of a list.
const (
	Newest   Sort = ""         // by Spec.Submitted
	Oldest   Sort = "oldest"   // the other way round
	Recorded Sort = "recorded" // by when it was recorded, the newest first
	Longest  Sort = "longest"  // by the length of the media
)

// Sorts are all of them.
var Sorts = []Sort{Newest, Oldest, Recorded, Longest}

// Filter selects records of a list.
type Filter struct {
	States []job.State // none: all
	Watch  string      // "": all
	Kind   string      // job.KindRoom, job.KindParticipant; "": all
	Text   string      // part of recording, participant, room, user or source; "": all
	User   string      // the person, whatever the case of letters; "": all
	// Warning is the code of one; AnyWarning: jobs that have some; "": all
	Warning string
	From    time.Time // of when it was recorded, or submitted if that is unknown; zero: no bound
	Until   time.Time // exclusive
	Sort    Sort
	Limit   int // 0: 100
	Offset  int
}

// Stats are counts for metrics and the page.
type Stats struct {
	States  map[job.State]int    `json:"states"`
	Waiting map[job.Priority]int `json:"waiting"`
	// when the oldest waiting job was submitted; zero if none waits
	Oldest time.Time `json:"oldest,omitzero"`
}

// Interface is what the daemon needs of a queue; *Queue has it.
type Interface interface {
	// Submit keeps a new job and has it done. If the job is known, whatever became of it, nothing happens and created
	// is false.
	Submit(ctx context.Context, s job.Spec) (created bool, err error)
	// Known says without asking a server whether a job was ever submitted, here or by another daemon that shares the
	// queue.
	Known(id string) bool
	// Next waits for a job, in the order of priorities, and for the end of a pause. The context's end is the only other
	// end. A record that it hands out as Running was cut off: its holder died, was closed or lost it. (Its
	// Owner may even be this daemon's, which can have the same host and process number after a restart.)
	Next(ctx context.Context) (Lease, error)

	Get(ctx context.Context, id string) (*job.Record, error)
	// Records are those of some jobs, in this order, without those that there are none of any more.
	Records(ctx context.Context, ids []string) ([]*job.Record, error)
	List(ctx context.Context, f Filter) (records []*job.Record, total int, err error)
	// Rooms are the rooms that jobs compose, in no order. No server is asked.
	Rooms() ([]Room, error)
	Stats(ctx context.Context) (Stats, error)
	// Cancel ends a waiting job, or asks the daemon that has it to stop.
	Cancel(ctx context.Context, id string) error
	// Retry gives an ended job a new round. If it was converted and only steps failed, only these are done again; if
	// nothing failed, it is as Again.
	Retry(ctx context.Context, id string) error
	// Again gives an ended job a new round in which it is converted whatever was made of it before.
	Again(ctx context.Context, id string) error
	Forget(ctx context.Context, id string) error // an ended job's record and artifacts: retention
	// Mark changes the record of an ended job (retention: Output.Removed).
	Mark(ctx context.Context, id string, change func(*job.Record)) error

	Pause(ctx context.Context, paused bool) error // for all daemons that share the queue
	Paused() bool

	PutArtifact(ctx context.Context, id string, attempt int, name string, data []byte) error
	Artifact(ctx context.Context, id string, attempt int, name string) ([]byte, error)

	// Events of all jobs on all daemons, from now until the context's end. A reader that is too slow misses progress
	// first.
	Events(ctx context.Context) <-chan job.Event

	// Peers are the other daemons that share the queue; nil if nobody can.
	Peers() Peers

	Ready() error // nil if jobs can be submitted and taken right now
	Close() error // gives leases back that are still held
}

// Lease is a job that this daemon has, and no other while heartbeats (sent by the lease itself) get through.
type Lease interface {
	// Record is the job as far as we know. What its slices hold is not to be changed.
	Record() job.Record
	// Update changes the record and keeps it, unless the lease is lost (ErrLost). It may call change more than once.
	Update(ctx context.Context, change func(*job.Record)) error
	Progress(p job.Progress) // tells listeners; kept nowhere
	Canceled() <-chan struct{}
	Lost() <-chan struct{}
	// Finish keeps the record, whose State must be an end, and takes the job from the queue.
	Finish(ctx context.Context, change func(*job.Record)) error
	// Postpone gives the job back, for anyone to take after a while; NotBefore is set accordingly.
	Postpone(ctx context.Context, d time.Duration, change func(*job.Record)) error
	// Release gives the job back as it is, for anyone to take after a while: for a daemon that cannot say what became
	// of it. The next one finds it cut off.
	Release(d time.Duration)
}
