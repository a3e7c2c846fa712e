// Package report is the public report of a conversion (docs/report.md): its types, the codes of its warnings with their
// help, and how it is read and written. It needs no GStreamer, so that whoever reads reports can import it.
package report

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// Schema is the version of the format.
const Schema = 1

// Report is what was found and what was done, written as <name>.json beside the outputs. It is a public format.
type Report struct {
	Schema      int       `json:"schema"`             // Schema
	Identity    string    `json:"identity,omitempty"` // of the recording's content: convert.Settings.Identity
	Again       string    `json:"again,omitempty"`    // which request it answers to convert the same again
	Recording   string    `json:"recording"`
	Participant string    `json:"participant"`
	Inputs      []Input   `json:"inputs"`
	Outputs     []Output  `json:"outputs"`
	Plan        Plan      `json:"plan"`
	Warnings    []Warning `json:"warnings"`
	Error       string    `json:"error,omitempty"` // why there are no outputs, or not all

	// Unverified are files that were made and did not pass verification. There is an Error then.
	Unverified []Unverified `json:"unverified,omitempty"`
}

// Whole says whether outputs were made, and all of them passed verification.
func (r *Report) Whole() bool { return len(r.Outputs) > 0 && len(r.Unverified) == 0 }

// Gone says whether there were outputs and none is there any more. lstat looks for a file by its base name; only
// fs.ErrNotExist means that it is gone.
func (r *Report) Gone(lstat func(file string) error) bool {
	there := func(o Output) bool {
		return filepath.Base(o.File) != o.File || !errors.Is(lstat(o.File), fs.ErrNotExist)
	}
	return len(r.Outputs) > 0 && !slices.ContainsFunc(r.Outputs, there)
}

// Names says whether a file, by its base name, is one of the outputs.
func (r *Report) Names(file string) bool {
	return slices.ContainsFunc(r.Outputs, func(o Output) bool { return o.File == file })
}

// Unverified is a file that was made but is not as it should be, as far as it can be told.
type Unverified struct {
	File   string `json:"file"`   // base name that it is kept under
	Of     string `json:"of"`     // base name that it would have got
	Reason string `json:"reason"` // what was doubted
}

// Input is one input file.
type Input struct {
	File              string        `json:"file"` // base name as found on disk
	Codec             string        `json:"codec"`
	Packets           int           `json:"packets"`
	Used              int           `json:"used"`
	Lost              int           `json:"lost"`
	Duplicate         int           `json:"duplicate"`
	Late              int           `json:"late"`
	Padding           int           `json:"padding"`
	Foreign           int           `json:"foreign"`
	NotRTP            int           `json:"not_rtp"`
	Malformed         int           `json:"malformed"`
	Undecodable       int           `json:"undecodable"`
	Recovered         int           `json:"recovered,omitempty"` // of lost, made good from redundancy
	DamagedBytes      int64         `json:"damaged_bytes"`
	DriftPPM          float64       `json:"drift_ppm"`
	ClockHz           float64       `json:"clock_hz,omitempty"` // measured rate of a sender's RTP clock that was wrong
	StartUs           int64         `json:"start_us"`           // wall clock of the first packet, µs since the Unix epoch
	OffsetMs          float64       `json:"offset_ms"`          // start on the output's time line
	DurationMs        float64       `json:"duration_ms"`        //
	Width             int           `json:"width,omitempty"`
	Height            int           `json:"height,omitempty"`
	Orientation       []Orientation `json:"orientation,omitempty"`
	OrientationSource string        `json:"orientation_source,omitempty"` // declared, found, given, none
	Holes             []Hole        `json:"holes,omitempty"`
	MirroredFrames    int           `json:"mirrored_frames,omitempty"`    // pictures with the F bit of CVO
	BackCameraFrames  int           `json:"back_camera_frames,omitempty"` // pictures with the C bit
	Encrypted         bool          `json:"encrypted,omitempty"`
	Complete          bool          `json:"complete"`
	Truncated         bool          `json:"truncated,omitempty"` // it ends in the middle of a packet
	Error             string        `json:"error,omitempty"`     // why nothing of it could be used
}

// Orientation is the orientation from t_ms on.
type Orientation struct {
	TMs     float64 `json:"t_ms"`
	Degrees int     `json:"degrees"`
	Flip    bool    `json:"flip"`
}

// Hole is a time without media.
type Hole struct {
	FromMs  float64 `json:"from_ms"`
	ToMs    float64 `json:"to_ms"`
	Kind    string  `json:"kind"`
	Packets int     `json:"packets"`
}

// Output is one output file.
type Output struct {
	File       string  `json:"file"` // base name
	Container  string  `json:"container"`
	DurationMs float64 `json:"duration_ms"`
	Bytes      int64   `json:"bytes"`
	Tracks     []Track `json:"tracks"`
	SHA256     string  `json:"sha256"`

	// Poster is a small JPEG of the video, upright, if one was asked for. It is not part of the format.
	Poster []byte `json:"-"`
}

// Track is one track of an output.
type Track struct {
	Kind       string  `json:"kind"` // video, audio, text, image
	Codec      string  `json:"codec"`
	DurationMs float64 `json:"duration_ms"`
	Width      int     `json:"width,omitempty"` // as displayed
	Height     int     `json:"height,omitempty"`
	Rotation   int     `json:"rotation,omitempty"` // degrees clockwise by display matrix
	Channels   int     `json:"channels,omitempty"`
	Copied     bool    `json:"copied"`
	Title      string  `json:"title,omitempty"` // of a room's sound track that is off until somebody chooses it
}

// Plan is what was decided and why.
type Plan struct {
	Mode     string `json:"mode"`     // copy, encode, or mixed (one medium copied, the other encoded)
	Pipeline string `json:"pipeline"` // as a shell sees it behind gst-launch-1.0
	Encoder  string `json:"encoder,omitempty"`
	Backend  string `json:"backend,omitempty"` // what the pictures' encoder runs on: software, nvenc, va, qsv, v4l2
	Reason   string `json:"reason"`

	Hardware []string `json:"hardware,omitempty"` // elements of the pipeline that need a device

	// Rejected are the encoders that would have come first, and why each was not taken.
	Rejected []Rejection `json:"rejected,omitempty"`
}

// Warning is something that a user should know. Codes are stable (docs/warnings.md).
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Rejection is why an encoder that comes before the chosen one was not taken.
type Rejection struct {
	Encoder string `json:"encoder"` // its element
	Kind    string `json:"kind"`    // package encoders has them
	Reason  string `json:"reason"`  // what it does or is, without its name: "crashed …"
}
