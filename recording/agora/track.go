package agora

import (
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording/agora/media"
)

// Timeline is a presence with its media on one clock. Presentation time 0 is when the first of them begins, and the
// clock is that of the sound, if there is any.
type Timeline struct {
	Presence *Presence
	OriginUs int64 // wall clock of presentation time 0, µs since the Unix epoch; 0 if unknown
	Video    *Track
	Audio    *Track
	Duration time.Duration
	Notes    []Note

	knots knots // from the recorder's clock to presentation time
	hold  bool  // the first picture stands from 0 on
}

// Note is something that a user should know. Codes are those of reports.
type Note struct {
	Code string
	File string // base name, "" if it is about the whole presence
	Text string
}

// Format is what a decoder has to know of a part of a track.
type Format struct {
	Codec         string
	Config        []byte // avcC, hvcC, AudioSpecificConfig
	Width, Height int    // of pictures as coded
	Rate          int    // of sound, Hz
	Channels      int
}

// Track is one medium of a presence, over all of its files.
type Track struct {
	Video   bool
	Formats []Format // in the order in which they are first needed
	Pieces  []Piece  // files, in order of time; never empty

	Start, End       time.Duration
	LastPicture      time.Duration
	Units, Keys      int
	Undecodable      int           // pictures in front of the first key picture of their file
	FrameDuration    time.Duration // most common
	ReorderDelay     time.Duration // as that of timeline.Track
	Orientations     []Turn        // of pictures, never empty
	DriftPPM         float64       // of sound against the recorder's clock
	DriftKnown       bool
	Garbled          bool // nothing in it is what its codec says
	Unparsed, Looked int
}

// Turn is the orientation from a time on.
type Turn struct {
	At          time.Duration
	Orientation cvo.Orientation
}

// Piece is one file of a track and where it is played.
type Piece struct {
	Slice      *Slice
	Media      *media.Track
	Start, End time.Duration
	Format     int // index in Formats

	first, last int             // frames that are played: [first, last)
	leading     int             // of these, how many are not, because they are shown before the first one
	shown       []time.Duration // of the file, when pictures are shown, in order; nil if they are decoded in that order
	silent      int             // frames of silence in front
	silence     []byte          // one of them
	frame       time.Duration   // how long it plays
	from, scale float64         // pictures: wall time in ms, and wall ms per ms of the file
	start       float64         // sound: ms
	turns       []wallTurn
}

// wallTurn is the orientation from a wall time in ms on.
type wallTurn struct {
	at          float64
	orientation cvo.Orientation
}

// orientation of a picture at a wall time.
func (p *Piece) orientation(wall float64) cvo.Orientation {
	var o cvo.Orientation
	for i, t := range p.turns {
		if i > 0 && t.at > wall+1 {
			break
		}
		o = t.orientation
	}
	return o
}

// wall is the wall time of a picture in ms.
func (p *Piece) wall(at time.Duration) float64 { return p.from + inMs(at)*p.scale }
