package playback_test

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/config"
	"github.com/upright-media/upright/internal/playback"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/profile"
)

// TestPlaysProfiles plays what the other profiles make of recordings that are turned, turn, begin late, have sound of a
// telephone, or are to be encoded.
func TestPlaysProfiles(t *testing.T) {
	browser := playback.Start(t)
	for name, profiles := range map[string][]string{
		"rot-h264-90":               {profile.Web, profile.WebM},
		"rot-change-h264-libwebrtc": {profile.Web, profile.Proxy},
		"pion-vp8-opus":             {profile.Web, profile.WebM, profile.Proxy, profile.Audio},
		"chromium-vp9-opus":         {profile.WebM, profile.Proxy},
		"video-late-3s":             {profile.Web, profile.WebM},
		"nosip-call-pcmu":           {profile.Web, profile.Audio},
	} {
		for _, p := range profiles {
			t.Run(name+"/"+p, func(t *testing.T) {
				files := converted(t, testmjr.TestData(name), p)
				require.NotEmpty(t, files)
				for _, f := range files {
					require.Contains(t, []string{"mp4", "m4a", "webm"}, f.report.Container)
					require.Empty(t, play(t, browser, f, true), f.report.File)
				}
			})
		}
	}
}

// elsewhere are the examples in docs/profiles.md whose files are none for browsers: Matroska, and pictures.
var elsewhere = []string{"archive", "cleaned", "tiles"}

// changed are those whose pictures do not show the scene as it was.
var changed = []string{"logo", "square", "twice"}

// TestPlaysExamples plays what the profiles in docs/profiles.md make.
func TestPlaysExamples(t *testing.T) {
	browser := playback.Start(t)
	text, err := os.ReadFile("../../docs/profiles.md")
	require.NoError(t, err)
	logo := filepath.Join(t.TempDir(), "logo.png")
	f, err := os.Create(logo)
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, image.NewNRGBA(image.Rect(0, 0, 40, 20))))
	require.NoError(t, f.Close())
	_, worked, ok := strings.Cut(string(text), "\n## Ten examples\n")
	require.True(t, ok)
	played := 0
	for _, m := range regexp.MustCompile("(?s)```yaml\n(profiles:\n  ([a-z]+):\n.*?)```\n").FindAllStringSubmatch(worked,
		-1) {
		name := m[2]
		if slices.Contains(elsewhere, name) {
			continue
		}
		played++
		t.Run(name, func(t *testing.T) {
			yaml := strings.ReplaceAll(m[1], "/etc/upright/logo.png", logo)
			c, _, err := config.Parse([]byte(yaml), "/", nil, config.Known{Profiles: profile.Builtin(), ProfilesOnly: true})
			require.NoError(t, err)
			p, err := profile.Find(name, c.Profiles)
			require.NoError(t, err)
			for _, f := range convertInto(t, testmjr.TestData("rot-h264-90"), p, convert.Settings{}) {
				require.Empty(t, play(t, browser, f, !slices.Contains(changed, name)), f.report.File)
			}
		})
	}
	require.Equal(t, 7, played)
}
