package pipelines

import (
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/profile"
)

// Report is what was found and what was done, written as <name>.json beside the outputs. It is a public format.
type Report struct {
	Schema      int            `json:"schema"`             // 1
	Identity    string         `json:"identity,omitempty"` // of the recording's content: Settings.Identity
	Recording   string         `json:"recording"`
	Participant string         `json:"participant"`
	Inputs      []InputReport  `json:"inputs"`
	Outputs     []OutputReport `json:"outputs"`
	Plan        PlanReport     `json:"plan"`
	Warnings    []Warning      `json:"warnings"`
	Error       string         `json:"error,omitempty"` // why there are no outputs
}

// InputReport is one input file.
type InputReport struct {
	File              string              `json:"file"` // base name as found on disk
	Codec             string              `json:"codec"`
	Packets           int                 `json:"packets"`
	Used              int                 `json:"used"`
	Lost              int                 `json:"lost"`
	Duplicate         int                 `json:"duplicate"`
	Late              int                 `json:"late"`
	Padding           int                 `json:"padding"`
	Foreign           int                 `json:"foreign"`
	NotRTP            int                 `json:"not_rtp"`
	Malformed         int                 `json:"malformed"`
	Undecodable       int                 `json:"undecodable"`
	Recovered         int                 `json:"recovered,omitempty"` // of lost, made good from redundancy
	DamagedBytes      int64               `json:"damaged_bytes"`
	DriftPPM          float64             `json:"drift_ppm"`
	StartUs           int64               `json:"start_us"`    // wall clock of the first packet, µs since the Unix epoch
	OffsetMs          float64             `json:"offset_ms"`   // start on the output's time line
	DurationMs        float64             `json:"duration_ms"` //
	Width             int                 `json:"width,omitempty"`
	Height            int                 `json:"height,omitempty"`
	Orientation       []OrientationReport `json:"orientation,omitempty"`
	OrientationSource string              `json:"orientation_source,omitempty"` // declared, found, given, none
	Holes             []HoleReport        `json:"holes,omitempty"`
	MirroredFrames    int                 `json:"mirrored_frames,omitempty"`    // pictures with the F bit of CVO
	BackCameraFrames  int                 `json:"back_camera_frames,omitempty"` // pictures with the C bit
	Encrypted         bool                `json:"encrypted,omitempty"`
	Complete          bool                `json:"complete"`
	Truncated         bool                `json:"truncated,omitempty"` // it ends in the middle of a packet
	Error             string              `json:"error,omitempty"`     // why nothing of it could be used
}

// OrientationReport is the orientation from t_ms on.
type OrientationReport struct {
	TMs     float64 `json:"t_ms"`
	Degrees int     `json:"degrees"`
	Flip    bool    `json:"flip"`
}

// HoleReport is a time without media.
type HoleReport struct {
	FromMs  float64 `json:"from_ms"`
	ToMs    float64 `json:"to_ms"`
	Kind    string  `json:"kind"`
	Packets int     `json:"packets"`
}

// OutputReport is one output file.
type OutputReport struct {
	File       string        `json:"file"` // base name
	Container  string        `json:"container"`
	DurationMs float64       `json:"duration_ms"`
	Bytes      int64         `json:"bytes"`
	Tracks     []TrackReport `json:"tracks"`
	SHA256     string        `json:"sha256"`
}

// TrackReport is one track of an output.
type TrackReport struct {
	Kind       string  `json:"kind"` // video, audio, text, image
	Codec      string  `json:"codec"`
	DurationMs float64 `json:"duration_ms"`
	Width      int     `json:"width,omitempty"` // as displayed
	Height     int     `json:"height,omitempty"`
	Rotation   int     `json:"rotation,omitempty"` // degrees clockwise by display matrix
	Channels   int     `json:"channels,omitempty"`
	Copied     bool    `json:"copied"`
}

// PlanReport is what was decided and why.
type PlanReport struct {
	Mode     string `json:"mode"`     // copy, encode, or mixed (one medium copied, the other encoded)
	Pipeline string `json:"pipeline"` // as a shell sees it behind gst-launch-1.0
	Encoder  string `json:"encoder,omitempty"`
	Backend  string `json:"backend,omitempty"` // what the pictures' encoder runs on: software, nvenc, va, qsv, v4l2
	Reason   string `json:"reason"`

	Hardware []string `json:"hardware,omitempty"` // elements of the pipeline that need a device

	// Rejected are the encoders that would have come first, and why each was not taken.
	Rejected []encoders.Rejection `json:"rejected,omitempty"`
}

// Warning is something that a user should know. Codes are stable (docs/warnings.md).
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Profile says what a user wants out: one that profile.Find returned, or only the Name of one that is built in.
type Profile = profile.Profile

// Settings are what a user can change about one conversion.
type Settings struct {
	OutputDir     string
	Overwrite     bool
	Audio         string // auto (default), copy, aac
	Pauses        string // keep (default), cut
	OnLoss        string // freeze (default), keep
	Head          string // empty (default), hold, black, trim
	Subtitles     bool   // text messages also become a subtitle track of every output with pictures
	OrientationID int    // as in timeline.Options

	Name     string        // base name of outputs and report; "": the participant's
	WorkDir  string        // where files are until they are verified, in OutputDir's file system; "": OutputDir
	Identity string        // for the report
	Threads  int           // of each encoder and decoder of pictures; 0: as many as they like
	Stall    time.Duration // how long the pipeline may stand still; 0: gstrun.DefaultStallTimeout

	Elements func(name string) bool // says which GStreamer elements there are; nil: those that are installed

	// Encoders chooses what encodes pictures, for Convert. nil: the first in software that is installed, without trying it.
	Encoders *encoders.Selector
	// Choose does so for Decide; nil: as without Encoders. Convert sets it if it is nil.
	Choose func(encoders.Wanted) (encoders.Choice, error)
	// Route says how pictures are decoded and turned on a device, for Decide; nil: in software. Convert sets it with Choose.
	Route func(codec string, e encoders.Encoder, w encoders.Wanted) (encoders.Route, bool)
	// Avoid are elements that are not to be used, and why: what failed in this job before.
	Avoid []encoders.Rejection

	// Planned is called by Convert when it is decided what to do and nothing is written yet, Placing when everything is
	// verified and nothing has its final name yet. Both may wait. An error ends the conversion.
	Planned func(*Plan) error
	Placing func(*Report) error
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
	Tracks      []TrackReport // what is expected
	Thinned     bool          // the profile may leave pictures out
	BlackHead   time.Duration // that the first picture stands behind black ones
	Inputs      []string      // files that go into it, in the order of Tracks
}

// Progress is how far a running job is.
type Progress struct {
	Done, Total time.Duration
	Verifying   bool // everything is written, and read again
}
