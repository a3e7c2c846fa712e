// Command benchrun measures how long `upright convert` takes for recordings, and how long other ways take for the same
// files: janus-pp-rec for each stream with ffmpeg to join them (what people do today), and cp (the least that any
// program can do). All of them run in turns, so that a busy machine hurts all alike. It prints one table.
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
	var b bench
	flag.StringVar(&b.upright, "upright", "build/upright", "the program to measure")
	flag.IntVar(&b.runs, "runs", 3, "how often everything runs")
	flag.StringVar(&b.scratch, "scratch", "build/bench/scratch",
		"folder for outputs, on the same disk as the recordings; it is emptied")
	flag.StringVar(&b.encode, "encode", "", "folder with a recording whose pictures are to be turned by 90° and encoded")
	flag.Float64Var(&b.seconds, "seconds", 60, "length of that recording")
	flag.StringVar(&b.many, "many", "", "folder with a short recording of which there are many")
	flag.StringVar(&b.long, "long", "", "folder with a long recording that is copied, once, with little memory")
	flag.StringVar(&b.hard, "hard", "", "folder with a recording that has to be encoded, once, with little memory")
	flag.Int64Var(&b.limit, "memory", 0, "MB of memory that encoding it may take; more is a failure (0: any amount)")
	flag.Float64Var(&b.slack, "slack", 1, "how many times as much CPU time as usual is no failure, beside the others "+
		"(0: any amount)")
	flag.StringVar(&b.room, "room", "", "folder with a recording that everybody in a room sends, which is made one video")
	flag.StringVar(&b.slow, "slow", "", "the same with pictures at 15 per second")
	flag.StringVar(&b.still, "still", "", "folder with a long recording of a still picture")
	flag.StringVar(&b.agora, "agora", "", "folder of Agora's recorder with one user, whose files are copied")
	flag.StringVar(&b.repaired, "repaired", "", "the MP4 in that folder with lengths instead of start codes, for ffmpeg")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: benchrun [flags] FOLDER…\n\nThe recordings in the "+
			"folders are copied.")
		flag.PrintDefaults()
	}
	flag.Parse()
	b.copies = flag.Args()
	if len(b.copies) == 0 && b.encode == "" && b.hard == "" && b.many == "" && b.long == "" && b.room == "" &&
		b.agora == "" || b.runs < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchrun:", err)
		os.Exit(1)
	}
}

// bench is what is to be measured.
type bench struct {
	upright, scratch string
	runs             int
	copies           []string
	encode           string
	seconds          float64
	many, long, hard string
	room             string
	slow, still      string
	agora, repaired  string
	limit            int64
	slack            float64

	stages []column // of what was copied
}

func (b *bench) run() error {
	if _, err := os.Stat(b.upright); err != nil {
		return fmt.Errorf("%w; build it first: make build", err)
	}
	fmt.Println(machine())
	missing := notInstalled("janus-pp-rec", "ffmpeg")
	if missing != "" {
		fmt.Printf("skipped: %s is not installed, so there is no comparison with janus-pp-rec and ffmpeg "+
			"(scripts/setup bench)\n", missing)
	}
	printHead(os.Stdout, b.runs)
	var failed error
	copies := func(in input) []way {
		if missing != "" {
			return []way{convert(b.upright, in), cp(in)}
		}
		return []way{convert(b.upright, in), today(in), cp(in)}
	}
	for _, folder := range b.copies {
		failed = errors.Join(failed, b.measure(folder, copied, b.runs, 0, copies))
	}
	if b.long != "" {
		failed = errors.Join(failed, b.measure(b.long, copied, 1, b.limit*1e6, copies))
	}
	if b.many != "" && missing == "" {
		failed = errors.Join(failed, b.measureMany())
	}
	if b.agora != "" && b.repaired != "" && missing == "" {
		failed = errors.Join(failed, b.measure(b.agora, copied, b.runs, b.limit*1e6, func(in input) []way {
			return []way{convert(b.upright, in), ffmpegCopy(in, b.repaired), cp(in)}
		}))
	}
	if b.encode != "" && missing == "" {
		failed = errors.Join(failed, b.measureEncoding())
	}
	if b.room != "" && missing == "" {
		failed = errors.Join(failed, b.measureRooms())
	}
	if b.hard != "" {
		failed = errors.Join(failed, b.measure(b.hard, "encoded", 1, b.limit*1e6,
			func(in input) []way { return []way{convert(b.upright, in)} }))
	}
	printStages(os.Stdout, b.stages)
	return errors.Join(failed, os.RemoveAll(b.scratch))
}

