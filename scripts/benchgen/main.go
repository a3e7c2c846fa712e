// Command benchgen makes the recordings that the benchmark converts: 720p H.264 at 30 pictures per second, turned by
// 90°, with Opus, as long as wanted. The pictures are those of a short real recording, over and over; each is padded
// with filler data (H.264 NAL unit type 12) up to the bit rate of a real call. On demand packets are missing, or the
// camera is turned while it records. The bytes are always the same.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	source := flag.String("source", "testdata/h264-720p30-rot90", "folder with the recording that is repeated")
	out := flag.String("o", "build/bench", "folder for the recordings")
	h264 := flag.String("h264", "", "H.264 byte stream whose pictures are repeated instead")
	rate := flag.Int("rate", picturesPerSec, "pictures per second of -h264")
	bits := flag.Int("bitrate", 1_500_000, "bits per second of the video, at least")
	length := flag.Duration("length", 10*time.Minute, "duration of the recording")
	loss := flag.Float64("loss", 0, "percentage of packets that never arrived")
	turns := flag.Int("turns", 0, "how often the camera is turned on by 90°")
	sound := flag.String("agora", "", "ADTS file that becomes, with the MP4 of -pictures, a folder of Agora's recorder")
	pictures := flag.String("pictures", "", "MP4 of one track, for -agora")
	flag.Parse()
	if *sound != "" {
		folder, err := agoraFolder(*sound, *pictures, *out)
		if err != nil {
			fmt.Fprintln(os.Stderr, "benchgen:", err)
			os.Exit(1)
		}
		fmt.Println(folder)
		return
	}
	if err := run(*source, *h264, *out, *bits, *rate, *length, *loss, *turns); err != nil {
		fmt.Fprintln(os.Stderr, "benchgen:", err)
		os.Exit(1)
	}
}

func run(source, h264, out string, bits, rate int, length time.Duration, loss float64, turns int) error {
	g, err := newGenerator(source, h264, bits, rate, length)
	if err != nil {
		return err
	}
	g.loss, g.turns = loss/100, turns
	name := fmt.Sprintf("%.0fmin", length.Minutes())
	if length < time.Minute {
		name = fmt.Sprintf("%.0fs", length.Seconds())
	}
	if h264 != "" {
		name += "-" + strings.TrimSuffix(filepath.Base(h264), filepath.Ext(h264))
	}
	if rate != picturesPerSec {
		name += fmt.Sprintf("-%dfps", rate)
	}
	if loss > 0 {
		name += fmt.Sprintf("-loss%g", loss)
	}
	if turns > 0 {
		name += fmt.Sprintf("-turns%d", turns)
	}
	folder := filepath.Join(out, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, write := range map[string]func(io.Writer) error{
		"videoroom-1234-user-1001-1700000000000000-audio-0.mjr": g.audio,
		"videoroom-1234-user-1001-1700000000000000-video-1.mjr": g.video,
	} {
		if err := create(filepath.Join(folder, name), write); err != nil {
			return err
		}
	}
	fmt.Println(folder)
	return nil
}

// create writes a file unless it is there already with the right size.
func create(path string, write func(io.Writer) error) error {
	var size counter
	if err := write(&size); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Size() == int64(size) {
		return nil
	}
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// counter counts bytes.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
