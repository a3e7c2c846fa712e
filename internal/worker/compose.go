package worker

import (
	"context"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/upright-media/upright/daemon/claim"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/pipelines/compose"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/kinds"
	"github.com/upright-media/upright/room/layout"
)

// compose makes the video of a whole room.
func (c *conversion) compose(ctx context.Context, mine *claim.Claim) (m made, err error) {
	spec := c.req.Spec
	rec, lost, err := wholeRoom(spec)
	if err != nil {
		return m, err
	}
	var folders []string
	for _, s := range spec.Sources {
		if dir := filepath.Dir(s.Path); !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	names, err := spec.Compose.ReadNames(folders...)
	if err != nil {
		return m, coded(job.CodeSettings, err)
	}
	chosen := spec.Compose.Arrangement
	if chosen.Own, err = layout.Find(chosen.Whole().Layout, c.req.Layouts); err != nil {
		return m, coded(job.CodeSettings, err)
	}
	settings, err := compose.Chosen(chosen, names)
	if err != nil {
		return m, coded(job.CodeSettings, err)
	}
	before := mine.Before()
	settings.OutputDir, settings.WorkDir, settings.Name = c.place.Dir, mine.Work, mine.Name
	settings.Options, settings.Threads, settings.Stall = spec.Settings, c.req.Threads, c.req.Stall
	settings.Chunks, settings.Memory = c.share(), c.req.Memory
	if c.req.Share {
		settings.Others = &c.others
	}
	settings.Encoders, settings.Overwrite = c.selector(), before != nil
	settings.Job = compose.Job{Identity: claim.Identity(spec), Again: c.req.Again, Series: spec.Compose.Series,
		Posters: true, Bounds: c.req.Bounds, Avoid: c.avoid(),
		OnPlan: func(choice encoders.Choice) error {
			return c.await(ctx, c.planned(choice))
		},
		BeforePublish: func(r *report.Room) error { return mine.Placing(placing(r.Outputs)) },
	}
	r, err := compose.Room(ctx, rec, lost, settings, c.tell.at)
	if err == nil && before != nil {
		mine.Replaced(before, r.Outputs)
	}
	return made{report: r, outputs: r.Outputs, warnings: r.Warnings, people: peopleOf(r)}, err
}

// share is how many cores this job is to keep busy.
func (c *conversion) share() int {
	if c.req.Threads > 0 {
		return c.req.Threads
	}
	return runtime.NumCPU()
}

// planned is what a room's video will take: all of the job's share of cores, for it is drawn in so many parts, also if
// a device encodes it.
func (c *conversion) planned(choice encoders.Choice) work.Event {
	e := work.Event{Cost: 1, Mode: "encode"}
	encoder := choice.Encoder
	if encoder.Element == "" { // sound only
		return e
	}
	c.tell.logf("encoder: %s (%s)", encoder.Element, encoder.Backend)
	e.Cost = c.share()
	if encoder.Hardware() {
		e.Hardware = []string{encoder.Element}
	}
	return e
}

// wholeRoom makes one recording of the sources. That they belong together was decided when the job was submitted, by
// whoever saw all of the folder. lost are files that make no sense.
func wholeRoom(spec job.Spec) (rec *recording.Recording, lost []*recording.File, err error) {
	recordings, lost, err := kinds.Rejoined(paths(spec.Sources), spec.Settings.Rejoin)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range lost {
		if err := unknown(f); err != nil {
			return nil, nil, err
		}
	}
	rec = &recording.Recording{}
	for i, r := range recordings {
		if i == 0 {
			rec = r
		} else {
			rec.Participants = append(rec.Participants, r.Participants...)
		}
		for _, p := range r.Participants {
			for _, f := range p.Tracks {
				if err := unknown(f); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	rec.Name, rec.Room = spec.Recording, spec.Room
	return rec, lost, nil
}

// people are those in the report of a room.
func people(text []byte) []job.Person {
	if r, ok := report.ParseRoom(text); ok {
		return peopleOf(r)
	}
	return nil
}

func peopleOf(r *report.Room) (list []job.Person) {
	for _, p := range r.People {
		list = append(list, job.Person{ID: p.ID, Name: p.Name})
	}
	return list
}
