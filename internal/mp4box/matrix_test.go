package mp4box_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/movie"
	"github.com/upright-media/upright/internal/mp4box"
)

// 1 as numbers of 16.16 and 2.30 bits.
const one, unit = 1 << 16, 1 << 30

// show does to a picture what an orientation asks for, by definition: mirror, then quarter turns clockwise.
func show(m image.Image, o cvo.Orientation) *image.RGBA {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if o.Flip {
				out.Set(w-1-x, y, m.At(x, y))
			} else {
				out.Set(x, y, m.At(x, y))
			}
		}
	}
	for range o.Degrees / 90 {
		in := out
		w, h = in.Bounds().Dx(), in.Bounds().Dy()
		out = image.NewRGBA(image.Rect(0, 0, h, w))
		for y := range h {
			for x := range w {
				out.Set(h-1-y, x, in.At(x, y))
			}
		}
	}
	return out
}

func TestDisplayMatrixMovesPointsAsDefined(t *testing.T) {
	const w, h = 4, 3
	src := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			src.Set(x, y, color.RGBA{uint8(x), uint8(y), 0, 255})
		}
	}
	for _, o := range cvo.Orientations() {
		m := mp4box.DisplayMatrix(o, w, h)
		want := show(src, o)
		for y := range want.Bounds().Dy() {
			for x := range want.Bounds().Dx() {
				c := want.RGBAAt(x, y) // which point of the source is here
				// twice the centre of the pixel, to stay with whole numbers
				p, q := 2*int(c.R)+1, 2*int(c.G)+1
				px := (int(m[0])*p + int(m[3])*q + 2*int(m[6])) / one
				py := (int(m[1])*p + int(m[4])*q + 2*int(m[7])) / one
				require.Equal(t, []int{2*x + 1, 2*y + 1}, []int{px, py}, "%+v", o)
			}
		}
		back, ok := m.Orientation()
		require.True(t, ok)
		require.Equal(t, o, back)
	}
}

func TestOrientationOfOtherMatrices(t *testing.T) {
	for name, m := range map[string]mp4box.Matrix{
		"zero":         {},
		"twice as big": {2 * one, 0, 0, 0, 2 * one, 0, 0, 0, unit},
		"45 degrees":   {46341, 46341, 0, -46341, 46341, 0, 0, 0, unit},
		"perspective":  {one, 0, 1, 0, one, 0, 0, 0, unit},
	} {
		_, ok := m.Orientation()
		require.False(t, ok, name)
	}
	phone := mp4box.DisplayMatrix(cvo.Orientation{Degrees: 90}, 320, 180)
	phone[6] = 0 // as some writers leave it
	o, ok := phone.Orientation()
	require.True(t, ok)
	require.Equal(t, cvo.Orientation{Degrees: 90}, o)
}

// turned is a copy of a video that is to be shown in an orientation.
func turned(t *testing.T, path, to string, o cvo.Orientation, created time.Time) {
	t.Helper()
	f, err := os.Create(to)
	require.NoError(t, err)
	m := movie.New(f, movie.Options{Created: created})
	require.NoError(t, movie.CopyAll(movie.Copy(m.Track(movie.TrackOptions{Kind: movie.Video, Orientation: o}),
		movie.Part{Path: path})))
	require.NoError(t, errors.Join(m.Close(), f.Close()))
}

// TestPlayersShowItUpright writes a video in each of the eight orientations and lets ffmpeg, which honours display
// matrices, decode it: the corners must be where the orientation asks for them.
func TestPlayersShowItUpright(t *testing.T) {
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed: cannot see what a player makes of the matrices")
		}
	}
	const w, h = 96, 64
	src := image.NewRGBA(image.Rect(0, 0, w, h))
	corner := map[[2]bool]color.RGBA{{false, false}: {255, 0, 0, 255}, {true, false}: {0, 255, 0, 255},
		{false, true}: {0, 0, 255, 255}, {true, true}: {255, 255, 255, 255}}
	for y := range h {
		for x := range w {
			src.Set(x, y, corner[[2]bool{x >= w/2, y >= h/2}])
		}
	}
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.mp4")
	enc := exec.Command("ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgba", "-s", fmt.Sprintf("%dx%d", w, h),
		"-r", "10", "-i", "-",
		"-c:v", "libx264", "-qp", "10", "-pix_fmt", "yuv420p", plain)
	enc.Stdin = bytes.NewReader(bytes.Repeat(src.Pix, 3))
	enc.Stderr = os.Stderr
	require.NoError(t, enc.Run())
	for _, o := range cvo.Orientations() {
		path := filepath.Join(dir, fmt.Sprintf("%d-%v.mp4", o.Degrees, o.Flip))
		turned(t, plain, path, o, time.UnixMicro(1_795_235_502_511_721))
		want := show(src, o)
		ww, wh := want.Bounds().Dx(), want.Bounds().Dy()

		dec := exec.Command("ffmpeg", "-v", "error", "-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgba", "-")
		dec.Stderr = os.Stderr
		raw, err := dec.Output()
		require.NoError(t, err)
		require.Len(t, raw, 4*ww*wh)
		got := &image.RGBA{Pix: raw, Stride: 4 * ww, Rect: image.Rect(0, 0, ww, wh)}
		for _, p := range [][2]int{{8, 8}, {ww - 8, 8}, {8, wh - 8}, {ww - 8, wh - 8}} {
			a, b := want.RGBAAt(p[0], p[1]), got.RGBAAt(p[0], p[1])
			for i, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
				require.InDelta(t, 0, d, 40, "%+v at %v channel %d: want %v, got %v", o, p, i, a, b)
			}
		}

		probe, err := exec.Command("ffprobe", "-v", "error", "-show_entries",
			"format_tags=creation_time:stream_side_data=rotation", "-of", "json", path).Output()
		require.NoError(t, err)
		var seen struct {
			Format struct {
				Tags struct {
					Created string `json:"creation_time"`
				}
			}
			Streams []struct {
				SideData []struct{ Rotation int } `json:"side_data_list"`
			}
		}
		require.NoError(t, json.Unmarshal(probe, &seen))
		require.Equal(t, "2026-11-21T04:31:42.000000Z", seen.Format.Tags.Created)
		if !o.Flip && o.Degrees != 0 {
			require.Len(t, seen.Streams[0].SideData, 1)
			require.Equal(t, (o.Degrees+360)%360, (-seen.Streams[0].SideData[0].Rotation+360)%360)
		}

		info, err := mp4box.Read(path)
		require.NoError(t, err)
		require.Equal(t, o, info.Tracks[0].Orientation)
		require.Equal(t, []int{ww, wh}, []int{info.Tracks[0].DisplayWidth, info.Tracks[0].DisplayHeight})
	}
}
