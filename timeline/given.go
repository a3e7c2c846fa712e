package timeline

import (
	"context"
	"time"

	"github.com/upright-media/upright/recording"
)

// Loader is what the content of a file is, too, if its source does not store packets: pictures and sound as a codec
// makes them, which it puts on a time line by itself.
type Loader interface {
	// LoadTimeline is Load for files of one participant, all of this source.
	LoadTimeline(ctx context.Context, files []*recording.File, o Options) (*Timeline, error)
}

// Units reads the units of a track in order, as Stream does.
type Units interface {
	Next() (*Unit, error)
	Seek(pts time.Duration) error
	Offset() int64
	Close() error
}

// Given is what of a track a Loader brings along that packets do not have.
type Given struct {
	Element Element  // the GStreamer element that plays it
	Formats []Format // what a decoder has to know, in the order in which it is first needed; never empty
	// indices in Formats of the stretches of one codec, one after the other; a run is the argument of Open
	Runs  []int
	Parts []Part // the files that it consists of, in order of time
	// when pictures come at which decoding can begin, in order; none of sound
	Keys []time.Duration
	// Open reads a run of the track, all of it if that is -1.
	Open func(run int) (Units, error)
}

// Element is a GStreamer element and the properties that make it play a track.
type Element struct {
	Name       string
	Properties []Property
}

// Property is one of them.
type Property struct{ Name, Value string }

// Format is how the units of a part of a track are coded.
type Format struct {
	Codec  string // as recording.Info.Codec
	Caps   string // in the language of GStreamer, with codec_data
	Config []byte // what is in codec_data
}

// Part is a file of a track and what became of it.
type Part struct {
	File        *recording.File
	Path        string // that was read: another than File's where that was not whole
	Codec       string
	StartUs     int64 // wall clock of its beginning, µs since the Unix epoch; 0 if unknown
	Start, End  time.Duration
	Units       int
	Undecodable int
	Damaged     int64 // bytes
	CutOff      bool
	Width       int
	Height      int
}

// NewTrack makes a track of what a Loader has found out.
func NewTrack(path string, info recording.Info, given *Given) *Track {
	return &Track{Path: path, Info: info, Given: given, scanned: &scanned{}}
}

// loader is who loads the files, nil if it is to be done here.
func loader(files []*recording.File) Loader {
	l, _ := files[0].Content.(Loader)
	return l
}

// OpenRun starts reading one run of a track that has some (Given), as Open reads all of it.
func (tl *Timeline) OpenRun(t *Track, run int) (*Stream, error) {
	units, err := t.Given.Open(run)
	if err != nil {
		return nil, err
	}
	return &Stream{tl: tl, t: t, units: units}, nil
}
