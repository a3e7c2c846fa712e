package config

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/internal/nearest"
)

// checker looks at a whole configuration for what makes no sense.
type checker struct {
	c     *Config
	d     *decoder
	known Known
	real  func(string) string
}

func check(c *Config, d *decoder, known Known, real func(string) string) {
	k := &checker{c: c, d: d, known: known, real: real}
	k.characters()
	k.workers()
	k.atLeast("history", c.History, minHistory)
	k.oneOf("log.format", c.Log.Format, "text", "json")
	k.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	k.queue()
	k.http()
	k.profiles()
	k.layouts()
	if len(c.Watch) == 0 && c.Queue.URL == "" && !known.ProfilesOnly && !d.broken["watch"] && len(d.problems) == 0 {
		k.report("watch", "there is nothing to watch",
			"add a watch folder with folder and output; only a daemon with queue.url may do without")
	}
	for i := range c.Watch {
		k.watch(i)
	}
	k.names()
	k.folders()
}

// report says what is wrong with an option, unless its value could not even be read.
func (k *checker) report(key, text, hint string) {
	if k.d.meant[key] {
		return
	}
	for p := key; p != ""; p = parent(p) {
		if k.d.broken[p] {
			return
		}
	}
	k.d.report(k.d.at(key), key, text, hint)
}

func (k *checker) warn(key, text, hint string) {
	k.d.warn(k.d.at(key), key, text, hint)
}

// given says whether an option was said by anyone.
func (k *checker) given(key string) bool {
	_, ok := k.d.places[key]
	return ok
}

func (k *checker) atLeast(key string, d, least time.Duration) {
	if d < least {
		k.report(key, fmt.Sprintf("%s: %s is too short", nameOf(key), human.Duration(d)),
			fmt.Sprintf("it has to be %s at least", human.Duration(least)))
	}
}

func (k *checker) oneOf(key, value string, words ...string) {
	if slices.Contains(words, value) {
		return
	}
	hint := "it is one of " + strings.Join(words, ", ")
	if n := nearest.Option(value, words); n != "" {
		hint = "did you mean " + n + "?"
	}
	k.report(key, fmt.Sprintf("%s: %s means nothing", nameOf(key), quote(value)), hint)
}

func (k *checker) between(key string, n, from, to int, hint string) {
	if n < from || n > to {
		k.report(key, fmt.Sprintf("%s: %d is not between %d and %d", nameOf(key), n, from, to), hint)
	}
}

// characters refuses what no name, path or address has, and what would end up in logs and in terminals.
func (k *checker) characters() {
	values := map[string]string{
		"queue.url": k.c.Queue.URL, "queue.name": k.c.Queue.Name, "http.listen": k.c.HTTP.Listen,
	}
	for _, o := range pathOptions(k.c) {
		values[o.key] = *o.value
	}
	for i := range k.c.Watch {
		w, key := &k.c.Watch[i], fmt.Sprintf("watch[%d].", i)
		values[key+"template"] = w.Template
		if _, ok := k.d.places[key+"name"]; ok {
			values[key+"name"] = w.Name
		}
		if w.Upload != nil {
			values[key+"upload.url"], values[key+"upload.prefix"] = w.Upload.URL, w.Upload.Prefix
		}
		if w.Webhook != nil {
			values[key+"webhook.url"] = w.Webhook.URL
		}
		if w.Hook != nil {
			for j, arg := range w.Hook.Command {
				if strings.ContainsRune(arg, 0) {
					values[fmt.Sprintf("%shook.command[%d]", key, j)] = arg
				}
			}
		}
	}
	for key, value := range values {
		if strings.ContainsFunc(value, unicode.IsControl) || !utf8.ValidString(value) {
			k.report(key, nameOf(key)+" has a control character in it", "remove line breaks and the like")
			k.d.broken[key] = true
		}
	}
}

func (k *checker) workers() {
	w := &k.c.Workers
	k.between("workers.jobs", w.Jobs, 1, 4096, "auto takes all cores of the machine")
	if w.Memory != 0 && w.Memory < 64<<20 {
		k.report("workers.memory", fmt.Sprintf("memory: %s is less than any conversion needs", w.Memory),
			"the default is 2GiB; 0 is for no limit")
	}
	k.between("workers.nice", w.Nice, 0, 19, "0 is normal, 19 gives way to everything else")
	k.between("workers.attempts", w.Attempts, 1, 100, "the default is 3")
	k.atLeast("workers.retry", w.Retry, minRetry)
	k.between("workers.max_pixels", w.MaxPixels, 0, math.MaxInt32, "the default is 36000000; 0 is for no limit")
	k.between("workers.max_sizes", w.MaxSizes, 0, math.MaxInt32, "the default is 100; 0 is for no limit")
	k.between("workers.sessions", w.Sessions, 0, 4096, "the default is 8; 0 is for no limit")
	if w.Encoder == "" {
		k.report("workers.encoder", "encoder is empty", "leave the line out for auto")
	} else if k.known.CheckEncoder != nil && k.known.CheckEncoder(w.Encoder) != nil {
		k.report("workers.encoder", fmt.Sprintf("encoder: there is no encoder %s", quote(w.Encoder)),
			"it is auto, software, nvenc, va, qsv, v4l2, or the name of an encoder that `upright encoders` lists")
	}
	if w.Strict && w.Encoder == "auto" {
		k.warn("workers.strict", "strict has no effect with encoder: auto but that a job fails whose encoder fails",
			"name an encoder, or leave it out")
	}
	if w.Time != 0 && w.Time < time.Second {
		k.atLeast("workers.time", w.Time, time.Second)
	}
	if w.Stall != 0 && w.Stall < time.Second {
		k.atLeast("workers.stall", w.Stall, time.Second)
	}
	if w.Time != 0 && w.Stall > w.Time {
		k.report("workers.stall", fmt.Sprintf("stall (%s) is longer than time (%s), so it would never be reached",
			human.Duration(w.Stall), human.Duration(w.Time)),
			"make it shorter, or 0 for none")
	}
}
