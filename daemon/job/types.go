// Package job is the vocabulary of the daemon: what a job is to do, how far it is and what came of it. All types are
// values that are kept and sent as JSON; what a user sees of them (docs/operations.md, the OpenAPI document) is a
// public format.
package job

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/report"
)

// State is where a job is. The last four are ends.
type State string

const (
	Queued  State = "queued"  // waiting for a worker, or for Record.NotBefore because of Record.Reason
	Running State = "running" // a worker is at it
	// converted (Record.Outcome says how it ended); uploads, hooks, sources are under way
	Delivering State = "delivering"
	Done       State = "done"     // outputs are there, verified and delivered
	Empty      State = "empty"    // there was no media in it
	Failed     State = "failed"   // Record.Reason says why; a user may retry it
	Canceled   State = "canceled" // by a user
)

// States are all of them.
var States = []State{Queued, Running, Delivering, Done, Empty, Failed, Canceled}

// Ended says whether nothing will happen any more unless a user asks for it.
func (s State) Ended() bool { return s == Done || s == Empty || s == Failed || s == Canceled }

// Priority orders waiting jobs: all high ones before all normal ones before all low ones.
type Priority string

const (
	High   Priority = "high"
	Normal Priority = "normal"
	Low    Priority = "low"
)

// Priorities are all of them, the first first.
var Priorities = []Priority{High, Normal, Low}

// Source is one file that a job converts.
type Source struct {
	Path        string `json:"path"` // absolute
	Size        int64  `json:"size"` // bytes
	Fingerprint string `json:"fingerprint"`
}

// Spec is what is to be done: one participant of one recording, or all of it as one video. It does not change once
// submitted.
type Spec struct {
	// of the job: identity and where the output goes; 32 hexadecimal digits
	ID   string `json:"id"`
	Kind string `json:"kind,omitempty"` // KindRoom
	// of the content: the same for the same recording under any path or mtime
	Identity    string    `json:"identity"`
	Watch       string    `json:"watch"` // name of the watch folder; "" if submitted by hand
	Submitted   time.Time `json:"submitted"`
	Priority    Priority  `json:"priority"`
	Recording   string    `json:"recording"`
	Participant string    `json:"participant"`
	Room        string    `json:"room,omitempty"`
	User        string    `json:"user,omitempty"`
	StartUs     int64     `json:"start_us"` // wall clock of the beginning, µs since the Unix epoch; 0 if unknown
	Sources     []Source  `json:"sources"`
	Output      string    `json:"output"` // absolute folder, below which nothing but Name is written
	// wanted path below Output, without extension; "/" separates; safe in every part
	Name     string          `json:"name"`
	Profile  string          `json:"profile"` // "" of a room
	Settings options.Options `json:"settings"`
	Delivery Delivery        `json:"delivery"`
	Compose  *Compose        `json:"compose,omitempty"` // of a room
}

// IsRoom says whether the job is about a whole room.
func (s Spec) IsRoom() bool { return s.Kind == KindRoom && s.Compose != nil }

// Delivery is what is to be done after the conversion. No secrets are in it, only the names of files that hold them.
type Delivery struct {
	Sources  string   `json:"sources"`           // keep, move, delete
	MoveTo   string   `json:"move_to,omitempty"` // absolute folder, for move
	Upload   *Upload  `json:"upload,omitempty"`
	Hook     *Hook    `json:"hook,omitempty"`
	Webhook  *Webhook `json:"webhook,omitempty"`
	SourceOf string   `json:"source_of,omitempty"` // the watch folder's root, for the paths below MoveTo
}

// Upload sends the outputs to a bucket of gocloud.dev/blob.
type Upload struct {
	URL         string `json:"url"` // s3://, gs://, azblob://, file://
	Prefix      string `json:"prefix,omitempty"`
	RemoveLocal bool   `json:"remove_local,omitempty"` // the media, once the upload is proven; the report stays
}

// Hook is a command that is run when a job has ended.
type Hook struct {
	Command   []string `json:"command"`
	TimeoutMs float64  `json:"timeout_ms"`
}

