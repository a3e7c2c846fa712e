package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/config"
	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/internal/metrics"
	"github.com/upright-media/upright/daemon/internal/page"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/mounts"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/files"
)

// Options are what a Daemon gets from its command line.
type Options struct {
	ConfigFile string
	Env        []string // overrides of the configuration
	Known      config.Known
	Version    string
	Log        *slog.Logger
	Level      *slog.LevelVar       // of Log, for reloads; may be nil
	Command    []string             // the child process; nil: this program's "work"
	OnReady    func(address string) // called when the daemon is up; address "" without HTTP. May be nil
}

// Daemon is a running `upright serve`.
type Daemon struct {
	options Options
	log     *slog.Logger
	owner   string
	started time.Time

	config    atomic.Pointer[config.Config]
	reloading sync.Mutex
	reload    struct {
		sync.Mutex
		at  time.Time
		err error
	}

	queue   *queue.Late
	folders *folders
	sched   *scheduler
	metrics *metrics.Metrics
	mounts  *mounts.Memory
	space   space

	taking   context.Context // ends when no new work is to begin
	draining atomic.Bool
}

// New reads nothing and starts nothing; Run does.
func New(c *config.Config, o Options) *Daemon {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	d := &Daemon{options: o, log: o.Log, owner: fmt.Sprintf("%s/%d", host, os.Getpid()), started: time.Now()}
	d.queue = queue.NewLate()
	d.sched = newScheduler(c.Workers.Jobs)
	d.mounts = mounts.Open(filepath.Join(c.State, "mounts.json"))
	d.folders = &folders{options: watch.Options{Known: d.queue.Known, Submit: d.submit, Log: d.log,
		Mounted: d.mounts.Use},
		remember: d.submitted}
	d.metrics = metrics.New(metrics.Sources{
		Stats: d.queue.Stats, Folders: d.folders.status, Capacity: d.sched.load, Version: o.Version,
		Ready: d.Ready,
	})
	d.metrics.Reloaded(true, d.started)
	d.config.Store(c)
	d.setReload(d.started, nil)
	d.setLevel(c.Log.Level)
	return d
}

// Run works until ctx ends, then lets the jobs that are under way come to their end, as long as the configuration
// allows and abort lasts. It returns an error only if it could not start.
func (d *Daemon) Run(ctx, abort context.Context) error {
	c := d.config.Load()
	unlock, err := lockState(c.State)
	if err != nil {
		return err
	}
	defer unlock()
	defer func() {
		if err := d.queue.Close(); err != nil {
			d.log.Warn("the queue did not close cleanly", "error", err)
		}
	}()
	taking, stopTaking := context.WithCancel(ctx)
	defer stopTaking()
	if d.folders.options.Endings, err = watch.OpenEndings(filepath.Join(c.State, "ended.json")); err != nil {
		d.log.Warn("rooms that were said to be over are composed when nobody was recorded for long", "error", err)
	}
	d.reloading.Lock()
	d.taking = taking
	d.reloading.Unlock()
	address, closeAPI, err := d.serve(c)
	if err != nil {
		return err
	}
	defer closeAPI()
	if err := d.openQueue(ctx, c); err != nil {
		if ctx.Err() != nil { // asked to stop before it was up
			return nil
		}
		return err
	}
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	defer func() { d.patiently("what runs beside the jobs", leaveAfter, waited(&group)) }()
	defer stopBackground()

	aborted, abortJobs := context.WithCancelCause(context.WithoutCancel(ctx))
	defer abortJobs(nil)
	children := new(work.Children)
	defer children.Close()
	run := &runner{
		queue: d.queue, owner: d.owner, sched: d.sched, metrics: d.metrics, log: d.log,
		settings: func() work.Settings { return workSettings(d.config.Load()) },
		convert: func(ctx context.Context, r work.Request, o work.Options) work.Result {
			o.Command, o.Children = d.options.Command, children
			return work.Run(ctx, r, o)
		},
		deliver: deliver.Run, locate: d.folders.locate, mounts: d.mounts,
	}
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		run.run(d.taking, aborted)
	}()
	d.folders.set(d.taking, Folders(d.config.Load()))
	keep := &keeper{queue: d.queue, log: d.log, outputs: d.outputAge, mounts: d.mounts,
		pace: newPace(filepath.Join(c.State, "clock")), began: d.started,
		history: func() time.Duration { return d.config.Load().History }}
	group.Go(func() { keep.run(d.taking) })
	group.Go(func() { d.followConfig(d.taking) })
	group.Go(func() { watchdog(background, func() bool { return d.queue.Ready() == nil }) })
	group.Go(func() { slimLater(background, d.sched.load) })

	d.log.Info("serving", "version", d.options.Version, "config", d.options.ConfigFile, "state", c.State, "address",
		address,
		"folders", len(c.Watch), "workers", c.Workers.Jobs)
	tell(daemon.SdNotifyReady + "\nSTATUS=")
	if d.options.OnReady != nil {
		d.options.OnReady(address)
	}

	<-ctx.Done()
	d.draining.Store(true)
	tell(daemon.SdNotifyStopping)
	stopTaking()
	d.folders.stop()
	d.log.Info("stopping: jobs that are under way may end", "jobs", run.load(), "within", d.config.Load().Workers.Drain)
	select {
	case <-worked:
	case <-abort.Done():
		d.log.Warn("stopping at once: jobs that are under way will be done again")
		abortJobs(errDrained)
	case <-time.After(d.config.Load().Workers.Drain):
		d.log.Warn("jobs did not end in time: they will be done again", "jobs", run.load())
		abortJobs(errDrained)
	}
	d.patiently("jobs", abortedAfter, worked)
	d.log.Info("stopped")
	return nil
}

