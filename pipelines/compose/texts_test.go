package compose

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// TestSaid forges nobody's words: neither another person's nor a subtitle of its own.
func TestSaid(t *testing.T) {
	require.Equal(t, "Eve: hello", said("Eve", "hello"))
	require.Equal(t, "Eve: hello\n… Bob: I resign", said("Eve", "hello\nBob: I resign"))
	require.Equal(t, "Eve: a\n… 1\n… 00:00:00,000 → 01:00:00,000\n… b",
		said("Eve", "a\r\n\r\n1\n00:00:00,000 --> 01:00:00,000\nb"))
	require.Equal(t, "E\uFFFDve b: x", said("E\u202eve\nb", "x"))
}

func TestNamesThatNoFontHas(t *testing.T) {
	seen := []room.Source{{}}
	for _, c := range []struct {
		labels, title string
		sources       []room.Source
		want          []string
	}{
		{"name", "", seen, []string{"สมชาย, 漢字"}},
		{"name", "題", seen, []string{"สมชาย, 漢字, 題"}},
		{"none", "Title", seen, nil},
		{"none", "題", seen, []string{"題"}},
		{"name", "題", nil, nil}, // nothing is drawn
	} {
		w := &composing{report: &report.Room{}, cast: &room.Cast{People: []room.Person{{Name: "Ann", Sources: c.sources},
			{Name: "สมชาย"}, {Name: "漢字"}, {Name: "漢字"}}}}
		w.settings.Room.Style.Labels, w.settings.Room.Style.Title = c.labels, c.title
		w.spell(func(text string) bool { return len(text) == len([]rune(text)) })
		var got []string
		for _, warning := range w.report.Warnings {
			require.Equal(t, report.FontMissing, warning.Code)
			got = append(got, warning.Text)
		}
		require.Len(t, got, len(c.want))
		for i := range got {
			require.Contains(t, got[i], "letters of "+c.want[i]+",")
		}
	}
}
