package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/timeline"
)

// decide makes the score, and writes it to where the elements read it.
func (c *composing) decide(ctx context.Context) error {
	o := c.settings.Room
	o.Style.OriginUs = c.origin
	score, err := room.Compose(c.cast, c.talks, c.floor, o)
	if err != nil {
		return fmt.Errorf("%w: %w", plan.ErrNoMedia, err)
	}
	switch {
	case score.Canvas != nil:
	case len(score.Voices) == 0:
		return plan.ErrNoMedia
	case c.settings.Sound == arrangement.SoundNone:
		return fmt.Errorf("%w but sound, and \"sound\" leaves that out", plan.ErrNoMedia)
	}
	if c.settings.Sound == arrangement.SoundNone {
		score.Voices = []room.Voice{}
	}
	if o.Style.Speaker == "level" {
		score.Follow(c.heard)
	}
	c.score = score
	c.film()
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

// film finds out where decoders can begin, and so with which pictures parts can.
func (c *composing) film() {
	c.footage, c.borders, c.score.Borders = nil, nil, nil
	for i, src := range c.score.Sources {
		c.footage = append(c.footage, room.Footage{Source: i, Keys: c.keys(c.tracks[src.File])})
	}
	c.borders = c.score.Cheapest(c.footage, c.settings.cutting)
	for _, b := range c.borders {
		c.score.Borders = append(c.score.Borders, b.Picture)
	}
}

// keys are the times at which a track's decoder can begin.
func (c *composing) keys(t *timeline.Track) []time.Duration {
	if t.Given != nil {
		return t.Given.Keys
	}
	return c.shared.Keys(t)
}

// voicing says how loud and where each voice is.
func (c *composing) voicing() error {
	s := c.score
	user, dual := strings.CutPrefix(c.settings.Sound, arrangement.SoundDual)
	if dual {
		switch ids := c.cast.Called(user); len(ids) {
		case 0:
			return plan.SettingsError{Err: fmt.Errorf("sound: there is nobody with the id or name %q in %s", user,
				c.rec.Name)}
		case 1:
			user = ids[0]
		default:
			return plan.SettingsError{Err: fmt.Errorf("sound: %d people in %s are called %q: give one's id: %s", len(ids),
				c.rec.Name, user, strings.Join(ids, ", "))}
		}
	}
	c.stereo = dual || c.settings.Sound == arrangement.SoundSpread
	gains := map[string]float64{}
	if c.settings.Loudness != arrangement.LoudnessOff {
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
		case c.settings.Sound == arrangement.SoundSpread:
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
	var err error
	c.choice, err = c.choose(ctx, c.score.Canvas.Width, c.score.Canvas.Height)
	return err
}
