package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// many is how many short recordings are converted in one go.
const many = 100

// makeMany makes a folder of short recordings of different people, each with a beginning of its own: what is the same
// twice a daemon converts once.
func makeMany(in input, dir string) (input, error) {
	all := in
	all.folder = filepath.Join(dir, fmt.Sprintf("many-%d", many))
	if err := os.MkdirAll(all.folder, 0o755); err != nil {
		return all, err
	}
	for _, path := range []string{in.audio, in.video} {
		content, err := os.ReadFile(path)
		if err != nil {
			return all, err
		}
		start := startOf(path)
		for i := range many {
			own := strconv.FormatInt(start+int64(i)*1e6, 10)
			name := user.ReplaceAllString(filepath.Base(path), fmt.Sprintf("-user-%d-", 1001+i))
			name = strings.ReplaceAll(name, strconv.FormatInt(start, 10), own)
			// The header, in front, has the time as the name has it.
			head := min(len(content), 1024)
			header := bytes.ReplaceAll(content[:head], []byte(strconv.FormatInt(start, 10)), []byte(own))
			if err := os.WriteFile(filepath.Join(all.folder, name), append(header, content[head:]...), 0o644); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

// startOf is the time in a recording's name, in µs.
func startOf(path string) int64 {
	parts := strings.Split(filepath.Base(path), "-")
	n, err := strconv.ParseInt(parts[max(0, len(parts)-3)], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// todayMany is today for each recording in a folder.
func todayMany(in input) way {
	script := `for v in "$1"/*-video-*.mjr; do a=$(printf %s "$v" | sed s/-video-1/-audio-0/); n=$(basename "$v" .mjr)
janus-pp-rec "$v" "$2/$n.v.mp4" && janus-pp-rec "$a" "$2/$n.opus" &&
ffmpeg -nostdin -v error -y -i "$2/$n.v.mp4" -i "$2/$n.opus" -c copy "$2/$n.mp4" || exit 1; done`
	return way{name: incumbent, steps: func(out string) []step {
		return []step{{args: []string{"sh", "-c", script, "sh", in.folder, out}}}
	}}
}

// serve lets a daemon convert all that is in a folder, as soon as it is there, and stops it.
func serve(upright string, in input) way {
	return way{name: "upright serve", steps: func(out string) []step {
		return []step{{args: []string{upright, "serve"}, run: func() (usage, error) { return serveAll(upright, in, out) }}}
	}}
}

// serveLimit is how long the daemon may take for everything.
const serveLimit = 5 * time.Minute

func serveAll(upright string, in input, out string) (usage, error) {
	config := filepath.Join(out, "upright.yaml")
	folder, err := filepath.Abs(in.folder)
	if err != nil {
		return usage{}, err
	}
	// Flat, beside each other; nothing listens.
	text := fmt.Sprintf("state: state\nhttp: {listen: off}\nworkers: {nice: 0}\n"+
		"watch: [{folder: %q, output: videos, template: \"{name}\", settle: 0}]\n", folder)
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return usage{}, err
	}
	log, err := os.Create(filepath.Join(out, "log"))
	if err != nil {
		return usage{}, err
	}
	defer log.Close()
	cmd := exec.Command(upright, "serve", "--config", config)
	cmd.Stdout, cmd.Stderr = log, log
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return usage{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err = waitForReports(filepath.Join(out, "videos"), begin.Add(serveLimit), ended)
	wall := time.Since(begin)
	peak := owned(cmd.Process.Pid)
	if err == nil {
		err = errors.Join(cmd.Process.Signal(syscall.SIGTERM), <-ended)
	} else {
		_ = cmd.Process.Kill() // it may have ended
	}
	if err != nil {
		said, _ := os.ReadFile(log.Name()) //nolint:errcheck // it only adds to the error
		return usage{}, fmt.Errorf("upright serve: %w: %s", err, said[max(0, len(said)-1000):])
	}
	return usage{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak: peak}, nil
}

// waitForReports waits until every recording has a report, or the daemon has ended.
func waitForReports(folder string, until time.Time, ended <-chan error) error {
	for {
		found, err := filepath.Glob(filepath.Join(folder, "*.json"))
		switch {
		case err != nil:
			return err
		case len(found) >= many:
			return nil
		case time.Now().After(until):
			return fmt.Errorf("only %d of %d recordings are converted", len(found), many)
		}
		select {
		case err := <-ended:
			return errors.Join(errors.New("it ended by itself"), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// measureMany measures many short recordings: by one command, and by the daemon, whose own share is in it.
func (b *bench) measureMany() error {
	one, err := openInput(b.many)
	if err != nil {
		return err
	}
	in, err := makeMany(one, filepath.Dir(filepath.Clean(b.many)))
	if err != nil {
		return err
	}
	results, err := measureInTurns(one, []way{convert(b.upright, in), serve(b.upright, in), todayMany(in)}, b.scratch,
		b.runs)
	printCase(os.Stdout, fmt.Sprintf("%d × %s, %.1f MB each, copied", many, filepath.Base(b.many), float64(one.bytes)/1e6),
		incumbent, results)
	if err != nil {
		return err
	}
	for _, r := range results {
		m := r.least()
		fmt.Printf("  %s: %.1f jobs a second, %.0f ms of CPU each\n", r.name, many/m.wall.Seconds(),
			float64(m.cpu.Milliseconds())/many)
	}
	for i, width := range []gate{gateMany, gateServe} {
		err = errors.Join(err, width.check(results[i], results[2], b.slack))
	}
	return err
}
