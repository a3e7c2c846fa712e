// Package mp4box reads what the index of an MP4 file says about its tracks and their samples.
//
// Package mp4 of mp4ff, whose boxes are used here, holds tables whole, and an index of a day's call has 100 MB of them.
// Describing a file therefore reads headers only, never media data or sample tables, so that memory and time do not
// depend on the length of the file; Samples walks through the tables a piece at a time, and says what in them does not
// fit together. Package movie writes such files.
//
// The format is ISO/IEC 14496-12 (ISO base media file format).
package mp4box

import (
	"errors"
	"time"

	"github.com/upright-media/upright/cvo"
)

var (
	// ErrNotMP4 says that a file does not consist of ISO base media boxes.
	ErrNotMP4 = errors.New("not an MP4 file")
	// ErrNoIndex says that a file has no moov box: the muxer never finished it.
	ErrNoIndex = errors.New("the MP4 file has no index (moov)")
	// ErrDamaged says that a box ends outside of the one around it or is too short for its contents.
	ErrDamaged = errors.New("damaged MP4 file")
	// ErrUnsupported says that a file has something that is allowed but not read here.
	ErrUnsupported = errors.New("unsupported kind of MP4 file")
)

// Kind is the medium of a track, from its handler (ISO/IEC 14496-12 clause 8.4.3).
type Kind string

const (
	Video Kind = "video" // handler vide
	Audio Kind = "audio" // handler soun
	Text  Kind = "text"  // handlers text, sbtl, subt
	Other Kind = "other"
)

// Info is what the index of a file says.
type Info struct {
	Brand      string        // major brand, "" without ftyp
	Duration   time.Duration // of the longest track, from mvhd
	Created    time.Time     // from mvhd, zero if the file does not say
	FastStart  bool          // the index stands in front of the media data: playback can start before all is loaded
	Fragmented bool          // media is (also) in moof boxes, for which the index has no samples
	Tracks     []Track
}

// Track is what the index says about one track.
type Track struct {
	ID          uint32
	Kind        Kind
	Codec       string        // type of the first sample entry: avc1, hvc1, vp09, av01, Opus, mp4a, …
	Entries     int           // sample entries: more than one if the codec's parameters change in mid-track
	Timescale   uint32        // units per second of the track's own clock
	Start       time.Duration // where the track begins in the movie, by the empty edits in front of it
	Skip        time.Duration // media in front that the edit list leaves out (encoder priming)
	Duration    time.Duration // of the media, from mdhd, with what Skip leaves out
	Plays       time.Duration // as long as the edit list lets the media play; 0: to its end
	Samples     int
	SyncSamples int  // samples at which decoding can start
	FirstSync   bool // the first sample is one of them
	Created     time.Time

	Width, Height               int    // coded size in pixels, from the first sample entry (video)
	DisplayWidth, DisplayHeight int    // after the display matrix, rounded to whole pixels (video)
	Matrix                      Matrix // display matrix
	Orientation                 cvo.Orientation
	OrientationKnown            bool // Matrix is one of the eight that turn and mirror; else Orientation means nothing
	Channels                    int  // audio

	Title string // "" if there is none
	Off   bool   // players leave it out until somebody chooses it
}

// End is where the track ends in the movie.
func (t *Track) End() time.Duration {
	plays := t.Duration - t.Skip
	if t.Plays > 0 {
		plays = min(plays, t.Plays)
	}
	return t.Start + plays
}
