package agora

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/agora/media"
	"github.com/upright-media/upright/timeline"
)

// ElementName is the GStreamer element that plays one medium of a presence.
const ElementName = "agorasrc"

// Names of media in the element's property medium.
const (
	MediumVideo = "video"
	MediumAudio = "audio"
)

// LoadTimeline makes a timeline of the presence that the files are of.
func (c *content) LoadTimeline(ctx context.Context, files []*recording.File,
	o timeline.Options) (*timeline.Timeline, error) {
	head := map[timeline.HeadPolicy]Head{timeline.HoldHead: HoldHead, timeline.TrimHead: TrimHead}[o.Head]
	tl, err := Load(ctx, c.presence, head)
	if err != nil {
		return nil, err
	}
	out := &timeline.Timeline{OriginUs: tl.OriginUs, Duration: tl.Duration}
	if tl.Video != nil {
		out.Tracks = append(out.Tracks, tl.track(tl.Video, recording.Video, files, o))
	}
	if tl.Audio != nil {
		t := tl.track(tl.Audio, recording.Audio, files, o)
		out.Tracks = append(out.Tracks, t)
		if t.Units > 0 {
			out.Master = t
		}
	}
	for _, n := range tl.Notes {
		if n.Code == NoteEncrypted || n.Code == NoteNoMedia && slices.Contains(c.presence.Empty, n.File) {
			continue // said of the track, or of the file, by whoever reports about them
		}
		text := n.Text
		if n.File != "" {
			text = n.File + ": " + text
		}
		out.Warnings = append(out.Warnings, timeline.Warning{Code: n.Code, Text: text})
	}
	return out, nil
}

// track is a track as any other source has it.
func (tl *Timeline) track(t *Track, medium recording.Medium, files []*recording.File,
	o timeline.Options) *timeline.Track {
	given := &timeline.Given{Open: func(run int) (timeline.Units, error) { return tl.openRun(t, run) }}
	given.Element = timeline.Element{Name: ElementName, Properties: []timeline.Property{
		{Name: "location", Value: tl.Presence.UIDFile}, {Name: "medium", Value: map[bool]string{true: MediumVideo,
			false: MediumAudio}[t.Video]}}}
	if value := map[timeline.HeadPolicy]string{timeline.HoldHead: "hold",
		timeline.TrimHead: "trim"}[o.Head]; value != "" {
		given.Element.Properties = append(given.Element.Properties, timeline.Property{Name: "head", Value: value})
	}
	for _, f := range t.Formats {
		given.Formats = append(given.Formats, f.coding().Format())
	}
	for _, r := range t.runs() {
		given.Runs = append(given.Runs, t.Pieces[r.from].Format)
	}
	path, info := "", recording.Info{Medium: medium, Timed: true}
	of := map[*Slice]*recording.File{}
	for _, f := range files {
		if c, ok := f.Content.(*content); ok {
			of[c.slice] = f
			if f.Medium == medium {
				path = cmp.Or(path, f.Path)
				info.FirstUs, info.CreatedUs = f.Info.FirstUs, f.CreatedUs
				info.Codec = cmp.Or(info.Codec, f.Info.Codec)
			}
		}
	}
	counted := 0
	for i := range t.Pieces {
		p := &t.Pieces[i]
		part := timeline.Part{File: of[p.Slice], Path: p.Slice.Path, Start: p.Start, End: p.End,
			Units: p.units(), Codec: p.Media.Codec,
			Damaged: p.Media.Damaged, CutOff: p.Media.CutOff, Width: p.Media.CodedWidth, Height: p.Media.CodedHeight}
		if t.Video {
			part.Undecodable = p.first + p.leading
		}
		if tl.OriginUs > 0 {
			part.StartUs = tl.OriginUs + p.Start.Microseconds()
		}
		if part.File == nil {
			part.File = tl.Presence.file(p.Slice, medium)
		}
		counted += part.Units + part.Undecodable
		given.Parts = append(given.Parts, part)
	}
	if len(given.Parts) > 0 {
		path = given.Parts[0].Path
		if v := tl.Video; !t.Video && v != nil && len(v.Pieces) > 0 && v.Pieces[0].Slice.Path == path {
			path += " (sound)" // tracks are told apart by their paths
		}
		info.Codec = t.Formats[t.Pieces[0].Format].Codec
	}
	out := timeline.NewTrack(path, info, given)
	out.Media = timeline.MediaType{Media: string(medium), EncodingName: encodingNames[info.Codec]}
	out.Start, out.End, out.LastPicture = t.Start, t.End, t.LastPicture
	out.Units, out.KeyFrames, out.FrameDuration = t.Units, t.Keys, t.FrameDuration
	out.ReorderDelay = t.ReorderDelay
	out.Counts = timeline.Counts{Records: counted, Used: t.Units, Undecodable: t.Undecodable}
	out.DriftPPM, out.DriftKnown = t.DriftPPM, t.DriftKnown
	out.Complete = true // what is not so of a file is said of that
	if t.Garbled {
		// What is encrypted makes all else doubtful.
		out.Units, out.Counts = 0, timeline.Counts{Records: max(20, t.Unparsed)}
		out.Unparsed = max(20, t.Unparsed)
	}
	if t.Video {
		tl.pictures(t, out)
	} else if len(t.Formats) > 0 {
		f := t.Formats[0]
		out.Media.ClockRate, out.Media.Channels = f.Rate, f.Channels
		for _, f := range t.Formats {
			out.Media.Channels = max(out.Media.Channels, f.Channels)
		}
	}
	tl.holes(t, out)
	return out
}