// How long the end waits for what should end at once, and does not where a file system no longer answers.
const (
	abortedAfter = 90 * time.Second // for children to be ended, one signal after the other, and the queue to be told
	leaveAfter   = 10 * time.Second
)

// patiently waits for something, and says so if it does not come.
func (d *Daemon) patiently(what string, limit time.Duration, ended <-chan struct{}) {
	select {
	case <-ended:
	case <-time.After(limit):
		d.log.Error("the daemon ends without waiting any longer: a file system may not answer", "for", what, "waited", limit)
	}
}

func waited(group *sync.WaitGroup) <-chan struct{} {
	ended := make(chan struct{})
	go func() { defer close(ended); group.Wait() }()
	return ended
}

// serve begins with API and page, before the queue is open: whoever waits for the daemon is told what it is at.
func (d *Daemon) serve(c *config.Config) (address string, stop func(), err error) {
	if c.HTTP.Listen == config.ListenOff {
		return "", func() {}, nil
	}
	token, err := c.HTTP.Token()
	if err != nil {
		return "", nil, err
	}
	server, err := api.Start(api.Options{Listen: c.HTTP.Listen, Token: token, Pprof: c.HTTP.Pprof,
		Connections: c.HTTP.Connections, PerAddress: c.HTTP.PerAddress, Proxies: proxies(c),
		SignedOut: filepath.Join(c.State, "signed-out.json")}, d,
		d.metrics.Registry, page.New(d, d.log), d.log)
	if err != nil {
		return "", nil, err
	}
	return server.Address(), server.Close, nil
}

// proxies are those of a configuration that was checked.
func proxies(c *config.Config) (list []netip.Prefix) {
	for _, text := range c.HTTP.Proxies {
		if p, err := config.ParseProxy(text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// standingEvery is how often it is said how far opening the queue is.
const standingEvery = 5 * time.Second

// openQueue opens the queue, and says how far that is: to systemd, in the log, and to those who ask the API.
func (d *Daemon) openQueue(ctx context.Context, c *config.Config) error {
	o := queueOptions(c)
	o.Owner, o.Log, o.Stage = d.owner, d.log, d.queue.Stage
	opened := make(chan struct{})
	var saying sync.WaitGroup
	saying.Go(func() {
		tick := time.NewTicker(standingEvery)
		defer tick.Stop()
		for {
			select {
			case <-opened:
				return
			case <-tick.C:
				at := d.queue.Ready()
				d.log.Info("still starting", "at", at)
				tell(fmt.Sprintf("STATUS=%v\nEXTEND_TIMEOUT_USEC=%d", at, (4 * standingEvery).Microseconds()))
			}
		}
	})
	q, err := queue.Open(ctx, o)
	close(opened)
	saying.Wait()
	if err != nil {
		return fmt.Errorf("the queue cannot be opened: %w", err)
	}
	d.queue.Set(q)
	return nil
}

// submit is what watchers call.
func (d *Daemon) submit(ctx context.Context, s job.Spec) error {
	s.Submitted = time.Now()
	_, err := d.queue.Submit(ctx, s)
	return err
}

// submitted are the jobs of a watch folder that the queue knows. It asks until it knows them or ctx ends.
func (d *Daemon) submitted(ctx context.Context, name string) ([]job.Spec, error) {
	const page = 500
	var specs []job.Spec
	for offset := 0; ; {
		try, cancel := context.WithTimeout(ctx, time.Minute)
		records, total, err := d.queue.List(try, queue.Filter{Watch: name, Limit: page, Offset: offset})
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			d.log.Warn("the folder is watched as soon as the history can be read", "watch", name, "error", err)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			continue
		}
		for _, r := range records {
			specs = append(specs, r.Spec)
		}
		if offset += page; offset >= total {
			return specs, nil
		}
	}
}

func (d *Daemon) outputAge(name string) time.Duration {
	for _, w := range d.config.Load().Watch {
		if w.Name == name {
			return w.Retention
		}
	}
	return 0
}

func (d *Daemon) setReload(at time.Time, err error) {
	d.reload.Lock()
	defer d.reload.Unlock()
	if err == nil {
		d.reload.at = at
	}
	d.reload.err = err
}

func (d *Daemon) setLevel(level string) {
	if d.options.Level != nil {
		_ = d.options.Level.UnmarshalText([]byte(level)) // checked with the configuration
	}
}

// lockState makes sure that one daemon at a time uses a state folder.
func lockState(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("the state folder cannot be made: %w", err)
	}
	f, err := files.OpenLocked(filepath.Join(dir, "lock"), 0o640)
	switch {
	case errors.Is(err, files.ErrLocked):
		return nil, fmt.Errorf("another daemon uses the state folder %s: stop it, or give this one another (state: "+
			"in the configuration)", dir)
	case err != nil:
		return nil, fmt.Errorf("the state folder cannot be used: %w", err)
	}
	return func() { f.Close() }, nil
}
