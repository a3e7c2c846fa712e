package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// way is one way from the recordings to something in an output folder, in steps.
type way struct {
	name  string
	steps func(out string) []step
	look  func(out string) (*quality, error) // at what came out, nil if there is no need
}

// step is one program that has to run.
type step struct {
	name string
	args []string
	run  func() (usage, error) // instead, if it is more than to run it to its end
}

// convert is our own.
func convert(upright string, in input) way {
	return way{name: "upright convert", steps: func(out string) []step {
		return []step{{args: []string{upright, "convert", in.folder, "-o", out}}}
	}}
}

// encode is our own, too: it turns the pictures. profile is a configuration with a profile "turned" that asks for that.
func encode(upright, profile string, in input) way {
	return way{name: "upright convert", steps: func(out string) []step {
		return []step{{args: []string{upright, "convert", in.folder, "-o", out, "--config", profile, "--profile", "turned"}}}
	}}
}

// incumbent is what ours is compared with.
const incumbent = "janus-pp-rec + ffmpeg"

// today is what the scripts around Janus do. The result is not turned, and the streams are joined at their first
// packets, whenever these came.
func today(in input) way { return joined(in, "ffmpeg -c copy", "-c", "copy") }

// todayTurned also turns the pictures: with the preset and the quality that ours has by default.
func todayTurned(in input, crf int) way {
	return joined(in, fmt.Sprintf("ffmpeg -crf %d", crf), "-vf", "transpose=clock", "-vsync", "passthrough", "-c:v",
		"libx264", "-preset", "veryfast",
		"-crf", strconv.Itoa(crf), "-bf", "0", "-g", "60", "-c:a", "copy")
}

func joined(in input, name string, options ...string) way {
	return way{name: incumbent, steps: func(out string) []step {
		sound, picture := filepath.Join(out, "audio.opus"), filepath.Join(out, "video.mp4")
		join := append([]string{"ffmpeg", "-nostdin", "-v", "error", "-y", "-i", picture, "-i", sound}, options...)
		return []step{
			{name: "janus-pp-rec, video", args: []string{"janus-pp-rec", in.video, picture}},
			{name: "janus-pp-rec, audio", args: []string{"janus-pp-rec", in.audio, sound}},
			{name: name, args: append(join, filepath.Join(out, "joined.mp4"))},
		}
	}}
}

const copier = "ffmpeg -c copy"

// ffmpegCopy is ffmpeg's copy of sound and pictures of Agora's recorder, whose pictures somebody has repaired for it.
func ffmpegCopy(in input, repaired string) way {
	return way{name: copier, steps: func(out string) []step {
		return []step{{args: []string{"ffmpeg", "-nostdin", "-v", "error", "-y", "-i", repaired, "-i", in.audio, "-c", "copy",
			"-bsf:a", "aac_adtstoasc", "-movflags", "+faststart", filepath.Join(out, "joined.mp4")}}}
	}}
}

// cp reads and writes all bytes once.
func cp(in input) way {
	return way{name: "cp", steps: func(out string) []step {
		return []step{{args: []string{"cp", in.audio, in.video, out}}}
	}}
}

// check looks whether something came out that can be the recording, so that a failure does not count as speed. What was
// encoded is smaller: filler is not encoded.
func check(out string, in int64) error {
	var largest int64
	err := filepath.Walk(out, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			largest = max(largest, info.Size())
		}
		return err
	})
	if err == nil && largest < in/20 {
		err = fmt.Errorf("the largest file that came out has %d bytes, the recordings have %d", largest, in)
	}
	return err
}
