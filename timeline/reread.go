package timeline

import (
	"context"
	"time"
)

// reconsider reports whether the file must be read again, differently.
func (s *scanner) reconsider(with *setup) bool {
	again := false
	if with.arrivals && s.arrivalsLie() {
		with.arrivals, again = false, true // third-party writers fill the field with garbage
	}
	if len(s.endure) > 0 && with.endure == nil {
		with.endure, again = s.endure, true
	}
	return again
}

// content reports whether the packets are not what the header says, and what they are.
func (s *scanner) content(ctx context.Context, with *setup) (again bool, err error) {
	t := s.t
	if t.Encrypted {
		return false, nil
	}
	if s.audio {
		if with.sounds != nil {
			return false, nil
		}
		if found := judgeSounds(t.Info.Codec, t.Info.REDPayload, s.sounds); !found.plain(t.Info.Codec) {
			with.sounds, again = &found, true
		}
		return again, nil
	}
	if with.pictures != nil || !s.suspicious() {
		return false, nil
	}
	stats, err := survey(ctx, t.file)
	if err != nil {
		return false, err
	}
	with.pictures, again = judgePictures(t.Info.Codec, stats)
	return again, nil
}

// suspicious says whether a video file may hold something else than its header says: packets of several types, nothing that can
// be shown, no size of a picture, or payloads that do not parse, one in twenty at the least.
func (s *scanner) suspicious() bool {
	types := 0
	for _, n := range s.feed.types {
		if n > 0 {
			types++
		}
	}
	return types > 1 || types == 1 && (s.t.KeyFrames == 0 || len(s.t.sizes) == 0 ||
		s.t.Unparsed*20 > s.t.Units+s.t.Unparsed)
}

// maxFreeze is how long a picture may stand because what follows a loss cannot be decoded as it was meant. Beyond it,
// pictures are shown that mend as they go: browsers send a key picture only when they are asked for one, a server that
// only records does not ask, and a smear where something moved is better than missing seconds of what was shown.
const maxFreeze = time.Second

// follow notes for how long pictures cannot be decoded. u is nil at the end.
func (s *scanner) follow(broken bool, u *unit) {
	switch {
	case u != nil && !broken && s.judge.broken:
		at := *u
		at.packets, at.frames = nil, nil
		s.brokenAt = &at
	case broken && (u == nil || !s.judge.broken):
		end := &s.prevSeen
		if u != nil {
			end = u
		}
		if s.brokenAt != nil && s.between(s.brokenAt, end) > maxFreeze {
			s.endure = append(s.endure, seqSpan{s.brokenAt.seq, end.seq})
		}
		s.brokenAt = nil
	}
	if u != nil {
		s.prevSeen = *u
		s.prevSeen.packets, s.prevSeen.frames = nil, nil
	}
}

// between is the time from one unit to another.
func (s *scanner) between(a, b *unit) time.Duration {
	if s.clock.arrival {
		return time.Duration(b.arrival-a.arrival) * time.Millisecond
	}
	return time.Duration(float64(b.ts-a.ts) / float64(s.clock.rate) * 1e9)
}
