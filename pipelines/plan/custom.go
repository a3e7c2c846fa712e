package plan

import (
	"fmt"
	"strconv"
	"time"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// decideCustom plans a outputPlan by the profile's own pipeline. done is false if the recording lacks what leads to its
// output.
func (q *outputPlan) decideCustom(v, a *source, prof Profile, s Settings, has func(string) bool) (done bool,
	err error) {
	list, err := profile.Tokens(prof.Pipeline)
	if err != nil {
		return false, err
	}
	list, ok := profile.Without(list, func(slot string) bool {
		switch slot {
		case profile.SlotVideo, profile.SlotVideoCopy:
			return v == nil
		case profile.SlotAudio, profile.SlotAudioCopy:
			return a == nil
		}
		return false
	})
	if !ok {
		return false, nil
	}
	if list, err = profile.Sunk(list); err != nil {
		return false, err
	}
	for _, t := range list {
		if t.Kind != profile.Element {
			continue
		}
		if to := muxed(t.Name); to != nil {
			q.to = to
		}
		if !has(t.Name) {
			return false, &MissingElementError{Elements: []string{t.Name}, For: "run the profile " + prof.Name}
		}
	}
	if q.to == nil { // its chain went with a medium that there is not
		return false, nil
	}
	q.custom = numbered(list, q.number)
	if profile.Uses(list, profile.SlotVideo) || profile.Uses(list, profile.SlotVideoCopy) {
		w, err := q.videoTarget(v, prof)
		if err != nil {
			return false, err
		}
		w.black, w.off = s.blackHead(v, a), s.cameraOff(v, a)
		if q.video, err = customVideo(*v, q.to, w, list, prof, has); err != nil {
			return false, err
		}
		q.video.chain = threaded(q.video.chain, s.Threads)
	}
	if profile.Uses(list, profile.SlotAudio) || profile.Uses(list, profile.SlotAudioCopy) {
		if q.audio, err = customAudio(*a, q.to, list, prof, has); err != nil {
			return false, err
		}
	}
	if len(q.media()) == 0 {
		return false, nil
	}
	return true, nil
}

// customVideo is what ${video} or ${video.copy} stands for.
func customVideo(v source, to *container, w target, list []profile.Token, prof Profile, has func(string) bool) (*medium,
	error) {
	m, l, err := newMedium(v, has)
	if err != nil {
		return nil, err
	}
	m.report = report.Track{Kind: "video", DurationMs: report.Millis(length(v.track) + w.black)}
	if profile.Uses(list, profile.SlotVideoCopy) {
		ok, why := copies(v, to)
		switch {
		case ok && w.black > 0:
			ok, why = false, blackReason
		case ok && w.off != nil:
			ok, why = false, offReason
		}
		if !ok {
			return nil, fmt.Errorf("%s, so the profile %s cannot copy the pictures: use ${video}", why, prof.Name)
		}
		if l, err = m.shaped(l, has); err != nil {
			return nil, err
		}
		m.copied(l)
		return m, nil
	}
	c := w.box.shrink(canvas(v.track))
	if m.chain, err = w.prepared(v, l, c, has); err != nil {
		return nil, err
	}
	m.chain = m.chain.To(rateCaps(w.rateOf(v.track)))
	m.black = w.black
	m.report.Codec, m.encoder = profile.Codec(list, profile.VideoCodecs)
	m.report.Width, m.report.Height = c.width, c.height
	m.reason, m.thinned = "the profile "+prof.Name+" has a pipeline of its own", true
	return m, nil
}

// customAudio is what ${audio} or ${audio.copy} stands for.
func customAudio(a source, to *container, list []profile.Token, prof Profile, has func(string) bool) (*medium, error) {
	m, l, err := newSound(a, has)
	if err != nil {
		return nil, err
	}
	if profile.Uses(list, profile.SlotAudioCopy) {
		if severalCodecs(a.track) {
			return nil, fmt.Errorf("the codec of the sound changes, so the profile %s cannot copy it: use ${audio}",
				prof.Name)
		}
		if !to.audio[a.format.name] {
			return nil, fmt.Errorf("%s does not hold %s, so the profile %s cannot copy the sound: use ${audio}",
				to.title, a.format.title, prof.Name)
		}
		return m.copiedSound(l), nil
	}
	if m.chain, err = m.raw(l, has); err != nil {
		return nil, err
	}
	m.report.Codec, m.encoder = profile.Codec(list, profile.AudioCodecs)
	m.skip += priming(m.encoder)
	m.reason = "the profile " + prof.Name + " has a pipeline of its own"
	return m, nil
}

// customLine writes a outputPlan's own pipeline.
func (b *builder) customLine(i int, partial bool) launch.Line {
	q := b.made[i]
	var l launch.Line
	var part []profile.Token
	flush := func() {
		l = append(l, Words(part, func(slot string) string { return b.text(i, slot) })...)
		part = nil
	}
	for _, t := range q.custom {
		if t.Kind != profile.Slot {
			part = append(part, t)
			continue
		}
		flush()
		switch t.Name {
		case profile.SlotOutput:
			l = append(l, b.output(i, partial)...)
		case profile.SlotVideo, profile.SlotVideoCopy:
			l = append(l, b.read(q.video)...)
		default:
			l = append(l, b.read(q.audio)...)
		}
	}
	flush()
	return l
}

// text is what is in a slot of a property's value.
func (b *builder) text(i int, slot string) string {
	q := b.made[i]
	switch slot {
	case "title":
		return q.name
	case "participant":
		return b.participant
	case "started":
		if us := b.created(i); us != 0 {
			return time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05Z")
		}
		return ""
	}
	if q.video == nil {
		return "0"
	}
	switch slot {
	case "width":
		return strconv.Itoa(q.video.report.Width)
	case "height":
		return strconv.Itoa(q.video.report.Height)
	case "frame_rate":
		return strconv.Itoa(frameRate(q.video.track))
	case "key_frames":
		return strconv.Itoa(keyInterval(q.video.track))
	}
	return ""
}
