package plan

import (
	"slices"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
)

// decide chooses a container and how video and audio get into it.
func (q *outputPlan) decide(v, a *source, prof Profile, s Settings, has func(string) bool) error {
	if prof.Pipeline != "" {
		if done, err := q.decideCustom(v.longest(), a, prof, s, has); done || err != nil {
			return err
		}
	}
	if prof.Thumbnails() {
		return q.decideThumbs(v.longest(), a, prof, s, has)
	}
	if err := q.contain(v, a, prof, s); err != nil {
		return err
	}
	if !has(q.to.mux) {
		return &MissingElementError{Elements: []string{q.to.mux}, For: "write " + q.to.title}
	}
	if v != nil {
		w, err := q.videoTarget(v, prof)
		if err != nil {
			return err
		}
		w.fragment, w.choose = numbered(w.fragment, q.number), s.chooser(has)
		w.route, w.has, w.black, w.off = s.router(), has, s.blackHead(v, a), s.cameraOff(v, a)
		if q.video, err = planVideo(*v, q.to, w, has); err != nil {
			return err
		}
		q.video.chain = threaded(q.video.chain, s.Threads)
	}
	if a != nil {
		w, err := q.audioTarget(prof, s)
		if err != nil {
			return err
		}
		if q.audio, err = planAudio(*a, q.to, w, has); err != nil {
			return err
		}
	}
	return nil
}

// contain chooses the container, as the profile's muxer says.
func (q *outputPlan) contain(v, a *source, prof Profile, s Settings) error {
	if prof.Mux == profile.Auto {
		q.to = original(v, a, prof, s)
		q.muxer = launch.Line{q.to.mux}
		return nil
	}
	list, err := profile.Tokens(prof.Mux)
	if err == nil {
		list, err = profile.Sunk(list)
	}
	if err != nil {
		return err
	}
	q.to, q.muxer = muxed(list[0].Name), Words(list, nil)
	return nil
}

// late says whether there is sound for longer than a picture lasts before there are pictures, and nothing else is to be
// there.
func late(v, a *source, s Settings) bool {
	return v != nil && a != nil && (s.Head == "" || s.Head == options.HeadEmpty) &&
		v.track.Start-a.track.Start > v.track.FrameDuration
}

// muxed is the container that a muxer writes.
func muxed(element string) *container {
	if element == profile.MP4Mux {
		return mp4
	}
	for _, c := range []*container{mp4, webm, mkv} {
		if c.mux == element {
			return c
		}
	}
	return nil
}

// original chooses the container that keeps most: the first that takes pictures and sound as they are, else the first
// that takes the pictures as they are (encoding sound costs less), else the first that takes the codecs.
func original(v, a *source, prof Profile, s Settings) *container {
	audio := s.Audio
	order := []*container{webm, mp4, mkv}
	if v != nil && (v.format.name == "h264" || v.format.name == "h265") {
		order = []*container{mp4, mkv}
	}
	if late(v, a, s) && !fillable(v) { // MP4 says when pictures begin, WebM needs one from the start
		order = []*container{mp4, webm, mkv}
	}
	if audio == options.AudioAAC {
		order = slices.DeleteFunc(order, func(c *container) bool { return !c.audio["aac"] })
	}
	if s.Subtitles && v != nil {
		order = slices.DeleteFunc(order, func(c *container) bool { return c.text == "" })
	}
	order = slices.DeleteFunc(order, func(c *container) bool {
		return v != nil && prof.VideoCodec != "" && !c.video[prof.VideoCodec] || a != nil && prof.AudioCodec != "" &&
			!c.audio[prof.AudioCodec]
	})
	sound := func(c *container) bool { return a == nil || audio == options.AudioAAC || c.audio[a.format.name] }
	pictures := func(c *container) bool {
		if v == nil {
			return true
		}
		ok, _ := copies(*v, c)
		return ok
	}
	codec := func(c *container) bool { return v == nil || c.video[v.format.name] }
	for _, fits := range []func(*container) bool{
		func(c *container) bool { return pictures(c) && sound(c) },
		pictures,
		func(c *container) bool { return codec(c) && sound(c) },
		codec,
	} {
		if i := slices.IndexFunc(order, fits); i >= 0 {
			return order[i]
		}
	}
	return mkv
}
