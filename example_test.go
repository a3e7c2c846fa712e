package upright_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/upright-media/upright"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/plan"
)

// What upright convert does: a video for everybody.
func Example() {
	videos, err := os.MkdirTemp("", "videos-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(videos)

	recordings, _, err := upright.Find("testdata/rot-h264-90", "testdata/pion-vp8-opus")
	if err != nil {
		log.Fatal(err)
	}
	settings := upright.Settings{}
	settings.OutputDir = videos
	for _, r := range recordings {
		for _, p := range r.Participants {
			made, err := upright.Convert(context.Background(), r, p, settings)
			if err != nil {
				log.Fatal(err)
			}
			for _, o := range made.Outputs {
				fmt.Printf("%s: %s, turned by %d°\n", o.File, made.Plan.Mode, o.Tracks[0].Rotation)
			}
		}
	}
	// Output:
	// 1234-1001.mp4: mixed, turned by 0°
	// 1234-1001-20261121-043252.mp4: copy, turned by 90°
}

func ExampleFind() {
	recordings, unusable, err := upright.Find("testdata/room-meeting")
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range recordings {
		for _, p := range r.Participants {
			fmt.Println(r.Name, p.Name, len(p.Tracks))
		}
	}
	fmt.Println("unusable:", len(unusable))
	// Output:
	// 2024 2024-700101 3
	// 2024 2024-700138 3
	// 2024 2024-700175 3
	// 2024 2024-700212 1
	// 2024 2024-700249 2
	// unusable: 0
}

func ExampleInspect() {
	recordings, _, err := upright.Find("testdata/h264-720p30-rot90")
	if err != nil {
		log.Fatal(err)
	}
	facts, err := upright.Inspect(context.Background(), recordings[0].Participants[0], options.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, in := range facts.Inputs {
		fmt.Println(in.Codec, in.Packets, in.Lost, in.Orientation)
	}
	for _, w := range facts.Warnings {
		fmt.Println(w.Code, w.Text)
	}
	// Output:
	// h264 268 0 [{0 90 false}]
	// opus 401 0 []
}

func ExamplePlan() {
	recordings, _, err := upright.Find("testdata/rot-h264-90")
	if err != nil {
		log.Fatal(err)
	}
	settings := upright.Settings{Profile: plan.Profile{Name: "mkv"}}
	settings.Audio = options.AudioCopy
	made, _, err := upright.Plan(context.Background(), recordings[0].Participants[0], settings)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(made.Mode + ":\n" + strings.ReplaceAll(made.Reason, "; ", "\n"))
	for _, o := range made.Outputs {
		fmt.Println(o.Path)
	}
	// Output:
	// mixed:
	// Matroska cannot say that a picture is to be turned, so the pictures are turned and encoded as H.264
	// Opus is copied
	// 1234-1001.mkv
}

func ExampleConvert() {
	recordings, _, err := upright.Find("testdata/empty-both")
	if err != nil {
		log.Fatal(err)
	}
	r := recordings[0]
	settings := upright.Settings{}
	settings.OutputDir, err = os.MkdirTemp("", "videos-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(settings.OutputDir)
	made, err := upright.Convert(context.Background(), r, r.Participants[0], settings)
	if errors.Is(err, plan.ErrNoMedia) { // nothing was said or shown: not a fault
		fmt.Println(len(made.Outputs), "outputs:", err)
	}
	// Output:
	// 0 outputs: no media in the recording
}
