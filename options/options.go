package options

import (
	"time"

	"github.com/upright-media/upright/timeline"
)

// Options are those of one conversion. The zero value of each is its default.
type Options struct {
	Audio  Audio  `yaml:"audio" json:"audio,omitempty"`
	Pauses Pauses `yaml:"pauses" json:"pauses,omitempty" property:"pauses"`
	OnLoss OnLoss `yaml:"on_loss" json:"on_loss,omitempty" property:"on-loss"`
	Head   Head   `yaml:"head" json:"head,omitempty" property:"head"`
	Gap    Gap    `yaml:"gap" json:"gap,omitzero"`
	Split  bool   `yaml:"split" json:"split,omitempty"`

	// Rejoin is how far apart two sessions of one person may be to count as one; 0: they never do.
	Rejoin time.Duration `yaml:"rejoin" json:"rejoin,omitzero"` // in Key: ns

	Subtitles     bool `yaml:"subtitles" json:"subtitles,omitempty"`
	OrientationID int  `yaml:"orientation_id" json:"orientation_id,omitempty" property:"orientation-id"`
	IgnoreRTPTS   bool `name:"ignore-rtp-ts" yaml:"ignore_rtp_ts" json:"ignore_rtp_ts,omitempty" property:"ignore-rtp-ts"`
}

// Audio says how sound gets into an output.
type Audio string

// Values of Audio.
const (
	AudioAuto Audio = "auto"
	AudioCopy Audio = "copy"
	AudioAAC  Audio = "aac"
)

// Pauses says what becomes of the times at which the recording was paused.
type Pauses string

// Values of Pauses.
const (
	PausesKeep Pauses = "keep"
	PausesCut  Pauses = "cut"
)

// OnLoss says what becomes of pictures that packet loss has spoilt.
type OnLoss string

// Values of OnLoss.
const (
	OnLossFreeze OnLoss = "freeze"
	OnLossKeep   OnLoss = "keep"
)

// Head says what becomes of the time before the first picture, when there is sound already.
type Head string

// Values of Head.
const (
	HeadEmpty Head = "empty"
	HeadHold  Head = "hold"
	HeadBlack Head = "black"
	HeadTrim  Head = "trim"
)

// Gap says what is shown while a camera is off.
type Gap string

// Values of Gap.
const (
	GapHold  Gap = "hold"
	GapBlack Gap = "black"
)

// IsZero keeps the default out of JSON: jobs are known by a text that is older than this option.
func (g Gap) IsZero() bool { return g == "" || g == GapHold }

// Timeline says how files are to be read by these options. What has no known value counts as the default; Check refuses
// it.
func (o Options) Timeline() timeline.Options {
	t := timeline.Options{OrientationID: o.OrientationID, IgnoreRTPTime: o.IgnoreRTPTS}
	if o.Pauses == PausesCut {
		t.Pauses = timeline.CutPauses
	}
	if o.OnLoss == OnLossKeep {
		t.OnLoss = timeline.KeepOnLoss
	}
	switch o.Head {
	case HeadHold:
		t.Head = timeline.HoldHead
	case HeadTrim:
		t.Head = timeline.TrimHead
	}
	return t
}
