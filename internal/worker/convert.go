package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/upright-media/upright/daemon/claim"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// maxGraph is how large the drawing of a pipeline may be to be kept.
const maxGraph = 512 << 10

// conversion is one job.
type conversion struct {
	req    work.Request
	tell   *teller
	input  <-chan line // of the daemon
	begun  bool        // its turn has come
	others others

	place      *claim.Place
	mode       string
	unreadable error  // why a source makes no sense, nil if all do
	left       string // what may be left in this process, "" if nothing
}

// run carries the job out and returns how it ended.
func (c *conversion) run(ctx context.Context) work.Event {
	place, err := claim.Open(c.req.Spec, c.req.Owner)
	if err != nil {
		return c.failed(ctx, err)
	}
	defer place.Close()
	place.Again = c.req.Again
	c.place = place
	for {
		if ctx.Err() != nil {
			return c.failed(ctx, ctx.Err())
		}
		mine, found, err := place.Take()
		switch {
		case err != nil:
			return c.failed(ctx, err)
		case found != nil:
			c.tell.logf("%s is there already", found.ReportFile)
			return work.Event{Event: "done", Mode: found.Mode, Outputs: found.Outputs, ReportFile: found.ReportFile,
				Report: compact(found.Report), Adopted: true, People: people(found.Report)}
		}
		m, err := c.make(ctx, mine)
		if errors.Is(err, pipelines.ErrExists) {
			c.tell.logf("the name %s is taken: %v", mine.Name, err)
			if err := mine.Pass(); err != nil {
				return c.failed(ctx, err)
			}
			continue
		}
		var e work.Event
		if err != nil {
			e = c.failed(ctx, err) // before the claim is released, for it looks at the folder
		}
		if rerr := mine.Release(); rerr != nil {
			c.tell.logf("cannot clear away: %v", rerr) // a later attempt, or the daemon, does, when this process is gone
			c.left = "not all is cleared away"
		}
		return c.ended(mine.Name, m, err, e)
	}
}

// made is what came of a job.
type made struct {
	report     any // *report.Report or *report.Room; nil: none
	outputs    []report.Output
	warnings   []report.Warning
	unverified bool // there are files that did not pass verification
	people     []job.Person
}

// make makes the outputs under a name that is ours.
func (c *conversion) make(ctx context.Context, mine *claim.Claim) (m made, err error) {
	spec := c.req.Spec
	if err := checkSources(spec.Sources); err != nil {
		return m, err
	}
	if err := c.space(); err != nil {
		return m, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-mine.Lost():
			cancel(errLost)
		case <-ctx.Done():
		}
	}()
	growing, grown := context.WithCancel(ctx)
	defer grown()
	go watchSpace(growing, c.place.Dir, c.req.MinFree, cancel)
	if spec.IsRoom() {
		m, err = c.compose(ctx, mine)
	} else {
		m, err = c.convert(ctx, mine)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	for _, w := range m.warnings {
		c.tell.logf("warning: %s: %s", w.Code, w.Text)
	}
	return m, err
}

// space says whether there is room for the outputs.
func (c *conversion) space() error {
	return checkSpace(c.place.Dir, space(c.req.Spec.Sources), c.req.MinFree)
}

// selector chooses encoders as the daemon is configured; nil: the first in software.
func (c *conversion) selector() *probing.Selector {
	e := c.req.Encoders
	if e == nil {
		return nil
	}
	s := probing.On(encoders.DirOr(e.Dir), encoders.Request{Encoder: e.Encoder, Strict: e.Strict}, e.Sessions)
	s.Prober.Started = func(int) { c.tell.busy.Add(1) }
	s.Sessions.Waits = func() { c.tell.busy.Add(1) } // whose turn has not come does not stand still
	return s
}

// avoid are encoders that were in use when an earlier attempt died.
func (c *conversion) avoid() (list []encoders.Rejection) {
	for _, a := range c.req.Avoid {
		list = append(list, encoders.Rejection{Encoder: a.Element, Kind: encoders.Crashed, Reason: a.Reason})
	}
	return list
}

// placing are outputs that are about to get their names.
func placing(outputs []report.Output) (files []claim.File) {
	for _, o := range outputs {
		files = append(files, claim.File{File: o.File, Bytes: o.Bytes, SHA256: o.SHA256})
	}
	return files
}

