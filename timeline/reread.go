package timeline

import (
	"context"
	"time"
)

// reconsider reports whether the file must be read again, differently.
func (s *scanner) reconsider(with *setup) bool {
	if s.reconsiderArrivals(with) || !s.o.IgnoreRTPTime && s.reconsiderClock(with) {
		return true // what is said of times before that means nothing
	}
	again := false
	if endure := bear(s.breaks, s.decodability.slices); len(endure) > 0 && with.endure == nil {
		with.endure, again = endure, true
	}
	if s.t.Units == 0 && s.t.Hidden > 0 && !with.unhide {
		with.unhide, again = true, true
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
		if found := findSoundTypes(t.Info.Codec, t.Info.REDPayload, s.sounds); !found.plain(t.Info.Codec) {
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
	with.pictures, again = findPictureTypes(t.Info.Codec, stats)
	return again, nil
}

// suspicious says whether a video file may hold something else than its header says: packets of several types, nothing
// that can be shown, no size of a picture, or payloads that do not parse, one in twenty at the least.
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

// between is the time from one unit to another.
func (s *scanner) between(a, b moment) time.Duration {
	if s.clock.arrival {
		return time.Duration(b.arrival-a.arrival) * time.Millisecond
	}
	return time.Duration(float64(b.ts-a.ts) / float64(s.clock.rate) * 1e9)
}
