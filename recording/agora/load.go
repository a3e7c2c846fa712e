package agora

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording/agora/media"
	"github.com/upright-media/upright/timeline"
)

// Head says what becomes of the time in front of the first picture when there is sound already.
type Head int

const (
	EmptyHead Head = iota // no picture
	HoldHead              // the first picture stands from the start
	TrimHead              // the sound before it is left out
)

// Codes of notes: those of reports.
const (
	NoteNoMedia    = "NO_MEDIA"
	NoteUnreadable = "UNREADABLE"
	NoteTruncated  = "TRUNCATED"
	NoteDamaged    = "DAMAGED"
	NoteNoKeyFrame = "NO_KEYFRAME"
	NoteEncrypted  = "ENCRYPTED_MEDIA"
	NoteLengths    = "DURATION_MISMATCH"
	NoteMissing    = timeline.CodeMediaMissing
	NoteNotClosed  = timeline.CodeNotClosed
	NoteNoIndex    = timeline.CodeNoIndex
	NoteTextLost   = timeline.CodeTextLost
	NoteTextOdd    = timeline.CodeTextOdd
	NoteTimes      = timeline.CodeTimesDoubtful
	NotePace       = timeline.CodeClipRate
	NoteTurned     = timeline.CodeTurnedAlready
	NoteHistory    = timeline.CodeRotationHistory
	NoteTransport  = timeline.CodeTransport
)

// loading is the way from a presence to its timeline.
type loading struct {
	p     *Presence
	tl    *Timeline
	spans map[string]span
	lines []int64 // times of lines
	clock clock
	ends  float64 // when the last sound ends, wall ms; 0 if there is none
}

// candidate is a file that was looked into.
type candidate struct {
	slice *Slice
	track *media.Track
	span  span
}

// Load looks into all files of a presence once and puts them on one clock. What cannot be used is left out and
// becomes a note; the error is ctx's or that of the operating system. A timeline may have no tracks.
func Load(ctx context.Context, p *Presence, head Head) (*Timeline, error) {
	l := &loading{p: p, tl: &Timeline{Presence: p}}
	pictures, fromPictures, err := l.look(ctx, p.Pictures)
	if err != nil {
		return nil, err
	}
	sounds, _, err := l.look(ctx, p.Sounds)
	if err != nil {
		return nil, err
	}
	l.times(sounds)
	l.timed(pictures)
	l.timed(sounds)
	l.timed(fromPictures)
	if len(sounds) == 0 { // else they are the same sound again
		sounds = fromPictures
	}
	l.said()
	l.hear(sounds)
	l.see(pictures)
	l.origin(head)
	return l.tl, nil
}

func (l *loading) note(code, file, text string, args ...any) {
	l.tl.Notes = append(l.tl.Notes, Note{code, file, fmt.Sprintf(text, args...)})
}

// look looks into files. others are sounds that stand beside pictures in the same file.
func (l *loading) look(ctx context.Context, list []*Slice) (found, others []*candidate, err error) {
	for _, s := range list {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		f, err := media.Look(s.Path)
		if s.Other != "" && (err != nil || f.Video != nil && f.Video.NoIndex) {
			if other, otherErr := media.Look(s.Other); otherErr == nil {
				s.replaced, s.Path, s.Other, f, err = s.Name(), s.Other, "", other, nil
			}
		}
		if s.replaced != "" {
			l.note(NoteTransport, s.replaced, "it is not whole, so the TS beside it is used")
		}
		var system syscall.Errno
		switch {
		case errors.As(err, &system): // what is in the file is not known: leaving it out would lose it
			return nil, nil, err
		case errors.Is(err, media.ErrEmpty):
			l.note(NoteNoMedia, s.Name(), "there are no media in it")
			continue
		case err != nil:
			l.note(NoteUnreadable, s.Name(), "%v", err)
			continue
		}
		for _, t := range []*media.Track{f.Video, f.Audio} {
			switch {
			case t == nil:
			case t == f.Audio && extensions[filepath.Ext(s.Path)] == picture:
				others = append(others, &candidate{slice: s, track: t})
			default:
				found = append(found, &candidate{slice: s, track: t})
			}
			if t != nil {
				l.blemishes(s, t)
			}
		}
	}
	return found, others, nil
}

// blemishes notes what is wrong with a file that can be used.
func (l *loading) blemishes(s *Slice, t *media.Track) {
	switch {
	case t.NoIndex:
		l.note(NoteNoIndex, s.Name(), "its index is missing, so its pictures were looked for in the media, and "+
			"their times are an estimate")
	case t.CutOff:
		l.note(NoteTruncated, s.Name(), "it ends inside a frame, as after a crash of the recorder")
	}
	if t.Damaged > 0 {
		l.note(NoteDamaged, s.Name(), "%d bytes make no sense and were left out", t.Damaged)
	}
}

