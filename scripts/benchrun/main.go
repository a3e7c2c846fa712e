// Command benchrun measures how long `upright convert` takes for the recordings in some folders, and how long other
// ways take for the same files: janus-pp-rec for each stream with ffmpeg to join them (what people do today), and cp
// (the least that any program can do). All of them run in turns, so that a busy machine hurts all alike.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

func main() {
	upright := flag.String("upright", "build/upright", "the program to measure")
	runs := flag.Int("runs", 3, "how often everything runs; the table shows medians")
	scratch := flag.String("scratch", "build/bench/scratch", "folder for outputs, on the same disk as the recordings; it is emptied")
	limit := flag.Int64("memory", 0, "MB of memory that the program may use; more is a failure (0: any amount)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: benchrun [flags] FOLDER…")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 || *runs < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*upright, *scratch, *runs, *limit*1e6, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "benchrun:", err)
		os.Exit(1)
	}
}

func run(upright, scratch string, runs int, limit int64, folders []string) error {
	if _, err := os.Stat(upright); err != nil {
		return fmt.Errorf("%w; build it first: make build", err)
	}
	fmt.Println(machine())
	var failed error
	for _, folder := range folders {
		in, err := openInput(folder)
		if err != nil {
			return err
		}
		ways := []way{convert(upright, in), cp(in)}
		if missing := notInstalled("janus-pp-rec", "ffmpeg"); missing != "" {
			fmt.Printf("skipped: %s is not installed, so there is no comparison with janus-pp-rec and ffmpeg (scripts/setup bench)\n", missing)
		} else {
			ways = []way{convert(upright, in), today(in), cp(in)}
		}
		results, err := measureInTurns(in, ways, scratch, runs)
		printTable(os.Stdout, in, runs, results)
		if err == nil {
			err = modest(results[0], limit)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", folder, err))
		}
	}
	return errors.Join(failed, os.RemoveAll(scratch))
}

// modest says whether every run stayed within the limit, in bytes.
func modest(r *result, limit int64) error {
	for _, u := range r.runs {
		if limit > 0 && u.peak > limit {
			return fmt.Errorf("%s took %.1f MB of memory, more than %.1f", r.name, float64(u.peak)/1e6, float64(limit)/1e6)
		}
	}
	return nil
}

func notInstalled(programs ...string) string {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			return p
		}
	}
	return ""
}

// input is a folder with one audio and one video recording.
type input struct {
	folder, audio, video string
	bytes                int64
}

func openInput(folder string) (input, error) {
	in := input{folder: folder}
	for pattern, path := range map[string]*string{"*-audio-*.mjr": &in.audio, "*-video-*.mjr": &in.video} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return input{}, err
		}
		if len(found) != 1 {
			return input{}, fmt.Errorf("%s holds %d files %s, expected 1", folder, len(found), pattern)
		}
		*path = found[0]
		info, err := os.Stat(*path)
		if err != nil {
			return input{}, err
		}
		in.bytes += info.Size()
	}
	return in, nil
}
