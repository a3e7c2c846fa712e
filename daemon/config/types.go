// Package config is upright.yaml: read strictly, checked as a whole, compared for a reload.
package config

import (
	"time"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/room/layout"
)

// Config is the whole configuration. After Load all folders are absolute and every value is set.
type Config struct {
	State string  `yaml:"state"` // folder for the queue; must survive restarts
	Watch []Watch `yaml:"watch"`
	// Profiles are those of the user, by name. They are as they were written: profile.Find says what they inherit.
	Profiles map[string]profile.Profile `yaml:"profiles"`
	// Layouts are those of the user, by name, for the videos of rooms.
	Layouts map[string]layout.Layout `yaml:"layouts"`
	Queue   Queue                    `yaml:"queue"`
	Workers Workers                  `yaml:"workers"`
	HTTP    HTTP                     `yaml:"http"`
	// how long records of ended jobs are kept whose sources are gone
	History time.Duration `yaml:"history"`
	Log     Log           `yaml:"log"`

	File string `yaml:"-"` // where it came from
}

// Watch is one watched folder.
type Watch struct {
	Name       string        `yaml:"name"` // default: the folder's base name
	Folder     string        `yaml:"folder"`
	Output     string        `yaml:"output"`
	Profile    string        `yaml:"profile"`
	Template   string        `yaml:"template"`
	Settle     time.Duration `yaml:"settle"`
	AdoptAfter time.Duration `yaml:"adopt_after"`
	Rescan     time.Duration `yaml:"rescan"`
	Priority   string        `yaml:"priority"` // high, normal, low
	options.Options
	Compose   []Compose     `yaml:"compose"`
	Sources   Sources       `yaml:"sources"`
	Upload    *Upload       `yaml:"upload"`
	Hook      *Hook         `yaml:"hook"`
	Webhook   *Webhook      `yaml:"webhook"`
	Retention time.Duration `yaml:"retention"` // age at which outputs are deleted; 0: never
}

// Compose is one video to make of each room.
type Compose struct {
	Name         string        `yaml:"name"` // template
	Wait         time.Duration `yaml:"wait"` // how long nobody must have been recorded
	Participants bool          `yaml:"participants"`
	arrangement.Arrangement
}

// What Sources.After may be.
const (
	Keep   = "keep"
	Move   = "move"
	Delete = "delete"
)

// Sources is what to do with recordings once they are converted: in YAML the word keep or delete, or {move: DIR}.
type Sources struct {
	After string `yaml:"-"`    // Keep, Move, Delete
	Move  string `yaml:"move"` // folder, for Move
}

// Upload sends outputs to a bucket.
type Upload struct {
	URL         string `yaml:"url"`
	Prefix      string `yaml:"prefix"`
	RemoveLocal bool   `yaml:"remove_local"`
}

// Hook runs a command.
type Hook struct {
	Command []string      `yaml:"command"`
	Timeout time.Duration `yaml:"timeout"`
}

// Webhook calls an address.
type Webhook struct {
	URL        string        `yaml:"url"`
	SecretFile string        `yaml:"secret_file"`
	Timeout    time.Duration `yaml:"timeout"`
}

// Queue says where jobs are kept.
type Queue struct {
	URL         string `yaml:"url"`         // "": inside the daemon
	Credentials string `yaml:"credentials"` // file
	CA          string `yaml:"ca"`          // files
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	Replicas    int    `yaml:"replicas"`
	Name        string `yaml:"name"`
}

// Workers bound the work.
type Workers struct {
	Jobs     int           `yaml:"jobs"` // cores for conversions; in YAML also auto: those of the machine
	Memory   human.Bytes   `yaml:"memory"`
	Time     time.Duration `yaml:"time"`
	Stall    time.Duration `yaml:"stall"`
	Nice     int           `yaml:"nice"`
	Attempts int           `yaml:"attempts"`
	// before the second attempt and after a failure around it; it doubles
	Retry    time.Duration `yaml:"retry"`
	MinFree  human.Bytes   `yaml:"min_free"`
	Encoder  string        `yaml:"encoder"`  // auto, software, a backend or an element
	Strict   bool          `yaml:"strict"`   // nothing but what Encoder says
	Sessions int           `yaml:"sessions"` // encodings on one device at a time; 0: no limit
	Drain    time.Duration `yaml:"drain"`    // how long running jobs may go on after SIGTERM

	// options.Bounds; 0: none
	MaxLength  time.Duration `yaml:"max_length"`
	MaxSilence time.Duration `yaml:"max_silence"`
	MaxPixels  int           `yaml:"max_pixels"`
	MaxSizes   int           `yaml:"max_sizes"`
}

// Bounds are how much may be made of how little.
func (w Workers) Bounds() options.Bounds {
	return options.Limits(w.MaxLength, w.MaxSilence, w.MaxPixels, w.MaxSizes)
}

// HTTP says where API and page are.
type HTTP struct {
	Listen    string `yaml:"listen"` // host:port; "off": none
	TokenFile string `yaml:"token_file"`
	Pprof     bool   `yaml:"pprof"`
	// addresses, or ranges of them as 10.0.0.0/8, that may say that a browser asks over HTTPS
	Proxies []string `yaml:"proxies"`

	Connections int `yaml:"connections"` // at most
	PerAddress  int `yaml:"per_address"` // at most, of them
}

// Log says how to log.
type Log struct {
	Format string `yaml:"format"` // text, json
	Level  string `yaml:"level"`  // debug, info, warn, error
}
