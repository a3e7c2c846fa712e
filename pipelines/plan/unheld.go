package plan

import (
	"fmt"
	"strings"

	"github.com/upright-media/upright/pipelines/profile"
)

// Unheld says which codecs that a profile asks for its muxer does not hold.
func Unheld(p Profile) []profile.Problem {
	var problems []profile.Problem
	fixed, _, _ := strings.Cut(p.Mux, " ")
	to := muxed(fixed)
	if to == nil || p.Pipeline != "" {
		return nil
	}
	for _, m := range []struct {
		field, text, codec string
		known              []string
		holds              map[string]bool
	}{
		{"video", p.Video, p.VideoCodec, profile.VideoCodecs, to.video},
		{"audio", p.Audio, p.AudioCodec, profile.AudioCodecs, to.audio},
	} {
		field := m.field + "_codec"
		if list, err := profile.Tokens(m.text); err == nil && profile.IsFragment(m.text) {
			if codec, _ := profile.Codec(list, m.known); codec != "" {
				field, m.codec = m.field, codec
			}
		}
		if m.codec != "" && !m.holds[m.codec] {
			problems = append(problems, profile.Problem{Field: field, Offset: -1,
				Text: fmt.Sprintf("%s does not hold %s", to.title, m.codec), Hint: "take another mux:"})
		}
	}
	return problems
}
