package convert

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/pipelines/verify"
)

// doubt is an output that did not pass verification.
type doubt struct {
	output *plan.Output
	err    error
}

// doubts are why a job fails whose outputs are all there, but not all of them as they should be.
type doubts []doubt

func (d doubts) Error() string {
	var parts []string
	for _, one := range d {
		parts = append(parts, one.err.Error())
	}
	return strings.Join(parts, "; ")
}

func (d doubts) Unwrap() []error {
	var list []error
	for _, one := range d {
		list = append(list, one.err)
	}
	return list
}

func (d doubts) about(o *plan.Output) bool {
	for _, one := range d {
		if one.output == o {
			return true
		}
	}
	return false
}

// aboutOutput says whether an error is about an output, and not about the machine that it was looked at on.
func aboutOutput(err error) bool {
	return errors.Is(err, verify.ErrWrong) && !errors.As(err, new(syscall.Errno)) && !errors.Is(err, gstrun.ErrStuck)
}

const unverified = ".unverified"

// unverifiedName is what an output is called that did not pass: the extension stays, so that players open it.
func unverifiedName(file string) string {
	ext := filepath.Ext(file)
	return strings.TrimSuffix(file, ext) + unverified + ext
}

// isUnverified says whether that is such a name.
func isUnverified(file string) bool {
	return strings.HasSuffix(strings.TrimSuffix(file, filepath.Ext(file)), unverified)
}

// keep gives names to everything that was made: their own to the outputs that passed, others to those that did not.
func (j *job) keep(d doubts) error {
	var good []plan.Output
	for i := range j.plan.Outputs {
		if o := &j.plan.Outputs[i]; !d.about(o) {
			good = append(good, *o)
		}
	}
	if err := j.place(good); err != nil {
		return err
	}
	for _, one := range d {
		file := filepath.Base(one.output.Path)
		u := report.Unverified{File: unverifiedName(file), Of: file, Reason: one.err.Error()}
		if err := place.File(one.output.Partial, filepath.Join(j.settings.OutputDir, u.File), true); err != nil {
			return err
		}
		j.report.Unverified = append(j.report.Unverified, u)
		j.report.Warnings = append(j.report.Warnings, report.Warning{Code: report.NotVerified,
			Text: fmt.Sprintf("%s did not pass verification and is kept as %s: %v", file, u.File, one.err)})
	}
	j.kept = true
	return nil
}
