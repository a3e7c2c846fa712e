package convert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/pipelines/verify"
)

// attempts carries out the plan. When something fails that may be the fault of an encoder, or of what else runs on a
// device, it decides anew without that and begins again, as long as there is another way.
func (j *job) attempts(ctx context.Context) error {
	warnings := len(j.report.Warnings)
	var failed []encoders.Rejection // in this job
	for _, r := range j.plan.Rejected {
		if r.Kind == encoders.Crashed {
			failed = append(failed, r)
		}
	}
	if plan.GarbledPictures(j.tl) {
		if err := j.distrust(ctx); err != nil {
			return err
		}
	}
	if err := j.withoutEncrypted(ctx); err != nil {
		return err
	}
	for {
		j.report.Warnings = append(j.report.Warnings[:warnings:warnings],
			undecodable(j.settings.Undecodable, j.plan)...)
		if len(failed) > 0 {
			j.report.Warnings = append(j.report.Warnings, fellBack(failed, j.plan))
		}
		err := j.produce(ctx)
		var blamed []encoders.Rejection
		var doubts doubts
		if err != nil {
			blamed = j.blame(ctx, err)
		}
		if len(blamed) == 0 && !errors.Is(err, verify.ErrNoPicture) && errors.As(err, &doubts) {
			again, other := j.withoutFiles(ctx)
			if again != nil {
				j.adopt(again)
				j.report.Outputs = []report.Output{}
				continue
			}
			err = errors.Join(err, other, j.keep(doubts))
		}
		// else what a pipeline that does not end still writes would get into the next
		for _, path := range j.plan.Temporaries() {
			err = errors.Join(err, place.Remove(path))
		}
		if err == nil {
			j.learn(failed)
			return nil
		}
		if len(blamed) == 0 && errors.Is(err, verify.ErrNoPicture) {
			again, other := j.withoutPictures(ctx)
			if other != nil {
				j.report.Warnings = append(j.report.Warnings, undecodable(j.videos, j.plan)...)
				return fmt.Errorf("%w (%w)", other, verify.ErrNoPicture)
			}
			j.adopt(again)
			j.report.Outputs = []report.Output{}
			continue
		}
		if len(blamed) == 0 {
			return err
		}
		failed = append(failed, blamed...)
		j.settings.Avoid = append(slices.Clip(j.settings.Avoid), blamed...)
		again, other := plan.Decide(j.participant, j.tl, j.profile, j.settings.Settings)
		if other != nil {
			return noOther(err, other)
		}
		j.adopt(again)
		j.report.Outputs = []report.Output{}
	}
}

// blame says which elements of the plan may be the reason why it failed: those that are to be done without. There are
// none if it was something else, or if nothing else may be used.
func (j *job) blame(ctx context.Context, err error) (list []encoders.Rejection) {
	if ctx.Err() != nil || j.settings.Encoders == nil || j.settings.Encoders.Strict {
		return nil
	}
	var busy *probing.BusyError
	var element *gstrun.Error
	kind := encoders.Started
	if j.moved {
		kind = encoders.Stream
	}
	reason := err.Error()
	switch {
	case errors.As(err, &busy):
		for _, e := range j.plan.Chosen {
			if e.Device == busy.Device {
				list = append(list, encoders.Rejection{Encoder: e.Element, Kind: encoders.Busy, Reason: busy.Error()})
			}
		}
		return list
	case errors.Is(err, verify.ErrWrong), errors.Is(err, verify.ErrNoPicture):
		kind = encoders.Output
	case errors.As(err, &element):
		reason = element.Error()
		for _, e := range j.plan.Chosen {
			if element.Factory == e.Element {
				return []encoders.Rejection{{Encoder: e.Element, Kind: kind, Reason: reason}}
			}
		}
		if element.Domain == "resource" && slices.Contains(fileElements, element.Factory) ||
			element.Name == gstrun.NoSpaceLeft {
			return nil
		}
	case !errors.As(err, new(*pipelines.PipelineError)):
		return nil
	}
	// Whatever it is: elements in software have stood the test. Pictures that go to the encoder by way of system memory
	// may be all that is needed.
	suspects := j.plan.Hardware
	if len(j.plan.Routed) > 0 {
		suspects = j.plan.Routed
	}
	for _, name := range suspects {
		list = append(list, encoders.Rejection{Encoder: name, Kind: kind,
			Reason: strings.ReplaceAll(reason, "\n", "; ")})
	}
	return list
}

// fileElements are elements whose trouble with a file is no other's.
var fileElements = []string{"mjrsrc", "filesink", "uprightmp4sink"}

// noOther is the error of a job that has no other way to go on.
func noOther(err, other error) error {
	var none *encoders.NoneError
	if errors.As(other, &none) {
		return fmt.Errorf("%w; and there is no other encoder for it", err)
	}
	return err
}

// learn keeps what has failed from being chosen again soon: something else did the same job. Not for long, since it may
// have been the pictures.
func (j *job) learn(failed []encoders.Rejection) {
	for _, r := range failed {
		if r.Kind != encoders.Busy {
			j.settings.Encoders.Doubt(r)
		}
	}
}

// fellBack is what the report says about it besides.
func fellBack(failed []encoders.Rejection, plan *plan.Plan) report.Warning {
	var parts []string
	for _, r := range failed {
		parts = append(parts, r.Encoder+": "+r.Reason)
	}
	return report.Warning{Code: report.EncoderFailed,
		Text: fmt.Sprintf("the pictures were encoded anew by %s, because of %s", pictures(plan),
			strings.Join(parts, "; "))}
}

// pictures names the encoders of pictures.
func pictures(p *plan.Plan) string {
	var names []string
	for _, e := range p.Chosen {
		if !slices.Contains(names, e.Element) {
			names = append(names, e.Element)
		}
	}
	return strings.Join(names, " and ")
}
