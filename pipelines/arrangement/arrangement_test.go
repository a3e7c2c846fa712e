package arrangement

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/room"
)

func TestDefaults(t *testing.T) {
	d := Default()
	require.Equal(t, "1280x720", d.Size)
	require.Equal(t, 25, d.Max)
	require.Equal(t, Arrangement{}, d.Lean())
	text, err := json.Marshal(d.Lean())
	require.NoError(t, err)
	require.Equal(t, "{}", string(text), "an option that says nothing must not change what a job is known by")

	a := Arrangement{Layout: "speaker", FPS: "25", Without: []string{"1001"}, Max: 25, Chapters: "none"}
	require.Equal(t, Arrangement{Layout: "speaker", FPS: "25", Without: []string{"1001"}, Chapters: "none"}, a.Lean())
	require.Equal(t, a.Whole(), a.Lean().Whole())

	c, err := d.Choose()
	require.NoError(t, err)
	require.Equal(t, room.Look{Layout: "auto", Width: 1280, Height: 720, Fit: "auto", Max: 25}, c.Room.Look)
	require.True(t, c.Room.Chapters)
	require.InDelta(t, -16, c.Loudness, 0)
	c, err = Arrangement{Loudness: "off", Trim: "quiet:10s", Logo: "a@b.png@top-left"}.Choose()
	require.NoError(t, err)
	require.Zero(t, c.Loudness)
	require.Equal(t, room.Trim{Mode: "quiet", Quiet: 10 * time.Second}, c.Room.Trim)
	require.Equal(t, []string{"a@b.png", "top-left"}, []string{c.Room.Style.Logo, c.Room.Style.LogoAt})
}

// Every option has a name in YAML and in JSON, the same one, and its flag is that with dashes.
func TestOptionsHaveOneName(t *testing.T) {
	new(Arrangement).options(func(_ reflect.Value, f reflect.StructField) {
		key := f.Tag.Get("yaml")
		require.NotEmpty(t, key, f.Name)
		require.Equal(t, key+",omitempty", f.Tag.Get("json"), f.Name)
	})
	require.Equal(t, []string{"avatar", "hide"}, Words("no_camera"))
	require.Nil(t, Words("size"))
	require.Nil(t, Words("layout"), "the user's own have names, too")
}

func TestChoicesThatMakeNoSense(t *testing.T) {
	for option, list := range map[string][]Arrangement{
		"size":     {{Size: "1280"}, {Size: "1281x720"}, {Size: "9000x720"}, {Size: "axb"}},
		"fps":      {{FPS: "fast"}, {FPS: "5"}, {FPS: "NaN"}},
		"trim":     {{Trim: "some"}, {Trim: "quiet:never"}},
		"zone":     {{Zone: "Mars"}},
		"animate":  {{Animate: "fast"}, {Animate: "-1ms"}, {Animate: "1s"}},
		"loudness": {{Loudness: "loud"}, {Loudness: "3"}, {Loudness: "0"}},
		"sound":    {{Sound: "dual:"}, {Sound: "loud"}},
		"who":      {{Who: []string{"video:"}}},
		"without":  {{Without: []string{"[a"}}},
		"max":      {{Max: -1}, {Max: 50}},
	} {
		for _, a := range list {
			_, err := a.Choose()
			var e *Error
			require.ErrorAs(t, err, &e, "%s: %+v", option, a)
			require.Equal(t, option, e.Option)
		}
	}
	_, err := Arrangement{Layout: "heap"}.Choose()
	require.ErrorContains(t, err, "layout")
}

func TestFiles(t *testing.T) {
	a := Arrangement{Background: "#000000", Names: []string{"names.csv", "1=Bob", "/n.json"}, Logo: "l.png@top-left"}
	given := a.Names
	a.Absolute("/etc/upright")
	require.Equal(t, Arrangement{Background: "#000000", Names: []string{"/etc/upright/names.csv", "1=Bob", "/n.json"},
		Logo: "/etc/upright/l.png@top-left"}, a)
	require.Equal(t, "names.csv", given[0], "shared by YAML's aliases")
	a = Arrangement{Background: "sky.jpg"}
	a.Absolute("/b")
	require.Equal(t, "/b/sky.jpg", a.Background)
}

func TestReadNames(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "more.csv")
	require.NoError(t, os.WriteFile(filepath.Join(dir, NamesFile), []byte(`{"1": "Alice", "2": "Bob"}`), 0o600))
	require.NoError(t, os.WriteFile(file, []byte("2,Robert\n3,Carol\n"), 0o600))
	names, err := Arrangement{Names: []string{file, "4=Dave"}}.ReadNames(t.TempDir(), dir)
	require.NoError(t, err)
	require.Equal(t, room.Names{"1": "Alice", "2": "Robert", "3": "Carol", "4": "Dave"}, names)
	_, err = Arrangement{Names: []string{"/does/not/exist"}}.ReadNames()
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "names", e.Option)
	require.NoError(t, os.WriteFile(file, []byte("no names at all"), 0o600))
	_, err = Arrangement{Names: []string{file}}.ReadNames()
	require.ErrorContains(t, err, file)
}
