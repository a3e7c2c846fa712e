package pipelines

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// schema is the version of the report's format.
const schema = 1

// InputOf describes one file as the report does.
func InputOf(t *timeline.Track) InputReport {
	c := t.Counts
	r := InputReport{
		File: filepath.Base(t.Path), Codec: t.Header.Codec,
		Packets: c.Records, Used: c.Used, Lost: c.Lost, Duplicate: c.Duplicate, Late: c.Late, Padding: c.Padding, Foreign: c.Foreign,
		NotRTP: c.NotRTP, Malformed: c.Malformed, Undecodable: c.Undecodable, Recovered: c.Recovered,
		DamagedBytes: t.DamagedBytes, StartUs: t.Header.FirstUs, OffsetMs: millis(t.Start), DurationMs: millis(length(t)),
		MirroredFrames: t.FlipFrames, BackCameraFrames: t.BackCameraFrames,
		Encrypted: t.Encrypted || garbled(t), Complete: t.Err == nil && t.Complete,
		Truncated: cutOff(t) > 0,
	}
	if w := problem(t); w != nil {
		r.Error = w.Text
	}
	if t.DriftKnown {
		r.DriftPPM = math.Round(t.DriftPPM*10) / 10
	}
	if len(t.Sizes) > 0 {
		r.Width, r.Height = t.Sizes[0].Width, t.Sizes[0].Height
	}
	for _, s := range t.Orientations {
		r.Orientation = append(r.Orientation, OrientationReport{TMs: millis(s.At), Degrees: s.Orientation.Degrees, Flip: s.Orientation.Flip})
	}
	if t.Header.Kind == mjr.Video && t.Err == nil {
		r.OrientationSource = orientationSource(t)
	}
	for _, h := range t.Holes {
		r.Holes = append(r.Holes, HoleReport{FromMs: millis(h.From), ToMs: millis(h.To), Kind: string(h.Kind), Packets: h.Packets})
	}
	return r
}

// orientationSource says how the id of the orientation extension is known.
func orientationSource(t *timeline.Track) string {
	uri := t.Header.Extensions[t.OrientationID]
	switch {
	case t.OrientationID == 0:
		return "none"
	case t.OrientationFound:
		return "found"
	case uri == cvo.URI || uri == cvo.URI6:
		return "declared"
	}
	return "given"
}

// unread describes a file that was not worth loading.
func unread(f *recording.File) InputReport {
	r := InputReport{File: filepath.Base(f.Path), Codec: f.Header.Codec}
	switch {
	case f.Err != nil:
		r.Error = f.Err.Error()
	case f.Empty:
		r.Error = neverWritten
	}
	return r
}

// InputsOf describes all files of a participant, in the participant's order. tl may lack files that hold nothing, and
// may be nil if all of them do.
func InputsOf(p *recording.Participant, tl *timeline.Timeline) []InputReport {
	tracks := map[string]*timeline.Track{}
	if tl != nil {
		for _, t := range tl.Tracks {
			tracks[t.Path] = t
		}
	}
	list := []InputReport{} // never null in reports
	for _, f := range p.Tracks {
		if t := tracks[f.Path]; t != nil {
			list = append(list, InputOf(t))
		} else {
			list = append(list, unread(f))
		}
	}
	return list
}

// Write writes the report as JSON, in one step: whoever reads path finds a whole report or none. The file is not
// replaced if it exists, unless overwrite is set or it is a report without outputs, of an attempt that came to nothing.
func (r *Report) Write(path string, overwrite bool) error {
	return r.write(path, filepath.Dir(path), overwrite)
}

// write writes the report by way of a file in the folder work.
func (r *Report) write(path, work string, overwrite bool) error {
	text, err := r.json()
	if err != nil {
		return err
	}
	partial := filepath.Join(work, "."+filepath.Base(path)+".partial")
	if err := writeSynced(partial, text); err != nil {
		return errors.Join(explain(err), remove(partial))
	}
	if err := place(partial, path, overwrite || replaceable(path)); err != nil {
		return errors.Join(err, remove(partial))
	}
	return nil
}

func (r *Report) json() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it, too
	e.SetIndent("", "  ")
	err := e.Encode(r)
	return b.Bytes(), err
}

// replaceable says whether a file is a report of an attempt that made no outputs.
func replaceable(path string) bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var old struct {
		Schema  int
		Outputs *[]json.RawMessage
	}
	return json.Unmarshal(text, &old) == nil && old.Schema == schema && old.Outputs != nil && len(*old.Outputs) == 0
}

// writeSynced writes a file and waits until it is on the disk.
func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// remove removes a file that may not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot clean up: %w", err)
	}
	return nil
}
