// Package compose makes one video of a room: it hears who speaks, lets package room decide what is shown, and draws
// that.
package compose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/mix"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/pipelines/verify"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/timeline"
)

// What Settings.Sound may say, besides SoundDual with a user id behind it.
const (
	SoundMix    = "mix"    // everybody on both sides
	SoundSpread = "spread" // everybody where they are seen
	SoundNone   = "none"
	SoundDual   = "dual:" // that user on the left, all others on the right
)

// LoudnessOff leaves everybody as loud as they were recorded.
const LoudnessOff = 0

// Settings are what a user can choose about the video of a room.
type Settings struct {
	OutputDir string
	WorkDir   string // where files are until they are verified, in OutputDir's file system; "": OutputDir
	Name      string // base name of the outputs; "": the recording's
	Overwrite bool

	Room     room.Options
	Filter   room.Filter
	Names    room.Names
	Sound    string  // SoundMix (""), SoundSpread, SoundNone, SoundDual + user
	Loudness float64 // LUFS that people, and the room, are brought to; LoudnessOff

	OrientationID int
	Threads       int           // of the encoder; 0: as many as it likes
	Stall         time.Duration // how long a pipeline may stand still; 0: gstrun.DefaultStallTimeout

	Elements func(name string) bool // says which GStreamer elements there are; nil: those that are installed
	Encoders *probing.Selector      // nil: the first in software that is installed
	// Composed is called when it is decided what will be shown and nothing is drawn yet. An error ends it: that of
	// ComposePlan.
	Composed func(*room.Score, string) error
}

// Check says which of the settings cannot be.
func (s Settings) Check() error {
	switch {
	case !slices.Contains([]string{"", SoundMix, SoundSpread, SoundNone}, s.Sound) &&
		(!strings.HasPrefix(s.Sound, SoundDual) || s.Sound == SoundDual):
		return fmt.Errorf("sound is %q, but must be %s, %s, %s, or %sUSER", s.Sound, SoundMix, SoundSpread, SoundNone,
			SoundDual)
	case s.Loudness != LoudnessOff && (s.Loudness > -5 || s.Loudness < -40 || math.IsNaN(s.Loudness)):
		return fmt.Errorf("loudness is %v LUFS, but must be -40 to -5, or off", s.Loudness)
	case s.Room.FPS != 0 && (s.Room.FPS < 10 || s.Room.FPS > 60 || math.IsNaN(s.Room.FPS)):
		return fmt.Errorf("%v pictures per second: it can be 10 to 60", s.Room.FPS)
	}
	return errors.Join(s.Room.Look.Check(), s.Filter.Check())
}