// convert makes the videos of one participant.
func (c *conversion) convert(ctx context.Context, mine *claim.Claim) (m made, err error) {
	spec := c.req.Spec
	rec, p, err := participant(spec)
	if err != nil {
		return m, err
	}
	for _, f := range p.Tracks {
		c.unreadable = cmp.Or(c.unreadable, f.Err)
	}
	settings := convert.Settings{
		Settings: plan.Settings{Options: spec.Settings, OutputDir: c.place.Dir, Name: mine.Name, WorkDir: mine.Work,
			Threads: c.req.Threads, Bounds: c.req.Bounds},
		Identity: claim.Identity(spec), Again: c.req.Again, Stall: c.req.Stall, Posters: true,
		OnPlan: func(plan *plan.Plan) error {
			c.tell.logf("plan: %s: %s", plan.Mode, plan.Reason)
			if plan.Backend != "" {
				c.tell.logf("encoder: %s (%s)", plan.Encoder, plan.Backend)
			}
			if len(plan.Chosen) > 0 {
				c.left = "pictures are encoded" // by what keeps threads, memory and devices as it likes
			}
			return c.await(ctx, work.Event{Cost: cost(plan, c.req.Threads), Mode: plan.Mode, Hardware: plan.Hardware})
		},
		BeforePublish: func(r *report.Report) error { return mine.Placing(placing(r.Outputs)) },
		Encoders:      c.selector(),
	}
	settings.Avoid = c.avoid()
	wanted, err := c.profile()
	if err != nil {
		return m, err
	}
	r, err := convert.Participant(ctx, rec, p, wanted, settings, c.tell.at)
	return made{report: r, outputs: r.Outputs, warnings: r.Warnings, unverified: len(r.Unverified) > 0}, err
}

// profile finds the job's profile: one of the configuration, or one that is built in.
func (c *conversion) profile() (profile.Profile, error) {
	p, err := profile.Find(c.req.Spec.Profile, c.req.Profiles)
	if err != nil {
		return p, coded(job.CodeSettings, err)
	}
	return p, nil
}

// cost is how many cores a plan keeps busy: to copy, and to encode sound, takes one and seldom all of that.
func cost(plan *plan.Plan, threads int) int {
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	n := 0
	for _, o := range plan.Outputs {
		for _, t := range o.Tracks {
			switch {
			case t.Kind != "video" || t.Copied:
			case plan.Backend != "" && plan.Backend != string(encoders.Software):
				n++ // what is left to the processor is to decode, in one thread
			default:
				n += threads
			}
		}
	}
	return max(n, 1)
}

// ended says how a job ended. failed is what is to be said if err is not nil.
func (c *conversion) ended(name string, m made, err error, failed work.Event) work.Event {
	e := work.Event{Event: "done"}
	if err != nil {
		e = failed
		written := e.Code == job.CodeNoMedia || e.Code == job.CodeEncrypted || m.unverified
		if !written || m.report == nil {
			return e
		}
	}
	e.Mode, e.ReportFile, e.People = c.mode, report.Path(c.place.Dir, name), m.people
	if text, err := json.Marshal(m.report); err == nil {
		e.Report = text
	}
	for _, o := range m.outputs {
		e.Posters = append(e.Posters, o.Poster)
		e.Outputs = append(e.Outputs, job.Output{File: filepath.Join(c.place.Dir, o.File), Container: o.Container,
			Bytes: o.Bytes, DurationMs: o.DurationMs, SHA256: o.SHA256})
	}
	return e
}

// failed says why there is no output.
func (c *conversion) failed(ctx context.Context, err error) work.Event {
	if ctx.Err() != nil {
		return work.Event{Event: "failed", Code: job.CodeInterrupted, Error: "it was stopped; nothing of it is left"}
	}
	e := work.Event{Event: "failed", Code: codeOf(err, c.req.Spec.Sources), Error: err.Error()}
	var pipeline *pipelines.PipelineError
	if errors.As(err, &pipeline) {
		if len(pipeline.Graph) <= maxGraph {
			e.Graph = pipeline.Graph
		}
		// Elements cannot say that a source is gone so that it is understood here.
		if err := checkSources(c.req.Spec.Sources); err != nil {
			e.Code, e.Error = codeOf(err, c.req.Spec.Sources), err.Error()
		}
	}
	var known codedError
	switch {
	case e.Code == job.CodeNoMedia && c.unreadable != nil:
		e.Error += ": " + c.unreadable.Error() // nobody is to believe that there was nothing in it
	case e.Code == job.CodeNoMedia:
		e.Event = "empty"
	case e.Code == job.CodeNoSpace && !errors.As(err, &known):
		e.Error += c.freeSpace()
	}
	return e
}

// freeSpace is how much there is, for a sentence that says that it was not enough.
func (c *conversion) freeSpace() string {
	dir := c.req.Spec.Output
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return ""
	}
	return fmt.Sprintf("; %s are free in %s, and the conversion may need %s",
		human.Size(int64(st.Bavail)*st.Bsize), dir, human.Size(space(c.req.Spec.Sources)))
}

// compact takes white space out of JSON.
func compact(text []byte) json.RawMessage {
	var v json.RawMessage
	if json.Unmarshal(text, &v) != nil {
		return nil
	}
	small, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return small
}
