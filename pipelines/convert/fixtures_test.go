package convert_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/kinds"
)

var profiles = []string{profile.MP4, profile.Original}

// only finds the one participant of a folder.
func only(t *testing.T, folder string) (*recording.Recording, *recording.Participant) {
	t.Helper()
	found, _, err := kinds.Find([]string{folder})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Len(t, found[0].Participants, 1)
	return found[0], found[0].Participants[0]
}

// converted converts the one participant of a folder.
func converted(t *testing.T, folder string, wanted string, s convert.Settings) (*report.Report, error) {
	t.Helper()
	rec, p := only(t, folder)
	return convert.Participant(t.Context(), rec, p, profile.Profile{Name: wanted}, s, nil)
}

// must converts into a new folder and returns the outputs' paths beside the report.
func must(t *testing.T, folder, profile string) (*report.Report, []string) {
	t.Helper()
	dir := t.TempDir()
	made, err := converted(t, folder, profile, convert.Settings{Settings: plan.Settings{OutputDir: dir}})
	require.NoError(t, err)
	names := []string{filepath.Base(report.Path(dir, made.Participant))}
	var paths []string
	for _, o := range made.Outputs {
		names = append(names, o.File)
		paths = append(paths, filepath.Join(dir, o.File))
	}
	slices.Sort(names)
	require.Equal(t, names, list(t, dir), "outputs and report are there, and nothing else")
	require.Equal(t, made, read(t, report.Path(dir, made.Participant)), "what is returned is what is written")
	return made, paths
}

// list lists all files of a folder, hidden ones too.
func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func read(t *testing.T, path string) *report.Report {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var r report.Report
	require.NoError(t, json.Unmarshal(text, &r))
	return &r
}

func codes(warnings []report.Warning) string {
	var c []string
	for _, w := range warnings {
		c = append(c, w.Code)
	}
	return strings.Join(c, " ")
}

// truth is what testdata says about a recording's only participant.
type truth struct {
	Participants []struct {
		Video *struct {
			Frames     int
			FirstFrame int `json:"first_frame"`
			FPS        float64
		}
		Audio *struct {
			BeepMs []float64 `json:"beep_ms"`
		}
	}
	DurationMs  float64 `json:"expected_duration_ms"`
	ToleranceMs float64 `json:"av_tolerance_ms"`
}

func truthOf(t *testing.T, name string) (x truth) {
	t.Helper()
	text, err := os.ReadFile(testmjr.TestData(name, "truth.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &x))
	return x
}

// sync returns how much later each flash is seen than its beep is heard.
func sync(t *testing.T, path string) []time.Duration {
	t.Helper()
	beeps := scene.Beeps(scene.Sound(t, path, 0), 0)
	require.NotEmpty(t, beeps)
	var off []time.Duration
	dark := true
	for _, p := range scene.Pictures(t, path) {
		if !p.Known {
			continue
		}
		if p.Flash && dark {
			nearest := time.Hour
			for _, b := range beeps {
				if d := p.At - b.At; d.Abs() < nearest.Abs() {
					nearest = d
				}
			}
			if nearest.Abs() < 400*time.Millisecond { // else one of the two was not recorded
				off = append(off, nearest)
			}
		}
		dark = !p.Flash
	}
	slices.Sort(off)
	return off
}
