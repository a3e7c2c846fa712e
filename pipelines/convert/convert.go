// Package convert makes the outputs of a participant: it runs the plan, falls back to other encoders, and gives what is
// verified its names.
package convert

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/mkvread"
	"github.com/upright-media/upright/internal/stages"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/inspect"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/pipelines/verify"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// Participant makes the outputs of one participant and the report beside them. Until everything is made and verified,
// there are only dot-files, which are removed if it fails. progress may be nil.
//
// An output that does not pass verification is kept under another name (Report.Unverified), since the fault may be the
// check's; the outputs that do pass get their names all the same, and the error is verify.ErrWrong.
//
// If there is nothing to convert, a report without outputs is written and the error is plan.ErrNoMedia or
// plan.ErrEncrypted. With any other error no file is left behind. The report is returned as far as it is known.
func Participant(ctx context.Context, rec *recording.Recording, p *recording.Participant, prof profile.Profile,
	s Settings, progress func(pipelines.Progress)) (*report.Report, error) {
	if progress == nil {
		progress = func(pipelines.Progress) {}
	}
	if s.Elements == nil {
		s.Elements = pipelines.HasElement
	}
	if s.Encoders != nil && s.Choose == nil {
		s.Choose, s.Route = s.Encoders.For(ctx), s.Encoders.RouteFor(ctx)
	}
	j := &job{participant: p, profile: prof, settings: s, progress: progress, report: &report.Report{
		Schema: report.Schema, Identity: s.Identity, Again: s.Again, Recording: rec.Name, Participant: p.Name,
		Inputs: []report.Input{}, Outputs: []report.Output{}, Warnings: []report.Warning{},
	}}
	err := j.run(ctx)
	if err == nil {
		return j.report, nil
	}
	if errors.Is(err, verify.ErrNoPicture) {
		err = fmt.Errorf("%w (%w)", plan.ErrEncrypted, verify.ErrNoPicture)
	}
	if !j.kept {
		j.report.Outputs = []report.Output{}
	}
	j.report.Error = err.Error()
	if errors.Is(err, plan.ErrNoMedia) || errors.Is(err, plan.ErrEncrypted) || j.kept {
		err = errors.Join(err, j.write(s.Overwrite))
	}
	return j.report, err
}

// job is the conversion of one participant.
type job struct {
	participant *recording.Participant
	profile     profile.Profile
	settings    Settings
	progress    func(pipelines.Progress)

	tl     *timeline.Timeline
	shared *timeline.Shared // tl, for the pipeline's elements to find
	plan   *plan.Plan
	report *report.Report
	moved  bool            // the pipeline has got beyond its beginning
	kept   bool            // some outputs are not verified, and what there is has been given names
	old    map[string]bool // nil unless the report is ours to replace: base names of what else is

	videos []string   // of the plan of which some pictures could not be decoded
	left   [][]string // which of them are left out in the attempts to come
	asked  bool       // a decoder was asked which files it understands
}

func (j *job) reportPath() string {
	return report.Path(j.settings.OutputDir, j.settings.BaseName(j.participant))
}

// write writes the report.
func (j *job) write(overwrite bool) error {
	return j.report.Save(j.reportPath(), j.settings.Work(), overwrite || j.old != nil)
}

func (j *job) run(ctx context.Context) error {
	end := stages.In(stages.GStreamer)
	err := pipelines.Register()
	end()
	if err != nil {
		return err
	}
	if err := j.checkOwn(); err != nil {
		return err
	}
	if err := os.MkdirAll(j.settings.OutputDir, 0o777); err != nil {
		return place.Explain(err)
	}
	if _, err := os.Lstat(j.reportPath()); err == nil && !j.settings.Overwrite {
		ours := false
		if j.old, ours = j.replaceable(); !ours {
			return place.Exists(j.reportPath())
		}
	}
	defer func() {
		if j.shared != nil {
			j.shared.Release()
		}
	}()
	end = stages.In(stages.Plan)
	resolved, err := plan.Resolve(j.participant, j.profile, j.settings.Settings,
		func(s plan.Settings) (*timeline.Timeline, error) {
			if j.shared != nil {
				j.shared.Release()
				j.shared = nil
			}
			j.settings.Settings = s
			err := j.load(ctx)
			return j.tl, err
		})
	end()
	if err != nil {
		return err
	}
	j.adopt(resolved)
	if !j.settings.Overwrite {
		for _, o := range resolved.Outputs {
			if _, err := os.Lstat(o.Path); err == nil && !j.old[filepath.Base(o.Path)] {
				return place.Exists(o.Path)
			}
		}
	}
	if j.settings.OnPlan != nil {
		if err := j.settings.OnPlan(resolved); err != nil {
			return err
		}
	}
	return j.attempts(ctx)
}

