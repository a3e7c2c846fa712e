package silence

// g722 follows the step sizes of both bands of a stream (ITU-T G.722 clause 3.4), which adapt to what there is to be
// coded: that takes a table look-up for each code, and no decoding. The codes themselves say nothing, since there is no
// one code for silence.
type g722 struct {
	low, high int // logarithms to base 2 of the step sizes, in 1/2048, above the smallest
}

const (
	maxLow  = 18432
	maxHigh = 22528
	// Even of digital zeros the encoder makes a tone of its own in the lower band, of some -78 dB of full scale;
	// measured with libavcodec: 4208. A sine at -60 dB reaches 3900 there, but moves the other band.
	quietLow  = 4608
	quietHigh = 0
)

var (
	lowIndex  = [16]int{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0} // by the upper 4 of the lower band's 6 bits
	lowSteps  = [8]int{-60, -30, 58, 172, 334, 538, 1198, 3042}         // W_L
	highSteps = [4]int{798, -214, 798, -214}                            // W_H, by the upper band's 2 bits
)

// silent says whether both bands stay quiet through a packet, of any number of codes of 8 bits (64 kbit/s).
func (g *g722) silent(payload []byte) bool {
	quiet := true
	for _, b := range payload {
		g.low = limit(g.low*127/128+lowSteps[lowIndex[b&0x3F>>2]], maxLow)
		g.high = limit(g.high*127/128+highSteps[b>>6], maxHigh)
		quiet = quiet && g.low <= quietLow && g.high <= quietHigh
	}
	return quiet
}

func limit(v, top int) int { return max(0, min(v, top)) }
