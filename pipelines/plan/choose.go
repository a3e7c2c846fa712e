package plan

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/timeline"
)

// KeySeconds is how far apart key frames are at most: how far a player has to decode after a seek.
const KeySeconds = 2

// chooser returns what chooses encoders by these settings.
func (s Settings) chooser(has func(string) bool) func(codec string, c size) (encoders.Choice, error) {
	choose := s.Choose
	if choose == nil {
		choose = InSoftware(has)
	}
	return func(codec string, c size) (encoders.Choice, error) {
		choice, err := choose(encoders.Wanted{Codec: codec, Width: c.width, Height: c.height, Failed: s.Avoid})
		return choice, NameEncoders(codec, err)
	}
}

// NameEncoders makes the error of a choice say what to install, if no encoder of the codec is installed.
func NameEncoders(codec string, err error) error {
	var none *encoders.NoneError
	if errors.As(err, &none) && !none.Installed() && !none.Request.Strict {
		return &MissingElementError{Elements: inSoftware(codec), For: "encode " + formatNamed(codec).title}
	}
	return err
}

// router returns what chooses routes over devices by these settings.
func (s Settings) router() func(codec string, e encoders.Encoder, c size) *encoders.Route {
	return func(codec string, e encoders.Encoder, c size) *encoders.Route {
		if s.Route == nil {
			return nil
		}
		r, ok := s.Route(codec, e, encoders.Wanted{Codec: codec, Width: c.width, Height: c.height, Failed: s.Avoid})
		if !ok {
			return nil
		}
		return &r
	}
}

// InSoftware chooses the first encoder in software that is installed.
func InSoftware(has func(string) bool) func(encoders.Wanted) (encoders.Choice, error) {
	return func(w encoders.Wanted) (encoders.Choice, error) {
		for _, e := range encoders.Candidates(w.Codec) {
			failed := slices.ContainsFunc(w.Failed, func(r encoders.Rejection) bool { return r.Encoder == e.Element })
			if !e.Hardware() && has(e.Element) && !failed {
				return encoders.Choice{Encoder: e, Rejected: w.Failed}, nil
			}
		}
		return encoders.Choice{}, &encoders.NoneError{Codec: w.Codec, Rejected: w.Failed}
	}
}

// inSoftware are the encoders of a codec that need no device.
func inSoftware(codec string) (names []string) {
	for _, e := range encoders.Candidates(codec) {
		if !e.Hardware() {
			names = append(names, e.Element)
		}
	}
	return names
}

// frameRate returns the nominal frame rate of a track. Pictures keep their times whatever it says; it is for elements
// that do badly without one, above all for the length of the last picture, which no later one ends: vp9parse and
// av1parse forget it, and what x264enc writes instead of a rate lets h264parse make it a nanosecond. A picture of no
// length is one that players leave out. x265enc refuses to work, and webmmux to take AV1.
func frameRate(t *timeline.Track) int {
	if t.FrameDuration <= 0 {
		return 30
	}
	return int(min(max(math.Round(float64(time.Second)/float64(t.FrameDuration)), 1), 120))
}

// keyInterval returns how many pictures of a track make KeySeconds.
func keyInterval(t *timeline.Track) int {
	if t.FrameDuration <= 0 {
		return 30 * KeySeconds
	}
	n := math.Round(float64(KeySeconds*time.Second) / float64(t.FrameDuration))
	return int(min(max(n, 10), 240))
}
