package verify

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"

	"github.com/upright-media/upright/pipelines/report"
)

// checkPicture reads a JPEG again.
func (v *Verifier) checkPicture(r *report.Output) (warnings []report.Warning, err error) {
	b, err := os.ReadFile(v.Partial)
	if err != nil {
		return nil, err
	}
	p, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, v.wrong("it is no JPEG: %w", err)
	}
	t := v.Output.Tracks[0]
	got := p.Bounds().Size()
	if want := image.Pt(t.Width, t.Height); want != (image.Point{}) && got != want {
		return nil, v.wrong("it is %dx%d, not %dx%d", got.X, got.Y, want.X, want.Y)
	}
	t.Width, t.Height = got.X, got.Y
	r.Tracks, r.DurationMs = []report.Track{t}, t.DurationMs
	for y := 0; y < got.Y; y += max(1, got.Y/100) {
		for x := 0; x < got.X; x += max(1, got.X/100) {
			if red, green, blue, _ := p.At(x, y).RGBA(); max(red, green, blue)>>8 > blackest {
				return nil, nil
			}
		}
	}
	return []report.Warning{{Code: report.BlackVideo, Text: r.File +
		": all pictures that were looked at are black, from its beginning to its end"}}, nil
}

// checkIndex reads the index of a sprite again.
func (v *Verifier) checkIndex(r *report.Output) error {
	b, err := os.ReadFile(v.Partial)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(b, []byte("WEBVTT\n\n")) || !bytes.Contains(b, []byte("#xywh=")) {
		return v.wrong("it is no index of a sprite")
	}
	r.Tracks, r.DurationMs = v.Output.Tracks, v.Output.Tracks[0].DurationMs
	return nil
}
