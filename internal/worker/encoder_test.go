package worker

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/report"
)

// A child encodes with what the configuration says, tries it first, and leaves what it has found out for the next.
func TestEncoderOfTheConfiguration(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	dir := filepath.Join(cache, "upright", "encoders")
	req := requestFor(t, testmjr.TestData("pion-vp8-opus"), t.TempDir(), "x")
	req.Encoders = &work.Encoders{Encoder: "openh264enc", Strict: true, Sessions: 2, Dir: t.TempDir()}
	req.Avoid = []work.Avoid{{Element: "nvh264enc", Reason: "was in use when attempt 1 crashed"}}
	r := work.Run(t.Context(), req, runOptions())
	require.Equal(t, job.CodeNoElement, r.Final.Code, "strict means that nothing may have failed before: %s",
		r.Final.Error)

	req.Avoid = nil
	r = work.Run(t.Context(), req, runOptions())
	require.Equal(t, "done", r.Final.Event, r.Final.Error)
	var made report.Report
	require.NoError(t, json.Unmarshal(r.Final.Report, &made))
	require.Equal(t, "openh264enc", made.Plan.Encoder)
	require.Equal(t, "software", made.Plan.Backend)
	require.Contains(t, r.Attempt.Log, "encoder: openh264enc (software)\n")
	require.Empty(t, r.Attempt.Hardware)
	require.FileExists(t, filepath.Join(dir, "openh264enc.json"))

	// What does not work, by what an earlier child has found out, is not used; there is nothing else.
	text, err := os.ReadFile(filepath.Join(dir, "openh264enc.json"))
	require.NoError(t, err)
	var entry map[string]any
	require.NoError(t, json.Unmarshal(text, &entry))
	entry["ok"], entry["reason"] = false, "is broken"
	text, err = json.Marshal(entry)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "openh264enc.json"), text, 0o600))
	req.Spec.Name = "y"
	req.Spec.Identity = "another"
	r = work.Run(t.Context(), req, runOptions())
	require.Equal(t, job.CodeNoElement, r.Final.Code, r.Final.Error)
	require.Contains(t, r.Final.Error, "no encoder for H.264 works among what encoder: openh264enc allows: openh264enc is broken")
}