// times finds out when each file was written.
func (l *loading) times(sounds []*candidate) {
	l.clock = clock{start: l.p.start, length: func(base string) (int64, bool) {
		for _, c := range sounds {
			if c.slice.named == base {
				return c.track.Length.Milliseconds(), true
			}
		}
		return 0, false
	}}
	l.spans, l.lines = l.clock.times(l.p.lines)
	doubted := []string{}
	for base := range l.clock.doubted {
		doubted = append(doubted, base)
	}
	if slices.Sort(doubted); len(doubted) > 0 {
		l.note(NoteTimes, doubted[0], "its name and the uid file say different things about when it began, so the "+
			"likelier one was taken (%d files)", len(doubted))
	}
}

// timed gives candidates their times and puts them in order.
func (l *loading) timed(list []*candidate) {
	last := int64(0)
	for _, c := range list {
		s, ok := l.spans[c.slice.named]
		if !ok {
			s = span{from: last, to: unknownEnd}
			if n, known := parseMediaName(c.slice.named); known {
				if at, ok := l.clock.named(n.at); ok && at >= -backMs && at <= longestMs {
					s.from = at
				}
			}
		}
		s.from += c.track.Offset.Milliseconds()
		c.span = s
		last = s.from + c.track.Length.Milliseconds()
	}
	slices.SortStableFunc(list, func(a, b *candidate) int { return int(max(-1, min(1, a.span.from-b.span.from))) })
}

// said notes what the uid file lacks.
func (l *loading) said() {
	p := l.p
	for _, name := range p.Missing {
		l.note(NoteMissing, name, "the uid file speaks of it, but it is not there")
	}
	for _, name := range p.Empty {
		l.note(NoteNoMedia, name, "it is empty")
	}
	switch {
	case p.TextErr != nil:
		l.note(NoteTextLost, "", "%v", p.TextErr)
	case p.Silent:
		l.note(NoteTextLost, "", "the uid file of user %s is empty, as after a crash of the recorder: times are "+
			"those in the names of the media, and how pictures lie is not known", p.UID)
	case p.Backup:
		l.note(NoteTextLost, "", "the uid file of user %s is empty, as after a crash of the recorder: its hidden "+
			"copy was used", p.UID)
	}
	if p.Odd > 0 {
		l.note(NoteTextOdd, "", "%d lines of the uid file of user %s make no sense, the first is line %d", p.Odd,
			p.UID, max(1, p.OddAt))
	}
	if p.Sorted {
		l.note(NoteTimes, filepath.Base(p.UIDFile), "its lines are not in the order in which the recorder writes them, so "+
			"they were put in the order of their times")
	}
	if p.Open && !p.Silent {
		l.note(NoteNotClosed, "", "the recorder did not end in order, or is still at work: files of user %s have no "+
			"close line", p.UID)
	} else if !p.Folder.Done {
		l.note(NoteNotClosed, "", "the folder has no done marker: the recorder did not end in order, or is still at "+
			"work")
	}
}

// usable leaves out what is encrypted and notes it.
func (l *loading) usable(list []*candidate, t *Track) []*candidate {
	return slices.DeleteFunc(list, func(c *candidate) bool {
		t.Looked += c.track.Looked
		t.Unparsed += c.track.Unparsed
		if !c.track.Garbled() {
			return false
		}
		t.Garbled = true
		l.note(NoteEncrypted, c.slice.Name(), "nothing in it is what it should be: the channel was probably "+
			"encrypted, and the recorder had no secret or the wrong one")
		return true
	})
}

// hear places the sound.
func (l *loading) hear(list []*candidate) {
	t := &Track{}
	list = l.usable(list, t)
	if t.Garbled || len(list) > 0 {
		l.tl.Audio = t
	}
	if len(list) == 0 {
		return
	}
	var sounds []soundSpan
	for _, c := range list {
		step := c.track.Step
		sounds = append(sounds, soundSpan{from: float64(c.span.from), to: float64(c.span.to),
			length: inMs(c.track.Length), frame: inMs(step),
			fillable: c.track.Codec == media.AAC && media.SilentAAC(c.track.Channels) != nil})
	}
	slope, known := drift(sounds)
	t.DriftPPM, t.DriftKnown = slope*1e6, known
	var places []soundPlace
	places, l.tl.knots = placeSounds(sounds, slope)
	for i, c := range list {
		pl := places[i]
		p := Piece{Slice: c.slice, Media: c.track, first: pl.drop, last: c.track.Frames, silent: pl.silent,
			start: pl.start, frame: c.track.Step}
		if p.silent > 0 {
			p.silence = media.SilentAAC(c.track.Channels)
		}
		p.Format = t.format(Format{Codec: c.track.Codec, Config: c.track.Config, Rate: c.track.Rate,
			Channels: c.track.Channels})
		t.Pieces = append(t.Pieces, p)
		t.Units += p.last - p.first
		l.ends = max(l.ends, sounds[i].from+sounds[i].length)
	}
	t.FrameDuration = list[0].track.Step
}

