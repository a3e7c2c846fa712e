package timeline

import (
	"time"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording"
)

// PausePolicy says what becomes of a recording's pauses: kept as a hole, or cut out.
type PausePolicy int

const (
	KeepPauses PausePolicy = iota
	CutPauses
)

// LossPolicy says what becomes of pictures that loss has made undecodable.
type LossPolicy int

const (
	FreezeOnLoss LossPolicy = iota // leave out what would not decode: the last good picture stands
	KeepOnLoss                     // pass everything on
)

// HeadPolicy says what becomes of the time in front of the first picture, when there is sound already: the camera was
// switched on later, or the first pictures cannot be decoded.
type HeadPolicy int

const (
	EmptyHead HeadPolicy = iota // no picture: players show none, or black
	HoldHead                    // the first picture stands from the start
	TrimHead                    // the sound before it is left out
)

// ClockPolicy says whose clock presentation time runs with.
type ClockPolicy int

const (
	AudioClock  ClockPolicy = iota // the sound's, so that it can be copied without being cut or stretched
	ServerClock                    // the server's, so that several people's media stay together however long it takes
)

// Options decide how packets become a timeline.
type Options struct {
	OrientationID int // RTP header extension id of CVO; 0: from the header, else found in the packets; -1: none
	Pauses        PausePolicy
	OnLoss        LossPolicy
	Head          HeadPolicy
	Clock         ClockPolicy

	// IgnoreRTPTime does without the RTP time of packets: sound plays packet after packet, and where nothing comes there
	// is nothing; pictures are shown when they arrived. For senders whose RTP time is garbage in a way that is not found
	// out.
	IgnoreRTPTime bool
}

// Counts accounts for every record of a file: Records is the sum of all others except Lost and
// Recovered.
type Counts struct {
	Records     int // records in the container
	Used        int // packets that went into the timeline
	Duplicate   int // same sequence number seen before
	Late        int // arrived after the reordering window had passed
	Padding     int // padding only, no media
	Foreign     int // other SSRC than the recording's; video: other payload type than its pictures'
	NotRTP      int // RTCP, version != 2, too short
	Malformed   int // RTP whose header extension or padding does not fit the packet
	Undecodable int // media that cannot be shown: before the first key frame, after loss (FreezeOnLoss)
	Lost        int // sequence numbers that never arrived (those that a restart skipped not counted)
	Recovered   int // of these, packets made good from redundancy (RED)
}

// OrientationSpan is the orientation from one picture on.
type OrientationSpan struct {
	At          time.Duration // presentation time of the first picture it applies to
	Orientation cvo.Orientation
}

// SizeSpan is the coded picture size from one picture on.
type SizeSpan struct {
	At            time.Duration
	Width, Height int
}

// HoleKind says why nothing was recorded for a while.
type HoleKind string

const (
	HoleSilent HoleKind = "silent" // mute, camera off or DTX: the RTP clock ran on
	HoleFrozen HoleKind = "frozen" // the RTP clock stood still: microphone removed, or the recording paused
	HoleJump   HoleKind = "jump"   // the RTP clock jumped: sender restart, source switch
	HoleLoss   HoleKind = "loss"   // packets were lost
)

// Hole is a time without media.
type Hole struct {
	From, To time.Duration // presentation time
	Kind     HoleKind
	Packets  int // sequence numbers missing
}

// MediaType is what a track's packets hold, in the terms of RTP caps.
type MediaType struct {
	Media        string            // audio, video
	EncodingName string            // VP8, H264, OPUS, PCMU, …
	ClockRate    int               // Hz
	Channels     int               // audio, 0 if unknown
	Layout       *codec.OpusLayout // of multichannel Opus, whose packets have several streams; else nil
	PayloadType  int
	Fmtp         map[string]string // negotiated parameters, keys in lower case
	Extensions   map[int]string
}

