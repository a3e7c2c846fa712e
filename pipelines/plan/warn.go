package plan

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// From where on something is worth a warning.
const (
	driftPPM      = 50   // 3 ms in a minute, 0.2 s in an hour
	driftLimit    = 1000 // no crystal is as bad: the clock is not what it seems
	lostPercent   = 0.5
	lostTime      = 500 * time.Millisecond
	headTime      = 500 * time.Millisecond
	endDifference = time.Second
)

// WithName puts the file's name before a text that does not have it.
func WithName(name, text string) string {
	if strings.Contains(text, name) {
		return text
	}
	return name + ": " + text
}

// WarningsOf says what a user should know about a participant's files: what cannot be used and why, and what is
// damaged. tl must have been loaded from files of the participant; a file that is not in it was not worth loading.
func WarningsOf(p *recording.Participant, tl *timeline.Timeline) []report.Warning {
	warnings := []report.Warning{} // never null in reports
	loaded := map[string]bool{}
	var lost, kept [2]bool // video, audio
	note := func(kind recording.Medium, ok bool) {
		at := &lost
		if ok {
			at = &kept
		}
		switch kind {
		case recording.Video:
			at[0] = true
		case recording.Audio:
			at[1] = true
		}
	}
	if tl != nil {
		for _, t := range tl.Tracks {
			loaded[t.Path] = true
			if w := Problem(t); w != nil {
				warnings = append(warnings, report.Warning{Code: w.Code, Text: WithName(filepath.Base(t.Path), w.Text)})
				note(kindOf(p, t), false)
				continue
			}
			note(t.Info.Medium, true)
			warnings = append(warnings, Blemishes(t)...)
		}
		warnings = append(warnings, between(tl)...)
		for _, w := range tl.Warnings {
			text := w.Text
			if w.Track != nil {
				text = filepath.Base(w.Track.Path) + ": " + text
			}
			warnings = append(warnings, report.Warning{Code: w.Code, Text: text})
		}
	}
	for _, f := range p.Tracks {
		if loaded[f.Path] {
			continue
		}
		name := filepath.Base(f.Path)
		switch {
		case f.Err != nil:
			warnings = append(warnings, report.Warning{Code: report.Unreadable, Text: WithName(name, f.Err.Error())})
		case f.Empty:
			warnings = append(warnings, report.Warning{Code: report.NoMedia, Text: WithName(name, NeverWritten)})
		default:
			continue
		}
		note(f.Medium, false)
	}
	switch {
	case lost[0] && !kept[0] && kept[1]:
		warnings = append(warnings, report.Warning{Code: report.MissingVideo, Text: SoundOnly})
	case lost[1] && !kept[1] && kept[0]:
		warnings = append(warnings, report.Warning{Code: report.MissingAudio,
			Text: "the participant's audio cannot be used: pictures only"})
	}
	return warnings
}

// SoundOnly is what is said of an output without the pictures of its participant.
const SoundOnly = "the participant's video cannot be used: sound only"

// kindOf is the medium of a track, by its file's name if it has no header.
func kindOf(p *recording.Participant, t *timeline.Track) recording.Medium {
	if t.Info.Medium == "" {
		for _, f := range p.Tracks {
			if f.Path == t.Path {
				return f.Medium
			}
		}
	}
	return t.Info.Medium
}

// Blemishes are the warnings about a track that can be used.
func Blemishes(t *timeline.Track) []report.Warning {
	var list []report.Warning
	warn := func(code, text string, args ...any) {
		list = append(list, report.Warning{Code: code, Text: filepath.Base(t.Path) + ": " + fmt.Sprintf(text, args...)})
	}
	cut := t.CutOff
	if damaged := t.DamagedBytes - cut; damaged > 0 {
		where := ""
		if len(t.Damage) > 0 {
			where = fmt.Sprintf(", the first at byte %d", t.Damage[0].From)
		}
		warn(report.Damaged, "%d bytes make no sense and were left out%s", damaged, where)
	}
	switch {
	case cut > 0:
		warn(report.Truncated, "the file ends in the middle of a packet, of whose record there are only %d bytes", cut)
	case !t.Complete && t.DamagedBytes == 0:
		warn(report.Truncated, "the file ends in the middle of a packet")
	}
	if t.Declared != "" {
		warn(report.CodecWrong, "its header says %s, but its packets are %s, and were read as that", title(t.Declared),
			title(t.Info.Codec))
	}
	if len(t.Codecs) > 0 {
		warn(report.CodecChanges, "its packets are of several codecs, %s, and became one sound", titles(t.Codecs))
	}
	for _, o := range t.LeftOut {
		what := "is nothing that can be shown"
		if o.Codec != "" {
			what = "is " + title(o.Codec) + ", which does not go with the rest, so it is silent instead"
		}
		warn(report.OtherPayload, "%d packets have payload type %d, which %s; they were left out", o.Packets, o.Type,
			what)
	}
	if text := lossOf(t); text != "" {
		warn(report.Loss, "%s", text)
	}
	if t.ArrivalsIgnored {
		warn(report.ArrivalsIgnored, "the arrival times in the file contradict its packets, so its times are those "+
			"of the sender's clock")
	}
	switch ppm := t.DriftPPM; {
	case !t.DriftKnown || -driftPPM < ppm && ppm < driftPPM:
	case ppm <= -driftLimit || ppm >= driftLimit:
		warn(report.ClockDrift, "the sender's clock runs %+.0f ppm against the server's, more than any clock is wrong",
			ppm)
	default:
		warn(report.ClockDrift, "the sender's clock runs %+.0f ppm against the server's", ppm)
	}
	if t.OrientationFound {
		warn(report.OrientationFound, "nothing names the orientation extension; id %d was recognised by its contents",
			t.OrientationID)
	}
	if t.FlipFrames > 0 {
		warn(report.Flipped, "the sender says of %d pictures that they are mirrored", t.FlipFrames)
	}
	return list
}

