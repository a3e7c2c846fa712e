package timeline

import (
	"maps"
	"slices"

	"github.com/upright-media/upright/codec"
)

// soundStats is what an audio file's packets of one payload type look like.
type soundStats struct {
	packets int
	events  int       // packets of the size of telephone events (RFC 4733)
	opus    int       // valid Opus packets
	first   [256]int  // packets by their first byte, which in Opus says how they are coded
	red     int       // packets that are Opus in RED
	steps   int       // packets that follow one of the same type and miss nothing
	fits    [fits]int // of these, such that begin where the one before ends, if that is …
}

// What a packet may be, to say where it ends.
const (
	fitsOctets = iota // one byte a tick: G.711, G.722
	fitsOpus
	fitsRED
	fits
)

// soundLength is how long a packet is in RTP ticks of whatever it may be, 0 if it cannot be.
type soundLength [fits]int64

const eventSize = 4

// lengthsOf measures a payload.
func lengthsOf(payload []byte, pt uint8) (l soundLength) {
	l[fitsOctets] = int64(len(payload))
	if codec.IsOpus(payload) {
		l[fitsOpus] = opusTicks(payload)
	}
	var few [4]redBlock
	blocks, err := splitRED(few[:0], payload)
	if err != nil || slices.ContainsFunc(blocks, func(b redBlock) bool { return b.pt != blocks[0].pt || b.pt == pt }) {
		return l
	}
	if primary := blocks[len(blocks)-1].data; codec.IsOpus(primary) {
		l[fitsRED] = opusTicks(primary)
	}
	return l
}

func opusTicks(packet []byte) int64 {
	d, err := codec.OpusDuration(packet)
	if err != nil {
		return 0
	}
	return int64(d) * 48 / 1e6
}

// add notes a packet that comes step ticks after one of the same type and of the length before; step is 0 where
// something is missing in between.
func (s *soundStats) add(p *packet, before soundLength, step int64) {
	s.packets++
	s.first[p.first]++
	if p.size == eventSize {
		s.events++
	}
	if p.lengths[fitsOpus] > 0 {
		s.opus++
	}
	if p.lengths[fitsRED] > 0 {
		s.red++
	}
	if step <= 0 {
		return
	}
	s.steps++
	for i, length := range before {
		if length == step {
			s.fits[i]++
		}
	}
}

// enough is how many packets make evidence: what fits by chance once does not fit as often as that.
const enough = 8

func nearlyAll(n, of int) bool { return of >= enough && n*10 >= of*9 }

// evidence is the codec that packets are by what is in them: opus, octets (a codec of 8000 bytes a second: G.711,
// G.722), red (Opus in RED), or "" where that does not tell.
func (s *soundStats) evidence() string {
	few := func(i int) bool { return s.fits[i]*10 <= s.steps }
	most := s.first[0]
	for _, n := range s.first {
		most = max(most, n)
	}
	switch {
	case nearlyAll(s.fits[fitsOctets], s.steps) && few(fitsOpus):
		return "octets"
	case s.opus*50 >= s.packets*49 && nearlyAll(s.fits[fitsOpus], s.steps) && few(fitsOctets):
		return "opus"
	case s.red*50 >= s.packets*49 && nearlyAll(s.fits[fitsRED], s.steps) && few(fitsOctets) && few(fitsOpus):
		return "red"
	case s.opus*50 >= s.packets*49 && s.packets >= enough && most*5 >= s.packets*4 && few(fitsOctets):
		return "opus" // the RTP clock is wrong; but no other codec begins all of its packets alike
	}
	return ""
}

// staticSound are the codecs that payload types stand for by themselves (RFC 3551 table 4).
var staticSound = map[uint8]string{payloadPCMU: "pcmu", payloadPCMA: "pcma", payloadG722: "g722"}

// octetCodecs are those of 8000 bytes a second.
var octetCodecs = []string{"pcmu", "pcma", "g722"}

// sounds is what the payload types of an audio file mean.
type sounds struct {
	codec string           // of the track: what all that is heard is, or is made of
	types map[uint8]string // by payload type, its codec; "" if it is no sound of this track
	other map[uint8]string // sound that is left out, since it cannot be made into the track's codec
	red   int              // payload type of RED that the header does not name, else 0
	mixed bool             // G.722 beside G.711: both become L16
}

// findSoundTypes finds out what an audio file's payload types mean. declared is the codec of its header, red the
// payload type of RED that is named there.
//
// Header and payload type can both be wrong: there are writers that call all sound opus, and such that give all packets
// the number 0. So what is in the packets counts first, then static payload types, which no negotiation can change (RFC
// 3551 section 3), and then the header.
func findSoundTypes(declared string, red int, stats map[uint8]*soundStats) sounds {
	s := sounds{types: map[uint8]string{}, other: map[uint8]string{}}
	if declared != "opus" && declared != "g711" && !slices.Contains(octetCodecs, declared) {
		s.codec = declared // L16 and multichannel Opus: nothing tells them from others
	}
	count := map[string]int{}
	for _, pt := range slices.Sorted(maps.Keys(stats)) {
		x, static := stats[pt], staticSound[pt]
		c := declared
		if declared == "g711" {
			c = "pcmu"
		}
		evidence := x.evidence()
		switch {
		case pt == payloadComfortNoise:
			c = ""
		case s.codec != "" && static != "":
			c, s.other[pt] = "", static
		case s.codec != "" || red != 0 && int(pt) == red:
		case evidence == "opus":
			c = "opus"
		case evidence == "red":
			c, s.red = "opus", int(pt)
		case static != "":
			c = static
		case evidence == "octets" && !slices.Contains(octetCodecs, c):
			c, s.other[pt] = "", "g711" // or another of them: nothing tells
		case evidence == "" && x.events == x.packets:
			c = "" // telephone events
		}
		s.types[pt] = c
		count[c] += x.packets
	}
	if s.codec == "" {
		s.settle(declared, count)
	}
	// A sender may change its payload type in mid-call, but hardly for less than a tenth of what it sends: telephone
	// events and the like, which senders mix in with the same source.
	for pt, x := range stats {
		if s.types[pt] != "" && x.packets*10 < count[s.types[pt]] && staticSound[pt] == "" && x.evidence() == "" {
			s.types[pt] = ""
		}
	}
	return s
}

// settle chooses the codec of the whole. Codecs with the same clock can be turned into each other; of others, those
// with less to be heard are left out.
func (s *sounds) settle(declared string, count map[string]int) {
	octets := 0
	for _, c := range octetCodecs {
		octets += count[c]
	}
	opus := count["opus"]
	switch {
	case octets == 0 && opus == 0:
		s.codec = declared
		return
	case opus > octets, opus == octets && declared == "opus":
		s.codec = "opus"
	default:
		s.codec = octetCodecs[0]
		for _, c := range octetCodecs {
			if count[c] > count[s.codec] {
				s.codec = c
			}
		}
		s.mixed = count["g722"] > 0 && count["g722"] < octets
	}
	for pt, c := range s.types {
		if c != "" && (c == "opus") != (s.codec == "opus") {
			s.types[pt], s.other[pt] = "", c
		}
	}
}

// plain says whether the packets are just what the header says.
func (s *sounds) plain(declared string) bool {
	if s.codec != declared || s.red != 0 {
		return false
	}
	for _, c := range s.types {
		if c != s.codec {
			return false
		}
	}
	return true
}
