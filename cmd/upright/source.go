package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/recording"
)

// source is what every command that reads recordings takes.
type source struct {
	Inputs []string `arg:"" name:"input" help:".mjr files, folders of Agora's on-premise recorder, or folders that contain them."`
}

// choice is what can be chosen about a conversion, and so about its plan.
type choice struct {
	Profile string `default:"mp4" placeholder:"NAME" help:"What to make: mp4, original (keeps the codecs), web, webm, mkv, audio, proxy, thumbnails, or a profile of --config."`
	Config  string `short:"c" placeholder:"FILE" help:"Configuration (upright.yaml) whose profiles --profile can name, too."`
	Encoder string `default:"auto" placeholder:"WHICH" help:"Encoder for pictures: auto (the first that works), software, nvenc, va, qsv, v4l2, or an element that upright encoders lists."`
	Strict  bool   `name:"strict-encoder" help:"Fail if the encoder that --encoder names does not work."`
	options.Options
	bounds
}

// settings checks what was chosen and puts it into the terms of pipelines.
func (c *choice) settings(console *console, dir string) (profile.Profile, convert.Settings, error) {
	p, err := c.profile(console)
	if err != nil {
		return profile.Profile{}, convert.Settings{}, err
	}
	if err := checkOrientationID(c.OrientationID); err != nil {
		return profile.Profile{}, convert.Settings{}, err
	}
	request := encoders.Request{Encoder: c.Encoder, Strict: c.Strict}
	if err := request.Check(); err != nil {
		return profile.Profile{}, convert.Settings{}, usageError{fmt.Errorf("--%w", err)}
	}
	return p, convert.Settings{Settings: plan.Settings{Options: c.Options, OutputDir: dir, Bounds: c.bounds.bounds()},
		Encoders: newSelector(request)}, nil
}

// likely are other names for profiles that people try.
var likely = map[string][]string{
	profile.MP4:      {"mp5", "m4v", "mov", "mpeg", "mpeg4", "h264", "avc", "video", "default"},
	profile.Original: {"copy", "orig", "source", "native", "same", "remux", "vp8", "vp9", "av1"},
	profile.MKV:      {"matroska"},
	profile.Audio:    {"m4a", "aac", "mp3", "sound", "opus"},
	profile.Proxy:    {"preview", "small"},

	profile.Thumbnails: {"thumbs", "thumbnail", "poster", "sprite", "jpg", "jpeg", "pictures"},
}

// profile finds the one that was chosen.
func (c *choice) profile(console *console) (profile.Profile, error) {
	own, _, err := console.ofTheirOwn(c.Config)
	if err != nil {
		return profile.Profile{}, err
	}
	return findProfile(c.Profile, own)
}

func findProfile(name string, own map[string]profile.Profile) (profile.Profile, error) {
	p, err := profile.Find(name, own)
	if _, mine := own[name]; err == nil || mine || profile.IsBuiltin(name) {
		return p, err
	}
	hint, lower := ".", strings.ToLower(name)
	for known, others := range likely {
		if lower == known || slices.Contains(others, lower) {
			hint = fmt.Sprintf(", did you mean %q?", known)
		}
	}
	for _, known := range profile.Names(own) {
		if lower == strings.ToLower(known) || len(lower) > 2 && strings.HasPrefix(known, lower) {
			hint = fmt.Sprintf(", did you mean %q?", known)
		}
	}
	return p, usageError{fmt.Errorf("--profile: there is no profile %q%s There are %s", name, hint,
		strings.Join(profile.Names(own), ", "))}
}

func checkOrientationID(id int) error {
	if id < -1 || id > 255 {
		return usageError{fmt.Errorf("--orientation-id: %d: an RTP header extension has an id from 1 to 255; 0 is to "+
			"find it, -1 is for none", id)}
	}
	return nil
}

// participant is one to inspect, plan or convert.
type participant struct {
	recording   *recording.Recording
	participant *recording.Participant
}

func (p participant) job() job {
	j := job{recording: p.recording.Name, participant: p.participant.Name}
	for _, t := range p.participant.Tracks {
		j.inputs = append(j.inputs, t.Path)
	}
	return j
}

// makeOutputFolder makes dir and says early, and once, if nothing can be written there.
func makeOutputFolder(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is a file; -o needs a folder", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("cannot make the output folder %s: %w; choose another with -o", dir, files.Reason(err))
	}
	probe, err := os.CreateTemp(dir, ".upright-*")
	if err != nil {
		return fmt.Errorf("cannot write into the output folder %s: %w; choose another with -o", dir, files.Reason(err))
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}

// found is what the inputs hold.
type found struct {
	participants []participant
	unusable     []unusable
}

// unusable is a file that is not a recording, or not one that can be read.
type unusable struct{ *recording.File }

func (u unusable) job() job {
	return job{participant: filepath.Base(u.Path), inputs: []string{u.Path}}
}

func (u unusable) result() result {
	if errors.Is(u.Err, recording.ErrEmpty) {
		return result{outcome: empty, err: u.Err}
	}
	return result{outcome: failed, err: u.Err}
}

// find looks into the inputs.
func (s *source) find(o options.Options) (*found, error) {
	if err := o.Check(); err != nil {
		return nil, usageError{fmt.Errorf("--%w", err)}
	}
	if slices.Contains(s.Inputs, "-") {
		return nil, usageError{errors.New("recordings cannot be read from standard input, for their files belong together " +
			"by their names: name files or folders")}
	}
	recordings, bad, err := upright.Finder{Rejoin: o.Rejoin}.Find(s.Inputs...)
	if err != nil {
		return nil, err
	}
	f := new(found)
	for _, b := range bad {
		f.unusable = append(f.unusable, unusable{b})
	}
	for _, r := range recordings {
		for _, p := range r.Participants {
			f.participants = append(f.participants, participant{r, p})
		}
	}
	if len(f.participants)+len(f.unusable) == 0 {
		return nil, errNothing{s.Inputs}
	}
	return f, nil
}

// errNothing says that there are no recordings in any of the inputs.
type errNothing struct{ inputs []string }

func (e errNothing) Error() string {
	return fmt.Sprintf("there are no recordings (files that end in .mjr, .mjr.tmp, …, folders with uid_….txt) in %s",
		strings.Join(e.inputs, ", "))
}
