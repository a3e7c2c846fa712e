package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
)

type convertCmd struct {
	source
	Output string `short:"o" required:"" placeholder:"DIR" help:"Folder for videos and reports; created if missing."`
	choice
	Overwrite bool   `help:"Replace existing outputs."`
	Progress  string `enum:"auto,bar,json,none" default:"auto" placeholder:"HOW" help:"Progress: ${enum}. auto is a bar if stderr is a terminal."`
	Jobs      int    `short:"j" default:"1" placeholder:"N" help:"How many participants to convert at a time (1)."`
}

func (cmd *convertCmd) Run(ctx context.Context, c *console) error {
	if cmd.Output == "" {
		return usageError{errors.New("--output: the folder's name is empty")}
	}
	if cmd.Jobs < 1 {
		return usageError{fmt.Errorf("--jobs: %d: at least one at a time is needed", cmd.Jobs)}
	}
	profile, settings, err := cmd.settings(c, cmd.Output)
	if err != nil {
		return err
	}
	found, err := cmd.find(cmd.Options)
	if err != nil {
		return err
	}
	if len(found.participants) > 0 {
		if err := makeOutputFolder(cmd.Output); err != nil {
			return err
		}
	}
	settings.Overwrite = cmd.Overwrite
	settings.Threads = threads(min(cmd.Jobs, len(found.participants)), runtime.GOMAXPROCS(0))
	convert := func(ctx context.Context, p participant, progress func(pipelines.Progress)) result {
		report, err := convert.Participant(ctx, p.recording, p.participant, profile, settings, progress)
		return resultOf(cmd.Output, p, report, err)
	}
	return convertAll(ctx, found, convert, newReporter(cmd.Progress, c), cmd.Jobs)
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
	finish := func(j job, r result) {
		tell.finish(j, r)
		mu.Lock()
		defer mu.Unlock()
		total.add(r.outcome)
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
	total.Status = total.exit(ctx)
	tell.end(total)
	return ending(total.Status)
}

func (s *summary) add(o outcome) {
	switch o {
	case converted:
		s.Done++
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

// resultOf says what became of p, given what convert.Participant returned.
func resultOf(dir string, p participant, made *report.Report, err error) result {
	r := result{mode: made.Plan.Mode, warnings: made.Warnings}
	for _, o := range made.Outputs {
		r.outputs = append(r.outputs, filepath.Join(dir, o.File))
	}
	path := report.Path(dir, p.participant.Name)
	switch {
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
