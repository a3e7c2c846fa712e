package compose

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/timeline"
)

// ErrNotPackets says that a recording is of a source whose participants are not on one clock here.
var ErrNotPackets = errors.New("the video of a room is made of Janus' recordings only: upright convert makes one of " +
	"each participant")

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
	title := func(p *recording.Participant) string { return c.settings.Names[userOf(p)] }
	for i, p := range c.rec.Participants {
		for _, f := range p.Tracks {
			switch {
			case c.settings.Filter.Leaves(room.Kind(f.Medium), userOf(p), title(p), p.Name, f.Info.Description):
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
		return plan.ErrNoMedia
	}
	if slices.ContainsFunc(usable, func(f *recording.File) bool { _, own := f.Content.(timeline.Loader); return own }) {
		return ErrNotPackets
	}
	reading := c.settings.Options.ForRoom().Timeline()
	reading.Clock = timeline.ServerClock
	shared, err := timeline.Share(ctx, usable, reading)
	if err != nil {
		return err
	}
	c.shared, c.tracks = shared, map[string]*timeline.Track{}
	var list []room.File
	for _, t := range shared.Tracks {
		o := owners[t.Path]
		var system syscall.Errno
		if errors.As(t.Err, &system) { // what is in the file is not known: leaving it out would lose it
			shared.Release()
			return t.Err
		}
		if w := plan.Problem(t); w != nil {
			encrypted = encrypted || w.Code == report.Encrypted
			c.leave(t.Path, w.Text)
			c.warn(w.Code, "%s", plan.WithName(filepath.Base(t.Path), w.Text))
			continue
		}
		if err := (options.Bounds{}).Check(t); err != nil { // it would make the whole room hours long
			c.leave(t.Path, err.Error())
			c.warn(report.TooMuch, "%s", plan.WithName(filepath.Base(t.Path), err.Error()))
			continue
		}
		c.report.Warnings = append(c.report.Warnings, plan.Blemishes(t)...)
		c.report.Inputs = append(c.report.Inputs, plan.InputOf(t))
		c.tracks[filepath.Base(t.Path)] = t
		list = append(list, roomFile(t, userOf(o.p), o.session, o.line))
	}
	for _, w := range shared.Warnings {
		text := w.Text
		if w.Track != nil {
			text = plan.WithName(filepath.Base(w.Track.Path), text)
		}
		c.warn(w.Code, "%s", text)
	}
	if len(list) == 0 {
		shared.Release()
		if encrypted {
			return plan.ErrEncrypted
		}
		return plan.ErrNoMedia
	}
	c.cast = room.NewCast(list, c.settings.Names)
	for _, f := range c.cast.Guessed {
		c.warn(report.ScreenGuessed, "%s is taken for a screen, because it was sent beside another video of the same "+
			"person and does not say what it is", f)
	}
	return nil
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
