package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Find returns a profile with all that it inherits: one of own, whose keys are names, or one that is built in. A
// profile of own that names no other is MP4 where it says nothing. The error is a Problem.
func Find(name string, own map[string]Profile) (Profile, error) {
	var chain []Profile
	var names []string
	for at := cmp.Or(name, MP4); at != ""; {
		if slices.Contains(names, at) {
			return Profile{}, Problem{Field: "from", Offset: -1,
				Text: "profiles inherit from each other in a circle: " + strings.Join(append(names, at), " from "),
				Hint: "remove one from:"}
		}
		p, ok := lookup(at, own)
		if !ok {
			text := fmt.Sprintf("there is no profile %q", at)
			if len(chain) == 0 {
				return Profile{}, Problem{Offset: -1, Text: text, Hint: "there are " + strings.Join(Names(own), ", ")}
			}
			return Profile{}, Problem{Field: "from", Offset: -1, Text: text, Hint: "there are " +
				strings.Join(Names(own), ", ")}
		}
		names, chain = append(names, at), append(chain, p)
		at = p.From
		if at == "" && !IsBuiltin(p.Name) {
			at = MP4
		}
	}
	found := chain[len(chain)-1]
	for _, p := range slices.Backward(chain[:len(chain)-1]) {
		found = p.over(found)
	}
	return found, nil
}

func lookup(name string, own map[string]Profile) (Profile, bool) {
	if i := slices.IndexFunc(builtin, func(p Profile) bool { return p.Name == name }); i >= 0 {
		return builtin[i], true
	}
	p, ok := own[name]
	p.Name = name
	return p, ok
}

// Names are all profiles that there are, the built in ones first, then those of own in the order of the alphabet.
func Names(own map[string]Profile) []string {
	names := Builtin()
	var more []string
	for name := range own {
		if !IsBuiltin(name) {
			more = append(more, name)
		}
	}
	slices.Sort(more)
	return append(names, more...)
}

// over is p where it says something, and base where it does not.
func (p Profile) over(base Profile) Profile {
	pipeline := base.Pipeline
	if p.Video != "" || p.Audio != "" || p.Mux != "" {
		pipeline = "" // who says what is to be done with one medium does not mean another's whole line
	}
	quality, bitrate := base.Quality, base.Bitrate
	if p.Quality != 0 || p.Bitrate != 0 {
		quality, bitrate = 0, 0 // the one is instead of the other
	}
	return Profile{
		Name: p.Name, From: p.From,
		Video: cmp.Or(p.Video, base.Video), Audio: cmp.Or(p.Audio, base.Audio), Mux: cmp.Or(p.Mux, base.Mux),
		Pipeline:   cmp.Or(p.Pipeline, pipeline),
		VideoCodec: cmp.Or(p.VideoCodec, base.VideoCodec), AudioCodec: cmp.Or(p.AudioCodec, base.AudioCodec),
		Width: cmp.Or(p.Width, base.Width), Height: cmp.Or(p.Height, base.Height),
		FrameRate: cmp.Or(p.FrameRate, base.FrameRate),
		Quality:   cmp.Or(p.Quality, quality), Bitrate: cmp.Or(p.Bitrate, bitrate),
		AudioBitrate: cmp.Or(p.AudioBitrate, base.AudioBitrate),
	}
}