// Webhook is an address that is told when a job has ended.
type Webhook struct {
	URL        string  `json:"url"`
	SecretFile string  `json:"secret_file,omitempty"`
	TimeoutMs  float64 `json:"timeout_ms"`
}

// Record is a job and everything that happened to it: the job's history.
type Record struct {
	Schema    int       `json:"schema"` // 1
	Spec      Spec      `json:"spec"`
	State     State     `json:"state"`
	Outcome   State     `json:"outcome,omitempty"` // Done, Empty or Failed, as soon as that is certain
	Reason    string    `json:"reason,omitempty"`  // one sentence: why it failed, or what it waits for
	Code      string    `json:"code,omitempty"`    // the same for programs (Codes)
	NotBefore time.Time `json:"not_before,omitzero"`
	Updated   time.Time `json:"updated"`
	Revision  uint64    `json:"-"` // of the queue, where it has given this out: of two, the higher one is the newer
	Ended     time.Time `json:"ended,omitzero"`
	Owner     string    `json:"owner,omitempty"` // host and process of the daemon that has it
	Cancel    bool      `json:"cancel,omitempty"`
	Round     int       `json:"round,omitempty"` // how often a user had it retried
	// which request to convert again is being answered: what was made before it does not count; the report has it, too
	Again string `json:"again,omitempty"`

	Attempts      []Attempt `json:"attempts,omitempty"`      // the last MaxAttemptsKept
	Tried         int       `json:"tried,omitempty"`         // attempts of this round that count
	Interruptions int       `json:"interruptions,omitempty"` // attempts of this round that a daemon's end cut off
	Outputs       []Output  `json:"outputs,omitempty"`
	// the outputs were there: made by an earlier job, or another daemon
	Adopted    bool   `json:"adopted,omitempty"`
	ReportFile string `json:"report_file,omitempty"` // absolute
	// report.Report, as long as it is small (MaxReportBytes)
	Report   json.RawMessage `json:"report,omitempty"`
	Mode     string          `json:"mode,omitempty"`     // copy, encode, mixed
	MediaMs  float64         `json:"media_ms,omitempty"` // duration of the longest output
	WallMs   float64         `json:"wall_ms,omitempty"`  // time that the successful attempt took
	Warnings []string        `json:"warnings,omitempty"` // codes
	Steps    []Step          `json:"steps,omitempty"`

	// of a room: who is in it and, once all of Compose.Parts have ended (Gathered), what became of those
	People   []Person `json:"people,omitempty"`
	Gathered bool     `json:"gathered,omitempty"`
	// of a room: sources that are neither moved nor deleted, because not all jobs that need them are done
	Kept []string `json:"kept,omitempty"`
}

// StepsMissing says whether something after the conversion is still to be done, or has failed.
func (r *Record) StepsMissing() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.State != "done" })
}

// SourcesTaken says whether the sources were moved or deleted after the conversion.
func (r *Record) SourcesTaken() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Name == "sources" && s.State == "done" })
}

// What a record may hold, so that it stays a small message.
const (
	MaxAttemptsKept = 10
	MaxLogBytes     = 8 << 10 // the tail of an attempt's log
	MaxReportBytes  = 128 << 10
)

// Output is one file that a job made.
type Output struct {
	File       string  `json:"file"` // absolute
	Container  string  `json:"container"`
	Bytes      int64   `json:"bytes"`
	DurationMs float64 `json:"duration_ms"`
	SHA256     string  `json:"sha256"`
	URL        string  `json:"url,omitempty"`     // where it was uploaded to
	Removed    bool    `json:"removed,omitempty"` // the local file is gone: uploaded, or older than its retention
	Poster     bool    `json:"poster,omitempty"`  // a small picture of it is among the job's artifacts: PosterName
}