// format is the index of a format.
func (t *Track) format(f Format) int {
	for i, g := range t.Formats {
		if g.Codec == f.Codec && bytes.Equal(g.Config, f.Config) && g.Width == f.Width && g.Height == f.Height &&
			g.Rate == f.Rate && g.Channels == f.Channels {
			return i
		}
	}
	t.Formats = append(t.Formats, f)
	return len(t.Formats) - 1
}

// see places the pictures.
func (l *loading) see(list []*candidate) {
	t := &Track{Video: true}
	list = l.usable(list, t)
	list = slices.DeleteFunc(list, func(c *candidate) bool {
		if len(c.track.Keys) > 0 {
			return false
		}
		l.note(NoteNoKeyFrame, c.slice.Name(), "there is no key picture in it, so none of it can be decoded")
		return true
	})
	if t.Garbled || len(list) > 0 {
		l.tl.Video = t
	}
	for i, c := range list {
		p := Piece{Slice: c.slice, Media: c.track, first: c.track.Keys[0].Frame, last: c.track.Frames,
			from: float64(c.span.from)}
		t.Undecodable += p.first
		l.pace(c, &p)
		if i+1 < len(list) { // the later file is right where two have the same time
			p.until(float64(list[i+1].span.from))
		}
		p.order()
		t.Undecodable += p.leading
		l.turns(c, &p)
		p.Format = t.format(Format{Codec: c.track.Codec, Config: c.track.Config, Width: c.track.CodedWidth,
			Height: c.track.CodedHeight})
		t.Units += p.units()
		for _, k := range c.track.Keys {
			if k.Frame >= p.first && k.Frame < p.last {
				t.Keys++
			}
		}
		t.Pieces = append(t.Pieces, p)
		t.FrameDuration = ms(inMs(c.track.Step) * p.scale)
	}
}

// pace finds out how fast the pictures of a file are to be shown.
func (l *loading) pace(c *candidate, p *Piece) {
	p.scale = 1
	length := inMs(c.track.Length)
	if c.track.NoIndex && l.ends > p.from {
		p.scale = c.track.Nominal / guessRate(c.track.Frames, l.ends-p.from, c.track.Nominal)
		length *= p.scale
	}
	if c.span.to == unknownEnd {
		return
	}
	scale, mended, odd := pace(length, float64(c.span.to-c.span.from))
	p.scale *= scale
	switch {
	case mended:
		l.note(NotePace, c.slice.Name(), "its pictures last %.1f s by its own clock but %.1f s by the uid file, so "+
			"their times were stretched to that",
			length/1000, float64(c.span.to-c.span.from)/1000)
	case odd:
		l.note(NoteLengths, c.slice.Name(), "its pictures last %.1f s, but the uid file says %.1f s", length/1000,
			float64(c.span.to-c.span.from)/1000)
	}
}

// turns finds out which way up the pictures of a file are.
func (l *loading) turns(c *candidate, p *Piece) {
	s, own := c.slice, c.track.Orientation
	upright := true
	for i, t := range s.turns {
		at := float64(l.lines[t.index])
		if i == 0 {
			at = p.from // as long as nothing else has been said
		}
		upright = upright && t.degrees == 0
		p.turns = append(p.turns, wallTurn{at, cvo.Orientation{Degrees: t.degrees}})
	}
	switch {
	case !s.said || upright && own != (cvo.Orientation{}):
		p.turns = []wallTurn{{p.from, own}}
	case l.turnedAlready(c):
		p.turns = []wallTurn{{p.from, cvo.Orientation{}}}
		l.note(NoteTurned, s.Name(), "the uid file asks for its pictures to be turned on their side, but they are "+
			"in its proportions once turned: they were left as they are")
	case own != (cvo.Orientation{}) && own != p.turns[0].orientation:
		l.note(NoteTurned, s.Name(), "the file itself says that its pictures are turned in another way than the uid "+
			"file, which was followed")
	}
	if s.said && len(s.turns) == 1 && l.p.Folder.first() {
		l.note(NoteHistory, s.Name(), "this version of the recorder wrote only how the first picture lies: if the "+
			"device was turned later, nothing says so")
	}
}

// turnedAlready says that the pictures of a file have the proportions that they would get by being turned on their
// side.
func (l *loading) turnedAlready(c *candidate) bool {
	w, h := c.slice.Width, c.slice.Height
	if w == h || w == 0 || c.track.CodedWidth != h || c.track.CodedHeight != w {
		return false
	}
	return slices.ContainsFunc(c.slice.turns, func(t turnLine) bool { return t.degrees%180 != 0 })
}
