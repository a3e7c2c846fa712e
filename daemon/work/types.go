// Package work carries out jobs in child processes: a crash, a hang or a leak costs one attempt of one job.
//
// The child is the same program (command "work"). It reads a Request as JSON from its standard input, writes Events as
// JSON lines to its standard output and its log to standard error. When it has said "planned" it waits for the line
// "go"; lines after that are Words. It ends at once when its standard input is closed, which happens when the daemon
// dies.
//
// Starting a process costs more than copying a short recording, so a child takes several of these, one after the other
// (Children), as long as nothing went wrong in it and nothing is left of the one before.
package work

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/room/layout"
)

// Limits bound one child. Zero: no limit.
type Limits struct {
	Memory int64         // bytes, resident, of the child and all that it has started together
	Time   time.Duration // from start to end, time spent waiting for its turn not counted
	Stall  time.Duration // without any progress
	Nice   int
}

// Settings are what the configuration says about carrying out jobs.
type Settings struct {
	Limits   Limits
	Attempts int           // per round
	Retry    time.Duration // before the second attempt; it doubles
	MinFree  int64         // as in Request
	Bounds   options.Bounds
	Profiles map[string]profile.Profile
	Layouts  map[string]layout.Layout
	Encoders *Encoders // as in Request
}

// Encoders says what may encode pictures.
type Encoders struct {
	Encoder  string `json:"encoder,omitempty"` // auto, software, a backend or an element
	Strict   bool   `json:"strict,omitempty"`  // nothing but that
	Sessions int    `json:"sessions"`          // on one device at a time; 0: no limit
	// where all children keep what they find out, if the user's cache folder cannot be written
	Dir string `json:"dir,omitempty"`
}

// Avoid is an element that is not to be used again for a job.
type Avoid struct {
	Element string `json:"element"`
	Reason  string `json:"reason"`
}

// Request is what a child is to do.
type Request struct {
	Spec  job.Spec `json:"spec"`
	Owner string   `json:"owner"` // of the daemon, for claims
	// Again is job.Record.Again: what was made before that request is not adopted.
	Again   string `json:"again,omitempty"`
	Threads int    `json:"threads"` // for encoders and decoders; 0: as many as they like
	// Stall is how long a pipeline may stand still before the child itself gives up, which leaves the pipeline's graph.
	// 0: Run says so, a little less than Limits.Stall.
	Stall time.Duration `json:"stall"`
	// Memory is Limits.Memory, within which a child keeps what it starts; Run says so.
	Memory int64 `json:"memory,omitempty"`
	// MinFree is the space that has to stay free in the output folder, in bytes.
	MinFree int64 `json:"min_free"`
	// Bounds are how much may be made of how little.
	Bounds options.Bounds `json:"bounds,omitzero"`
	// those of the configuration, as they were written there, by name
	Profiles map[string]profile.Profile `json:"profiles,omitempty"`
	Layouts  map[string]layout.Layout   `json:"layouts,omitempty"` // of the configuration, too; for rooms
	// nil: the first in software that is installed, without trying it
	Encoders *Encoders `json:"encoders,omitempty"`
	Avoid    []Avoid   `json:"avoid,omitempty"` // what was in use when an earlier attempt died
	// Share says that others may draw parts of a room: Options.Offer.
	Share bool  `json:"share,omitempty"`
	Part  *Part `json:"part,omitempty"` // instead of all that
	// Mark is the line that ends the log of this job, if another may follow. Run says so.
	Mark string `json:"mark,omitempty"`
}

// Event is one line from a child.
type Event struct {
	// reading, planned, progress, verifying, offer, answer, done, empty, failed
	Event    string        `json:"event"`
	Cost     int           `json:"cost,omitempty"`     // planned: how many cores it will keep busy; offer: each part
	Mode     string        `json:"mode,omitempty"`     // planned, done
	Hardware []string      `json:"hardware,omitempty"` // planned: elements of the pipeline that need a device
	Progress *job.Progress `json:"progress,omitempty"` //
	// progress: grows as long as anything is read, also where that is no time of the media
	Activity uint64 `json:"activity,omitempty"`

	// offer: the file that says how others can draw parts of the room; "": they cannot any more
	Order  string          `json:"order,omitempty"`
	Number int             `json:"number,omitempty"` // answer: that of the Word
	Answer *job.PartAnswer `json:"answer,omitempty"`

	// done, empty
	Outputs    []job.Output    `json:"outputs,omitempty"`
	Posters    [][]byte        `json:"posters,omitempty"` // a small JPEG of each output, or nothing
	ReportFile string          `json:"report_file,omitempty"`
	Report     json.RawMessage `json:"report,omitempty"`   // unless it is too long for a record
	Warnings   []string        `json:"warnings,omitempty"` // instead of a report that is too long: the codes in it
	// was there already, made by an earlier attempt or another daemon
	Adopted bool         `json:"adopted,omitempty"`
	People  []job.Person `json:"people,omitempty"` // of a room

	// failed, empty
	Code  string `json:"code,omitempty"`
	Error string `json:"error,omitempty"`
	Graph string `json:"graph,omitempty"` // of the pipeline that failed, in the language of Graphviz

	// done, empty, failed, of a request with a mark
	Fit  bool  `json:"fit,omitempty"` // the child waits for another request, and is as it was before this one
	Used *Used `json:"used,omitempty"`
}

// Used is what a job has used in a child that lives on.
type Used struct {
	CPUMs  float64 `json:"cpu_ms"`  // of all its threads, in milliseconds
	MaxRSS int64   `json:"max_rss"` // the most memory at a time, in bytes
}

// Result is how a child ended.
type Result struct {
	Attempt job.Attempt // all but Number and Owner
	Final   Event       // done, empty or failed; failed with a code of its own if the child could not say anything
	Graph   string
}

// Options are what Run needs from its caller.
type Options struct {
	Command []string // the child; nil: this program's own file, "work"
	Limits  Limits
	// Children are those that may take this job, and among which its child is afterwards. nil: it has one of its own,
	// which ends with it.
	Children *Children
	// Alone is whether it has a child of its own also if there are Children, of which one makes room for it.
	Alone bool
	// Turn is called when the child has a plan and waits until its cost is free; the func it returns gives it back.
	// nil: at once.
	Turn     func(ctx context.Context, cost int) (release func(), err error)
	Progress func(job.Progress)
	// Offer is called when others can draw parts of the child's room, each on so many cores; ask says to the child what
	// they say. It must not take long, nor must withdraw, after which ask is called no more. nil: nobody draws parts.
	Offer func(order string, cores int, ask Ask) (withdraw func())
	Log   *slog.Logger // has the job's id; the child's log goes there, too
}
