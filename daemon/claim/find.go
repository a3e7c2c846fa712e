package claim

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/pipelines/report"
)

// Found is what an earlier attempt, or another daemon, has made of the same recording.
type Found struct {
	Outputs    []job.Output
	ReportFile string // absolute
	Report     []byte // as it is on disk
	Mode       string
}

// report reads a report, and returns its text besides. nil: there is something else under its name.
func (p *Place) report(name string) (*report.Report, []byte, error) {
	text, err := p.readFile(name + ".json")
	if err != nil {
		return nil, nil, err
	}
	r, err := report.Parse(text)
	if err != nil {
		return nil, nil, nil
	}
	return r, text, nil
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
		r, text, err := p.report(p.name(i))
		if errors.Is(err, fs.ErrNotExist) {
			gap++
			continue
		}
		if err != nil {
			return nil, err
		}
		gap = 0
		if r == nil || r.Identity != p.identity && !p.covers(text) || !r.Whole() || p.Again != "" && r.Again != p.Again {
			continue
		}
		found := p.found(p.name(i), r, text)
		if found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// found checks that the outputs are as the report says. They may have been taken away since: uploaded, or too old.
func (p *Place) found(name string, r *report.Report, text []byte) *Found {
	f := &Found{ReportFile: filepath.Join(p.Dir, name+".json"), Report: text, Mode: r.Plan.Mode}
	for _, o := range r.Outputs {
		if filepath.Base(o.File) != o.File {
			return nil
		}
		st, err := p.root.Lstat(o.File)
		gone := errors.Is(err, fs.ErrNotExist)
		if !gone && (err != nil || !st.Mode().IsRegular() || st.Size() != o.Bytes) {
			return nil
		}
		f.Outputs = append(f.Outputs, job.Output{File: filepath.Join(p.Dir, o.File), Container: o.Container,
			Bytes:      o.Bytes,
			DurationMs: o.DurationMs, SHA256: o.SHA256, Removed: gone})
	}
	return f
}
