package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/upright-media/upright/elements/stage"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/timeline"
)

// read finds out what is there, and what of it can be used.
func (c *composing) read(ctx context.Context) error {
	type owner struct {
		p       *recording.Participant
		session int
		line    int
	}
	owners := map[string]owner{}
	var usable []*recording.File
	encrypted := false
	for i, p := range c.rec.Participants {
		for _, f := range p.Tracks {
			switch {
			case c.leaves(p, recording.Info{Medium: f.Medium, Description: f.Info.Description}):
				c.leave(f.Path, report.Excluded)
			case f.Err != nil:
				c.leave(f.Path, f.Err.Error())
				c.warn(report.Unreadable, "%s", plan.WithName(filepath.Base(f.Path), f.Err.Error()))
			case f.Empty:
				c.leave(f.Path, plan.NeverWritten)
				c.warn(report.NoMedia, "%s: %s", filepath.Base(f.Path), plan.NeverWritten)
			default:
				owners[f.Path] = owner{p, i, f.Line}
				usable = append(usable, f)
			}
		}
	}
	for _, f := range c.lost {
		reason := cmp.Or(f.Err, errors.New(plan.NeverWritten)).Error()
		c.leave(f.Path, reason)
		c.warn(report.Unreadable, "%s", plan.WithName(filepath.Base(f.Path), reason))
	}
	if len(usable) == 0 {
		return c.nothing()
	}
	c.tracks = map[string]*timeline.Track{}
	var list []room.File
	var tracks []*timeline.Track
	var of map[*timeline.Track]*recording.Participant
	var warnings []timeline.Warning
	var err error
	if _, own := usable[0].Content.(timeline.Loader); own {
		tracks, of, warnings, err = c.readPeople(ctx, usable)
	} else {
		tracks, warnings, err = c.readPackets(ctx, usable)
	}
	if err != nil {
		return err
	}
	for _, t := range tracks {
		o := owners[t.Path]
		if p := of[t]; p != nil {
			o = owner{p, slices.Index(c.rec.Participants, p), -1}
		}
		var system syscall.Errno
		if errors.As(t.Err, &system) { // what is in the file is not known: leaving it out would lose it
			return t.Err
		}
		w := plan.Problem(t)
		if w == nil && t.Given != nil && len(t.Given.Runs) > 1 {
			w = &report.Warning{Code: report.Unreadable,
				Text: "the codec changes in the middle, which the video of a room does not show"}
		}
		if w != nil {
			encrypted = encrypted || w.Code == report.Encrypted
			for _, file := range filesOf(t) {
				c.leave(file, w.Text)
			}
			c.warn(w.Code, "%s", plan.WithName(filepath.Base(t.Path), w.Text))
			continue
		}
		if err := c.settings.Job.Bounds.Check(t); err != nil { // it would make the whole room hours long
			c.leave(t.Path, err.Error())
			c.warn(report.TooMuch, "%s", plan.WithName(filepath.Base(t.Path), err.Error()))
			continue
		}
		c.report.Warnings = append(c.report.Warnings, plan.Blemishes(t)...)
		if t.Given == nil {
			c.report.Inputs = append(c.report.Inputs, plan.InputOf(t))
		} else {
			c.report.Inputs = append(c.report.Inputs, plan.InputsOf(&recording.Participant{Tracks: partsOf(t)},
				&timeline.Timeline{Tracks: []*timeline.Track{t}})...)
		}
		c.tracks[filepath.Base(t.Path)] = t
		list = append(list, roomFile(t, userOf(o.p), o.session, o.line))
	}
	for _, w := range warnings {
		text := w.Text
		if w.Track != nil {
			text = plan.WithName(filepath.Base(w.Track.Path), text)
		}
		c.warn(w.Code, "%s", text)
	}
	if len(list) == 0 {
		if encrypted {
			return plan.ErrEncrypted
		}
		return c.nothing()
	}
	c.cast = room.NewCast(list, c.settings.Names)
	for _, f := range c.cast.Guessed {
		c.warn(report.ScreenGuessed, "%s is taken for a screen, because it was sent beside another video of the same "+
			"person and does not say what it is", f)
	}
	c.spell(stage.Drawable)
	return nil
}

// nothing says why there is nothing to show or to hear.
func (c *composing) nothing() error {
	wanted := func(l report.LeftOut) bool { return l.Reason != report.Excluded }
	if len(c.report.LeftOut) > 0 && !slices.ContainsFunc(c.report.LeftOut, wanted) {
		return fmt.Errorf("%w of anybody who is wanted: \"who\" and \"without\" leave all out", plan.ErrNoMedia)
	}
	return plan.ErrNoMedia
}

