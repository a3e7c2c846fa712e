package arrangement

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/upright-media/upright/room"
)

// What Choice.Sound may say, besides SoundDual with a user id behind it.
const (
	SoundMix    = "mix"    // everybody on both sides
	SoundSpread = "spread" // everybody where they are seen
	SoundNone   = "none"
	SoundDual   = "dual:" // that user on the left, all others on the right
)

// LoudnessOff leaves everybody as loud as they were recorded.
const LoudnessOff = 0

// Choice is an arrangement in the terms of those who carry it out.
type Choice struct {
	Room     room.Options
	Filter   room.Filter
	Sound    string  // SoundMix (""), SoundSpread, SoundNone, SoundDual + user
	Tracks   bool    // a sound track for each person beside the mix
	Loudness float64 // LUFS that people, and the room, are brought to; LoudnessOff
}

// Check says what cannot be. What it can name is an *Error.
func (c Choice) Check() error {
	switch {
	case !slices.Contains([]string{"", SoundMix, SoundSpread, SoundNone}, c.Sound) &&
		(!strings.HasPrefix(c.Sound, SoundDual) || c.Sound == SoundDual):
		return wrong("sound", "%q must be %s, %s, %s, or %sUSER", c.Sound, SoundMix, SoundSpread, SoundNone, SoundDual)
	case c.Loudness != LoudnessOff && (c.Loudness > -5 || c.Loudness < -40 || math.IsNaN(c.Loudness)):
		return wrong("loudness", "%v LUFS: it can be -40 to -5, or off", c.Loudness)
	case c.Room.FPS != 0 && (c.Room.FPS < 10 || c.Room.FPS > 60 || math.IsNaN(c.Room.FPS)):
		return wrong("fps", "%v pictures per second: it can be 10 to 60", c.Room.FPS)
	}
	size := room.Look{Layout: room.Layouts[0], Width: c.Room.Width, Height: c.Room.Height}
	if err := size.Check(); err != nil {
		return &Error{"size", err}
	}
	if c.Room.Max > room.MostCells {
		return wrong("max", "%d: there can be %d", c.Room.Max, room.MostCells)
	}
	problem := c.Room.Look.Check()
	if err := (room.Filter{Who: c.Filter.Who}).Check(); err != nil {
		problem = &Error{"who", err}
	}
	if err := (room.Filter{Without: c.Filter.Without}).Check(); err != nil {
		problem = errors.Join(problem, &Error{"without", err})
	}
	return problem
}
