package main

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/upright-media/upright/internal/stages"
	"github.com/upright-media/upright/pipelines"
)

// event is one line of --progress json. It is a public format (docs/cli.md).
type event struct {
	Event       string   `json:"event"` // start, progress, warning, done, failed, empty, end
	Recording   string   `json:"recording,omitempty"`
	Participant string   `json:"participant,omitempty"`
	Inputs      []string `json:"inputs,omitempty"`   // start: paths
	DoneMs      *int64   `json:"done_ms,omitempty"`  // progress
	TotalMs     *int64   `json:"total_ms,omitempty"` // progress
	Code        string   `json:"code,omitempty"`     // warning
	Text        string   `json:"text,omitempty"`     // warning, failed, empty
	Outputs     []string `json:"outputs,omitempty"`  // done: paths
	Report      string   `json:"report,omitempty"`   // done, and failed or empty if one was written: path
	Mode        string   `json:"mode,omitempty"`     // done: copy, encode, mixed
	Already     bool     `json:"already,omitempty"`  // done: it was there before
	Summary     *summary `json:"summary,omitempty"`  // end
	// end: what the process has spent up to then, unless it did several at a time
	Stages []stages.Spent `json:"stages,omitempty"`
}

// summary counts participants, and inputs of which nothing can be used, by what became of them.
type summary struct {
	Done    int `json:"done"`
	Already int `json:"already,omitempty"` // of those done: they were there before
	Failed  int `json:"failed"`
	Empty   int `json:"empty"`
	Status  int `json:"status"` // the exit status

	media, took time.Duration // of what was converted: how long it plays, and how long it took
	warnings    int
}

// eventWriter reports to programs: one JSON object a line.
type eventWriter struct {
	mu   sync.Mutex
	out  *json.Encoder
	last map[string]time.Time // of the last progress line of a participant
	now  func() time.Time

	stages func() []stages.Spent // nil: the last line does not say it
}

// progressEvery is how often a participant's progress is worth a line.
const progressEvery = 200 * time.Millisecond

func newEventWriter(w io.Writer) *eventWriter {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return &eventWriter{out: out, last: make(map[string]time.Time), now: time.Now}
}

// write writes e. A reader that has gone away is no reason to stop converting.
func (w *eventWriter) write(e event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.out.Encode(e)
}

func (w *eventWriter) start(j job) {
	w.write(event{Event: "start", Recording: j.recording, Participant: j.participant, Inputs: j.inputs})
}

func (w *eventWriter) progress(j job, p pipelines.Progress) {
	w.mu.Lock()
	now := w.now()
	due := now.Sub(w.last[j.key()]) >= progressEvery
	if due {
		w.last[j.key()] = now
	}
	w.mu.Unlock()
	if !due {
		return
	}
	done, total := p.Done.Milliseconds(), p.Total.Milliseconds()
	w.write(event{Event: "progress", Recording: j.recording, Participant: j.participant, DoneMs: &done,
		TotalMs: &total})
}

func (w *eventWriter) finish(j job, r result) {
	for _, warning := range r.warnings {
		w.write(event{Event: "warning", Recording: j.recording, Participant: j.participant, Code: warning.Code,
			Text: warning.Text})
	}
	e := event{Recording: j.recording, Participant: j.participant, Outputs: r.outputs, Report: r.report, Mode: r.mode,
		Already: r.already}
	switch r.outcome {
	case converted:
		e.Event = "done"
	case empty:
		e.Event, e.Text = "empty", r.err.Error()
	case failed:
		e.Event, e.Text = "failed", r.err.Error()
	}
	w.write(e)
}

func (w *eventWriter) end(s summary) {
	e := event{Event: "end", Summary: &s}
	if w.stages != nil {
		e.Stages = w.stages()
	}
	w.write(e)
}
