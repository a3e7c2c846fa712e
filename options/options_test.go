package options

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/timeline"
)

func TestEveryFieldIsInTheTable(t *testing.T) {
	require.Len(t, fields, len(table))
	typ := reflect.TypeFor[Options]()
	for _, d := range table {
		i, ok := fields[d.Name]
		require.True(t, ok, d.Name)
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		require.Equal(t, d.Key(), name)
		require.Equal(t, f.Type.Kind() == reflect.String, len(d.Values) > 1, "%s: an enumeration has values", d.Name)
		require.Equal(t, f.Type.Kind() == reflect.Int, d.Max > 0, "%s: a number has limits", d.Name)
		require.NotEmpty(t, d.Help)
	}
}

func TestDocsNameEveryOption(t *testing.T) {
	for file, where := range map[string]func(Option) string{
		"../docs/cli.md":           func(d Option) string { return "`--" + d.Name },
		"../docs/configuration.md": func(d Option) string { return "`watch." + d.Key() + "`" },
		"../docs/elements.md": func(d Option) string {
			if !d.Source() {
				return ""
			}
			return "| `" + d.Name + "` |"
		},
	} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, d := range table {
			require.Contains(t, string(text), where(d), file)
		}
	}
}

// Jobs are known by this text: what is made again when it changes is everything that was ever made.
func TestKeyStays(t *testing.T) {
	for want, o := range map[string]Options{
		`{}`:                     {},
		`{"rejoin":30000000000}`: {Rejoin: 30 * time.Second},
		`{"audio":"auto","pauses":"keep","on_loss":"freeze","head":"empty"}`: Default(),
		`{"gap":"black"}`: {Gap: GapBlack},
		`{"audio":"aac","pauses":"cut","on_loss":"keep","head":"trim","subtitles":true,"orientation_id":7}`: {
			Audio: AudioAAC, Pauses: PausesCut, OnLoss: OnLossKeep, Head: HeadTrim, Subtitles: true, OrientationID: 7},
	} {
		require.Equal(t, want, string(o.Key()))
		var back Options
		require.NoError(t, json.Unmarshal(o.Key(), &back), "as earlier versions wrote it")
		if o.Gap == GapHold {
			back.Gap = GapHold // the same
		}
		require.Equal(t, o, back)
	}
}

func TestTimelineAndSourceAgree(t *testing.T) {
	for _, c := range []struct {
		o      Options
		want   timeline.Options
		source string
	}{
		{Options{}, timeline.Options{}, ""},
		{Default(), timeline.Options{}, ""},
		{Options{Pauses: PausesCut}, timeline.Options{Pauses: timeline.CutPauses}, "pauses=cut"},
		{Options{IgnoreRTPTS: true}, timeline.Options{IgnoreRTPTime: true}, "ignore-rtp-ts=true"},
		{Options{OnLoss: OnLossKeep}, timeline.Options{OnLoss: timeline.KeepOnLoss}, "on-loss=keep"},
		{Options{Head: HeadHold}, timeline.Options{Head: timeline.HoldHead}, "head=hold"},
		{Options{Head: HeadBlack, Gap: GapBlack, Audio: AudioAAC, Subtitles: true}, timeline.Options{}, ""},
		{Options{Head: HeadTrim, Pauses: PausesCut}, timeline.Options{Head: timeline.TrimHead, Pauses: timeline.CutPauses}, "pauses=cut head=trim"},
		{Options{OrientationID: -1, OnLoss: OnLossKeep}, timeline.Options{OrientationID: -1, OnLoss: timeline.KeepOnLoss}, "orientation-id=-1 on-loss=keep"},
	} {
		var words []string
		for _, s := range c.o.Source() {
			words = append(words, s.Name+"="+s.Value)
		}
		require.Equal(t, c.want, c.o.Timeline())
		require.Equal(t, c.source, strings.Join(words, " "))
		require.NoError(t, c.o.Check())
	}
}

func TestForRoom(t *testing.T) {
	all := Options{Audio: AudioAAC, Pauses: PausesCut, OnLoss: OnLossKeep, Head: HeadTrim, Gap: GapBlack, Split: true,
		Rejoin: time.Minute, Subtitles: true, OrientationID: 7, IgnoreRTPTS: true}
	require.Equal(t, Options{OnLoss: OnLossKeep, OrientationID: 7, IgnoreRTPTS: true}, all.ForRoom())
}

func TestCheck(t *testing.T) {
	for says, o := range map[string]Options{
		`audio is "loud", but must be auto, copy or aac`:          {Audio: "loud"},
		`pauses is "drop", but must be keep or cut`:               {Pauses: "drop"},
		`on-loss is "hide", but must be freeze or keep`:           {OnLoss: "hide"},
		`head is "white", but must be empty, hold, black or trim`: {Head: "white"},
		`gap is "white", but must be hold or black`:               {Gap: "white"},
		`orientation-id is 256, but must be between -1 and 255`:   {OrientationID: 256},
		`rejoin is -1s, but must not be negative`:                 {Rejoin: -time.Second},
		`orientation-id is -2, but must be between -1 and 255`:    {OrientationID: -2},
	} {
		require.EqualError(t, o.Check(), says)
		require.Equal(t, timeline.Options{OrientationID: o.OrientationID}, o.Timeline(), "it counts as the default")
	}
}

func TestGetAndSet(t *testing.T) {
	var o Options
	for name, value := range map[string]any{"head": "trim", "subtitles": true, "orientation-id": 3, "rejoin": time.Minute} {
		require.True(t, o.Set(name, value))
		require.Equal(t, value, o.Get(name))
	}
	require.Equal(t, Options{Head: HeadTrim, Subtitles: true, OrientationID: 3, Rejoin: time.Minute}, o)
	require.False(t, o.Set("none", "x"))
	require.Nil(t, o.Get("none"))
}

func TestExplained(t *testing.T) {
	require.Equal(t, "Times at which the recording was paused: keep = the last picture stands, without sound; cut = they are left out.",
		table[4].Explained())
	require.True(t, strings.HasSuffix(table[1].Explained(), "(MP4 and Matroska)."))
}