// Room makes one video of a whole recording, and the report beside it, all or nothing. lost are files found with it
// that belong to nobody who can be shown. What cannot be used is left out with a warning; if nothing can, a report
// without outputs is written and the error is plan.ErrNoMedia or plan.ErrEncrypted. progress may be nil.
func Room(ctx context.Context, rec *recording.Recording, lost []*recording.File, s Settings,
	progress func(pipelines.Progress)) (*report.Room, error) {
	if progress == nil {
		progress = func(pipelines.Progress) {}
	}
	c := &composing{rec: rec, lost: lost, settings: s, progress: progress, report: &report.Room{
		Schema: report.Schema, Kind: report.KindRoom, Recording: rec.Name, Inputs: []report.Input{},
		Outputs:  []report.Output{},
		Timeline: []report.WallSpan{}, People: []report.RoomPerson{}, Spans: []report.RoomSpan{},
		Talks: []room.ScoreTalk{},
		Floor: []room.ScoreTurn{}, Chapters: []room.Chapter{}, LeftOut: []report.LeftOut{},
		Warnings: []report.Warning{},
	}}
	err := c.run(ctx)
	for _, path := range c.scratch {
		err = errors.Join(err, place.Remove(path))
	}
	if err == nil {
		return c.report, nil
	}
	c.report.Outputs = []report.Output{}
	c.report.Error = err.Error()
	if (errors.Is(err, plan.ErrNoMedia) || errors.Is(err, plan.ErrEncrypted)) && s.Composed == nil {
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

	shared  *timeline.Shared
	tracks  map[string]*timeline.Track // that can be used, by base name
	cast    *room.Cast
	talks   []room.Talk
	floor   []room.Turn
	levels  map[string]mix.Levels // by file
	score   *room.Score
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
	if err := c.read(ctx); err != nil {
		return err
	}
	defer c.shared.Release()
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
	shared, err := timeline.Share(ctx, usable,
		timeline.Options{OrientationID: c.settings.OrientationID, Clock: timeline.ServerClock})
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

// hear measures how loud everybody is, and finds out who speaks.
func (c *composing) hear(ctx context.Context) error {
	var voices []string
	for _, p := range c.cast.People {
		voices = append(voices, p.Voices...)
	}
	for _, t := range c.tracks {
		c.total = max(c.total, t.End)
	}
	if len(voices) == 0 {
		return nil
	}
	path := c.partial(".levels")
	l := launch.Line{"uprightmix", "name=m", "channels=1"}.Set("levels", path).To("fakesink sync=false")
	more, err := c.voices(voices)
	if err != nil {
		return err
	}
	err = gstrun.Run(ctx, append(l, more...).String(),
		gstrun.Options{StallTimeout: c.settings.Stall, Progress: func(at time.Duration) {
			c.progress(pipelines.Progress{Done: min(at, c.total) / hearPart, Total: c.total + c.total/hearPart})
		}})
	if err != nil {
		return c.explain(ctx, err)
	}
	all, err := mix.ReadLevels(path)
	if err != nil {
		return err
	}
	c.levels = map[string]mix.Levels{}
	for i, v := range voices {
		c.levels[v] = all[i]
	}
	of, present := map[string]room.Levels{}, map[string][]room.Span{}
	var end time.Duration
	for _, p := range c.cast.People {
		for _, v := range p.Voices {
			of[p.ID] = louder(of[p.ID], c.levels[v].Levels)
		}
		present[p.ID] = p.Present
		end = max(end, p.Present[len(p.Present)-1].To)
	}
	c.talks = room.Talks(of)
	c.floor = room.Floor(c.talks, present, end)
	return nil
}

// hearPart says which part of the work listening is.
const hearPart = 8

// louder is the louder of two levels at each time: a person's files hardly ever sound at once.
func louder(a, b room.Levels) room.Levels {
	if len(a) < len(b) {
		a, b = b, a
	}
	a = slices.Clone(a)
	for i := range b {
		a[i] = max(a[i], b[i])
	}
	return a
}

// decide makes the score, and writes it to where the elements read it.
func (c *composing) decide(ctx context.Context) error {
	o := c.settings.Room
	o.Style.OriginUs = c.shared.OriginUs
	score, err := room.Compose(c.cast, c.talks, c.floor, o)
	if err != nil {
		return fmt.Errorf("%w: %w", plan.ErrNoMedia, err)
	}
	if score.Canvas == nil && (c.settings.Sound == SoundNone || len(score.Voices) == 0) {
		return plan.ErrNoMedia
	}
	if c.settings.Sound == SoundNone {
		score.Voices = []room.Voice{}
	}
	c.score = score
	if err := c.voicing(); err != nil {
		return err
	}
	if score.Canvas != nil {
		if err := c.encoder(ctx); err != nil {
			return err
		}
	}
	f, err := os.Create(c.partial(".score.json"))
	if err != nil {
		return place.Explain(err)
	}
	return place.Explain(errors.Join(score.Write(f), f.Close()))
}

// voicing says how loud and where each voice is.
func (c *composing) voicing() error {
	s := c.score
	user, dual := strings.CutPrefix(c.settings.Sound, SoundDual)
	if dual && c.cast.Person(user) == nil {
		id := ""
		for _, p := range c.cast.People {
			if p.Name == user {
				id = p.ID
			}
		}
		if id == "" {
			return plan.SettingsError{Err: fmt.Errorf("sound: there is nobody with the id or name %q in %s", user,
				c.rec.Name)}
		}
		user = id
	}
	c.stereo = dual || c.settings.Sound == SoundSpread
	gains := map[string]float64{}
	if c.settings.Loudness != LoudnessOff {
		var loud []float64
		var blocks []room.Blocks
		for _, p := range c.cast.People {
			var own []room.Blocks
			for _, v := range p.Voices {
				own = append(own, c.levels[v].Blocks)
			}
			loud = append(loud, room.Loudness(own, nil))
			blocks = append(blocks, added(own))
		}
		target := c.settings.Loudness
		for i, g := range room.Gains(loud, blocks, target) {
			gains[c.cast.People[i].ID] = g
		}
	}
	for i := range s.Voices {
		v := &s.Voices[i]
		t := c.tracks[v.File]
		v.Gain = gains[v.Person]
		v.SkipMs = float64(plan.OpusDelay(t)) / 48
		c.stereo = c.stereo || t.Media.Channels > 1
		switch {
		case dual && v.Person == user:
			v.Pan = -1
		case dual:
			v.Pan = 1
		case c.settings.Sound == SoundSpread:
			v.Pan = s.Place(v.Person)
		}
	}
	return nil
}

// added is the sum of several sounds of one person.
func added(list []room.Blocks) room.Blocks {
	var sum room.Blocks
	for _, b := range list {
		if len(sum) < len(b) {
			sum = append(sum, make(room.Blocks, len(b)-len(sum))...)
		}
		for i, v := range b {
			sum[i] += v
		}
	}
	return sum
}

// encoder chooses what encodes the pictures.
func (c *composing) encoder(ctx context.Context) error {
	choose := plan.InSoftware(c.has())
	if c.settings.Encoders != nil {
		choose = c.settings.Encoders.For(ctx)
	}
	var err error
	c.choice, err = choose(encoders.Wanted{Codec: "h264", Width: c.score.Canvas.Width, Height: c.score.Canvas.Height,
		Failed: c.avoid})
	return err
}

// without says whether a failure is one that can be done without: of an encoder on a device, or of one file's decoder.
// Then it has been noted, and the next attempt does.
func (c *composing) without(ctx context.Context, err error) bool {
	var e *gstrun.Error
	if ctx.Err() != nil || !errors.As(err, &e) || errors.Is(err, gstrun.ErrStuck) {
		return false
	}
	if enc := c.choice.Encoder; enc.Hardware() && e.Factory == enc.Element {
		c.avoid = append(c.avoid, encoders.Rejection{Encoder: enc.Element, Kind: encoders.Crashed, Reason: "failed: " +
			e.Message})
		c.warn(report.EncoderFailed, "%s failed (%s), so another encoder was used", enc.Element, e.Message)
		return true
	}
	for i := range c.cast.People {
		p := &c.cast.People[i]
		for k, src := range p.Sources {
			if strings.HasPrefix(e.Element, sourceName("video", c.pad(src.File))+"-") {
				p.Sources = slices.Delete(p.Sources, k, k+1)
				delete(c.tracks, src.File)
				c.report.Inputs = slices.DeleteFunc(c.report.Inputs,
					func(in report.Input) bool { return in.File == src.File })
				c.leave(src.File, "it cannot be decoded: "+e.Message)
				c.warn(report.SourceLost, "%s: it cannot be decoded (%s), so it is not shown", src.File, e.Message)
				return true
			}
		}
	}
	return false
}

// pad is the number of a file with pictures in the score.
func (c *composing) pad(file string) int {
	return slices.IndexFunc(c.score.Sources, func(s room.ScoreSource) bool { return s.File == file })
}

// explain says in one sentence why a pipeline failed.
func (c *composing) explain(ctx context.Context, err error) error {
	var e *gstrun.Error
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), pipelines.Stuck(err))
	}
	if full := pipelines.NoSpace(err, c.settings.OutputDir); full != nil {
		return full
	}
	if errors.As(err, &e) || errors.As(err, new(*gstrun.StallError)) || errors.As(err, new(*gstrun.ParseError)) {
		return &pipelines.PipelineError{Err: err}
	}
	return err
}