// Attempt is one child process that worked on a job.
type Attempt struct {
	Number  int       `json:"number"`
	Owner   string    `json:"owner"`
	PID     int       `json:"pid,omitempty"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	// done, empty, failed, or how it died: crashed, stalled, timeout, memory, interrupted
	Outcome  string   `json:"outcome,omitempty"`
	Code     string   `json:"code,omitempty"`
	Error    string   `json:"error,omitempty"`
	Signal   string   `json:"signal,omitempty"` // that ended the process
	ExitCode int      `json:"exit_code,omitempty"`
	MaxRSS   int64    `json:"max_rss,omitempty"` // bytes
	CPUMs    float64  `json:"cpu_ms,omitempty"`
	Hardware []string `json:"hardware,omitempty"` // elements of its pipeline that needed a device
	Log      string   `json:"log,omitempty"`      // tail
	Graph    bool     `json:"graph,omitempty"`    // a graph of the pipeline is among the job's artifacts: GraphName
}

// Step is one thing to be done after a conversion.
type Step struct {
	Name     string    `json:"name"`  // upload, sources, hook, webhook
	State    string    `json:"state"` // waiting, done, failed
	Attempts int       `json:"attempts,omitempty"`
	Since    time.Time `json:"since,omitzero"` // when it was tried first
	Next     time.Time `json:"next,omitzero"`  // when it is tried again
	Error    string    `json:"error,omitempty"`
	Ended    time.Time `json:"ended,omitzero"`
}

// Codes say in a word why a job failed or waits. Those that are about what is around a job (Transient) do not use up
// attempts: the job waits until the cause is gone.
const (
	CodeNoMedia        = "no_media"
	CodeEncrypted      = "encrypted"
	CodePipeline       = "pipeline"        // GStreamer reported an error
	CodeVerify         = "verify"          // the output was not right
	CodeCrashed        = "crashed"         // the child died
	CodeStalled        = "stalled"         // the child made no progress
	CodeTimeout        = "timeout"         // the child took too long
	CodeMemory         = "memory"          // the child took too much memory
	CodeNoElement      = "no_element"      // a GStreamer element is missing, or no encoder works
	CodeSettings       = "settings"        // profile or settings do not go together with the recording
	CodeTooMuch        = "too_much"        // the recording says more than is allowed (options.Bounds)
	CodeSourcesChanged = "sources_changed" // they are not what the job was submitted for
	CodeInternal       = "internal"        // a fault of Upright's
	CodeNoSpace        = "no_space"        // transient
	CodePermission     = "permission"      // transient
	CodeSourcesGone    = "sources_gone"    // transient: the folder may be a file system that is not mounted
	CodeIO             = "io"              // transient: reading or writing failed
	CodeBusy           = "busy"            // transient: another daemon is at the same recording
	CodeInterrupted    = "interrupted"     // transient: the daemon was stopped
)

// Transient says whether a code is about what is around a job (disk, rights, network), not about the recording.
func Transient(code string) bool {
	switch code {
	case CodeNoSpace, CodePermission, CodeSourcesGone, CodeIO, CodeBusy, CodeInterrupted:
		return true
	}
	return false
}

// NotWhole are the codes of warnings (docs/warnings.md) about recordings of which something could not be converted, or
// is missing at their end. Their sources are not deleted: somebody, or a later Upright, may get more out of them.
var NotWhole = []string{report.Unreadable, report.Damaged, report.Truncated, report.Encrypted, report.NoKeyFrame}

// Progress is how far a running job is.
type Progress struct {
	Stage   string  `json:"stage"`             // reading, waiting (for its turn), converting, verifying, delivering
	DoneMs  float64 `json:"done_ms"`           // of the media
	TotalMs float64 `json:"total_ms"`          //
	Speed   float64 `json:"speed"`             // seconds of media per second, 0 if unknown
	LeftMs  float64 `json:"left_ms,omitempty"` // about how long it will still take, 0 if unknown
}

// Event is something that happened to a job, on any daemon: a new state (Record) or progress.
type Event struct {
	ID       string    `json:"id"`
	Record   *Record   `json:"record,omitempty"`
	Progress *Progress `json:"progress,omitempty"`
}

// GraphName is the artifact that holds the pipeline's graph of an attempt, in the language of Graphviz.
const GraphName = "graph.dot"

// PosterName is the artifact that holds a small JPEG of an output, of the attempt PosterAttempt.
func PosterName(output int) string { return fmt.Sprintf("poster-%d.jpg", output) }

// PosterAttempt stands for whichever attempt made the outputs that a job has.
const PosterAttempt = 0
