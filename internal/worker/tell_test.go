package worker

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
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
