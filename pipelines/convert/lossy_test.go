package convert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/profile"
)

// Sound that is encoded, and of which packets are missing again and again, stays where it belongs: what fills one hole
// does not move what follows it, not even by as much as could not be heard, for there are many.
func TestHolesInEncodedSoundDoNotAddUp(t *testing.T) {
	scene.NeedDecoder(t)
	const second = 50 // packets
	audio := testmjr.Audio(20 * second)
	audio.Header.Codec, audio.PayloadType, audio.ClockRate = "g722", 9, 8000
	quiet, loud := testmjr.Filled(160, 0xFF), testmjr.Noise(160)
	audio.Source = func(i int) testmjr.Unit {
		if i%second < 5 {
			return loud(i)
		}
		return quiet(i)
	}
	for name, lose := range map[string]func(n int) bool{
		"one":  func(n int) bool { return n%25 == 12 },
		"many": func(n int) bool { return n%25 >= 12 && n%25 < 22 },
	} {
		t.Run(name, func(t *testing.T) {
			audio.Network = testmjr.Network{Lose: lose}
			in := t.TempDir()
			audio.Write(t, in, "echotest-lossy-audio.mjr")
			_, paths := must(t, in, profile.MP4)
			begun := onsets(scene.Sound(t, paths[0], 0))
			require.Len(t, begun, 20)
			for i, at := range begun {
				require.InDelta(t, time.Duration(i)*time.Second, at, float64(6*time.Millisecond), "second %d", i)
			}
		})
	}
}

// onsets are the moments at which sound of 48 kHz becomes loud after half a second in which it was not.
func onsets(samples []int16) []time.Duration {
	const rate, loud = 48000, 3000
	var found []time.Duration
	last := -rate
	for i, s := range samples {
		if s < loud && s > -loud {
			continue
		}
		if i-last > rate/2 {
			found = append(found, time.Duration(i)*time.Second/rate)
		}
		last = i
	}
	return found
}