// copied is what becomes of recordings that are copied, in the table.
const copied = "copied"

// measure measures some ways for one folder, of which the first is ours.
func (b *bench) measure(folder, what string, runs int, limit int64, ways func(input) []way) error {
	in, err := openInput(folder)
	if err != nil {
		return err
	}
	results, err := measureInTurns(in, ways(in), b.scratch, runs)
	against, width := incumbent, gateOf(in.bytes)
	switch {
	case what != copied:
		width = gateEncode
	case folder == b.agora:
		against, width = copier, gateAgora
	}
	printCase(os.Stdout, fmt.Sprintf("%s, %.1f MB, %s", filepath.Base(folder), float64(in.bytes)/1e6, what),
		against, results)
	if err == nil {
		err = modest(results[0], limit)
	}
	if err == nil && what == copied {
		err = b.measureStages(in, runs)
	}
	if err == nil && len(results) > 1 && results[1].name == against {
		err = width.check(results[0], results[1], b.slack)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	return nil
}

// profile is one that encodes all pictures. A configuration has something to watch, which is not used here.
const profile = "watch: [{folder: ., output: out}]\nprofiles: {turned: {from: mp4, video: encode}}\n"

// measureEncoding measures how long turning and encoding takes, and how good the pictures are. What ffmpeg makes with a
// worse quality tells how good it would be at the bitrate that ours has.
func (b *bench) measureEncoding() error {
	dir, err := os.MkdirTemp(filepath.Dir(filepath.Clean(b.encode)), "encode-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	config, original := filepath.Join(dir, "upright.yaml"), filepath.Join(dir, "original.mp4")
	if err := os.WriteFile(config, []byte(profile), 0o600); err != nil {
		return err
	}
	var worse, theirs, ours *quality
	err = b.measure(b.encode, "turned and encoded", b.runs, 0, func(in input) []way {
		if _, err = runProgram([]string{"janus-pp-rec", in.video, original}); err != nil {
			return nil
		}
		look := func(pattern string, to **quality) func(string) (*quality, error) {
			return func(out string) (q *quality, err error) {
				*to, err = compare(original, out, pattern, b.seconds)
				return *to, err
			}
		}
		mine, other, second := encode(b.upright, config, in), todayTurned(in, 21), todayTurned(in, 23)
		mine.look, other.look, second.look = look("*.mp4", &ours), look("joined.mp4", &theirs), look("joined.mp4", &worse)
		if err = measure(in, second, b.scratch, &result{}); err != nil {
			return nil
		}
		return []way{mine, other}
	})
	if err != nil || ours == nil || theirs == nil {
		return errors.Join(err, fmt.Errorf("%s: nothing to compare", b.encode))
	}
	fmt.Printf("  at the bitrate of upright, ffmpeg would have %.2f dB: %+.2f\n", at(ours.bits, theirs, worse),
		at(ours.bits, theirs, worse)-ours.psnr)
	return nil
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

// input is a folder with one audio and one video recording, of Janus or of Agora's recorder.
type input struct {
	folder, audio, video string
	bytes                int64
}

func openInput(folder string) (input, error) {
	in := input{folder: folder}
	patterns := map[string]*string{"*-audio-*.mjr": &in.audio, "*-video-*.mjr": &in.video}
	if found, _ := filepath.Glob(filepath.Join(folder, "uid_*.txt")); len(found) > 0 {
		patterns = map[string]*string{"*.aac": &in.audio, "*.mp4": &in.video}
	}
	for pattern, path := range patterns {
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