var encodingNames = map[string]string{media.H264: "H264", media.H265: "H265", media.VP8: "VP8", media.VP9: "VP9",
	media.AAC: "AAC", media.MP3: "MP3"}

// pictures adds orientations and sizes.
func (tl *Timeline) pictures(t *Track, out *timeline.Track) {
	out.Media.ClockRate = 90000
	s := &Stream{tl: tl, t: t}
	for i := range t.Pieces {
		p := &t.Pieces[i]
		for _, k := range p.Media.Keys {
			if k.Frame >= p.first && k.Frame < p.last {
				out.Given.Keys = append(out.Given.Keys, s.pts(p, k.Frame))
			}
		}
	}
	for _, o := range t.Orientations {
		out.Orientations = append(out.Orientations, timeline.OrientationSpan{At: o.At, Orientation: o.Orientation})
	}
	for i := range t.Pieces {
		p := &t.Pieces[i]
		for _, k := range p.Media.Keys {
			n := len(out.Sizes)
			if k.Width == 0 || k.Frame < p.first || k.Frame >= p.last || n > 0 &&
				out.Sizes[n-1].Width == k.Width && out.Sizes[n-1].Height == k.Height {
				continue
			}
			at := ms(tl.knots.at(p.wall(k.At)))
			if n == 0 {
				at = t.Start
			}
			out.Sizes = append(out.Sizes, timeline.SizeSpan{At: at, Width: k.Width, Height: k.Height})
		}
	}
}

// shortestHole is the shortest time without media between two files that is reported.
const shortestHole = 500 * time.Millisecond

func (tl *Timeline) holes(t *Track, out *timeline.Track) {
	for i := 1; i < len(t.Pieces); i++ {
		if from, to := t.Pieces[i-1].End, t.Pieces[i].Start; to-from >= shortestHole {
			out.Holes = append(out.Holes, timeline.Hole{From: from, To: to, Kind: timeline.HoleSilent})
		}
	}
}

// run is a stretch of pieces of one codec: [from, to).
type run struct{ from, to int }

func (t *Track) runs() []run {
	var list []run
	for i := range t.Pieces {
		codec := t.Formats[t.Pieces[i].Format].Codec
		if n := len(list); n > 0 && t.Formats[t.Pieces[i-1].Format].Codec == codec {
			list[n-1].to = i + 1
			continue
		}
		list = append(list, run{i, i + 1})
	}
	return list
}

// openRun reads a run, all of the track if it is -1.
func (tl *Timeline) openRun(t *Track, number int) (timeline.Units, error) {
	runs := t.runs()
	if number >= len(runs) || len(runs) == 0 {
		return nil, fmt.Errorf("there are %d stretches of one codec, and no number %d among them (they are counted "+
			"from 0)", len(runs), number)
	}
	r := run{0, len(t.Pieces)}
	if number >= 0 {
		r = runs[number]
	}
	s := &Stream{tl: tl, t: t, from: r.from, to: r.to}
	if err := s.Seek(0); err != nil {
		return nil, err
	}
	return &unitStream{Stream: s}, nil
}

// unitStream gives the units of a stream as those of any other source.
type unitStream struct {
	*Stream
	unit timeline.Unit
}

// Next returns the next unit.
func (s *unitStream) Next() (*timeline.Unit, error) {
	u, err := s.Stream.Next()
	if err != nil {
		return nil, err
	}
	s.unit = timeline.Unit{PTS: u.PTS, DTS: u.PTS - u.Ahead, Duration: u.Duration, Data: u.Data, Format: u.Format,
		Key: u.Key, Last: u.Last, Discont: u.Discont, Gap: u.Gap, Orientation: u.Orientation,
		OrientationChanged: u.OrientationChanged}
	return &s.unit, nil
}

// coding is the format as a timeline has it.
func (f Format) coding() timeline.Coding {
	return timeline.Coding{Codec: f.Codec, Config: f.Config, Rate: f.Rate, Channels: f.Channels,
		Picture: codec.PictureFormat{Width: f.Width, Height: f.Height}}
}
