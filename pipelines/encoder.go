package pipelines

import (
	"fmt"
	"math"
	"time"

	"github.com/upright-media/upright/timeline"
)

// encoder makes one video codec with one element.
type encoder struct {
	element string
	codec   string                  // h264, …
	rate    bool                    // has to be told a frame rate
	line    func(frames int) string // the element with its properties; frames: largest distance of key frames
	output  string                  // what follows it: a caps filter, a parser
}

// keySeconds is how far apart key frames are at most: how far a player has to decode after a seek.
const keySeconds = 2

// encoders are those of each codec in the order of preference. Quality is constant, not the rate: pictures from a call differ too
// much for one rate to be right. Presets are for speed, since recordings arrive as fast as they are made. No B-frames:
// they gain little here, and without them pictures leave in the order in which they came, with the times they had.
var encoders = map[string][]encoder{
	"h264": {{
		element: "x264enc", rate: true,
		// vbv-buf-capacity=0: else the default bitrate would cap the quality
		line: func(frames int) string {
			return fmt.Sprintf("x264enc pass=qual quantizer=21 vbv-buf-capacity=0 speed-preset=veryfast bframes=0 rc-lookahead=5 sync-lookahead=0 key-int-max=%d", frames)
		},
		output: "video/x-h264,profile=high ! h264parse",
	}, {
		element: "openh264enc", rate: true,
		line: func(frames int) string {
			return fmt.Sprintf("openh264enc rate-control=off qp-min=18 qp-max=26 complexity=low gop-size=%d", frames)
		},
		output: "h264parse",
	}},
	"h265": {{
		element: "x265enc", rate: true,
		line: func(frames int) string {
			return fmt.Sprintf("x265enc option-string=crf=23:bframes=0 speed-preset=veryfast key-int-max=%d", frames)
		},
		output: "h265parse",
	}},
	"vp8": {{
		element: "vp8enc",
		line: func(frames int) string {
			return fmt.Sprintf("vp8enc timebase=1/90000 deadline=1 cpu-used=4 end-usage=cq cq-level=16 min-quantizer=4 max-quantizer=40 target-bitrate=8000000 auto-alt-ref=false keyframe-max-dist=%d", frames)
		},
	}},
	"vp9": {{
		element: "vp9enc",
		line: func(frames int) string {
			return fmt.Sprintf("vp9enc timebase=1/90000 deadline=1 cpu-used=6 row-mt=true end-usage=cq cq-level=28 min-quantizer=4 max-quantizer=48 target-bitrate=8000000 auto-alt-ref=false keyframe-max-dist=%d", frames)
		},
		output: "vp9parse",
	}},
	"av1": {{
		element: "svtav1enc",
		line: func(frames int) string {
			return fmt.Sprintf("svtav1enc preset=10 crf=32 intra-period-length=%d", frames)
		},
		output: "av1parse",
	}, {
		element: "av1enc",
		line: func(frames int) string {
			return fmt.Sprintf("av1enc usage-profile=realtime cpu-used=8 end-usage=q min-quantizer=4 max-quantizer=40 keyframe-max-dist=%d", frames)
		},
		output: "av1parse",
	}},
}

// chooseEncoder returns the first installed encoder of a codec. Another codec than the one asked for is never taken.
func chooseEncoder(codec, title string, has func(string) bool) (*encoder, error) {
	var names []string
	for i := range encoders[codec] {
		e := encoders[codec][i]
		if has(e.element) {
			e.codec = codec
			return &e, nil
		}
		names = append(names, e.element)
	}
	return nil, &MissingElementError{Elements: names, For: "encode " + title}
}

// frameRate returns the nominal frame rate of a track. Pictures keep their times whatever it says; it is for elements that
// do badly without one, above all for the length of the last picture, which no later one ends: vp9parse and av1parse
// forget it, and what x264enc writes instead of a rate lets h264parse make it a nanosecond. A picture of no length is
// one that players leave out. x265enc refuses to work, and webmmux to take AV1.
func frameRate(t *timeline.Track) int {
	if t.FrameDuration <= 0 {
		return 30
	}
	return int(min(max(math.Round(float64(time.Second)/float64(t.FrameDuration)), 1), 120))
}

// keyInterval returns how many pictures of a track make keySeconds.
func keyInterval(t *timeline.Track) int {
	if t.FrameDuration <= 0 {
		return 30 * keySeconds
	}
	n := math.Round(float64(keySeconds*time.Second) / float64(t.FrameDuration))
	return int(min(max(n, 10), 240))
}