// draw runs the pipeline that makes the video.
func (c *composing) draw(ctx context.Context) error {
	l, err := c.line(c.partial(c.ext()), c.partial(".score.json"))
	if err != nil {
		return err
	}
	out := time.Duration(c.score.DurationMs * 1e6)
	before, total := c.total/hearPart, out+c.total/hearPart
	return gstrun.Run(ctx, l.String(), gstrun.Options{StallTimeout: c.settings.Stall, Progress: func(at time.Duration) {
		c.progress(pipelines.Progress{Done: before + min(at, out), Total: total})
	}})
}

// ext is the extension of the video, or of the sound alone.
func (c *composing) ext() string {
	if c.score.Canvas == nil {
		return ".m4a"
	}
	return ".mp4"
}

// finish writes the texts, verifies everything, and gives it its names.
func (c *composing) finish(ctx context.Context) error {
	media := c.partial(c.ext())
	c.progress(pipelines.Progress{Done: 1, Total: 1, Verifying: true})
	outputs := []string{c.ext()}
	out, err := c.verify(ctx, media)
	if err != nil {
		return err
	}
	c.report.Outputs = append(c.report.Outputs, *out)
	for _, text := range []struct {
		ext   string
		write func(context.Context, *os.File) (int, error)
	}{{".srt", c.chat}, {".speakers.vtt", c.speakers}, {".score.json", nil}} {
		n := 1
		if text.write != nil {
			f, err := os.Create(c.partial(text.ext))
			if err != nil {
				return place.Explain(err)
			}
			n, err = text.write(ctx, f)
			if err := errors.Join(err, f.Close()); err != nil {
				return place.Explain(err)
			}
		}
		if n == 0 {
			continue
		}
		o := report.Output{File: c.name() + text.ext, Container: strings.TrimPrefix(filepath.Ext(text.ext), "."),
			DurationMs: c.score.DurationMs, Tracks: []report.Track{}}
		if o.Bytes, o.SHA256, err = verify.Digest(ctx, c.partial(text.ext)); err != nil {
			return err
		}
		c.report.Outputs = append(c.report.Outputs, o)
		outputs = append(outputs, text.ext)
	}
	c.fill()
	return c.place(outputs)
}

// place gives all outputs their names and writes the report, or takes back what it did.
func (c *composing) place(outputs []string) (err error) {
	var placed []string
	defer func() {
		if err != nil && !c.settings.Overwrite {
			for _, path := range placed {
				err = errors.Join(err, place.Remove(path))
			}
		}
	}()
	for _, ext := range outputs {
		if err := files.Sync(c.partial(ext)); err != nil {
			return place.Explain(err)
		}
	}
	for _, ext := range outputs {
		if err := place.File(c.partial(ext), c.path(ext), c.settings.Overwrite); err != nil {
			return err
		}
		placed = append(placed, c.path(ext))
	}
	if err := c.report.SaveRoom(c.path(".json"), c.workDir(), c.settings.Overwrite); err != nil {
		return err
	}
	_ = files.SyncFolder(c.settings.OutputDir)
	return nil
}