// Track is one file, read to the end once, or several that follow each other: what it holds and how its clock runs.
// All times are presentation times of the Timeline that the track is part of.
type Track struct {
	Path         string
	Line         int   // index of the m-line in the SDP, -1 if unknown
	Err          error // why nothing in this file can be used (recording.ErrEmpty, …); all else but Info is zero then
	Info         recording.Info
	Media        MediaType
	Counts       Counts
	DamagedBytes int64
	Damage       []recording.Range
	CutOff       int64 // bytes there are of a last packet that is not there as a whole; part of DamagedBytes
	Complete     bool  // ended at a record boundary without damage

	Start, End                   time.Duration // first presentation time, end of the last unit
	DriftPPM                     float64       // sender clock against the server's; positive: the sender's clock is fast
	DriftKnown                   bool
	Orientations                 []OrientationSpan // never empty for video with pictures
	OrientationFound             bool              // the extension id was found in the packets, not declared
	OrientationID                int               // 0: no such extension
	FlipFrames, BackCameraFrames int               // pictures with the F or the C bit
	Sizes                        []SizeSpan
	SpatialLayers                int // VP9, AV1: the most in a picture that are shown as one; 0 in other codecs
	KeyFrames                    int
	// H.264, H.265: a parameter set is replaced by another one of the same number
	SetsChange bool
	// pictures that have to be decoded, for others are predicted from them, but are not to be seen
	Hidden        int
	Incomplete    int           // pictures that are shown although something of them is missing
	Units         int           // pictures, or audio packets
	LastPicture   time.Duration // when the last picture that can be shown begins: it stands until End
	FrameDuration time.Duration // most common step between units
	Holes         []Hole
	Encrypted     bool // flagged by the header
	// video: how long the picture stands still for what was lost, and how long it shows that
	Frozen, Damaged time.Duration
	Unparsed        int // units whose payload did not parse as the codec says

	// Declared is the codec that the header names, where the packets are of another: Info then names that one.
	Declared string
	Codecs   []string       // audio: those that the packets are of, where there are several; all became that of Media
	LeftOut  []PayloadCount // packets that are not of this track's media

	ArrivalsIgnored bool // the arrival times in the file were garbage
	WrongClocks     []WrongClock

	// ReorderDelay is by how much pictures must be shown later than they are decoded, at the least, because some are
	// sent before others that are shown before them (B-frames). 0: they are shown in the order of sending.
	ReorderDelay time.Duration

	Given *Given // of a track that is not made of packets; else nil

	// Parts are the tracks of files that this one is made of, in order of time (Timeline.Join); nil if it is one file's.
	Parts []*Track

	file     *recording.File // nil with Parts
	*scanned                 // what reading needs to know; nil if Err or with Parts
}

// PayloadCount says how many packets of a payload type were left out.
type PayloadCount struct {
	Type    uint8
	Packets int
	Codec   string // what they are, "" if that is not known
}

// ConstantOrientation returns the orientation of all pictures, or false if it changes.
func (t *Track) ConstantOrientation() (cvo.Orientation, bool) {
	if len(t.Orientations) == 0 {
		return cvo.Orientation{}, true
	}
	return t.Orientations[0].Orientation, len(t.Orientations) == 1
}

// ConstantSize returns the coded size of all pictures, or false if it changes. 0x0: unknown.
func (t *Track) ConstantSize() (w, h int, ok bool) {
	if len(t.Sizes) == 0 {
		return 0, 0, true
	}
	return t.Sizes[0].Width, t.Sizes[0].Height, len(t.Sizes) == 1
}

// Timeline is a set of tracks on one clock. Presentation time 0 is Origin, the earliest start of its tracks.
// The clock is the audio's, if there is one.
type Timeline struct {
	OriginUs int64 // wall clock of presentation time 0, µs since the Unix epoch; 0 if unknown (generation 0)
	Tracks   []*Track
	Master   *Track // the audio track whose clock it is; nil without audio
	Duration time.Duration
	Warnings []Warning

	options Options
	origin  float64 // wall time of presentation time 0, ms since the Unix epoch
	stretch float64 // wall time per presentation time
	cuts    []span  // pauses that are left out, in order
}

// Warning is something that a user should know. Code is stable.
type Warning struct {
	Code  string
	Track *Track // nil: the whole timeline
	Text  string
}

// Unit is one picture (video), one packet (audio) or one message (data).
type Unit struct {
	PTS time.Duration
	// DTS is when to decode: never after PTS, and in order. PTS, unless pictures are sent in another order than they are
	// shown in; then units come in the order of sending, the n-th with the PTS of the n-th that is shown, less
	// Track.ReorderDelay (it may be negative).
	DTS      time.Duration
	Duration time.Duration // until the next unit in the order of PTS; 0: unknown
	// Packets are complete RTP packets in order, padding removed, sequence numbers without holes where nothing is
	// missing; valid until the next call. Data: one message without the time stamp.
	Packets [][]byte
	// the unit as its codec makes it, instead of Packets: of a track that is not made of packets (Given), and by
	// OpenCoded; valid until the next call
	Data               []byte
	Format             int // of Data: number of the stream's Format
	Key                bool
	Hidden             bool // video: to be decoded, but not to be seen (Track.Hidden)
	Last               bool // video: no picture is shown behind it
	Discont            bool // something is missing before this unit
	Gap                bool // made by us to fill a hole in audio; no Packets where we cannot make silence of this codec
	Orientation        cvo.Orientation
	OrientationChanged bool // also true on the first unit of a stream and after a seek
}
