package scene

import (
	"math"
	"time"
)

// Rate is the sampling rate of the sound that Beeps takes, in Hz.
const Rate = 48000

// Beep is a tone of the scene.
type Beep struct {
	At     time.Duration // its beginning
	Hz     float64
	Second int // which it marks, modulo 10, by its pitch: 500 + 150·(second mod 10) + 50·participant Hz
}

const (
	loud  = 0.08                   // of full scale
	quiet = 150 * time.Millisecond // before a beep
)

// Beeps finds the beeps of the participant of this index in mono samples.
func Beeps(samples []int16, participant int) []Beep {
	var found []Beep
	silent := Rate // samples since the last loud one
	for i, s := range samples {
		if math.Abs(float64(s)) < loud*math.MaxInt16 {
			silent++
			continue
		}
		if silent > int(quiet.Seconds()*Rate) && i+Rate*8/100 < len(samples) {
			hz := pitch(samples[i+Rate/100 : i+Rate*8/100])
			second := math.Round((hz - 500 - 50*float64(participant)) / 150)
			found = append(found, Beep{At: time.Duration(i) * time.Second / Rate, Hz: hz, Second: int(second)})
		}
		silent = 0
	}
	return found
}

// pitch counts how often a tone goes through zero, upwards.
func pitch(samples []int16) float64 {
	var first, last float64
	n := -1
	for i := 1; i < len(samples); i++ {
		a, b := float64(samples[i-1]), float64(samples[i])
		if a < 0 && b >= 0 {
			last = float64(i-1) + a/(a-b)
			if n++; n == 0 {
				first = last
			}
		}
	}
	if n <= 0 {
		return 0
	}
	return float64(n) * Rate / (last - first)
}
