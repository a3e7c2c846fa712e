package plan

import (
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// Profile says what a user wants out: one that profile.Find returned, or only the Name of one that is built in.
type Profile = profile.Profile

// Settings are what a user can change about a plan, and what there is to carry it out with.
type Settings struct {
	options.Options

	OutputDir string
	Name      string // base name of outputs and report; "": the participant's
	WorkDir   string // where files are until they are verified, in OutputDir's file system; "": OutputDir
	Bounds    options.Bounds
	Threads   int // of each encoder and decoder of pictures; 0: as many as they like

	// Elements says which GStreamer elements there are, and, as element.property, which properties. nil: all.
	Elements func(name string) bool
	// Choose chooses what encodes pictures. nil: the first in software that Elements has.
	Choose func(encoders.Wanted) (encoders.Choice, error)
	// Route says how pictures are decoded and turned on a device. nil: in software.
	Route func(codec string, e encoders.Encoder, w encoders.Wanted) (encoders.Route, bool)
	// Avoid are elements that are not to be used, and why: what failed in this job before.
	Avoid []encoders.Rejection
	// Undecodable are paths of video files that no decoder understands: they are left out, and what else their cameras
	// have recorded is not.
	Undecodable []string
}

// Plan is what will be done for one participant, as data.
type Plan struct {
	Name     string // base name of outputs and report
	Mode     string // as in report.Plan
	Reason   string
	Encoder  string
	Backend  string               // as in report.Plan
	Rejected []encoders.Rejection // as in report.Plan
	Hardware []string             // elements of the pipeline that need a device
	// one line for gst_parse_launch, which writes the partial files; "" if there are messages only
	Pipeline    string
	CommandLine string // the same for a POSIX shell, behind gst-launch-1.0, and writing the final files
	Outputs     []Output
	Duration    time.Duration // where the last output ends, in presentation time

	Chosen []encoders.Encoder // for pictures
	Routed []string           // elements of routes
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

	Media []*timeline.Track // what they are made of, in the order of Tracks
}

// IsText says whether the output holds messages, not media.
func (o *Output) IsText() bool { return o.Container == "srt" || o.Container == "bin" }