// replaceable says whether the report that is there is ours to replace, and names the files that belong to it: of an
// attempt that did not come to its end, or, for who asked to have them again, of outputs that are all gone.
func (j *job) replaceable() (names map[string]bool, ok bool) {
	if j.settings.Again == "" {
		return report.Replaceable(j.reportPath())
	}
	r, err := report.Load(j.reportPath())
	if err != nil || !r.Whole() {
		return report.Replaceable(j.reportPath())
	}
	return map[string]bool{}, r.Gone(func(file string) error {
		_, err := os.Lstat(filepath.Join(j.settings.OutputDir, file))
		return err
	})
}

// adopt makes a plan the one that is carried out.
func (j *job) adopt(p *plan.Plan) {
	j.plan, j.report.Plan = p, p.Report()
}

// load reads the participant's files as far as there is anything in them.
func (j *job) load(ctx context.Context) error {
	defer stages.In(stages.Scan)()
	facts, err := inspect.Participant(ctx, j.participant, j.settings.Options, j.share)
	if facts.Inputs != nil {
		j.report.Inputs, j.report.Warnings = facts.Inputs, facts.Warnings
	}
	if err == nil && facts.Timeline == nil {
		err = plan.ErrNoMedia
	}
	j.tl = facts.Timeline
	return err
}

// share loads files so that the pipeline's elements find what they hold.
func (j *job) share(
	ctx context.Context, files []*recording.File, o timeline.Options,
) (tl *timeline.Timeline, err error) {
	if j.shared, err = timeline.Share(ctx, files, o); err != nil {
		return nil, err
	}
	for _, t := range j.shared.Tracks {
		var system syscall.Errno
		if errors.As(t.Err, &system) { // what is in the file is not known: leaving it out would lose it
			return nil, t.Err
		}
	}
	return j.shared.Timeline, nil
}

// produce makes, verifies and places the outputs.
func (j *job) produce(ctx context.Context) error {
	for _, o := range j.plan.Outputs {
		// The reason why a folder cannot be written to is clearer from us than from the end of a pipeline.
		if err := place.Write(o.Partial, nil); err != nil {
			return place.Explain(err)
		}
	}
	if j.plan.Pipeline != "" {
		if err := j.play(ctx); err != nil {
			return err
		}
		if err := j.mend(); err != nil {
			return err
		}
	}
	for i := range j.plan.Outputs {
		o := &j.plan.Outputs[i]
		if !o.IsText() {
			continue
		}
		if err := writeData(ctx, j.tl, o.Media[0], o); err != nil {
			return err
		}
	}
	giveBack()
	j.progress(pipelines.Progress{Done: j.plan.Duration, Total: j.plan.Duration, Verifying: true})
	var doubts doubts
	for i := range j.plan.Outputs {
		o := &j.plan.Outputs[i]
		err := j.verify(ctx, o)
		switch {
		case err == nil:
		case aboutOutput(err):
			doubts = append(doubts, doubt{o, err})
		default:
			return err
		}
	}
	if len(doubts) > 0 {
		return doubts
	}
	defer stages.In(stages.Finish)()
	if err := j.place(j.plan.Outputs); err != nil {
		return err
	}
	return j.finish()
}

