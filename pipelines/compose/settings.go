package compose

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/room"
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

	Options options.Options // how files are read: those of Options.ForRoom
	Threads int             // of the encoder; 0: as many as it likes
	Stall   time.Duration   // how long a pipeline may stand still; 0: gstrun.DefaultStallTimeout

	Elements func(name string) bool // says which GStreamer elements there are; nil: those that are installed
	Encoders *probing.Selector      // nil: the first in software that is installed
	// Composed is called when it is decided what will be shown and nothing is drawn yet. An error ends it.
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
	return errors.Join(s.Options.Check(), s.Room.Look.Check(), s.Filter.Check())
}
