package playback

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/pipelines"
)

// durationToleranceMs is how far the browser's idea of the duration may be from the report's.
const durationToleranceMs = 150

// Problems compares with what the report says of a file, whose pictures show the scene of the test recordings. There is
// one sentence for each thing that is wrong.
func (p *Playback) Problems(want *pipelines.OutputReport) []string {
	var list []string
	wrong := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if p.Problem != "" {
		wrong("%s (while %s)", p.Problem, p.Stage)
	} else if !p.Ended {
		wrong("its end was not reached")
	}
	if got := p.Duration * 1000; math.Abs(got-want.DurationMs) > durationToleranceMs {
		wrong("it lasts %.0f ms, but %.0f ms in the report", got, want.DurationMs)
	}
	for _, track := range want.Tracks {
		switch track.Kind {
		case "video":
			if p.Frames == 0 {
				wrong("no picture was decoded")
			}
			list = append(list, p.pictures(&track)...)
		case "audio":
			if p.AudioBytes == 0 {
				wrong("no sound was decoded")
			}
		}
	}
	return list
}

// pictures is what is wrong with the stills.
func (p *Playback) pictures(want *pipelines.TrackReport) (list []string) {
	wrong := func(s Still, format string, args ...any) {
		list = append(list, fmt.Sprintf("at %.3f s ", s.At)+fmt.Sprintf(format, args...))
	}
	known := 0
	for _, s := range p.Stills {
		if s.Width != want.Width || s.Height != want.Height {
			wrong(s, "it is shown as %dx%d, but %dx%d in the report", s.Width, s.Height, want.Width, want.Height)
		}
		picture, err := s.Read()
		switch {
		case err != nil:
			wrong(s, "%v", err)
		case !picture.Known:
		case picture.Turn != cvo.Orientation{}:
			wrong(s, "it is not upright: it has to be turned by %d degrees clockwise, flip %t", picture.Turn.Degrees, picture.Turn.Flip)
			known++
		default:
			known++
		}
	}
	// One or the other may be spoilt by lost packets.
	if 2*known <= len(p.Stills) {
		list = append(list, fmt.Sprintf("only %d of %d pictures show the scene with its coloured corners", known, len(p.Stills)))
	}
	return list
}

// Read looks at the scene.
func (s Still) Read() (scene.Picture, error) {
	if len(s.PNG) == 0 {
		return scene.Picture{}, fmt.Errorf("there is no picture")
	}
	m, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil {
		return scene.Picture{}, fmt.Errorf("the picture cannot be read: %w", err)
	}
	return scene.Read(rgb(m), s.Width, s.Height), nil
}

// rgb packs a picture as 3 bytes per pixel.
func rgb(m image.Image) []byte {
	r := m.Bounds()
	pix := make([]byte, 0, 3*r.Dx()*r.Dy())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			pix = append(pix, c.R, c.G, c.B)
		}
	}
	return pix
}