// mend puts right what the muxer of Matroska says of an output's length. What makes no sense is left to the
// verification.
func (j *job) mend() error {
	for _, o := range j.plan.Outputs {
		switch o.Container {
		case "mkv", "mka", "webm":
			var system *os.PathError
			if err := mkvread.MendDuration(o.Partial); errors.As(err, &system) {
				return place.Explain(err)
			}
		}
	}
	return nil
}

// play runs the pipeline.
func (j *job) play(ctx context.Context) error {
	defer stages.In(stages.Play)()
	if s := j.settings.Encoders; s != nil && s.Sessions != nil {
		release, err := s.Sessions.Acquire(ctx, j.plan.Chosen...)
		if err != nil {
			return err
		}
		defer release()
	}
	total := j.plan.Duration
	j.moved = false
	j.progress(pipelines.Progress{Total: total})
	var graph string
	err := gstrun.Run(ctx, j.plan.Pipeline, gstrun.Options{
		Graph:        func(dot string) { graph = dot },
		StallTimeout: j.settings.Stall,
		Limit:        j.limit(),
		Progress: func(at time.Duration) {
			j.moved = j.moved || at > 0
			j.progress(pipelines.Progress{Done: min(at, total), Total: total})
		},
	})
	if err == nil {
		j.progress(pipelines.Progress{Done: total, Total: total})
		return nil
	}
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), pipelines.Stuck(err))
	}
	return j.explainRun(err, graph)
}

// explainRun says in one sentence why a pipeline failed.
func (j *job) explainRun(err error, graph string) error {
	if full := pipelines.NoSpace(err, j.settings.OutputDir); full != nil {
		return full
	}
	if verify.NoPicture(err) {
		return verify.ErrNoPicture
	}
	if own := j.explainOwn(err, graph); own != nil {
		return own
	}
	return &pipelines.PipelineError{Err: err, Graph: graph}
}

// checkOutput is replaced in tests.
var checkOutput = (*verify.Verifier).Check

func (j *job) verify(ctx context.Context, o *plan.Output) error {
	defer stages.In(stages.Verify)()
	v := verify.Verifier{
		Output: o, Tracks: o.Media, Partial: o.Partial, Has: j.settings.Elements,
		WantPoster: j.settings.Posters, Libav: strings.Contains(j.plan.Pipeline, "! avdec_"),
	}
	if j.profile.Pipeline == "" { // of its own, which may leave something out
		v.Timeline = j.tl
	}
	report, warnings, err := checkOutput(&v, ctx)
	if err != nil {
		return err
	}
	j.report.Outputs = append(j.report.Outputs, *report)
	j.report.Warnings = append(j.report.Warnings, warnings...)
	return nil
}

// place gives outputs their names, or takes back what it did.
func (j *job) place(outputs []plan.Output) (err error) {
	overwrite := j.settings.Overwrite
	for _, o := range outputs {
		if err := files.Sync(o.Partial); err != nil {
			return place.Explain(err)
		}
	}
	if j.settings.BeforePublish != nil {
		if err := j.settings.BeforePublish(j.report); err != nil {
			return err
		}
	}
	var placed []string
	defer func() {
		if err != nil && !overwrite { // what was there before cannot be brought back
			for _, path := range placed {
				err = errors.Join(err, place.Remove(path))
			}
		}
	}()
	for _, o := range outputs {
		if err := place.File(o.Partial, o.Path, overwrite || j.old[filepath.Base(o.Path)]); err != nil {
			return err
		}
		placed = append(placed, o.Path)
	}
	return nil
}

// finish writes the report of outputs that have their names, and takes them back if that fails.
func (j *job) finish() (err error) {
	if err := j.write(j.settings.Overwrite); err != nil {
		if !j.settings.Overwrite {
			for _, o := range j.plan.Outputs {
				err = errors.Join(err, place.Remove(o.Path))
			}
		}
		return err
	}
	for name := range j.old { // of an attempt before
		if isUnverified(name) {
			err = errors.Join(err, place.Remove(filepath.Join(j.settings.OutputDir, name)))
		}
	}
	_ = files.SyncFolder(j.settings.OutputDir)
	return err
}
