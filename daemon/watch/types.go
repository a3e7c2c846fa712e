// Package watch finds recordings that are finished in folders that a Janus writes to. Events of the file system are
// hints, what a scan of the folder finds is the truth.
package watch

import (
	"context"
	"log/slog"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/options"
)

// Folder is one watched folder and what to do with its recordings.
type Folder struct {
	Name       string          // unique among the watched folders
	Root       string          // absolute; what lies below is watched, too. Links are not followed
	Output     string          // absolute
	Template   string          // path of an output below Output, without extension: ExpandTemplate
	Profile    string          //
	Priority   job.Priority    //
	Settings   options.Options //
	Delivery   job.Delivery    //
	Settle     time.Duration   // how long a file without a marker has to be quiet; it never has a writer
	AdoptAfter time.Duration   // how long files with a temporary name have to be unchanged to be adopted as complete
	Rescan     time.Duration   // between scans without events
	Compose    []Compose       // what is made of each room; none: nothing
	Asked      Compose         // what is made of one if somebody asks for it, if Compose says nothing
	Alone      bool            // only rooms are composed: participants' own videos are not made
	Exclude    []string        // absolute folders that are not looked into: outputs, moved sources, the state folder
}

// Options are what a Watcher needs from its caller.
type Options struct {
	Known  func(id string) bool                        // has this job been submitted before?
	Submit func(ctx context.Context, s job.Spec) error // called again at the next scan if it fails
	Log    *slog.Logger
	Now    func() time.Time // nil: time.Now
	// Elapsed is a time that nobody sets, from whenever on; nil: the system's.
	Elapsed func() time.Duration

	// Mounted says why the file system that a folder is on is not mounted, and remembers it if it is; nil: it is not
	// known.
	Mounted func(folder string) error

	Endings  *Endings // rooms that were said to be over; nil: none ever are
	NoEvents bool     // scan only, as where the file system has no events
}

// Status is what a watcher is doing.
type Status struct {
	Name       string     `json:"name"`
	Folder     string     `json:"folder"`
	Output     string     `json:"output"`
	Profile    string     `json:"profile"`
	Error      string     `json:"error,omitempty"` // why the folder cannot be watched right now
	Scanned    time.Time  `json:"scanned,omitzero"`
	ScanMs     float64    `json:"scan_ms"` // that the last scan took
	Files      int        `json:"files"`
	Recordings int        `json:"recordings"`         // participants found, finished or not
	Pending    []Pending  `json:"pending"`            // not ready yet, or submitting failed
	Rejected   []Rejected `json:"rejected,omitempty"` // what is called like a recording and is none
}

// Pending is a participant that is not ready.
type Pending struct {
	Name  string    `json:"name"`
	Files []string  `json:"files"`
	Why   string    `json:"why"` // one sentence: "… is still being written"
	Since time.Time `json:"since"`
}

// Rejected is a file that is left alone.
type Rejected struct {
	File string `json:"file"`
	Why  string `json:"why"`
}
