package daemon

import (
	"path/filepath"

	"github.com/upright-media/upright/daemon/config"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/daemon/work"
)

// Folders says what is watched, by the configuration.
func Folders(c *config.Config) []watch.Folder {
	var list []watch.Folder
	for _, w := range c.Watch {
		compose, alone := rooms(w)
		list = append(list, watch.Folder{
			Compose: compose, Alone: alone, Asked: roomOf(config.DefaultCompose()),
			Name: w.Name, Root: w.Folder, Output: w.Output, Template: w.Template, Profile: w.Profile,
			Priority: job.Priority(w.Priority),
			Settings: w.Options, Delivery: delivery(w), Settle: w.Settle, AdoptAfter: w.AdoptAfter, Rescan: w.Rescan,
			Exclude: c.Exclude(w),
		})
	}
	return list
}

// rooms are the videos to make of each room, and whether the participants' own are not wanted.
func rooms(w config.Watch) (list []watch.Compose, alone bool) {
	for _, c := range w.Compose {
		list = append(list, roomOf(c))
		alone = alone || !c.Participants
	}
	return list, alone
}

func roomOf(c config.Compose) watch.Compose {
	return watch.Compose{Name: c.Name, Wait: c.Wait, Arrangement: c.Arrangement.Lean()}
}

func delivery(w config.Watch) job.Delivery {
	d := job.Delivery{Sources: w.Sources.After, MoveTo: w.Sources.Move, SourceOf: w.Folder}
	if u := w.Upload; u != nil {
		d.Upload = &job.Upload{URL: u.URL, Prefix: u.Prefix, RemoveLocal: u.RemoveLocal}
	}
	if h := w.Hook; h != nil {
		d.Hook = &job.Hook{Command: h.Command, TimeoutMs: job.Ms(h.Timeout)}
	}
	if h := w.Webhook; h != nil {
		d.Webhook = &job.Webhook{URL: h.URL, SecretFile: h.SecretFile, TimeoutMs: job.Ms(h.Timeout)}
	}
	return d
}

func queueOptions(c *config.Config) queue.Options {
	q := c.Queue
	return queue.Options{
		Dir: c.State, URL: q.URL, Credentials: q.Credentials, CA: q.CA, Certificate: q.Certificate, Key: q.Key,
		Replicas: q.Replicas, Name: q.Name,
	}
}

func workSettings(c *config.Config) work.Settings {
	w := c.Workers
	return work.Settings{
		Limits:   work.Limits{Memory: int64(w.Memory), Time: w.Time, Stall: w.Stall, Nice: w.Nice},
		Attempts: w.Attempts, Retry: w.Retry, MinFree: int64(w.MinFree), Bounds: w.Bounds(), Profiles: c.Profiles,
		Layouts: c.Layouts,
		Encoders: &work.Encoders{Encoder: w.Encoder, Strict: w.Strict, Sessions: w.Sessions,
			Dir: filepath.Join(c.State, "encoders")},
	}
}
