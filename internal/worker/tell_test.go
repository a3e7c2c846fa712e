package worker

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/pipelines"
)

// A report that is too long for a record still says whether the recording is whole: its sources may be deleted
// otherwise.
func TestCodesOfALongReportAreTold(t *testing.T) {
	report := `{"schema":1,"warnings":[{"code":"DAMAGED","text":"x"},{"code":"LOSS","text":"` +
		strings.Repeat("x", job.MaxReportBytes) + `"},{"code":"LOSS","text":""}]}`
	var out bytes.Buffer
	newTeller(&out, io.Discard).end(work.Event{Event: "done", Report: json.RawMessage(report)})
	var e work.Event
	require.NoError(t, json.Unmarshal(out.Bytes(), &e))
	require.Empty(t, e.Report)
	require.Equal(t, []string{"DAMAGED", "LOSS"}, e.Warnings)
}

// What an earlier run has left does not make a job look fast.
func TestWhatIsLeftIsTold(t *testing.T) {
	var out bytes.Buffer
	tell := newTeller(&out, io.Discard)
	now := time.Now()
	for at := range 31 {
		tell.atTime(now.Add(time.Duration(at)*time.Second), pipelines.Progress{Total: 200 * time.Second,
			Done: time.Duration(100+2*at) * time.Second, Kept: 100 * time.Second})
	}
	require.InDelta(t, 2, tell.progress.Speed, 0.01)
	require.InDelta(t, 20_000, tell.progress.LeftMs, 1)
	require.Equal(t, "converting", tell.progress.Stage)
	tell.atTime(now.Add(31*time.Second), pipelines.Progress{Done: 1, Total: 1, Verifying: true})
	require.Equal(t, "verifying", tell.progress.Stage)
	require.Zero(t, tell.progress.LeftMs, "that takes as long as it takes")
	require.InDelta(t, 2, tell.progress.Speed, 0.01)
}
