package compose

import (
	"context"
	"slices"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/mix"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/room"
)

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
	l := launch.Line{"uprightmix", "name=m", "channels=1", "latency=500000000"}.Set("levels",
		path).To("fakesink sync=false")
	more, err := c.voices(voices, func(int) string { return "" })
	if err != nil {
		return err
	}
	err = gstrun.Run(ctx, append(l, more...).String(),
		gstrun.Options{StallTimeout: c.settings.Stall, Progress: func(at time.Duration) {
			c.tell(progress{heard: portion(at, c.total)})
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
	present := map[string][]room.Span{}
	c.heard = map[string]room.Levels{}
	var end time.Duration
	for _, p := range c.cast.People {
		for _, v := range p.Voices {
			c.heard[p.ID] = louder(c.heard[p.ID], c.levels[v].Levels)
		}
		present[p.ID] = p.Present
		end = max(end, p.Present[len(p.Present)-1].To)
	}
	c.talks = room.Talks(c.heard)
	c.floor = room.Floor(c.talks, present, end)
	return nil
}

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
