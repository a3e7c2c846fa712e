package upright

import (
	"context"
	"time"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/inspect"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/kinds"
	"github.com/upright-media/upright/timeline"
)

// Facts are what a participant's files hold.
type Facts = inspect.Facts

// Settings say what to make, and where. Only OutputDir is needed.
type Settings struct {
	// Settings are the output folder, the options of the conversion, and what to use. Without Elements it is what
	// GStreamer has, and Upright's own elements.
	plan.Settings

	Profile   plan.Profile // such as {Name: "webm"}; zero: mp4
	Overwrite bool         // replace outputs and reports that are there

	// Program is the path of the program upright, which tries encoders, each in a process of its own. Then Encoder says
	// which is wanted, and one that fails is replaced by the next. "": the first in software that is installed encodes,
	// untried.
	Program string
	Encoder encoders.Request

	// Progress is called during Convert with how much is done, in time of the output; nil: nothing is called.
	Progress func(done, total time.Duration)
}

// selector chooses encoders by trying them; nil if there is nothing to try them with.
func (s Settings) selector() *probing.Selector {
	if s.Program == "" {
		return nil
	}
	chosen := probing.On(encoders.Dir(), s.Encoder, probing.DefaultSessions)
	chosen.Prober.Command = []string{s.Program, probing.ProbeCommand}
	return chosen
}

// Find looks for recordings in files and folders, and in all folders below. unusable are files that are recordings by
// their names and cannot be read; each has an Err that says why. The error is about inputs that do not exist or cannot
// be opened.
func Find(inputs ...string) (found []*recording.Recording, unusable []*recording.File, err error) {
	return Finder{}.Find(inputs...)
}

// Finder finds recordings in another way than Find alone. The zero Finder finds them in the same.
type Finder struct {
	// Rejoin is how far apart sessions of one person may be to be taken for one. 0: whoever comes back is a participant of
	// their own. It is about recordings of Janus.
	Rejoin time.Duration
}

// Find is like the function Find.
func (f Finder) Find(inputs ...string) (found []*recording.Recording, unusable []*recording.File, err error) {
	return kinds.Rejoined(inputs, f.Rejoin)
}

// Inspect reads a participant's files to their ends. What is wrong with them is among the warnings; the error says that
// a file could not be read, or is that of ctx.
func Inspect(ctx context.Context, p *recording.Participant, o options.Options) (Facts, error) {
	return inspect.Participant(ctx, p, o, timeline.Load)
}

// Plan reads a participant's files and decides what to do with them. It writes nothing. The error is plan.ErrNoMedia,
// plan.ErrEncrypted, or says what does not fit, or what GStreamer lacks; then, too, the facts have the warnings.
func Plan(ctx context.Context, p *recording.Participant, s Settings) (made *plan.Plan, facts Facts, err error) {
	if s.Elements == nil {
		s.Elements = pipelines.HasElement
	}
	if chosen := s.selector(); chosen != nil {
		s.Choose, s.Route = chosen.For(ctx), chosen.RouteFor(ctx)
	}
	made, err = plan.Resolve(p, s.Profile, s.Settings, func(o plan.Settings) (tl *timeline.Timeline, err error) {
		facts, err = Inspect(ctx, p, o.Options)
		if err == nil && facts.Timeline == nil {
			err = plan.ErrNoMedia
		}
		return facts.Timeline, err
	})
	return made, facts, err
}

// Convert makes the outputs of one participant, and the report NAME.json beside them. Outputs get their names when all
// of them are complete and verified. The report is returned with an error, too, as far as it is known. The error is
// plan.ErrNoMedia or plan.ErrEncrypted if there is nothing to convert, or says what went wrong.
func Convert(
	ctx context.Context, rec *recording.Recording, p *recording.Participant, s Settings,
) (*report.Report, error) {
	var progress func(pipelines.Progress)
	if s.Progress != nil {
		progress = func(at pipelines.Progress) { s.Progress(at.Done, at.Total) }
	}
	settings := convert.Settings{Settings: s.Settings, Overwrite: s.Overwrite, Encoders: s.selector()}
	return convert.Participant(ctx, rec, p, s.Profile, settings, progress)
}
