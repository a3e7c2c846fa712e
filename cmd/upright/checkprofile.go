package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/upright-media/upright/internal/process"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/profile"
)

// checkProfileCmd looks at one profile for a daemon, in a process of its own: plugins are loaded for it, and who knows
// what those do. It is nothing for people.
type checkProfileCmd struct{}

func (*checkProfileCmd) Run(_ context.Context, c *console) error {
	return checkProfile(os.Stdin, c.stdout)
}

func checkProfile(in io.Reader, out io.Writer) error {
	var p profile.Profile
	if err := json.NewDecoder(in).Decode(&p); err != nil {
		return fmt.Errorf("there is no profile: %w", err)
	}
	return json.NewEncoder(out).Encode(pipelines.CheckProfile(p))
}

// profileChecker checks profiles in child processes, each but once.
type profileChecker struct {
	command []string      // nil: this program
	limit   time.Duration // for one profile

	mu    sync.Mutex
	known map[string][]profile.Problem // by the profile as JSON
}

// check is pipelines.CheckProfile.
func (k *profileChecker) check(p profile.Profile) []profile.Problem {
	if !pipelines.HasElements(p) {
		return pipelines.CheckProfile(p)
	}
	key, err := json.Marshal(p)
	if err != nil {
		return []profile.Problem{{Offset: -1, Text: err.Error()}}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if found, ok := k.known[string(key)]; ok {
		return found
	}
	found, err := k.ask(key)
	if err != nil {
		field := "pipeline"
		for name, text := range map[string]string{"video": p.Video, "audio": p.Audio} {
			if profile.IsFragment(text) {
				field = name
			}
		}
		return []profile.Problem{{Field: field, Offset: -1,
			Text: "GStreamer could not say whether the elements are right: " + err.Error(),
			Hint: "try upright check-config"}}
	}
	if len(found) == 0 { // what is missing may be installed before the next time
		if k.known == nil {
			k.known = map[string][]profile.Problem{}
		}
		k.known[string(key)] = found
	}
	return found
}

func (k *profileChecker) ask(key []byte) (found []profile.Problem, err error) {
	command := k.command
	if command == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		command = []string{self, "check-profile"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), k.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin = bytes.NewReader(key)
	var out bytes.Buffer
	cmd.Stdout = &out
	err = process.Run(cmd, process.Options{})
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("it took longer than %s", k.limit)
	case err != nil:
		return nil, fmt.Errorf("the process that looked at them failed: %w", err)
	}
	return found, json.Unmarshal(out.Bytes(), &found)
}
