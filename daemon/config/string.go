package config

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/options"
)

// Files are those whose change makes a reload worthwhile: the configuration itself, and what it names that is read.
func (c *Config) Files() []string {
	var files []string
	if c.File != "" {
		files = append(files, c.File)
	}
	for _, o := range pathOptions(c) {
		if o.file && *o.value != "" {
			files = append(files, *o.value)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// String says what is watched and where, in a line for each part.
func (c *Config) String() string {
	var lines []string
	for _, w := range c.Watch {
		lines = append(lines, "watch "+w.String())
	}
	if len(c.Watch) == 0 {
		lines = append(lines, "watch nothing")
	}
	lines = append(lines, "queue "+c.Queue.String(), "state "+c.State, "workers "+c.Workers.String(),
		"http "+c.HTTP.String(), "log "+c.Log.String(),
		"history "+human.Duration(c.History))
	return strings.Join(lines, "\n")
}

// String is a line for people, without what is as in DefaultWatch.
func (w Watch) String() string {
	s := fmt.Sprintf("%s: %s -> %s/%s, profile %s, sources %s", w.Name, w.Folder, strings.TrimSuffix(w.Output, "/"),
		w.Template, w.Profile, w.Sources)
	if d := DefaultWatch(); w.Priority != d.Priority {
		s += ", priority " + w.Priority
	}
	for _, c := range w.Compose {
		s += ", rooms to " + c.Name + " (" + c.Layout + ")"
	}
	if slices.ContainsFunc(w.Compose, func(c Compose) bool { return !c.Participants }) {
		s += " only"
	}
	if w.Upload != nil {
		s += ", upload to " + hideSecrets(w.Upload.URL)
		if w.Upload.RemoveLocal {
			s += " and removed here"
		}
	}
	if w.Hook != nil && len(w.Hook.Command) > 0 {
		s += ", hook " + w.Hook.Command[0]
	}
	if w.Webhook != nil {
		s += ", webhook " + host(w.Webhook.URL)
	}
	if w.Retention > 0 {
		s += ", outputs deleted after " + human.Duration(w.Retention)
	}
	return s
}

// host is an address without path, query and user: any of them may be a secret.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	return u.Scheme + "://" + u.Host
}

// String is what is done with sources: keep, delete, or move to FOLDER.
func (s Sources) String() string {
	if s.After == Move {
		return "move to " + s.Move
	}
	return s.After
}

// String hides passwords.
func (q Queue) String() string {
	if q.URL == "" {
		return "embedded"
	}
	// nats allows addresses without a scheme.
	var all []string
	for one := range strings.SplitSeq(q.URL, ",") {
		if one = strings.TrimSpace(one); !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		all = append(all, hideSecrets(one))
	}
	return fmt.Sprintf("%s, name %s, replicas %d", strings.Join(all, ","), q.Name, q.Replicas)
}

func (w Workers) String() string {
	limit := func(zero bool, s string) string {
		if zero {
			return "no limit"
		}
		return s
	}
	bounds := ""
	if b, usual := w.Bounds(), options.DefaultBounds; b != usual {
		bounds = fmt.Sprintf("; bounds: length %s, silence %s, %s pixels, %s changes of size",
			limit(w.MaxLength == 0, human.Duration(w.MaxLength)), limit(w.MaxSilence == 0, human.Duration(w.MaxSilence)),
			limit(w.MaxPixels == 0, strconv.Itoa(w.MaxPixels)), limit(w.MaxSizes == 0, strconv.Itoa(w.MaxSizes)))
	}
	return fmt.Sprintf("%d cores; a job: memory %s, time %s, stall %s, nice %d, attempts %d; disk space that stays "+
		"free: %s; drain: %s",
		w.Jobs, limit(w.Memory == 0, w.Memory.String()), limit(w.Time == 0, human.Duration(w.Time)),
		limit(w.Stall == 0, human.Duration(w.Stall)),
		w.Nice, w.Attempts, w.MinFree, human.Duration(w.Drain)) + bounds
}

func (h HTTP) String() string {
	s := h.Listen
	if h.Listen == ListenOff {
		return s
	}
	if h.TokenFile != "" {
		s += ", with a token"
	}
	if h.Pprof {
		s += ", with pprof"
	}
	return s
}

func (l Log) String() string { return l.Format + ", " + l.Level }
