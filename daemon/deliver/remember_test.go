package deliver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// lost is the record of a job that the queue has lost and found again, with its outputs.
func lost(w *world) func(*job.Record) {
	return func(r *job.Record) {
		r.Steps, r.Round, r.Adopted = nil, 0, true
		r.Attempts = []job.Attempt{{Number: 1, Owner: "host:2", Started: w.now}}
		for i := range r.Outputs {
			r.Outputs[i].URL = ""
		}
	}
}

func told1(t *testing.T, w *world) int {
	log, err := os.ReadFile(filepath.Join(w.dir, "hook.log"))
	require.NoError(t, err)
	return strings.Count(string(log), "\n")
}

// TestNobodyIsToldTwice loses the queue after a delivery, half of one, and one of a later round.
func TestNobodyIsToldTwice(t *testing.T) {
	w, r := everything(t)
	w.finish()
	require.Equal(t, 1, told1(t, w))
	require.Len(t, r.bodies, 1)
	memory := filepath.Join(w.output, "1234", ".1001.delivered")
	require.FileExists(t, memory)
	w.change(lost(w))
	w.finish()
	require.Equal(t, 1, told1(t, w))
	require.Len(t, r.bodies, 1)
	require.Equal(t, StepDone, w.step(StepHook).State)
	require.Equal(t, StepDone, w.step(StepWebhook).State)

	// A user has it converted again: everybody is told, with another id. That is remembered, too.
	w.change(lost(w))
	w.change(func(r *job.Record) { r.Round = 1; r.Attempts[0].Number = 2 })
	w.finish()
	require.Equal(t, 2, told1(t, w))
	require.Len(t, r.deliveries(), 2, "two ids")
	w.change(lost(w))
	w.finish()
	require.Equal(t, 2, told1(t, w))
	require.Len(t, r.bodies, 2)

	// Another address has not been told yet, and gets the same id.
	w.change(lost(w))
	w.change(func(rec *job.Record) { rec.Spec.Delivery.Webhook.URL = r.URL + "/other" })
	w.finish()
	require.Equal(t, 2, told1(t, w))
	require.Len(t, r.bodies, 3)
	require.Len(t, r.deliveries(), 2)

	// Something else under the name is somebody else's, and other outputs are told of.
	w.change(lost(w))
	w.change(func(r *job.Record) { r.Warnings, r.Spec.ID = nil, strings.Repeat("7", 32) })
	w.finish()
	require.Equal(t, 3, told1(t, w))

	for _, text := range []string{"", "{", "[]", `{"schema":1}`, strings.Repeat("x", 1<<20)} {
		require.NoError(t, os.WriteFile(memory, []byte(text), 0o600))
		before := told1(t, w)
		w.change(lost(w))
		w.finish()
		require.Equal(t, before+1, told1(t, w), "nothing is known, so it is told")
	}

	// A link is not followed, and keeps nobody from being told.
	elsewhere := w.write(w.dir, "elsewhere", "mine")
	require.NoError(t, os.Remove(memory))
	require.NoError(t, os.Symlink(elsewhere, memory))
	w.change(lost(w))
	w.finish()
	text, err := os.ReadFile(elsewhere)
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
	left, err := filepath.Glob(filepath.Join(w.output, "1234", ".upright-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
