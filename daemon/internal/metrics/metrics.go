// Package metrics is what the daemon tells Prometheus. docs/metrics.md lists every metric and when to worry.
package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
)

// Metrics are the daemon's counters; what can be asked for at any time is collected when Prometheus asks.
type Metrics struct {
	Registry *prometheus.Registry

	Attempts   *prometheus.CounterVec // by outcome of the child: done, empty, failed, crashed, …
	Failures   *prometheus.CounterVec // jobs that ended as failed, by code
	Postponed  *prometheus.CounterVec // by code: what jobs had to wait for
	Steps      *prometheus.CounterVec // by step and result: uploads, hooks, …
	Rooms      *prometheus.CounterVec // jobs of whole rooms, by how they ended
	Parts      *prometheus.CounterVec // of rooms that were drawn here for other daemons, by how that ended
	Media      prometheus.Counter     // seconds of media converted
	Work       prometheus.Counter     // seconds that conversions took
	Encoders   *prometheus.CounterVec // jobs by encoder
	Fallbacks  *prometheus.CounterVec // by the encoder that was not used, the one that was, and why
	ReloadOK   prometheus.Gauge       // 1: the last reload was accepted
	ReloadTime prometheus.Gauge       // Unix time of the last accepted one
}

// Sources are asked when metrics are collected.
type Sources struct {
	Stats    func(ctx context.Context) (queue.Stats, error)
	Folders  func() []watch.Status
	Capacity func() (busy, all int)
	Ready    func() error // nil if recordings are found and converted right now
	Version  string
}

// New makes the daemon's metrics.
func New(s Sources) *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		Attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "upright_attempts_total",
			Help: "Child processes that worked on a job, by how they ended."}, []string{"outcome"}),
		Failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "upright_jobs_failed_total", Help: "Jobs that were given up, by code."}, []string{"code"}),
		Postponed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "upright_jobs_postponed_total",
			Help: "How often a job was postponed because something around it failed, by code."}, []string{"code"}),
		Steps: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "upright_delivery_steps_total",
			Help: "Uploads, hooks, webhooks and moves of sources, by result."}, []string{"step", "result"}),
		Rooms: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "upright_rooms_total", Help: "Jobs of whole rooms, by how they ended."}, []string{"state"}),
		Parts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "upright_room_parts_total",
			Help: "Parts of rooms drawn for another daemon of the cluster, by how that ended."}, []string{"result"}),
		Media: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "upright_media_seconds_total", Help: "Duration of the media that was converted."}),
		Work: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "upright_work_seconds_total", Help: "Time that successful conversions took."}),
		Encoders: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "upright_encoded_total", Help: "Conversions that had to encode, by encoder."}, []string{"encoder"}),
		Fallbacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "upright_encoder_fallbacks_total",
			Help: "Conversions whose pictures another encoder was to encode, by that, by the one that did, and " +
				"by why."},
			[]string{"from", "to", "reason"}),
		ReloadOK: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "upright_config_last_reload_successful",
			Help: "1 if the configuration file as it is now is in force, 0 if it was refused."}),
		ReloadTime: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "upright_config_last_reload_success_timestamp_seconds",
			Help: "When a configuration was accepted last."}),
	}
	m.Registry.MustRegister(m.Attempts, m.Failures, m.Postponed, m.Steps, m.Rooms, m.Parts, m.Media, m.Work, m.Encoders,
		m.Fallbacks,
		m.ReloadOK, m.ReloadTime,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &asked{s})
	return m
}

// Reloaded notes that a configuration was accepted or refused.
func (m *Metrics) Reloaded(ok bool, at time.Time) {
	if !ok {
		m.ReloadOK.Set(0)
		return
	}
	m.ReloadOK.Set(1)
	m.ReloadTime.Set(float64(at.UnixMilli()) / 1000)
}

// asked collects what others know.
type asked struct{ Sources }

var (
	jobs = prometheus.NewDesc("upright_jobs", "Jobs in the queue and its history, by state.", []string{"state"},
		nil)
	depth = prometheus.NewDesc("upright_queue_depth", "Jobs that wait for a worker, by priority.",
		[]string{"priority"}, nil)
	oldest     = prometheus.NewDesc("upright_queue_oldest_seconds", "Age of the job that waits longest.", nil, nil)
	recordings = prometheus.NewDesc("upright_watch_recordings", "Recordings in a watched folder.", []string{"watch"},
		nil)
	pending = prometheus.NewDesc("upright_watch_pending", "Recordings that are not ready yet.", []string{"watch"},
		nil)
	unwatched = prometheus.NewDesc("upright_watch_up", "1 if the folder can be read.", []string{"watch"}, nil)
	scan      = prometheus.NewDesc("upright_watch_scan_seconds", "How long the last scan took.", []string{"watch"},
		nil)
	busy     = prometheus.NewDesc("upright_workers_busy", "Cores that conversions use.", nil, nil)
	capacity = prometheus.NewDesc("upright_workers_capacity", "Cores that conversions may use.", nil, nil)
	ready    = prometheus.NewDesc("upright_ready", "1 if recordings are found and converted right now.", nil, nil)
	build    = prometheus.NewDesc("upright_build_info", "1, with the version as a label.", []string{"version"}, nil)
)

func (a *asked) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobs, depth, oldest, recordings, pending, unwatched, scan, busy, capacity,
		ready, build} {
		to <- d
	}
}

func (a *asked) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	// without an answer there is no sample, which is what monitoring expects
	if stats, err := a.Stats(ctx); err == nil {
		for _, s := range []job.State{job.Queued, job.Running, job.Delivering, job.Done, job.Empty, job.Failed,
			job.Canceled} {
			gauge(jobs, float64(stats.States[s]), string(s))
		}
		for _, p := range job.Priorities {
			gauge(depth, float64(stats.Waiting[p]), string(p))
		}
		age := 0.0
		if !stats.Oldest.IsZero() {
			age = max(0, time.Since(stats.Oldest).Seconds())
		}
		gauge(oldest, age)
	}
	for _, f := range a.Folders() {
		up := 1.0
		if f.Error != "" {
			up = 0
		}
		gauge(unwatched, up, f.Name)
		gauge(recordings, float64(f.Recordings), f.Name)
		gauge(pending, float64(len(f.Pending)), f.Name)
		gauge(scan, f.ScanMs/1e3, f.Name)
	}
	b, all := a.Capacity()
	gauge(busy, float64(b))
	gauge(capacity, float64(all))
	up := 0.0
	if a.Ready() == nil {
		up = 1
	}
	gauge(ready, up)
	gauge(build, 1, a.Version)
}
