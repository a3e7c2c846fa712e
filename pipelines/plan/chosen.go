package plan

import (
	"slices"

	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/report"
)

// chose notes which encoders pictures get, and which they do not.
func (p *Plan) chose(made []outputPlan) {
	for _, q := range made {
		if q.video == nil || q.video.choice == nil {
			continue
		}
		e := q.video.choice.Encoder
		if p.Backend == "" {
			p.Backend = string(e.Backend)
		}
		p.Chosen = append(p.Chosen, e)
		if e.Hardware() {
			p.use(e.Element)
		}
		if r := q.video.route; r != nil {
			p.Routed = append(p.Routed, r.Decoder, r.Turner)
			p.use(r.Decoder)
			p.use(r.Turner)
		}
		for _, r := range q.video.choice.Rejected {
			if !slices.ContainsFunc(p.Rejected, func(o encoders.Rejection) bool { return o.Encoder == r.Encoder }) {
				p.Rejected = append(p.Rejected, r)
			}
		}
	}
}

// use notes an element that needs a device.
func (p *Plan) use(element string) {
	if !slices.Contains(p.Hardware, element) {
		p.Hardware = append(p.Hardware, element)
	}
}

// Report is what the report says about a plan.
func (p *Plan) Report() report.Plan {
	return report.Plan{Mode: p.Mode, Pipeline: p.CommandLine, Encoder: p.Encoder, Backend: p.Backend, Reason: p.Reason,
		Hardware: p.Hardware, Rejected: p.Rejected}
}
