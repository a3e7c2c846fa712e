// Package compose makes one video of a room: it hears who speaks, lets package room decide what is shown, and draws
// that.
package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/elements/mix"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/timeline"
)

// Room makes one video of a whole recording, and the report beside it, all or nothing. lost are files found with it
// that belong to nobody who can be shown. What cannot be used is left out with a warning; if nothing can, a report
// without outputs is written and the error is plan.ErrNoMedia or plan.ErrEncrypted. progress may be nil.
func Room(ctx context.Context, rec *recording.Recording, lost []*recording.File, s Settings,

	progress func(pipelines.Progress)) (*report.Room, error) {
	if progress == nil {
		progress = func(pipelines.Progress) {}
	}
	c := &composing{rec: rec, lost: lost, settings: s, progress: progress, avoid: s.Job.Avoid, report: &report.Room{
		Schema: report.Schema, Kind: report.KindRoom, Identity: s.Job.Identity, Again: s.Job.Again,
		Series:    s.Job.Series,
		Recording: cmp.Or(rec.Room, rec.Name), Inputs: []report.Input{},
		Outputs:  []report.Output{},
		Timeline: []report.WallSpan{}, People: []report.RoomPerson{}, Spans: []report.RoomSpan{},
		Talks: []room.ScoreTalk{},
		Floor: []room.ScoreTurn{}, Chapters: []room.Chapter{}, LeftOut: []report.LeftOut{},
		Warnings: []report.Warning{},
	}}
	c.threads = s.Threads
	err := c.run(ctx)
	if ctx.Err() == nil && s.Composed == nil { // else they are of use the next time
		err = errors.Join(err, c.removeParts())
	}
	for _, path := range c.scratch {
		err = errors.Join(err, place.Remove(path))
	}
	if err == nil {
		return c.report, nil
	}
	c.report.Outputs = []report.Output{}
	c.report.Error = err.Error()
	nothing := errors.Is(err, plan.ErrNoMedia) || errors.Is(err, plan.ErrEncrypted)
	if nothing && s.Composed == nil && (s.Job.Series == "" || !s.Overwrite) { // what a daemon has made before stays
		err = errors.Join(err, c.report.SaveRoom(c.path(".json"), c.workDir(), s.Overwrite))
	}
	return c.report, err
}

// composing is the making of one room's video.
type composing struct {
	rec      *recording.Recording
	lost     []*recording.File
	settings Settings
	progress func(pipelines.Progress)

	shared  *timeline.Shared // of what is made of packets, else nil
	origin  int64            // wall clock of the room's time 0, µs since the Unix epoch; 0 if unknown
	release []func()
	tracks  map[string]*timeline.Track // that can be used, by base name
	cast    *room.Cast
	talks   []room.Talk
	floor   []room.Turn
	levels  map[string]mix.Levels  // by file
	heard   map[string]room.Levels // by person
	score   *room.Score
	footage []room.Footage
	borders []room.Border
	threads int  // of the encoder
	whole   bool // no parts are made
	stereo  bool
	choice  encoders.Choice
	avoid   []encoders.Rejection
	report  *report.Room
	scratch []string // files that go in the end
	total   time.Duration
}

func (c *composing) has() func(string) bool {
	if c.settings.Elements != nil {
		return c.settings.Elements
	}
	return pipelines.HasElement
}

func (c *composing) workDir() string { return cmp.Or(c.settings.WorkDir, c.settings.OutputDir) }

func (c *composing) name() string { return cmp.Or(c.settings.Name, c.rec.Name) }

// path is where an output goes.
func (c *composing) path(ext string) string {
	return filepath.Join(c.settings.OutputDir, c.name()+ext)
}

// partial is where an output is until it is complete, and goes from in any case.
func (c *composing) partial(ext string) string {
	p := filepath.Join(c.workDir(), "."+c.name()+ext+".partial")
	if !slices.Contains(c.scratch, p) {
		c.scratch = append(c.scratch, p)
	}
	return p
}

func (c *composing) warn(code, text string, args ...any) {
	c.report.Warnings = append(c.report.Warnings, report.Warning{Code: code, Text: fmt.Sprintf(text, args...)})
}

func (c *composing) leave(file, reason string) {
	c.report.LeftOut = append(c.report.LeftOut, report.LeftOut{File: filepath.Base(file), Reason: reason})
}

func (c *composing) run(ctx context.Context) error {
	if err := pipelines.Register(); err != nil {
		return err
	}
	if err := c.settings.Check(); err != nil {
		return plan.SettingsError{Err: err}
	}
	if err := os.MkdirAll(c.workDir(), 0o777); err != nil {
		return place.Explain(err)
	}
	if path := c.path(".json"); !c.settings.Overwrite && c.settings.Composed == nil {
		if _, err := os.Lstat(path); err == nil && !report.RoomReplaceable(path) {
			return place.Exists(path)
		}
	}
	defer func() {
		for _, release := range c.release {
			release()
		}
	}()
	if err := c.read(ctx); err != nil {
		return err
	}
	if err := c.planned(ctx); err != nil {
		return err
	}
	if err := c.hear(ctx); err != nil {
		return err
	}
	for {
		if err := c.decide(ctx); err != nil {
			return err
		}
		if c.settings.Composed != nil {
			return c.settings.Composed(c.score, c.commandLine())
		}
		err := c.draw(ctx)
		if err == nil {
			break
		}
		if !c.without(ctx, err) {
			return c.explain(ctx, err)
		}
	}
	return c.finish(ctx)
}
