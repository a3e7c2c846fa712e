package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/arrangement"
)

func composing(lines string) string { return watching("compose:") + lines }

func TestCompose(t *testing.T) {
	c, _, err := Parse([]byte(composing(`
      - {}
      - name: "{folder}/{room}-speaker"
        layout: speaker
        fps: 25
        loudness: -20
        wait: 0
        without: ["1001", 'Bob*']
        logo: ./logo.png@top-left
        names: [names.csv, 1=Alice]
        participants: false
`)), "/etc/upright", nil, known)
	require.NoError(t, err)
	want := DefaultCompose()
	want.Name, want.Wait, want.Participants = "{folder}/{room}-speaker", 0, false
	want.Layout, want.FPS, want.Loudness, want.Without = "speaker", "25", "-20", []string{"1001", "Bob*"}
	want.Logo, want.Names = "/etc/upright/logo.png@top-left", []string{"/etc/upright/names.csv", "1=Alice"}
	require.Equal(t, []Compose{DefaultCompose(), want}, c.Watch[0].Compose)
	require.Equal(t, 5*time.Minute, c.Watch[0].Compose[0].Wait)
	require.Equal(t, arrangement.Arrangement{}, c.Watch[0].Compose[0].Lean())

	c, _, err = Parse([]byte(watching("compose:")), "/etc/upright", nil, known)
	require.NoError(t, err)
	require.Empty(t, c.Watch[0].Compose)
}

func TestComposeProblems(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"no list", "      layout: grid\n", "5:7: compose is a list; begin each item with a dash"},
		{"unknown", "      - colour: red\n", `5:9: there is no option "colour" in compose; possible: name, wait`},
		{"typo", "      - layuot: grid\n", `did you mean layout?`},
		{"hyphen", "      - no-camera: hide\n", `did you mean no_camera?`},
		{"layout", "      - layout: gird\n", "did you mean grid?"},
		{"fit", "      - name: a\n        fit: wide\n", `6:14: fit: "wide" means nothing; it is one of auto, contain`},
		{"size", "      - size: 1281x720\n", "5:15: size: a canvas of 1281x720: both have to be even"},
		{"no size", "      - size: big\n", `5:15: size: "big" is no size such as 1280x720`},
		{"fps", "      - fps: 120\n", "5:14: fps: 120 pictures per second"},
		{"loudness", "      - loudness: loud\n", `5:19: loudness: "loud" is neither off nor a number`},
		{"sound", "      - sound: 'dual:'\n", "5:16: sound: "},
		{"who", "      - who: ['[a']\n", "who: "},
		{"trim", "      - trim: some\n", "5:15: trim: "},
		{"zone", "      - zone: Mars\n", "5:15: zone: "},
		{"max", "      - max: 50\n", "5:14: max: 50 is not between 1 and 49"},
		{"nobody", "      - max: 0\n", "5:14: max: 0 is not between 1 and 49"},
		{"wait", "      - wait: 5\n", "5:15: wait: \"5\" has no unit"},
		{"participants", "      - participants: no\n", "write false"},
		{"names", "      - {}\n      - layout: grid\n",
			`6:9: name: "{folder}/{room}-{start:2006-01-02T15-04-05}" is what other videos of this folder are called`},
		{"own name", "      - name: '{folder}/{name}-{start:2006-01-02T15-04-05}'\n", "is what other videos"},
		{"user", "      - name: '{user}'\n", "5:15: name: \"{user}\" is about one person"},
		{"no name", "      - name: ''\n", "5:15: name is empty; leave the line out for " +
			"{folder}/{room}-{start:2006-01-02T15-04-05}"},
		{"template", "      - name: '{{{'\n", "5:15: the template has too many braces"},
		{"empty item", "      -\n", "this item is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			errs, _ := problems(t, composing(test.text))
			require.Len(t, errs, 1, "%v", errs)
			require.Contains(t, errs[0], test.want)
		})
	}
	errs, _ := problems(t, minimal, "UPRIGHT_WATCH_COMPOSE_LAYOUT=grid", "UPRIGHT_WATCH_COMPOSE=grid")
	require.NotEmpty(t, errs)
	require.Contains(t, errs[0], "a list cannot be given by the environment")
}