// readPackets reads files of packets, on one time line by the server's clock.
func (c *composing) readPackets(ctx context.Context, usable []*recording.File) ([]*timeline.Track, []timeline.Warning,
	error) {
	reading := c.settings.Options.ForRoom().Timeline()
	reading.Clock = timeline.ServerClock
	shared, err := timeline.Share(ctx, usable, reading)
	if err != nil {
		return nil, nil, err
	}
	c.release = append(c.release, shared.Release)
	c.shared, c.origin = shared, shared.OriginUs
	return shared.Tracks, shared.Warnings, nil
}

// readPeople reads files of a source that makes a time line of each participant, and puts these on one.
func (c *composing) readPeople(ctx context.Context, usable []*recording.File) (tracks []*timeline.Track,
	of map[*timeline.Track]*recording.Participant, warnings []timeline.Warning, err error) {
	type one struct {
		*timeline.Shared
		p *recording.Participant
	}
	of = map[*timeline.Track]*recording.Participant{}
	var all []one
	for _, p := range c.rec.Participants {
		files := slices.DeleteFunc(slices.Clone(p.Tracks),
			func(f *recording.File) bool { return !slices.Contains(usable, f) })
		if len(files) == 0 {
			continue
		}
		shared, err := timeline.Share(ctx, files, c.settings.Options.ForRoom().Timeline())
		if err != nil {
			return nil, nil, nil, err
		}
		c.release = append(c.release, shared.Release)
		warnings = append(warnings, shared.Warnings...)
		if shared.OriginUs == 0 && len(c.rec.Participants) > 1 {
			for _, f := range files {
				c.leave(f.Path, "it is not known when it was recorded")
			}
			c.warn(report.Unreadable, "%s: it is not known when it was recorded, so it cannot be beside the others", p.Name)
			continue
		}
		all = append(all, one{shared, p})
		if c.origin == 0 || shared.OriginUs < c.origin {
			c.origin = shared.OriginUs
		}
	}
	for _, o := range all {
		for _, t := range o.Tracks {
			if c.leaves(o.p, t.Info) || t.Given == nil || len(t.Given.Parts) == 0 {
				continue // as what has no file
			}
			later := t.Later(time.Duration(o.OriginUs-c.origin) * time.Microsecond)
			tracks, of[later] = append(tracks, later), o.p
		}
	}
	return tracks, of, warnings, nil
}

// leaves says whether a medium of somebody is left out.
func (c *composing) leaves(p *recording.Participant, info recording.Info) bool {
	user := userOf(p)
	return c.settings.Filter.Leaves(room.Kind(info.Medium), user, c.settings.Names[user], p.Name, info.Description)
}

// partsOf are the files of a track that its source has brought along.
func partsOf(t *timeline.Track) (files []*recording.File) {
	for _, p := range t.Given.Parts {
		if p.File != nil && !slices.Contains(files, p.File) {
			files = append(files, p.File)
		}
	}
	return files
}

// filesOf are the paths of a track's files.
func filesOf(t *timeline.Track) (paths []string) {
	if t.Given == nil {
		return []string{t.Path}
	}
	for _, f := range partsOf(t) {
		paths = append(paths, f.Path)
	}
	return paths
}

// userOf is the id of a person.
func userOf(p *recording.Participant) string { return cmp.Or(p.User, p.Stem, p.Name) }

// roomFile says of a track what package room wants to know.
func roomFile(t *timeline.Track, user string, session, line int) room.File {
	f := room.File{Name: filepath.Base(t.Path), Kind: room.Kind(t.Info.Medium), User: user, Session: session,
		Description: t.Info.Description,
		Index:       line, Runs: room.Span{From: t.Start, To: t.End}}
	if f.Kind != room.Video {
		return f
	}
	f.Seen = f.Runs
	for _, h := range t.Holes {
		f.Holes = append(f.Holes, room.Span{From: h.From, To: h.To})
	}
	if t.FrameDuration > 0 {
		f.FPS = float64(time.Second) / float64(t.FrameDuration)
	}
	add := func(at time.Duration) {
		z := room.Size{At: at}
		for _, s := range t.Sizes {
			if s.At <= at || z.Width == 0 {
				z.Width, z.Height = s.Width, s.Height
			}
		}
		for i := len(t.Orientations) - 1; i >= 0; i-- {
			if o := t.Orientations[i]; o.At <= at || i == 0 {
				if o.Orientation.Degrees%180 != 0 {
					z.Width, z.Height = z.Height, z.Width
				}
				break
			}
		}
		if n := len(f.Sizes); z.Width > 0 &&
			(n == 0 || f.Sizes[n-1].Width != z.Width || f.Sizes[n-1].Height != z.Height) {
			f.Sizes = append(f.Sizes, z)
		}
	}
	var times []time.Duration
	for _, s := range t.Sizes {
		times = append(times, s.At)
	}
	for _, o := range t.Orientations {
		times = append(times, o.At)
	}
	slices.Sort(times)
	for _, at := range slices.Compact(times) {
		add(at)
	}
	return f
}
