package room

import (
	"math"
	"slices"
)

// Blocks are a voice's loudness, K-weighted (ITU-R BS.1770-4), as mean squares, one value per Step from time 0.
type Blocks []float32

const (
	absoluteGate = -70.0 // LUFS
	relativeGate = -10.0 // LU below the loudness of what is above the absolute gate
	perBlock     = 4     // steps in a gating block of 400 ms; blocks overlap by three steps
)

func lufs(meanSquare float64) float64 { return -0.691 + 10*math.Log10(meanSquare) }

// Loudness is the integrated loudness (EBU R 128) of sounds that are played together, each with a gain in dB, and are
// not the same sound. -Inf: nothing is above the gate.
func Loudness(voices []Blocks, gains []float64) float64 {
	n := 0
	for _, v := range voices {
		n = max(n, len(v))
	}
	sum := make([]float64, n)
	for i, v := range voices {
		g := 1.0
		if i < len(gains) {
			g = math.Pow(10, gains[i]/10)
		}
		for k, x := range v {
			sum[k] += g * float64(x)
		}
	}
	var blocks []float64
	for i := 0; i+perBlock <= n; i++ {
		m := 0.0
		for _, x := range sum[i : i+perBlock] {
			m += x / perBlock
		}
		blocks = append(blocks, m)
	}
	gated := func(gate float64) float64 {
		total, count := 0.0, 0
		for _, b := range blocks {
			if b > 0 && lufs(b) > gate {
				total += b
				count++
			}
		}
		if count == 0 {
			return math.Inf(-1)
		}
		return lufs(total / float64(count))
	}
	first := gated(absoluteGate)
	if math.IsInf(first, -1) {
		return first
	}
	return gated(max(absoluteGate, first+relativeGate))
}

const (
	evenedBy = 9.0  // dB: by how much one person is made louder or softer than the others at the most
	roomBy   = 20.0 // dB: and all of them
)

// Gains evens people out, whose loudness in LUFS is given (-Inf: never heard), and brings all of them to target: what
// each is to be made louder by, in dB. blocks are the same people's, for the loudness of all together.
func Gains(loudness []float64, blocks []Blocks, target float64) []float64 {
	var heard []float64
	for _, l := range loudness {
		if !math.IsInf(l, 0) && !math.IsNaN(l) {
			heard = append(heard, l)
		}
	}
	gains := make([]float64, len(loudness))
	if len(heard) == 0 {
		return gains
	}
	slices.Sort(heard)
	middle := heard[len(heard)/2]
	for i, l := range loudness {
		if !math.IsInf(l, 0) && !math.IsNaN(l) {
			gains[i] = min(max(middle-l, -evenedBy), evenedBy)
		}
	}
	all := Loudness(blocks, gains)
	if math.IsInf(all, 0) || math.IsNaN(all) {
		return gains
	}
	shift := min(max(target-all, -roomBy), roomBy)
	for i := range gains {
		gains[i] = math.Round((gains[i]+shift)*10) / 10
	}
	return gains
}