// title is a codec as people write it.
func title(codec string) string {
	if f := formatNamed(codec); f != nil {
		return f.title
	}
	return codec
}

func titles(codecs []string) string {
	var list []string
	for _, c := range codecs {
		list = append(list, title(c))
	}
	return strings.Join(list, ", ")
}

// lossOf says how much of a track was lost and what that does to it, "" if nobody will notice.
func lossOf(t *timeline.Track) string {
	lost := t.Counts.Lost - t.Counts.Recovered
	var gone time.Duration
	if t.Info.Medium == recording.Audio { // of single packets there are no holes
		gone = time.Duration(max(0, lost)) * t.FrameDuration
	}
	var holes time.Duration
	for _, h := range t.Holes {
		if h.Kind == timeline.HoleLoss {
			holes += h.To - h.From
		}
	}
	gone = max(gone, holes)
	if t.Info.Medium == recording.Video {
		gone = t.Frozen + t.Damaged
	}
	share := 100 * float64(lost) / float64(max(1, lost+t.Counts.Used+t.Counts.Undecodable))
	if share < lostPercent && gone < lostTime || lost <= 0 && t.Info.Medium != recording.Video {
		return ""
	}
	text := fmt.Sprintf("%d packets (%.1f %%) were lost", lost, share)
	switch {
	case lost <= 0: // as after a sender that began anew without a key picture
		text = "pictures are missing that others are predicted from"
	case lost == 1:
		text = "one packet was lost"
	}
	const brief = 50 * time.Millisecond
	switch {
	case gone < brief:
		return text
	case t.Info.Medium == recording.Video && t.Damaged < brief:
		return text + fmt.Sprintf(", so the picture stands still for %.1f s in total", t.Frozen.Seconds())
	case t.Info.Medium == recording.Video && t.Frozen < brief:
		return text + fmt.Sprintf(", so the picture is damaged for %.1f s in total", t.Damaged.Seconds())
	case t.Info.Medium == recording.Video:
		return text + fmt.Sprintf(", so the picture stands still for %.1f s and is damaged for %.1f s in total",
			t.Frozen.Seconds(), t.Damaged.Seconds())
	}
	return text + fmt.Sprintf(", so there is silence for %.1f s in total", gone.Seconds())
}

// between are the warnings about how sound and pictures lie to each other.
func between(tl *timeline.Timeline) []report.Warning {
	var video, audio *timeline.Track // the first to begin
	var videoEnd, audioEnd time.Duration
	for _, t := range tl.Tracks {
		if Problem(t) != nil {
			continue
		}
		switch t.Info.Medium {
		case recording.Video:
			videoEnd = max(videoEnd, t.End)
			if video == nil || t.Start < video.Start {
				video = t
			}
		case recording.Audio:
			audioEnd = max(audioEnd, t.End)
			if audio == nil || t.Start < audio.Start {
				audio = t
			}
		}
	}
	if video == nil || audio == nil {
		return nil
	}
	var list []report.Warning
	if d := video.Start - audio.Start; d > headTime {
		list = append(list, report.Warning{Code: report.HeadWithoutPicture,
			Text: fmt.Sprintf("%s: the first picture comes %.1f s after the first sound", filepath.Base(video.Path),
				d.Seconds())})
	}
	if d := videoEnd - audioEnd; d.Abs() > endDifference {
		first, second := "the sound ends", "the pictures do"
		if d < 0 {
			first, second = "the pictures end", "the sound does"
		}
		list = append(list, report.Warning{Code: report.DurationMismatch,
			Text: fmt.Sprintf("%s %.1f s before %s", first, d.Abs().Seconds(), second)})
	}
	return list
}
