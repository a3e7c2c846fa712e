package convert

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/plan"
)

// checkOwn looks at the profile's own elements, if it has any, before any of them is made.
func (j *job) checkOwn() error {
	if !pipelines.HasElements(j.profile) {
		return nil
	}
	if problems := pipelines.CheckProfile(j.profile); len(problems) > 0 {
		return plan.SettingsError{Err: fmt.Errorf("profile %s: %w", j.profile.Name, problems[0])}
	}
	return nil
}

// limit is how far a pipeline may go with elements that are not ours: what is longer than this does not pass
// verification. 0: there are none, and the pipeline ends when its sources do.
func (j *job) limit() time.Duration {
	if !pipelines.HasElements(j.profile) {
		return 0
	}
	return j.plan.Duration + j.plan.Duration/4 + 30*time.Second
}

// explainOwn says what a profile's own elements have to do with a pipeline that does not end; nil if nothing.
func (j *job) explainOwn(err error, graph string) error {
	if !pipelines.HasElements(j.profile) {
		return nil
	}
	var element *gstrun.Error
	var limit *gstrun.LimitError
	var stall *gstrun.StallError
	switch {
	case errors.As(err, &limit):
		return errors.Join(plan.SettingsError{Err: fmt.Errorf("profile %s: the pipeline does not end: it is at %.3f "+
			"s of a recording of %.3f s. An element in it makes media without "+
			"end, as videotestsrc does without num-buffers, and imagefreeze: give it an end, or leave it out",
			j.profile.Name, limit.Position.Seconds(), j.plan.Duration.Seconds())}, pipelines.Stuck(err))
	case errors.As(err, &element) && strings.Contains(element.Debug, "not-negotiated"):
		return &pipelines.PipelineError{Graph: graph,
			Err: fmt.Errorf("%w. An element of the profile %s does not take what comes to it (behind ${video} that "+
				"is what videoconvert "+
				"can make, at the size of the pictures): %s", err, j.profile.Name, element.Debug)}
	case errors.As(err, &stall):
		return &pipelines.PipelineError{Graph: graph,
			Err: fmt.Errorf("%w. An element of the profile %s may wait for media that never comes (a tee needs a queue "+
				"behind each branch), or not pass on that it has ended", err, j.profile.Name)}
	}
	return nil
}
