package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/upright-media/upright/pipelines/compose"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/room"
	"github.com/upright-media/upright/room/sketch"
)

// errPlanned ends a composition that was only to be planned.
var errPlanned = errors.New("planned")

// planRooms says what compose would show.
func planRooms(ctx context.Context, c *console, rooms []composed, settings compose.Settings, svg string) error {
	work, err := os.MkdirTemp("", "upright-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	settings.WorkDir, settings.Threads = work, runtime.GOMAXPROCS(0)
	var total summary
	var drawn []sketch.Picture
	for _, r := range rooms {
		settings.Composed = func(s *room.Score, line string) error {
			pictures := sketch.Of(s)
			writeScore(c.stdout, r.Name, s, pictures, line)
			for _, p := range pictures {
				p.Title = r.Name + ": " + p.Title
				drawn = append(drawn, p)
			}
			return errPlanned
		}
		rep, err := compose.Room(ctx, r.Recording, r.lost, settings, nil)
		for _, w := range rep.Warnings {
			fmt.Fprintln(c.stdout, "# warning: "+w.Text)
		}
		switch {
		case errors.Is(err, errPlanned):
			total.Done++
		case ctx.Err() != nil:
			return errStopped
		case errors.Is(err, plan.ErrNoMedia):
			total.Empty++
			fmt.Fprintf(c.stdout, "# %s: cannot be made: %v\n", r.Name, err)
		default:
			total.Failed++
			fmt.Fprintf(c.stdout, "# %s: cannot be made: %v\n", r.Name, err)
		}
	}
	if svg != "" {
		if err := writeSVG(svg, drawn); err != nil {
			return err
		}
	}
	return ending(total.exit(ctx))
}

// writeSVG writes drawings into a file.
func writeSVG(path string, pictures []sketch.Picture) error {
	f, err := os.Create(path)
	if err != nil {
		return usageError{fmt.Errorf("--svg: %w", err)}
	}
	return errors.Join(sketch.SVG(f, pictures), f.Close())
}

// What is drawn in a terminal.
const (
	sketchWidth = 64 // characters
	mostDrawn   = 8  // arrangements of a room
)

// writeScore writes a score as a table, its arrangements as drawings, and the line that plays it.
func writeScore(w io.Writer, name string, s *room.Score, pictures []sketch.Picture, line string) {
	called := map[string]string{}
	for _, p := range s.People {
		called[p.ID] = p.Name
	}
	at := func(ms float64) string {
		return fmt.Sprintf("%d:%02d:%06.3f", int(ms)/3_600_000, int(ms)/60_000%60, float64(int(ms)%60_000)/1000)
	}
	size := "sound only"
	if s.Canvas != nil {
		size = fmt.Sprintf("%dx%d, %g pictures per second", s.Canvas.Width, s.Canvas.Height, s.Canvas.FPS)
	}
	fmt.Fprintf(w, "# %s: %s, %s\n#\n", name, at(s.DurationMs), size)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "# from\tto\tlayout\twho")
	for _, a := range s.Spans {
		var who []string
		for _, r := range a.Regions {
			n := called[r.Person]
			switch r.Source {
			case room.Screen, room.Avatar:
				n += " (" + string(r.Source) + ")"
			case room.More:
				n = fmt.Sprintf("+%d", r.Count)
			case room.Fill:
				continue
			case room.Camera:
			}
			who = append(who, n)
		}
		fmt.Fprintf(t, "# %s\t%s\t%s\t%s\n", at(a.From), at(a.To), a.Layout, strings.Join(who, ", "))
	}
	_ = t.Flush()
	for i, p := range pictures {
		if i == mostDrawn {
			fmt.Fprintf(w, "#\n# and %d more arrangements, which --svg draws\n", len(pictures)-i)
			break
		}
		fmt.Fprintf(w, "#\n# %s\n# %s\n", p.Title, strings.Join(p.Text(sketchWidth), "\n# "))
	}
	if line != "" {
		fmt.Fprintf(w, "#\ngst-launch-1.0 %s\n", line)
	}
}
