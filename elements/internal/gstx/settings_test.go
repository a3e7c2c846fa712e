package gstx

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSettings(t *testing.T) {
	type settings struct {
		Location string `property:"location"`
		Speed    int    `property:"speed"`
	}
	class := Class{Name: "x", Properties: []Property{{Name: "location"}, {Name: "speed", Kind: Int, Default: 3},
		{Name: "stats", Kind: Statistic}}}
	var s Settings[settings]
	s.Defaults(&class)
	require.Equal(t, settings{Speed: 3}, s.Get())
	s.SetProperty("location", "here")
	require.Equal(t, "here", s.Property("location"))
	require.Equal(t, settings{"here", 3}, s.Get())
	require.Panics(t, func() { s.SetProperty("speed", "fast") })
	require.Panics(t, func() { s.Property("no such") })

	type choice string
	type more struct {
		Colour choice `property:"colour"`
		Other  bool
	}
	var embedding Settings[struct {
		Speed int `property:"speed"`
		more
	}]
	embedding.Defaults(&Class{Properties: []Property{{Name: "colour", Kind: Choice, Default: "red"},
		{Name: "speed", Kind: Int}}})
	require.Equal(t, "red", embedding.Property("colour"))
	embedding.SetProperty("colour", "blue")
	require.Equal(t, choice("blue"), embedding.Get().Colour)
	require.Panics(t, func() { embedding.SetProperty("colour", 7) })

	for name, bad := range map[string]Property{
		"field missing": {Name: "colour"},
		"another type":  {Name: "speed", Kind: Int64},
	} {
		require.Panics(t, func() {
			new(Settings[settings]).Defaults(&Class{Properties: []Property{{Name: "location"},
				bad}})
		}, name)
	}
	require.Panics(t, func() { new(Settings[settings]).Defaults(&Class{Properties: class.Properties[:1]}) },
		"a field too many")
}
