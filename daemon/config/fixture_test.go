package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/profile"
)

const fixture = "../../upright.yaml"

// The documented default file has the defaults, all of them.
func TestDefaultFile(t *testing.T) {
	dir, err := filepath.Abs("../..")
	require.NoError(t, err)
	want := Default()
	want.File = filepath.Join(dir, "upright.yaml")
	want.State = filepath.Join(dir, "upright-state")
	w := DefaultWatch()
	w.Name, w.Folder, w.Output = "recordings", filepath.Join(dir, "recordings"), filepath.Join(dir, "videos")
	want.Watch = []Watch{w}

	got, _, err := Load(fixture, nil, Known{Profiles: []string{"mp4"}})
	require.NoError(t, err)
	require.Equal(t, &want, got)

	got, _, err = Load(fixture, []string{"STATE_DIRECTORY=/var/lib/upright:/other"}, Known{})
	require.NoError(t, err)
	require.Equal(t, "/var/lib/upright", got.State)
}

// commented are lines of the default file that are examples of options.
var commented = regexp.MustCompile(`(?m)^( *)#(\S)`)

// With its examples switched on the default file is valid, too, and has every option that there is.
func TestDefaultFileHasEveryOption(t *testing.T) {
	data, err := os.ReadFile(fixture)
	require.NoError(t, err)
	data = commented.ReplaceAll(data, []byte("$1$2"))

	d := newDecoder("upright.yaml")
	c := Default()
	root := d.parse(data)
	d.collect(root)
	d.decode(root, reflect.ValueOf(&c).Elem(), "")
	require.Empty(t, d.problems)
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		if l.path == "watch.sources.move" { // in the place of keep
			continue
		}
		if option, ok := strings.CutPrefix(l.path, "profiles."); ok {
			require.Contains(t, string(data), "    "+option+": ", "%s is missing in upright.yaml", l.path)
			continue
		}
		if strings.HasPrefix(l.path, "layouts.") {
			require.Contains(t, string(data), nameOf(l.path)+": ", "%s is missing in upright.yaml", l.path)
			continue
		}
		key := strings.Replace(strings.Replace(l.path, "watch.", "watch[0].", 1), "compose.", "compose[0].", 1)
		require.Contains(t, d.places, key, "%s is missing in upright.yaml", l.path)
	}
	require.Contains(t, string(data), "{move: FOLDER}")

	got, _, err := Parse(data, "/etc/upright", nil, Known{})
	require.NoError(t, err)
	w := got.Watch[0]
	require.Equal(t, &Upload{URL: "s3://videos?region=eu-central-1", Prefix: "calls"}, w.Upload)
	require.Equal(t, &Webhook{URL: "https://example.com/videos", SecretFile: "/etc/upright/webhook-secret",
		Timeout: 10 * time.Second}, w.Webhook)
	hook := DefaultHook()
	hook.Command = []string{"/usr/local/bin/on-video", "--quiet"}
	require.Equal(t, &hook, w.Hook)
	require.Equal(t, profile.Profile{From: "web", Width: 640, Height: 640, FrameRate: 15, Quality: 60,
		AudioBitrate: 64}, got.Profiles["small"])
	require.Len(t, got.Profiles, 3)
	require.Len(t, got.Layouts["lecture"], 3)
	require.Equal(t, []string{"/etc/upright/teacher.png"}, got.Layouts["lecture"].Pictures())
	require.Equal(t, []Compose{DefaultCompose()}, lean(w.Compose))
}

// lean takes lists for none that have nothing in them.
func lean(list []Compose) []Compose {
	for i := range list {
		list[i].Arrangement = list[i].Lean().Whole()
	}
	return list
}

// Every option is explained in the default file by a comment in front of it.
func TestDefaultFileExplains(t *testing.T) {
	data, err := os.ReadFile(fixture)
	require.NoError(t, err)
	option := regexp.MustCompile(`^ *#?([a-z_]+):`)
	lines := strings.Split(string(data), "\n")
	sharing := map[string]bool{"certificate": true, "key": true, "timeout": true, "command": true, "url": true,
		"secret_file": true, "log": true}
	for i, line := range lines {
		m := option.FindStringSubmatch(line)
		if m == nil || sharing[m[1]] {
			continue
		}
		before := strings.TrimPrefix(strings.TrimSpace(lines[i-1]), "- ")
		require.True(t, strings.HasPrefix(before, "# "), "%s in line %d has no comment", m[1], i+1)
	}
}

// The manual has a row for every option, with its default and its environment variable.
func TestDocsHaveEveryOption(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	rows := map[string]string{}
	row := regexp.MustCompile("^\\| `([a-z_.]+)` \\|([^|]*)\\|")
	for line := range strings.Lines(string(text)) {
		if m := row.FindStringSubmatch(line); m != nil {
			require.NotContains(t, rows, m[1])
			rows[m[1]] = strings.TrimSpace(m[2])
		}
	}
	c := Default()
	c.Watch = []Watch{DefaultWatch()}
	hook, webhook := DefaultHook(), DefaultWebhook()
	c.Watch[0].Compose = []Compose{DefaultCompose()}
	c.Watch[0].Hook, c.Watch[0].Webhook, c.Watch[0].Upload = &hook, &webhook, new(Upload)
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		require.Contains(t, rows, l.path, "docs/configuration.md has no row for %s", l.path)
		if want := defaultOf(&c, l.path); want != "" {
			require.Equal(t, want, strings.Trim(rows[l.path], "`"), "default of %s", l.path)
		}
		delete(rows, l.path)
	}
	require.Empty(t, rows, "docs/configuration.md has rows for options that there are not")
}

// defaultOf is a default as it is written; "" if there is none, or if the manual has to say it in words.
func defaultOf(c *Config, path string) string {
	switch path {
	case "state":
		return ""
	case "workers.jobs":
		return "auto"
	}
	if named(path) != "" {
		return ""
	}
	switch v := reach(reflect.ValueOf(c).Elem(), path).Interface().(type) {
	case time.Duration:
		return human.Duration(v)
	case human.Bytes:
		return v.String()
	case Sources:
		return v.After
	case string:
		return v
	case arrangement.Number:
		return string(v)
	case bool:
		return map[bool]string{true: "true", false: "false"}[v]
	case int:
		return strconv.Itoa(v)
	}
	return ""
}
