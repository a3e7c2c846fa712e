package codec

// G722Decoder decodes G.722 at 64 kbit/s (ITU-T G.722 clause 4, mode 1): each byte is two samples at 16 kHz. The zero
// value is not ready: use NewG722Decoder.
type G722Decoder struct {
	low, high g722Band
	history   [24]int // of the receive quadrature mirror filter
}

// NewG722Decoder returns a decoder in its state of rest.
func NewG722Decoder() *G722Decoder {
	return &G722Decoder{low: g722Band{scale: 32}, high: g722Band{scale: 8}}
}

// Decode appends the samples of data.
func (d *G722Decoder) Decode(samples []int16, data []byte) []int16 {
	for _, b := range data {
		code := int(b & 0x3F)
		low := clamp(d.low.signal+d.low.scale*g722Six[code]>>15, -16384, 16383)
		code >>= 2 // the predictor follows the four upper bits, which are there in all modes
		difference := d.low.scale * g722Four[code] >> 15
		d.low.rescale(g722LowSteps[g722LowIndex[code]], 18432, 8)
		d.low.predict(difference)

		code = int(b >> 6)
		difference = d.high.scale * g722Two[code] >> 15
		high := clamp(d.high.signal+difference, -16384, 16383)
		d.high.rescale(g722HighSteps[g722HighIndex[code]], 22528, 10)
		d.high.predict(difference)

		samples = d.join(samples, low, high)
	}
	return samples
}

// join makes two samples of one of each band (clause 4.4).
func (d *G722Decoder) join(samples []int16, low, high int) []int16 {
	copy(d.history[:], d.history[2:])
	d.history[22], d.history[23] = low+high, low-high
	var first, second int
	for i, c := range g722Mirror {
		second += d.history[2*i] * c
		first += d.history[2*i+1] * g722Mirror[len(g722Mirror)-1-i]
	}
	return append(samples, int16(saturate(first>>11)), int16(saturate(second>>11)))
}

// g722Band is one band's adaptive quantiser and predictor (clauses 3.5 and 3.6).
type g722Band struct {
	scale      int    // quantiser scale factor
	log        int    // its logarithm
	signal     int    // predicted
	zeroSignal int    // part of it that the zeros predict
	signals    [3]int // reconstructed, the newest first
	partial    [3]int // partially reconstructed
	poles      [3]int // coefficients from index 1 on
	zeros      [7]int // the same
	difference [7]int // quantised, the newest first
}

func (b *g722Band) rescale(step, most, shift int) {
	b.log = clamp(b.log*127>>7+step, 0, most)
	v := g722Inverse[b.log>>6&31]
	if s := shift - b.log>>11; s < 0 {
		v <<= -s
	} else {
		v >>= s
	}
	b.scale = v << 2
}

// predict takes the newest difference signal in and predicts what comes next.
func (b *g722Band) predict(difference int) {
	b.difference[0] = difference
	b.signals[0] = saturate(b.signal + difference)
	b.partial[0] = saturate(b.zeroSignal + difference)
	b.adaptPoles()
	b.adaptZeros()
	copy(b.difference[1:], b.difference[:6])
	copy(b.signals[1:], b.signals[:2])
	copy(b.partial[1:], b.partial[:2])

	poles := saturate(b.poles[1]*saturate(2*b.signals[1])>>15 + b.poles[2]*saturate(2*b.signals[2])>>15)
	b.zeroSignal = 0
	for i := 1; i <= 6; i++ {
		b.zeroSignal += b.zeros[i] * saturate(2*b.difference[i]) >> 15
	}
	b.zeroSignal = saturate(b.zeroSignal)
	b.signal = saturate(poles + b.zeroSignal)
}

func (b *g722Band) adaptPoles() {
	like := func(i int, v int) int { // v if the newest and the i-th partial signal have the same sign
		if b.partial[0]>>15 == b.partial[i]>>15 {
			return v
		}
		return -v
	}
	second := min(like(1, -saturate(4*b.poles[1])), 32767)>>7 + like(2, 128) + b.poles[2]*32512>>15
	second = clamp(second, -12288, 12288)
	limit := saturate(15360 - second)
	first := clamp(saturate(like(1, 192)+b.poles[1]*32640>>15), -limit, limit)
	b.poles[1], b.poles[2] = first, second
}

func (b *g722Band) adaptZeros() {
	step := 128
	if b.difference[0] == 0 {
		step = 0
	}
	for i := 1; i <= 6; i++ {
		s := step
		if b.difference[i]>>15 != b.difference[0]>>15 {
			s = -s
		}
		b.zeros[i] = saturate(s + b.zeros[i]*32640>>15)
	}
}

func clamp(v, least, most int) int { return max(least, min(v, most)) }

func saturate(v int) int { return clamp(v, -32768, 32767) }

// Tables of G.722: 7 and 8 (inverse quantisers, of six, four and two bits), 9 to 13 (scale factors), 11 (filter).
var (
	g722Six = [64]int{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	g722Four = [16]int{
		0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
	}
	g722Two       = [4]int{-7408, -1616, 7408, 1616}
	g722LowIndex  = [16]int{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0}
	g722LowSteps  = [8]int{-60, -30, 58, 172, 334, 538, 1198, 3042}
	g722HighIndex = [4]int{2, 1, 2, 1}
	g722HighSteps = [3]int{0, -214, 798}
	g722Inverse   = [32]int{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
	g722Mirror = [12]int{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}
)
