package compose

import (
	"context"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
)

// Job is what a daemon wants of the making of a video that is one of its jobs.
type Job struct {
	Identity, Again, Series string // for the report
	Bounds                  options.Bounds
	Posters                 bool                 // report.Output.Poster is wanted
	Avoid                   []encoders.Rejection // what was in use when an earlier attempt died
	// OnPlan is called when it is known what can be used, and nothing has been done yet that takes time. The choice is
	// empty if there are no pictures. An error ends it.
	OnPlan func(encoders.Choice) error
	// BeforePublish is called when all is verified, before the first file gets its name.
	BeforePublish func(*report.Room) error
}

// planned tells of what will be used.
func (c *composing) planned(ctx context.Context) error {
	if c.settings.Job.OnPlan == nil || c.settings.Composed != nil {
		return nil
	}
	var choice encoders.Choice
	for _, p := range c.cast.People {
		if len(p.Sources) == 0 {
			continue
		}
		var err error
		if choice, err = c.choose(ctx, c.settings.Room.Width, c.settings.Room.Height); err != nil {
			return err
		}
		break
	}
	return c.settings.Job.OnPlan(choice)
}

// choose chooses what encodes pictures of a size.
func (c *composing) choose(ctx context.Context, width, height int) (encoders.Choice, error) {
	choose := plan.InSoftware(c.has())
	if c.settings.Encoders != nil {
		choose = c.settings.Encoders.For(ctx)
	}
	const codec = "h264"
	choice, err := choose(encoders.Wanted{Codec: codec, Width: width, Height: height, Failed: c.avoid})
	return choice, plan.NameEncoders(codec, err)
}
