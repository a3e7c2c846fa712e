package pipelines

import (
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// Profile says what a user wants out: one that profile.Find returned, or only the Name of one that is built in.
type Profile = profile.Profile

// Settings are what a user can change about one conversion.
type Settings struct {
	options.Options

	OutputDir string
	Overwrite bool

	Name     string        // base name of outputs and report; "": the participant's
	WorkDir  string        // where files are until they are verified, in OutputDir's file system; "": OutputDir
	Identity string        // for the report
	Threads  int           // of each encoder and decoder of pictures; 0: as many as they like
	Stall    time.Duration // how long the pipeline may stand still; 0: gstrun.DefaultStallTimeout

	Elements func(name string) bool // says which GStreamer elements there are; nil: those that are installed

	// Encoders chooses what encodes pictures, for Convert. nil: the first in software that is installed, without trying it.
	Encoders *probing.Selector
	// Choose does so for Decide; nil: as without Encoders. Convert sets it if it is nil.
	Choose func(encoders.Wanted) (encoders.Choice, error)
	// Route says how pictures are decoded and turned on a device, for Decide; nil: in software. Convert sets it with Choose.
	Route func(codec string, e encoders.Encoder, w encoders.Wanted) (encoders.Route, bool)
	// Avoid are elements that are not to be used, and why: what failed in this job before.
	Avoid []encoders.Rejection

	undecodable []string // paths of videos that no decoder understands

	// Planned is called by Convert when it is decided what to do and nothing is written yet, Placing when everything is
	// verified and nothing has its final name yet. Both may wait. An error ends the conversion.
	Planned func(*Plan) error
	Placing func(*report.Report) error
}

// Plan is what will be done for one participant, as data.
type Plan struct {
	Name        string // base name of outputs and report
	Mode        string // as in PlanReport
	Reason      string
	Encoder     string
	Backend     string               // as in PlanReport
	Rejected    []encoders.Rejection // as in PlanReport
	Hardware    []string             // elements of the pipeline that need a device
	Pipeline    string               // one line for gst_parse_launch, which writes the partial files; "" if there are messages only
	CommandLine string               // the same for a POSIX shell, behind gst-launch-1.0, and writing the final files
	Outputs     []Output
	Duration    time.Duration // where the last output ends, in presentation time

	chosen []encoders.Encoder // for pictures
	routed []string           // elements of routes
}

// Output is one file that a plan makes.
type Output struct {
	Path        string          // final path
	Partial     string          // dot-file in the same folder, until verified
	Container   string          // the extension: mp4, m4a, mkv, mka, webm, srt, bin, jpg, vtt
	Orientation cvo.Orientation // by display matrix
	Start       time.Duration   // presentation time of its beginning
	Duration    time.Duration
	Tracks      []report.Track // what is expected
	Thinned     bool           // the profile may leave pictures out
	BlackHead   time.Duration  // that the first picture stands behind black ones
	Inputs      []string       // files that go into it, in the order of Tracks; of one in several files all of them

	tracks []*timeline.Track // in the order of Tracks
}

// Progress is how far a running job is.
type Progress struct {
	Done, Total time.Duration
	Verifying   bool // everything is written, and read again
}
