package compose

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/elements/stage"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/room"
)

// Settings are what a user can choose about the video of a room.
type Settings struct {
	OutputDir string
	WorkDir   string // where files are until they are verified, in OutputDir's file system; "": OutputDir
	Name      string // base name of the outputs; "": the recording's
	Overwrite bool

	arrangement.Choice
	Names room.Names

	Options options.Options // how files are read: those of Options.ForRoom
	Threads int             // of the encoder, or of all of them together; 0: as many as they like
	// into how many parts a long video is cut, each drawn by a process of its own; 0, 1: none, this process draws all
	Chunks int
	// Memory is how many bytes this process and all that it starts may have together: no more parts are drawn at a time
	// than have room in it. 0: as much as there is.
	Memory int64
	Child  []string      // what draws a part: apart.Options.Command
	Stall  time.Duration // how long a pipeline may stand still; 0: gstrun.DefaultStallTimeout
	Others Others        // who draws parts of a long video, too; nil: nobody

	Elements func(name string) bool // says which GStreamer elements there are; nil: those that are installed
	Encoders *probing.Selector      // nil: the first in software that is installed
	// Composed is called when it is decided what will be shown and nothing is drawn yet. An error ends it.
	Composed func(*room.Score, string) error
	Job      Job

	cutting room.Cutting // for tests
}

// Check says which of the settings cannot be.
func (s Settings) Check() error { return errors.Join(s.Options.Check(), s.Choice.Check()) }

// Chosen is what a user has chosen, as settings. The pictures that it names are read, to say now what is wrong with
// them. The error is an *arrangement.Error where it is about one option.
func Chosen(a arrangement.Arrangement, names room.Names) (Settings, error) {
	c, err := a.Choose()
	if err != nil {
		return Settings{}, err
	}
	check := func(option string, path *string, instead string) {
		if *path == "" || err != nil {
			return
		}
		if _, err = stage.ReadPicture(*path); err == nil {
			*path, err = filepath.Abs(*path)
		}
		if err != nil {
			err = &arrangement.Error{Option: option, Err: fmt.Errorf("%w%s", err, instead)}
		}
	}
	check("background", &c.Room.Style.Backdrop, "; give a file, or a colour such as #16181d")
	check("logo", &c.Room.Style.Logo, "")
	for _, path := range a.Own.Pictures() {
		check("layout", &path, "")
	}
	return Settings{Choice: c, Names: names}, err
}
