package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/upright-media/upright"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/compose"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/recording"
)

type composeCmd struct {
	source
	Output string `short:"o" required:"" placeholder:"DIR" help:"Folder for the videos and reports; created if missing."`
	arrangement.Arrangement
	ownLayouts
	options.Options
	Jobs      int    `short:"j" default:"0" placeholder:"N" help:"Draw a long video in up to this many parts at a time, each in a process of its own; 0: as many as there are processors, at most 8. The result is the same."`
	Encoder   string `default:"auto" placeholder:"WHICH" help:"Encoder for pictures: auto (the first that works), software, nvenc, va, qsv, v4l2, or an element that upright encoders lists."`
	Strict    bool   `name:"strict-encoder" help:"Fail if the encoder that --encoder names does not work."`
	Overwrite bool   `help:"Replace existing outputs."`
	DryRun    bool   `name:"dry-run" help:"Print what would be shown, as a table, and the gst-launch-1.0 line; write nothing."`
	Progress  string `enum:"auto,bar,json,none" default:"auto" placeholder:"HOW" help:"Progress: ${enum}. auto is a bar if stderr is a terminal."`

	svg string // of plan: file for a drawing
}

// mostJobs is how many parts are drawn at a time if it is not said: more need much memory.
const mostJobs = 8

// settings checks what was chosen and puts it into the terms of pipelines.
func (cmd *composeCmd) settings(c *console) (compose.Settings, error) {
	if cmd.Max == 0 { // which is the default elsewhere
		return compose.Settings{}, usageError{errors.New("--max: 0: at least one is needed")}
	}
	var folders []string
	for _, in := range cmd.Inputs {
		if info, err := os.Stat(in); err == nil && !info.IsDir() {
			in = filepath.Dir(in)
		}
		folders = append(folders, in)
	}
	var err error
	if cmd.Own, err = cmd.named(c, cmd.Layout); err != nil {
		return compose.Settings{}, err
	}
	names, err := cmd.ReadNames(folders...)
	var s compose.Settings
	if err == nil {
		s, err = compose.Chosen(cmd.Arrangement, names)
	}
	if err != nil && errors.As(err, new(*arrangement.Error)) {
		err = fmt.Errorf("--%w", err)
	}
	if err != nil {
		return s, usageError{err}
	}
	return s, nil
}

// composed is a recording and what was found with it.
type composed struct {
	*recording.Recording
	lost []*recording.File
}

// rooms finds the recordings. Files that belong to nobody go with the recording of the same room.
func (s *source) rooms() ([]composed, []*recording.File, error) {
	recordings, bad, err := upright.Find(s.Inputs...)
	if err != nil && len(recordings) == 0 && len(bad) == 0 {
		return nil, nil, err
	}
	lost, rest := recording.Strays(recordings, bad)
	list := make([]composed, len(recordings))
	for i, r := range recordings {
		list[i] = composed{r, lost[i]}
	}
	return list, rest, err
}

func (cmd *composeCmd) Run(ctx context.Context, c *console) error {
	if cmd.Output == "" {
		return usageError{errors.New("--output: the folder's name is empty")}
	}
	settings, err := cmd.settings(c)
	if err != nil {
		return err
	}
	if err := checkOrientationID(cmd.OrientationID); err != nil {
		return err
	}
	if cmd.Jobs < 0 {
		return usageError{fmt.Errorf("--jobs: %d: at least one at a time is needed, or 0", cmd.Jobs)}
	}
	settings.Options, settings.Chunks = cmd.Options, cmp.Or(cmd.Jobs, min(runtime.GOMAXPROCS(0), mostJobs))
	request := encoders.Request{Encoder: cmd.Encoder, Strict: cmd.Strict}
	if err := request.Check(); err != nil {
		return usageError{fmt.Errorf("--%w", err)}
	}
	settings.Encoders, settings.OutputDir, settings.Overwrite = newSelector(request), cmd.Output, cmd.Overwrite
	rooms, bad, err := cmd.rooms()
	if err != nil {
		return err
	}
	if cmd.DryRun {
		return planRooms(ctx, c, rooms, settings, cmd.svg)
	}
	if len(rooms) > 0 {
		if err := makeOutputFolder(cmd.Output); err != nil {
			return err
		}
	}
	tell := newReporter(cmd.Progress, c)
	var total summary
	began := time.Now()
	finish := func(j job, r result) {
		tell.finish(j, r)
		total.add(r)
	}
	for _, f := range bad {
		u := unusable{f}
		finish(u.job(), u.result())
	}
	for _, r := range rooms {
		if ctx.Err() != nil {
			break
		}
		j := job{recording: r.Name, participant: r.Name}
		for _, p := range r.Participants {
			for _, t := range p.Tracks {
				j.inputs = append(j.inputs, t.Path)
			}
		}
		tell.start(j)
		rep, err := compose.Room(ctx, r.Recording, r.lost, settings,
			func(done pipelines.Progress) { tell.progress(j, done) })
		res := result{mode: rep.Plan.Mode, warnings: rep.Warnings, report: filepath.Join(cmd.Output, r.Name+".json")}
		for _, o := range rep.Outputs {
			res.outputs = append(res.outputs, filepath.Join(cmd.Output, o.File))
		}
		switch {
		case err == nil:
		case errors.Is(err, context.Canceled):
			res = result{outcome: failed, err: errStopped}
		case errors.Is(err, plan.ErrNoMedia):
			res.outcome, res.err = empty, oneLine{err}
		default:
			res.outcome, res.err = failed, oneLine{err}
		}
		finish(j, res)
	}
	total.Status, total.took = total.exit(ctx), time.Since(began)
	tell.end(total)
	return ending(total.Status)
}
