package metrics_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/internal/metrics"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
)

// used is metrics with a sample of each.
func used(stats func(context.Context) (queue.Stats, error)) *metrics.Metrics {
	m := metrics.New(metrics.Sources{
		Stats: stats, Version: "test", Capacity: func() (int, int) { return 1, 4 },
		Ready: func() error { return nil },
		Folders: func() []watch.Status {
			return []watch.Status{
				{Name: "calls", Recordings: 3, Pending: []watch.Pending{{}}, ScanMs: 250},
				{Name: "gone", Error: "it is gone"},
			}
		},
	})
	m.Attempts.WithLabelValues("done").Inc()
	m.Failures.WithLabelValues(job.CodePipeline).Inc()
	m.Postponed.WithLabelValues(job.CodeNoSpace).Inc()
	m.Steps.WithLabelValues("upload", "done").Inc()
	m.Rooms.WithLabelValues("done").Inc()
	m.Parts.WithLabelValues("made").Inc()
	m.Encoders.WithLabelValues("x264enc").Inc()
	m.Fallbacks.WithLabelValues("vah264enc", "x264enc", "probe").Inc()
	return m
}

func some(context.Context) (queue.Stats, error) {
	return queue.Stats{
		States: map[job.State]int{job.Queued: 2, job.Failed: 1}, Waiting: map[job.Priority]int{job.High: 2},
		Oldest: time.Now().Add(-time.Minute),
	}, nil
}

// names are those of this program's own metrics.
func names(t *testing.T, m *metrics.Metrics) (list, kinds []string) {
	t.Helper()
	families, err := m.Registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "upright_") {
			var labels []string
			for _, l := range f.GetMetric()[0].GetLabel() {
				labels = append(labels, "`"+l.GetName()+"`")
			}
			list = append(list, f.GetName())
			kinds = append(kinds, f.GetName()+" "+strings.ToLower(f.GetType().String())+" "+strings.Join(labels, ", "))
		}
	}
	return list, kinds
}

func TestLint(t *testing.T) {
	m := used(some)
	own, _ := names(t, m)
	problems, err := testutil.GatherAndLint(m.Registry, own...)
	require.NoError(t, err)
	require.Empty(t, problems)
}

// docs/metrics.md has every metric, with its type and labels, and no other.
func TestDocsHaveAllMetrics(t *testing.T) {
	text, err := os.ReadFile("../../../docs/metrics.md")
	require.NoError(t, err)
	var described []string
	sorted := func(cell string) string { // as Prometheus sorts labels
		parts := strings.Split(strings.TrimSpace(cell), ", ")
		if len(parts) == 2 && parts[0] > parts[1] {
			parts[0], parts[1] = parts[1], parts[0]
		}
		return strings.Join(parts, ", ")
	}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 7 && strings.HasPrefix(line, "| `upright_") {
			described = append(described, strings.Trim(cells[1], " `")+" "+strings.TrimSpace(cells[2])+" "+sorted(cells[3]))
		}
	}
	_, kinds := names(t, used(some))
	require.ElementsMatch(t, kinds, described)
	// Alerts are about metrics that exist.
	own, _ := names(t, used(some))
	_, alerts, found := strings.Cut(string(text), "Alerts to begin with:")
	require.True(t, found)
	for _, word := range strings.FieldsFunc(alerts, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		if strings.HasPrefix(word, "upright_") {
			require.Contains(t, own, word)
		}
	}
}

func TestValues(t *testing.T) {
	m := used(some)
	m.Reloaded(true, time.Unix(1_800_000_000, 500_000_000))
	m.Reloaded(false, time.Unix(1_900_000_000, 0))
	require.NoError(t, testutil.GatherAndCompare(m.Registry, strings.NewReader(`
# HELP upright_config_last_reload_success_timestamp_seconds When a configuration was accepted last.
# TYPE upright_config_last_reload_success_timestamp_seconds gauge
upright_config_last_reload_success_timestamp_seconds 1.8000000005e+09
# HELP upright_config_last_reload_successful 1 if the configuration file as it is now is in force, 0 if it was refused.
# TYPE upright_config_last_reload_successful gauge
upright_config_last_reload_successful 0
# HELP upright_jobs Jobs in the queue and its history, by state.
# TYPE upright_jobs gauge
upright_jobs{state="canceled"} 0
upright_jobs{state="delivering"} 0
upright_jobs{state="done"} 0
upright_jobs{state="empty"} 0
upright_jobs{state="failed"} 1
upright_jobs{state="queued"} 2
upright_jobs{state="running"} 0
# HELP upright_queue_depth Jobs that wait for a worker, by priority.
# TYPE upright_queue_depth gauge
upright_queue_depth{priority="high"} 2
upright_queue_depth{priority="low"} 0
upright_queue_depth{priority="normal"} 0
# HELP upright_watch_pending Recordings that are not ready yet.
# TYPE upright_watch_pending gauge
upright_watch_pending{watch="calls"} 1
upright_watch_pending{watch="gone"} 0
# HELP upright_watch_scan_seconds How long the last scan took.
# TYPE upright_watch_scan_seconds gauge
upright_watch_scan_seconds{watch="calls"} 0.25
upright_watch_scan_seconds{watch="gone"} 0
# HELP upright_watch_up 1 if the folder can be read.
# TYPE upright_watch_up gauge
upright_watch_up{watch="calls"} 1
upright_watch_up{watch="gone"} 0
# HELP upright_workers_busy Cores that conversions use.
# TYPE upright_workers_busy gauge
upright_workers_busy 1
`), "upright_config_last_reload_success_timestamp_seconds", "upright_config_last_reload_successful", "upright_jobs", "upright_queue_depth",
		"upright_watch_pending", "upright_watch_scan_seconds", "upright_watch_up", "upright_workers_busy"))
	families, err := m.Registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == "upright_queue_oldest_seconds" {
			require.InDelta(t, 60, f.GetMetric()[0].GetGauge().GetValue(), 10)
		}
	}
}

// A queue that does not answer has no numbers, and the others are there all the same.
func TestQueueDoesNotAnswer(t *testing.T) {
	own, _ := names(t, used(func(context.Context) (queue.Stats, error) { return queue.Stats{}, errors.New("no") }))
	require.NotContains(t, own, "upright_jobs")
	require.NotContains(t, own, "upright_queue_depth")
	require.Contains(t, own, "upright_watch_up")
}
