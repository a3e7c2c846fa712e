package compose

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/partfile"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/internal/place"
)

// RefusedError says why a process cannot draw parts of a video in the same way as the one that makes it.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

// mostOrder is how large an order may be, in bytes.
const mostOrder = 256 << 20

// DrawPart draws a part of a room's video for the process that makes it, as the file order says, and gives it its name
// when it is complete. It does not begin, and the error is a *RefusedError, where the same line would make other
// pictures: with other programs, or other files under the same paths. stall is how long the pipeline may stand still.
func DrawPart(ctx context.Context, path, id string, stall time.Duration, progress func(pipelines.Progress)) error {
	o, err := readOrder(path)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(o.Parts, func(p orderedPart) bool { return p.ID == id })
	if i < 0 {
		return fmt.Errorf("%s has no part %s", path, id)
	}
	p := o.Parts[i]
	if err := o.same(); err != nil {
		return err
	}
	if checkPictures(p.Path, o.Canvas, p.Chunk) == nil {
		return nil
	}
	// Somebody else may be at the same part: who had it and was thought dead, or is slow.
	folder, file := filepath.Split(p.Path)
	name, ok := partfile.Parse(file)
	if !ok {
		return fmt.Errorf("%s: %s is no name of a part", path, file)
	}
	name.Mark = rand.Text()
	mine := folder + name.String()
	length := o.Canvas.At(p.Chunk.To) - o.Canvas.At(p.Chunk.From)
	err = gstrun.Run(ctx, p.Line.Redirect("location", p.Path, mine).String(), gstrun.Options{StallTimeout: stall,
		Progress: func(at time.Duration) {
			progress(pipelines.Progress{Done: max(0, min(at-time.Duration(p.Shows), length)), Total: length})
		}})
	if err == nil {
		err = checkPictures(mine, o.Canvas, p.Chunk)
	}
	if err == nil {
		err = files.Sync(mine)
	}
	if err == nil {
		err = os.Rename(mine, p.Path)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), pipelines.Stuck(err))
	}
	name.Unwritten = true
	return errors.Join(err, place.Remove(mine), place.Remove(folder+name.String()))
}

// readOrder reads the file that says how parts are drawn.
func readOrder(path string) (*order, error) {
	text, err := files.Read(path, mostOrder)
	if err != nil {
		return nil, &RefusedError{fmt.Sprintf("the files of the room are not to be seen: %v", err)}
	}
	o := new(order)
	if err := json.Unmarshal(text, o); err != nil {
		return nil, &RefusedError{fmt.Sprintf("%s cannot be read: %v", path, err)}
	}
	if o.Schema != orderSchema || o.Canvas == nil || !(o.Canvas.FPS > 0) || len(o.Programs) == 0 {
		return nil, &RefusedError{fmt.Sprintf("%s is of another version of Upright", path)}
	}
	return o, nil
}

// same says whether parts come out here as where the order was written.
func (o *order) same() error {
	programs, err := pipelines.Programs(o.Elements)
	if err != nil {
		return &RefusedError{err.Error()}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Programs)) {
		if programs[name] != o.Programs[name] {
			return &RefusedError{name + ": another version than where the room is composed"}
		}
	}
	for path, want := range o.Files {
		if is, err := fingerprint(path); err != nil {
			return &RefusedError{err.Error()}
		} else if is != want {
			return &RefusedError{fmt.Sprintf("%s is another file than where the room is composed", path)}
		}
	}
	return nil
}
