package plan

import (
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/timeline"
)

// What is here is for lines that Decide does not write.

// Decoded are the elements that bring a track to raw media.
func Decoded(t *timeline.Track, has func(string) bool) (launch.Line, error) {
	f := formatOf(t)
	return f.decodeTo(t, f.read(t), has)
}

// SoundEncoder are the elements that encode sound as aac or opus, with a bitrate in bit/s (0: their own), and how many
// samples at 48 kHz they put in front of the first.
func SoundEncoder(codec string, channels, bitrate int, has func(string) bool) (elements string, priming int,
	err error) {
	v, err := chooseVoice(codec, has)
	if err != nil {
		return "", 0, err
	}
	return v.chain(channels, bitrate, has), v.priming, nil
}

// OpusDelay is how many samples at 48 kHz the sound of a track comes late out of its decoder.
func OpusDelay(t *timeline.Track) int {
	if f := formatOf(t); f != nil && f.name == "opus" && length(t) > shortSound {
		return opusSkip
	}
	return 0
}
