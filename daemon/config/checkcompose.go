package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/room/layout"
)

// compose looks at what is to be made of the rooms of a watch folder.
func (k *checker) compose(folder string, w *Watch) {
	first := map[string]bool{w.Template: true}
	for i, c := range w.Compose {
		key := fmt.Sprintf("%s.compose[%d]", folder, i)
		k.roomName(key+".name", c.Name, first[c.Name])
		first[c.Name] = true
		before := len(k.d.problems)
		k.between(key+".max", c.Max, 1, room.MostCells, "the others stay audible")
		for _, option := range []struct{ key, value string }{
			{"labels", c.Labels}, {"speaker", c.Speaker}, {"no_camera", c.NoCamera}, {"fit", c.Fit},
			{"clock", c.Clock}, {"chapters", c.Chapters},
		} {
			k.oneOf(key+"."+option.key, option.value, arrangement.Words(option.key)...)
		}
		var err error
		if c.Own, err = layout.Find(c.Layout, k.c.Layouts); err != nil {
			k.report(key+".layout", err.Error(), "")
		}
		if len(k.d.problems) > before { // Choose would say the same
			continue
		}
		_, err = c.Choose()
		var wrong *arrangement.Error
		switch {
		case errors.As(err, &wrong):
			k.report(key+"."+arrangement.Key(wrong.Option), wrong.Error(), "")
		case err != nil:
			k.report(key, err.Error(), "")
		}
	}
}

// roomName looks at the template of a room's video.
func (k *checker) roomName(key, name string, twice bool) {
	switch {
	case name == "":
		k.report(key, "name is empty", "leave the line out for "+DefaultCompose().Name)
	case twice:
		k.report(key, fmt.Sprintf("name: %s is what other videos of this folder are called", quote(name)),
			"give each video of a room a name of its own, such as {room}-speaker")
	case strings.Contains(name, "{user}") || strings.Contains(name, "{session}"):
		k.report(key, fmt.Sprintf("name: %s is about one person, and the video about all of them", quote(name)),
			"{room}, {recording}, {title}, {start} and {folder} are about rooms")
	case k.known.CheckTemplate != nil:
		if err := k.known.CheckTemplate(name); err != nil {
			k.report(key, err.Error(), "")
		}
	}
}
