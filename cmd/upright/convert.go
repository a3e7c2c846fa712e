package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/upright-media/upright/internal/stages"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
)

type convertCmd struct {
	source
	Output string `short:"o" required:"" placeholder:"DIR" help:"Folder for videos and reports; created if missing. Or a file (.mp4, .webm, .mkv, .m4a), if there is one participant."`
	choice
	limits
	Overwrite    bool `xor:"existing" help:"Replace existing outputs."`
	SkipExisting bool `name:"skip-existing" xor:"existing" help:"Leave out participants for whom there is a report of that name already, whatever it is of."`

	Progress string `enum:"auto,bar,json,none" default:"auto" placeholder:"HOW" help:"Progress: ${enum}. auto is a bar if stderr is a terminal."`
	Quiet    bool   `short:"q" xor:"talk" help:"Say nothing but what failed."`
	Verbose  bool   `short:"v" xor:"talk" help:"Also say what was done with each participant, and why."`
	Jobs     int    `short:"j" default:"1" placeholder:"N" help:"How many participants to convert at a time."`
}

func (cmd *convertCmd) Run(ctx context.Context, c *console) error {
	to, err := destinationOf(cmd.Output)
	if err != nil {
		return err
	}
	c.quiet, c.verbose = cmd.Quiet, cmd.Verbose
	if cmd.Jobs < 1 {
		return usageError{fmt.Errorf("--jobs: %d: at least one at a time is needed", cmd.Jobs)}
	}
	if err := cmd.limits.check(cmd.Jobs); err != nil {
		return err
	}
	cmd.Profile = to.profileFor(cmd.Profile)
	profile, settings, err := cmd.settings(c, to.dir)
	if err != nil {
		return err
	}
	end := stages.In(stages.Find)
	found, err := cmd.find(cmd.Options)
	end()
	if err != nil {
		return err
	}
	if !cmd.Quiet {
		for _, line := range cmd.notes(found) {
			fmt.Fprintf(c.stderr, "upright: %s\n", line)
		}
	}
	if err := to.check(found); err != nil {
		return err
	}
	if len(found.participants) > 0 {
		if err := makeOutputFolder(to.dir); err != nil {
			return err
		}
	}
	settings.Threads = threads(min(cmd.Jobs, len(found.participants)), runtime.GOMAXPROCS(0))
	convert := func(ctx context.Context, p participant, progress func(pipelines.Progress)) result {
		at, err := cmd.place(to, p)
		if err != nil {
			return result{outcome: failed, err: oneLine{err}}
		}
		if at.done != nil {
			return resultOf(at, at.done, nil)
		}
		own := settings
		own.OutputDir, own.Name, own.Identity, own.Overwrite = at.dir, at.name, at.identity, at.replace
		limited, end := cmd.apply(ctx)
		defer end()
		made, err := convert.Participant(limited, p.recording, p.participant, profile, own, progress)
		if err != nil && ctx.Err() == nil && limited.Err() != nil {
			err = context.Cause(limited)
		}
		r := resultOf(at, made, err)
		r.warnings = append(r.warnings, to.other(made)...)
		return r
	}
	tell := newReporter(cmd.Progress, c)
	if cmd.Quiet && cmd.Progress == "auto" {
		tell = quiet{c}
	}
	if w, ok := tell.(*eventWriter); ok && cmd.Jobs == 1 {
		w.stages = stages.All
	}
	return convertAll(ctx, found, convert, tell, cmd.Jobs)
}

// place decides where the outputs of a participant go.
func (cmd *convertCmd) place(to destination, p participant) (place, error) {
	defer stages.In(stages.Find)()
	name := p.participant.Name
	if to.file != "" {
		name = to.base()
	}
	content, made, err := identityOf(p, cmd.Profile, cmd.Options)
	if err != nil {
		return place{}, err
	}
	if cmd.Overwrite {
		return place{dir: to.dir, name: name, identity: made, replace: true}, nil
	}
	if cmd.SkipExisting {
		if r, err := report.Load(report.Path(to.dir, name)); err == nil {
			return place{dir: to.dir, name: name, done: r}, nil
		}
	}
	return placed(to.dir, name, p, content, made, to.file != "")
}

// threads is how many each encoder gets when so many work at a time: their share of the cores, for encodings side by
// side do more than threads of one encoding, which wait for each other. 0, for one alone: as many as it likes.
func threads(atOnce, cores int) int {
	if atOnce <= 1 {
		return 0
	}
	return max(1, cores/atOnce)
}

// converter converts one participant. Tests have their own.
type converter func(context.Context, participant, func(pipelines.Progress)) result

// convertAll converts all participants, each for itself: what happens to one is no reason to leave out another. Only
// the end of ctx is.
func convertAll(ctx context.Context, found *found, convert converter, tell reporter, atOnce int) error {
	var (
		mu    sync.Mutex
		total summary
		group errgroup.Group
	)
	began := time.Now()
	finish := func(j job, r result) {
		tell.finish(j, r)
		mu.Lock()
		defer mu.Unlock()
		total.add(r)
	}
	for _, f := range found.unusable {
		finish(f.job(), f.result())
	}
	group.SetLimit(atOnce)
	for _, p := range found.participants {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			j := p.job()
			tell.start(j)
			finish(j, convert(ctx, p, func(done pipelines.Progress) { tell.progress(j, done) }))
			return nil
		})
	}
	_ = group.Wait()
	total.Status, total.took = total.exit(ctx), time.Since(began)
	tell.end(total)
	return ending(total.Status)
}

func (s *summary) add(r result) {
	s.warnings += len(r.warnings)
	switch r.outcome {
	case converted:
		s.Done++
		if r.already {
			s.Already++
			return
		}
		s.media += r.media
	case empty:
		s.Empty++
	case failed:
		s.Failed++
	}
}

func (s summary) exit(ctx context.Context) int {
	switch {
	case s.Failed > 0 || ctx.Err() != nil:
		return exitFailed
	case s.Empty > 0:
		return exitNoMedia
	}
	return exitDone
}

// resultOf says what became of a participant, given what convert.Participant returned, or what was there already.
func resultOf(at place, made *report.Report, err error) result {
	r := result{mode: made.Plan.Mode, reason: made.Plan.Reason, warnings: made.Warnings, already: at.done != nil}
	for _, o := range made.Outputs {
		r.outputs = append(r.outputs, filepath.Join(at.dir, o.File))
		r.media += time.Duration(o.DurationMs * float64(time.Millisecond))
	}
	path := report.Path(at.dir, at.name)
	if r.already {
		r.warnings = nil // they were said when it was made
	}
	switch {
	case r.already && len(made.Outputs) == 0:
		r.outcome, r.report, r.err = empty, path, errors.New(cmp.Or(made.Error, "there was no media when it was converted"))
		return r
	case err == nil:
		r.report = path
		return r
	case errors.Is(err, context.Canceled):
		// That files were empty or damaged is not what whoever stopped it wants to read.
		return result{outcome: failed, err: errStopped}
	case errors.Is(err, plan.ErrNoMedia):
		r.outcome, r.report = empty, path
	case errors.Is(err, plan.ErrEncrypted), len(made.Unverified) > 0:
		r.outcome, r.report = failed, path
	default:
		r.outcome = failed
	}
	r.err = oneLine{err}
	return r
}

// oneLine is an error whose text has no line breaks, which joined errors have.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }

func (e oneLine) Unwrap() error { return e.error }
