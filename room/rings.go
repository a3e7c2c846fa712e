package room

import (
	"math"
	"slices"
	"time"
)

// ScoreLevels is how loud somebody speaks during a talk.
type ScoreLevels struct {
	Person string  `json:"person"`
	From   float64 `json:"from_ms"`
	Steps  string  `json:"steps"` // a digit from 0 to MostLevel for each Step
}

// MostLevel is the highest of the levels of a score.
const MostLevel = 3

// levelRange is how many dB softer than a person is at the loudest the lowest level begins.
const levelRange = 18

// Follow fills in how loud everybody speaks, compared to how loud they are themselves: a microphone that is far away
// says nothing about who speaks.
func (s *Score) Follow(levels map[string]Levels) {
	const step = float64(Step / time.Millisecond)
	said := make([][]float64, len(s.Talks)) // dBFS for each step of each talk
	all := map[string][]float64{}
	for i, t := range s.Talks {
		own := levels[t.Person]
		for at := t.From; at < t.To && len(own) > 0; at += step {
			said[i] = append(said[i], own.at(int(s.RoomTime(at)/step)))
		}
		all[t.Person] = append(all[t.Person], said[i]...)
	}
	loud := map[string]float64{} // a tenth of what is said is louder
	for who, l := range all {
		slices.Sort(l)
		if len(l) > 0 {
			loud[who] = l[len(l)*9/10]
		}
	}
	s.Levels = nil
	for i, t := range s.Talks {
		var steps []byte
		for _, v := range said[i] {
			level := math.Round(MostLevel * (v - loud[t.Person] + levelRange) / levelRange)
			steps = append(steps, '0'+byte(min(max(level, 0), MostLevel)))
		}
		if len(steps) > 0 {
			s.Levels = append(s.Levels, ScoreLevels{t.Person, t.From, string(steps)})
		}
	}
}
