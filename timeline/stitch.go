package timeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/upright-media/upright/recording"
)

// Stitch makes tracks of a session's files: those that are the same camera, switched off and on again, become one (see
// recording.Stitch), the others stay as they are. tracks are of this timeline; what cannot be used must not be among
// them.
func (tl *Timeline) Stitch(tracks []*Track) []*Track {
	if slices.ContainsFunc(tracks, func(t *Track) bool { return t.Given != nil }) {
		return slices.Clone(tracks) // their source has done so
	}
	pieces := make([]recording.Piece, len(tracks))
	for i, t := range tracks {
		pieces[i] = recording.Piece{Medium: t.Info.Medium, Codec: t.Media.EncodingName, Description: t.Info.Description,
			Line: t.Line,
			From: t.begins(), To: t.End}
	}
	var list []*Track
	for _, of := range recording.Stitch(pieces) {
		parts := make([]*Track, len(of))
		for i, k := range of {
			parts[i] = tracks[k]
		}
		list = append(list, tl.Join(parts...))
	}
	return list
}

// Join makes one track of parts that follow each other in time, all of this timeline. Where one begins before the one
// before it has ended, that ends there. One part is the track itself.
func (tl *Timeline) Join(parts ...*Track) *Track {
	if len(parts) == 1 {
		return parts[0]
	}
	parts = slices.Clone(parts)
	for i, p := range parts[1:] {
		parts[i+1] = p.unheld()
	}
	first, last := parts[0], parts[len(parts)-1]
	t := &Track{
		Path: first.Path, Line: first.Line, Parts: parts, Info: first.Info, Media: first.Media, Complete: true,
		Start: first.Start, End: last.End, LastPicture: last.LastPicture, OrientationID: first.OrientationID,
	}
	longest := first
	for i, p := range parts {
		if p.Units > longest.Units {
			longest = p
		}
		if i > 0 {
			before := parts[i-1]
			if p.Start > before.End {
				t.Holes = append(t.Holes, Hole{From: before.End, To: p.Start, Kind: HoleSilent})
			}
		}
		t.Counts.add(&p.Counts)
		t.DamagedBytes += p.DamagedBytes
		t.Complete = t.Complete && p.Complete
		t.Units, t.KeyFrames, t.Unparsed = t.Units+p.Units, t.KeyFrames+p.KeyFrames, t.Unparsed+p.Unparsed
		t.FlipFrames, t.BackCameraFrames = t.FlipFrames+p.FlipFrames, t.BackCameraFrames+p.BackCameraFrames
		t.Hidden, t.Frozen, t.Damaged = t.Hidden+p.Hidden, t.Frozen+p.Frozen, t.Damaged+p.Damaged
		t.Incomplete += p.Incomplete
		t.SpatialLayers = max(t.SpatialLayers, p.SpatialLayers)
		t.SetsChange = t.SetsChange || p.SetsChange || i > 0 // each start of a camera may bring others
		t.ReorderDelay = max(t.ReorderDelay, p.ReorderDelay)
		t.Media.Channels = max(t.Media.Channels, p.Media.Channels)
		t.Holes = append(t.Holes, p.Holes...)
		for _, o := range p.Orientations {
			if n := len(t.Orientations); n == 0 || t.Orientations[n-1].Orientation != o.Orientation {
				t.Orientations = append(t.Orientations, o)
			}
		}
		for _, z := range p.Sizes {
			if n := len(t.Sizes); n == 0 || t.Sizes[n-1].Width != z.Width || t.Sizes[n-1].Height != z.Height {
				t.Sizes = append(t.Sizes, z)
			}
		}
	}
	t.FrameDuration, t.DriftPPM, t.DriftKnown = longest.FrameDuration, longest.DriftPPM, longest.DriftKnown
	slices.SortStableFunc(t.Holes, func(a, b Hole) int { return cmp.Compare(a.From, b.From) })
	return t
}

// begins is when a track's first unit is, also where it is held from the start of everything.
func (t *Track) begins() time.Duration {
	if t.scanned == nil {
		return t.Start
	}
	return t.begin
}

// unheld is a track whose first picture does not stand before its time.
func (t *Track) unheld() *Track {
	if t.begins() == t.Start {
		return t
	}
	u := *t
	u.Start = u.begin
	u.Orientations, u.Sizes = slices.Clone(u.Orientations), slices.Clone(u.Sizes)
	u.Orientations[0].At = u.begin
	if len(u.Sizes) > 0 {
		u.Sizes[0].At = u.begin
	}
	return &u
}

// add counts what another file holds, too.
func (c *Counts) add(o *Counts) {
	c.Records += o.Records
	c.Used += o.Used
	c.Duplicate += o.Duplicate
	c.Late += o.Late
	c.Padding += o.Padding
	c.Foreign += o.Foreign
	c.NotRTP += o.NotRTP
	c.Malformed += o.Malformed
	c.Undecodable += o.Undecodable
	c.Lost += o.Lost
	c.Recovered += o.Recovered
}

// Files are the tracks of the files that a track is made of, in order of time: itself, if it is that of a file.
func (t *Track) Files() []*Track {
	if len(t.Parts) > 0 {
		return t.Parts
	}
	return []*Track{t}
}

// part is the index of the part that is shown at a time.
func (t *Track) part(at time.Duration) int {
	i := 0
	for k, p := range t.Files() {
		if p.Start <= at {
			i = k
		}
	}
	return i
}
