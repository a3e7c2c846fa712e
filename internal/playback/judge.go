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
	"github.com/upright-media/upright/pipelines/report"
)

// durationToleranceMs is how far the browser's idea of the duration may be from the report's.
const durationToleranceMs = 150

// Problems compares with what the report says of a file, whose pictures show the scene of the test recordings. There is
// one sentence for each thing that is wrong.
func (p *Playback) Problems(want *report.Output) []string {
	return p.problems(want, p.upright)
}

// ProblemsOfAny is Problems for pictures of anything.
func (p *Playback) ProblemsOfAny(want *report.Output) []string {
	return p.problems(want, p.visible)
}

func (p *Playback) problems(want *report.Output, pictures func() []string) []string {
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
			for _, s := range p.Stills {
				if s.Width != track.Width || s.Height != track.Height {
					wrong("at %.3f s it is shown as %dx%d, but %dx%d in the report", s.At, s.Width, s.Height, track.Width,
						track.Height)
				}
			}
			list = append(list, pictures()...)
		case "audio":
			if p.AudioBytes == 0 {
				wrong("no sound was decoded")
			}
		}
	}
	return list
}

// upright is what is wrong with stills of the scene. Those before the camera comes on may be of one colour.
func (p *Playback) upright() (list []string) {
	known, before := 0, 0
	for _, s := range p.Stills {
		picture, err := s.Read()
		switch {
		case err != nil:
			list = append(list, fmt.Sprintf("at %.3f s %v", s.At, err))
		case picture.Known && picture.Turn != cvo.Orientation{}:
			list = append(list, fmt.Sprintf("at %.3f s it is not upright: it has to be turned by %d degrees clockwise, flip %t",
				s.At, picture.Turn.Degrees, picture.Turn.Flip))
			known++
		case picture.Known:
			known++
		case known == 0:
			if m, err := s.decode(); err == nil && blank(m) {
				before++
			}
		}
	}
	// One or the other may be spoilt by lost packets.
	if 2*known <= len(p.Stills)-before {
		list = append(list, fmt.Sprintf("only %d of %d pictures show the scene with its coloured corners", known,
			len(p.Stills)))
	}
	return list
}

// visible is what is wrong with stills of which nobody knows what they show: something, and not always the same.
func (p *Playback) visible() (list []string) {
	seen := map[string]bool{}
	for _, s := range p.Stills {
		m, err := s.decode()
		switch {
		case err != nil:
			list = append(list, fmt.Sprintf("at %.3f s %v", s.At, err))
		case blank(m):
			list = append(list, fmt.Sprintf("at %.3f s it has one colour only", s.At))
		}
		seen[string(s.PNG)] = true
	}
	if len(p.Stills) > 1 && len(seen) < 2 {
		list = append(list, fmt.Sprintf("all %d pictures are the same", len(p.Stills)))
	}
	return list
}

// blank says whether a picture has one colour only, but for what compression does to it.
func blank(m image.Image) bool {
	pix := rgb(m)
	for i, v := range pix {
		if d := int(v) - int(pix[i%3]); d < -16 || d > 16 {
			return false
		}
	}
	return true
}

// Read looks at the scene.
func (s Still) Read() (scene.Picture, error) {
	m, err := s.decode()
	if err != nil {
		return scene.Picture{}, err
	}
	return scene.Read(rgb(m), s.Width, s.Height), nil
}

func (s Still) decode() (image.Image, error) {
	if len(s.PNG) == 0 {
		return nil, fmt.Errorf("there is no picture")
	}
	m, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil {
		return nil, fmt.Errorf("the picture cannot be read: %w", err)
	}
	return m, nil
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
