package compose

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/pipelines/verify"
)

// finish writes the texts, verifies everything, and gives it its names.
func (c *composing) finish(ctx context.Context) error {
	media := c.partial(c.ext())
	c.progress(pipelines.Progress{Done: 1, Total: 1, Verifying: true})
	outputs := []string{c.ext()}
	out, err := c.verify(ctx, media)
	if err != nil {
		return err
	}
	c.report.Outputs = append(c.report.Outputs, *out)
	for _, text := range []struct {
		ext   string
		write func(context.Context, *os.File) (int, error)
	}{{".srt", c.chat}, {".speakers.vtt", c.speakers}, {".score.json", nil}} {
		n := 1
		if text.write != nil {
			f, err := os.Create(c.partial(text.ext))
			if err != nil {
				return place.Explain(err)
			}
			n, err = text.write(ctx, f)
			if err := errors.Join(err, f.Close()); err != nil {
				return place.Explain(err)
			}
		}
		if n == 0 {
			continue
		}
		o := report.Output{File: c.name() + text.ext, Container: strings.TrimPrefix(filepath.Ext(text.ext), "."),
			DurationMs: c.score.DurationMs, Tracks: []report.Track{}}
		if o.Bytes, o.SHA256, err = verify.Digest(ctx, c.partial(text.ext)); err != nil {
			return err
		}
		c.report.Outputs = append(c.report.Outputs, o)
		outputs = append(outputs, text.ext)
	}
	c.fill()
	if c.settings.Job.BeforePublish != nil {
		if err := c.settings.Job.BeforePublish(c.report); err != nil {
			return err
		}
	}
	return c.place(outputs)
}

// place gives all outputs their names and writes the report, or takes back what it did.
func (c *composing) place(outputs []string) (err error) {
	var placed []string
	defer func() {
		if err != nil && !c.settings.Overwrite {
			for _, path := range placed {
				err = errors.Join(err, place.Remove(path))
			}
		}
	}()
	for _, ext := range outputs {
		if err := files.Sync(c.partial(ext)); err != nil {
			return place.Explain(err)
		}
	}
	for _, ext := range outputs {
		if err := place.File(c.partial(ext), c.path(ext), c.settings.Overwrite); err != nil {
			return err
		}
		placed = append(placed, c.path(ext))
	}
	if err := c.report.SaveRoom(c.path(".json"), c.workDir(), c.settings.Overwrite); err != nil {
		return err
	}
	_ = files.SyncFolder(c.settings.OutputDir)
	return nil
}
