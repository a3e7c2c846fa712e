package timeline

import "slices"

// reconsiderArrivals looks whether arrival times are what they should be: third-party writers fill the field with
// other units, another epoch, or garbage.
func (s *scanner) reconsiderArrivals(with *setup) bool {
	if !s.clock.arrival {
		return false
	}
	if !with.rebased {
		if with.second, with.rebased = s.feed.otherEpoch(); with.rebased {
			return true
		}
	}
	if unit := s.rates.arrivalUnit(); unit > 1 && with.perMs == 0 {
		with.perMs = unit
		return true
	}
	if s.arrivalsLie() {
		with.arrivals = false
		return true
	}
	return false
}

// reconsiderClock looks whether the sender's clock has the rate that it should have: first by how long packets play,
// and then by arrival.
func (s *scanner) reconsiderClock(with *setup) bool {
	if s.audio && with.lengths == nil {
		if with.lengths = s.rates.ratios.spans(s.clock.arrival); with.lengths != nil {
			return true
		}
	}
	if with.paces != nil || !s.clock.arrival {
		return false
	}
	with.paces = s.rates.pace.spans(s.audio)
	wrong := func(c clockSpan) bool { return c.how == scaled && !mistakable(c.scale) }
	if s.audio && slices.ContainsFunc(with.paces, wrong) {
		// RTP time and samples agree, and no sampling rates are so far apart.
		with.arrivals, with.paces = false, nil
		return true
	}
	return with.paces != nil
}

// mistakable says whether sound can have been sampled at a rate that differs by so much from the one that it is said
// to have.
func mistakable(scale float64) bool { return 1/mostMistaken < scale && scale < mostMistaken }

// mostMistaken is how far apart sampling rates are that are mistaken for each other: 8 and 48 kHz, and what is
// uncertain.
const mostMistaken = 6.1

// maxFPS is more pictures a second than any sender makes.
const maxFPS = 200

// arrivalsLie reports arrival times that no Janus writes: they go back, lie far apart, or hardly advance while what is
// sent does.
// What lasts for less than ten seconds can have been held up by the network for most of them, but not for all.
func (s *scanner) arrivalsLie() bool {
	if n := s.feed.backward; n > 3 && n > s.t.Counts.Records/1000 {
		return true
	}
	r := &s.rates
	if r.rarely() {
		return true
	}
	lie := r.playing > 10_000 && r.arrived < r.playing/mostMistaken || r.playing > 500 && r.arrived < r.playing/20
	// With pictures it may as well be the sender's clock that is wrong.
	return lie && (s.audio || float64(r.units)*1000 > maxFPS*r.arrived)
}
