package claim

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/upright-media/upright/daemon/job"
)

// Found is what an earlier attempt, or another daemon, has made of the same recording.
type Found struct {
	Outputs    []job.Output
	ReportFile string // absolute
	Report     []byte // as it is on disk
	Mode       string
}

// report is what matters here of a pipelines.Report, which cannot be had without GStreamer.
type report struct {
	Schema   int
	Identity string
	Outputs  []struct {
		File       string
		Container  string
		Bytes      int64
		DurationMs float64 `json:"duration_ms"`
		SHA256     string
	}
	Plan struct{ Mode string }

	text []byte
}

// report reads a report. nil: there is something else under its name.
func (p *Place) report(name string) (*report, error) {
	text, err := p.readFile(name + ".json")
	if err != nil {
		return nil, err
	}
	r := &report{text: text}
	if json.Unmarshal(text, r) != nil || r.Schema != 1 {
		return nil, nil
	}
	return r, nil
}

// Look says whether a job's outputs are there already, and changes nothing. nil: they are not.
func Look(spec job.Spec) (*Found, error) {
	p, err := open(spec, "", false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.find()
}

// find looks for complete outputs of our recording under all names.
func (p *Place) find() (*Found, error) {
	for i, gap := 1, 0; gap < maxGap && i < maxNames; i++ {
		r, err := p.report(p.name(i))
		if errors.Is(err, fs.ErrNotExist) {
			gap++
			continue
		}
		if err != nil {
			return nil, err
		}
		gap = 0
		if r == nil || r.Identity != p.identity || len(r.Outputs) == 0 {
			continue
		}
		found := p.found(p.name(i), r)
		if found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// found checks that the outputs are as the report says. They may have been taken away since: uploaded, or too old.
func (p *Place) found(name string, r *report) *Found {
	f := &Found{ReportFile: filepath.Join(p.Dir, name+".json"), Report: r.text, Mode: r.Plan.Mode}
	for _, o := range r.Outputs {
		if filepath.Base(o.File) != o.File {
			return nil
		}
		st, err := p.root.Lstat(o.File)
		gone := errors.Is(err, fs.ErrNotExist)
		if !gone && (err != nil || !st.Mode().IsRegular() || st.Size() != o.Bytes) {
			return nil
		}
		f.Outputs = append(f.Outputs, job.Output{File: filepath.Join(p.Dir, o.File), Container: o.Container, Bytes: o.Bytes,
			DurationMs: o.DurationMs, SHA256: o.SHA256, Removed: gone})
	}
	return f
}
