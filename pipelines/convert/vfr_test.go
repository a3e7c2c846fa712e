package convert_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
)

// A screen share has a picture when something changes. Each becomes one picture of the output, shown for as long as it
// was: none is repeated to fill a rate.
func TestFewPicturesStayFew(t *testing.T) {
	scene.NeedDecoder(t)
	for name, fps := range map[string]float64{"one a second": 1, "one in two seconds": 0.5, "five a second": 5} {
		for _, profile := range []string{"mp4", "webm", "mkv", "proxy"} {
			t.Run(name+" "+profile, func(t *testing.T) {
				in, dir := t.TempDir(), t.TempDir()
				const units = 12
				source := testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)
				video := testmjr.Video("vp8", units, fps, func(i int) testmjr.Unit { return source[i] })
				video.Header.Extensions = map[int]string{4: "urn:3gpp:video-orientation"}
				video.Orientation = &testmjr.Orientation{ID: 4, Value: testmjr.Turned(0, 1, 3, 0)} // so that it has to be encoded
				video.Write(t, in, "echotest-share-video.mjr")
				testmjr.Audio(int(units/fps)*50).Write(t, in, "echotest-share-audio.mjr")
				report, err := converted(t, in, profile, convert.Settings{Settings: plan.Settings{OutputDir: dir}})
				require.NoError(t, err)
				require.NotEqual(t, "copy", report.Plan.Mode)
				pictures := scene.Pictures(t, filepath.Join(dir, report.Outputs[0].File))
				require.Len(t, pictures, units)
				for n, p := range pictures {
					want := time.Duration(float64(n) / fps * float64(time.Second))
					require.InDelta(t, want, p.At-pictures[0].At, float64(2*time.Millisecond), "picture %d", n)
				}
				require.InDelta(t, units/fps*1000, report.Outputs[0].DurationMs, 100)
			})
		}
	}
}
