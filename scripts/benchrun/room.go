package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// roomCase is a room that is composed.
type roomCase struct {
	name   string
	folder string // with the recording that everybody sends
	people int
	fps    string // that upright is told; ffmpeg makes 30 pictures per second
	runs   int
	width  gate
}

// rooms are the cases: people with cameras of 30 pictures per second, and what meetings mostly are.
func (b *bench) rooms() []roomCase {
	list := []roomCase{{"a room of 4", b.room, 4, "30", b.runs, gateRoom},
		{"a room of 9", b.room, 9, "30", b.runs, gateRoom}, {"a room of 16", b.room, 16, "30", b.runs, gateRoom}}
	if b.slow != "" {
		list = append(list, roomCase{"a room of 4 with cameras of 15 per second", b.slow, 4, "auto", b.runs, gateSlow})
	}
	if b.still != "" {
		list = append(list, roomCase{"10 minutes of a still picture and sound", b.still, 1, "auto", 1, gateStill})
	}
	return list
}

// roomSize is the size of the video of a room.
const roomWidth, roomHeight = 1280, 720

// user is where a recording's name has the user.
var user = regexp.MustCompile(`-user-\d+-`)

// makeRoom makes a room of n people, who all send what is in a folder's recording.
func makeRoom(in input, dir string, n int) (input, error) {
	room := input{folder: filepath.Join(dir, fmt.Sprintf("room-%d", n)), audio: in.audio, video: in.video, bytes: in.bytes}
	if err := os.MkdirAll(room.folder, 0o755); err != nil {
		return room, err
	}
	for i := range n {
		for _, path := range []string{in.audio, in.video} {
			name := user.ReplaceAllString(filepath.Base(path), fmt.Sprintf("-user-%d-", 1001+i))
			if err := os.Link(path, filepath.Join(room.folder, name)); err != nil && !os.IsExist(err) {
				if err := copyFile(path, filepath.Join(room.folder, name)); err != nil {
					return room, err
				}
			}
		}
	}
	return room, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// compose is our own way to one video of a room, without what ffmpeg does not do: names, borders, evening of loudness,
// turning.
func compose(upright string, in input, fps string) way {
	return way{name: "upright compose", steps: func(out string) []step {
		return []step{{args: []string{upright, "compose", in.folder, "-o", out, "--fps", fps, "--layout", "grid",
			"--loudness", "off", "--labels", "none", "--speaker", "none", "--orientation-id=-1"}}}
	}}
}

// xstack is ffmpeg's way to the same grid, from what janus-pp-rec makes of each stream. That is not counted.
func xstack(in input, n int) way {
	columns := 1
	for columns*columns < n {
		columns++
	}
	w, h := roomWidth/columns/2*2, roomHeight/columns/2*2
	return way{name: "ffmpeg xstack, amix", steps: func(out string) []step {
		picture, sound := filepath.Join(filepath.Dir(in.folder), "one.mp4"),
			filepath.Join(filepath.Dir(in.folder), "one.opus")
		args := []string{"ffmpeg", "-nostdin", "-v", "error", "-y"}
		for range n {
			args = append(args, "-i", picture)
		}
		for range n {
			args = append(args, "-i", sound)
		}
		var scaled, cells, places, sounds strings.Builder
		for i := range n {
			fmt.Fprintf(&scaled, "[%d:v]scale=%d:%d,setsar=1[v%d];", i, w, h, i)
			fmt.Fprintf(&cells, "[v%d]", i)
			fmt.Fprintf(&places, "|%d_%d", i%columns*w, i/columns*h)
			fmt.Fprintf(&sounds, "[%d:a]", n+i)
		}
		graph := fmt.Sprintf("%s%sxstack=inputs=%d:layout=%s[v];%samix=inputs=%d:normalize=0[a]", scaled.String(),
			cells.String(), n, places.String()[1:], sounds.String(), n)
		if n == 1 { // nothing to be stacked
			graph = strings.TrimSuffix(scaled.String(), "[v0];") + "[v];" + sounds.String() + "anull[a]"
		}
		args = append(args, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", "-r", "30", "-c:v", "libx264", "-preset",
			"veryfast", "-crf", strconv.Itoa(21),
			"-bf", "0", "-g", "60", "-c:a", "aac", "-b:a", "128k", filepath.Join(out, "room.mp4"))
		return []step{{args: args}}
	}}
}

// measureRooms measures how long one video of a whole room takes.
func (b *bench) measureRooms() error {
	for _, c := range b.rooms() {
		if err := b.measureRoom(c); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func (b *bench) measureRoom(c roomCase) error {
	in, err := openInput(c.folder)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(filepath.Clean(c.folder)), "rooms-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, args := range [][]string{{"janus-pp-rec", in.video, filepath.Join(dir, "one.mp4")},
		{"janus-pp-rec", in.audio, filepath.Join(dir, "one.opus")}} {
		if _, err := runProgram(args); err != nil {
			return err
		}
	}
	room, err := makeRoom(in, dir, c.people)
	if err != nil {
		return err
	}
	const against = "ffmpeg xstack, amix"
	results, err := measureInTurns(room, []way{compose(b.upright, room, c.fps), xstack(room, c.people)}, b.scratch, c.runs)
	printCase(os.Stdout, c.name+", composed", against, results)
	if err == nil && len(results) == 2 {
		err = c.width.check(results[0], results[1], b.slack)
	}
	return err
}
