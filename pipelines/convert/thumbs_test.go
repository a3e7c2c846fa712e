package convert_test

import (
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
)

func decodeJPEG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	p, err := jpeg.Decode(f)
	require.NoError(t, err)
	return p
}

// read finds the scene in a part of a picture.
func scenePart(p image.Image, r image.Rectangle) scene.Picture {
	var pix []byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			red, green, blue, _ := p.At(x, y).RGBA()
			pix = append(pix, byte(red>>8), byte(green>>8), byte(blue>>8))
		}
	}
	return scene.Read(pix, r.Dx(), r.Dy())
}

// TestThumbnails: the poster and every picture of the sprite are upright, whatever happened to the camera, and the
// index says when each is, on the clock of the video that the profile mp4 makes.
func TestThumbnails(t *testing.T) {
	for name, c := range map[string]struct {
		poster image.Point
		tiles  int
		late   time.Duration // of the pictures
	}{
		"rot-h264-90":               {image.Pt(180, 320), 7, 0},
		"h264-720p30-rot90":         {image.Pt(720, 1280), 0, 0},
		"rot-change-h264-libwebrtc": {image.Pt(320, 180), 0, 0},
		"chromium-vp8-rot-change":   {image.Pt(320, 180), 0, time.Second},
		"pion-vp8-opus":             {image.Pt(320, 180), 9, 0},
		"pion-av1-opus":             {image.Pt(0, 0), 0, 0},
		"video-late-3s":             {image.Pt(0, 0), 0, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			video, _ := must(t, testmjr.TestData(name), profile.MP4)
			report, paths := must(t, testmjr.TestData(name), profile.Thumbnails)
			require.Len(t, paths, 3)
			require.Equal(t, "encode", report.Plan.Mode)
			poster, grid := decodeJPEG(t, paths[0]), decodeJPEG(t, paths[1])
			t.Log(poster.Bounds(), grid.Bounds())
			if c.poster != (image.Point{}) {
				require.Equal(t, c.poster, poster.Bounds().Size())
			}
			require.Equal(t, poster.Bounds().Dx(), report.Outputs[0].Tracks[0].Width)
			seen := scenePart(poster, poster.Bounds())
			require.True(t, seen.Known, "the poster shows the scene")
			require.Equal(t, cvo.Orientation{}, seen.Turn)

			index, err := os.ReadFile(paths[2])
			require.NoError(t, err)
			cues := strings.Split(strings.TrimPrefix(strings.TrimSpace(string(index)), "WEBVTT\n\n"), "\n\n")
			if c.tiles > 0 {
				require.Len(t, cues, c.tiles)
			}
			require.InDelta(t, video.Outputs[0].DurationMs, len(cues)*1000, 1000, "a picture for each second")
			last := -1
			for i, cue := range cues {
				var x, y, w, h int
				lines := strings.Split(cue, "\n")
				require.Equal(t, fmt.Sprintf("00:00:%02d.000 --> 00:00:%02d.000", i, i+1), lines[0])
				_, fragment, ok := strings.Cut(lines[1], "#xywh=")
				require.True(t, ok)
				require.Equal(t, report.Outputs[1].File, strings.TrimSuffix(lines[1], "#xywh="+fragment))
				_, err := fmt.Sscanf(fragment, "%d,%d,%d,%d", &x, &y, &w, &h)
				require.NoError(t, err)
				require.Equal(t, 160, max(w, h))
				tile := image.Rect(x, y, x+w, y+h)
				require.True(t, tile.In(grid.Bounds()))
				got := scenePart(grid, tile)
				require.True(t, got.Known, "tile %d shows the scene", i)
				require.Equal(t, cvo.Orientation{}, got.Turn, "tile %d", i)
				if time.Duration(i)*time.Second > c.late && i < len(cues)-1 { // it goes on, but for the last picture, which stands
					require.Greater(t, got.Counter, last, "tile %d", i)
				}
				last = got.Counter
			}
		})
	}
}

// A poster is not the darkness in front of a camera that is still closed; sizes and quality can be chosen; what else
// goes on in the room is left out; and without pictures there is nothing to make.
func TestThumbnailsAsWanted(t *testing.T) {
	own := mine(t, profile.Profile{From: profile.Thumbnails, Width: 200, Quality: 20,
		Video: "videobalance saturation=0 ! auto", Mux: "uprightthumbs columns=2 tile-width=64 tile-height=64"})
	require.Empty(t, pipelines.CheckProfile(own))
	rec, p := only(t, testmjr.TestData("pion-vp8-opus"))
	dir := t.TempDir()
	report, err := convert.Participant(t.Context(), rec, p, own, convert.Settings{Settings: plan.Settings{OutputDir: dir}},
		nil)
	require.NoError(t, err)
	poster, grid := decodeJPEG(t, dir+"/"+report.Outputs[0].File), decodeJPEG(t, dir+"/"+report.Outputs[1].File)
	require.Equal(t, 200, poster.Bounds().Dx())
	require.Equal(t, 128, grid.Bounds().Dx())
	for x := range poster.Bounds().Dx() {
		r, g, b, _ := poster.At(x, 20).RGBA()
		require.InDelta(t, r>>8, g>>8, 3)
		require.InDelta(t, g>>8, b>>8, 3)
	}

	dir = t.TempDir()
	_, err = converted(t, testmjr.TestData("audio-opus-stereo"), profile.Thumbnails,
		convert.Settings{Settings: plan.Settings{OutputDir: dir}})
	require.EqualError(t, err, "no media in the recording that the profile thumbnails wants: there are no pictures")
	require.ErrorIs(t, err, plan.ErrNoMedia, "nothing has failed, and the report says so")
	require.Len(t, list(t, dir), 1)

	for text, want := range map[string]string{
		"uprightthumbs location=/tmp/x":    "would use a file of its own",
		"uprightthumbs columns=many":       "columns of uprightthumbs cannot be",
		"uprightthumbs name=x ! queue":     "one muxer",
		"uprightthumbs tile-widht=3":       "did you mean tile-width?",
		"uprightthumbs sprite=/etc/passwd": "would use a file of its own",
	} {
		p, err := profile.Find("x", map[string]profile.Profile{"x": {From: profile.Thumbnails, Mux: text}})
		require.NoError(t, err)
		problems := pipelines.CheckProfile(p)
		require.NotEmpty(t, problems, text)
		require.Contains(t, problems[0].Error(), want)
	}
}
