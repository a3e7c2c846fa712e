package partfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	id   = "0123456789abcdef"
	mark = "ELBEHI2G3VKJ4ERDJINWP2X3CW"
)

func TestNames(t *testing.T) {
	for text, want := range map[string]Name{
		".2024.part-" + id + ".mp4":                        {Video: "2024", ID: id, Ext: ".mp4"},
		".my room.2.part-" + id + ".m4a":                   {Video: "my room.2", ID: id, Ext: ".m4a"},
		"..2024.part-" + id + ".mp4.part":                  {Video: "2024", ID: id, Ext: ".mp4", Unwritten: true},
		".2024.part-" + id + "." + mark + ".mp4":           {Video: "2024", ID: id, Mark: mark, Ext: ".mp4"},
		"..2024.part-" + id + "." + mark + ".mp4.part":     {Video: "2024", ID: id, Mark: mark, Ext: ".mp4", Unwritten: true},
		".a.part-" + id + ".mp4.part-" + id + ".mp4":       {Video: "a.part-" + id + ".mp4", ID: id, Ext: ".mp4"},
		"..a.part-" + id + ".mp4.part-" + id + ".m4a.part": {Video: "a.part-" + id + ".mp4", ID: id, Ext: ".m4a", Unwritten: true},
	} {
		n, ok := Parse(text)
		require.True(t, ok, text)
		require.Equal(t, want, n)
		require.Equal(t, text, n.String())
	}
	for _, text := range []string{"", "2024.mp4", ".2024.part-of-mine.mp4", "2024.part-" + id + ".mp4",
		".2024.part-" + id + ".mkv", ".2024.part-" + id + ".mp4.part", "..part-" + id + ".mp4.part",
		".2024.part-0123.mp4", ".2024.part-" + id + ".MARK.mp4"} {
		_, ok := Parse(text)
		require.False(t, ok, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(".2024.part-" + id + ".mp4")
	f.Add("..2024.part-" + id + "." + mark + ".m4a.part")
	f.Fuzz(func(t *testing.T, text string) {
		if n, ok := Parse(text); ok {
			require.Equal(t, text, n.String())
		}
	})
}
