package plan

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// thumbs is what uprightthumbs writes: a poster, and beside it a sprite with its index.
var thumbs = &container{name: "jpg", title: "thumbnails", mux: profile.Thumbs}

// Thumbnails are for every second, as long as they are not too many for one sprite.
const (
	thumbRate    = 2 // pictures per second that are looked at
	mostTiles    = 100
	leastOfTiles = time.Second
)

// decideThumbs plans the thumbnails of pictures, on the clock of the video that they have with the sound.
func (q *outputPlan) decideThumbs(v, a *source, prof Profile, s Settings, has func(string) bool) error {
	if !has(profile.Thumbs) {
		return &MissingElementError{Elements: []string{profile.Thumbs}, For: "make thumbnails"}
	}
	list, err := profile.Tokens(prof.Mux)
	if err != nil {
		return err
	}
	q.to, q.clock = thumbs, v
	if a != nil && a.track.Start < v.track.Start {
		q.clock = a
	}
	own, err := profile.Tokens(prof.Video)
	if err != nil {
		return err
	}
	w := target{box: size{prof.Width, prof.Height}, rate: thumbRate}
	if prof.FrameRate != 0 {
		w.rate = prof.FrameRate
	}
	m, l, err := newMedium(*v, has)
	if err != nil {
		return err
	}
	m.thinned = true
	c := w.box.shrink(canvas(v.track))
	if l, err = w.prepared(*v, l, c, has); err != nil {
		return err
	}
	if last := len(own) - 1; profile.IsFragment(prof.Video) && last > 0 { // less auto and the exclamation mark
		l = l.To(rateCaps(w.rateOf(v.track))).Then(Words(numbered(own[:last-1], q.number), nil))
	}
	m.chain = threaded(l, s.Threads)
	m.report = report.Track{Kind: "image", Codec: "jpeg", DurationMs: report.Millis(length(v.track)), Width: c.width,
		Height: c.height}
	m.reason = "the profile makes pictures of the video"
	q.video = m
	whole := v.track.End
	if a != nil {
		whole = max(whole, a.track.End)
	}
	whole -= q.clock.track.Start
	interval := max(leastOfTiles, (whole/mostTiles + time.Millisecond).Truncate(time.Millisecond))
	tiles := max(1, int((whole+interval-1)/interval))
	q.muxer = launch.Line{profile.Thumbs}.SetInt("interval", int64(interval)).SetInt("tiles", int64(tiles))
	if prof.Quality != 0 {
		q.muxer = q.muxer.SetInt("quality", int64(prof.Quality))
	}
	q.muxer = append(q.muxer, Words(list[1:], nil)...)
	return nil
}

// sprite are the outputs beside a poster: the sprite and its index.
func (q *outputPlan) sprite(s Settings) []Output {
	if q.to != thumbs {
		return nil
	}
	var list []Output
	for _, f := range []struct{ ext, kind, codec string }{{"jpg", "image", "jpeg"}, {"vtt", "text", "webvtt"}} {
		o := newOutput(s, q.name+"-sprite", f.ext)
		o.Start = q.clock.track.Start
		o.hold(&medium{source: q.video.source,
			report: report.Track{Kind: f.kind, Codec: f.codec, DurationMs: q.video.report.DurationMs}})
		list = append(list, o)
	}
	return list
}

// thumbnails writes a outputPlan's thumbnails.
func (b *builder) thumbnails(i int, partial bool) launch.Line {
	q := b.made[i]
	sprite := q.sprite(b.settings)
	path := func(o Output) string {
		if partial {
			return o.Partial
		}
		return o.Path
	}
	return slices.Clone(q.muxer).SetInt("start", int64(q.clock.track.Start)).
		Set("location", path(b.outputs[i])).Set("sprite", path(sprite[0])).Set("index", path(sprite[1])).
		Set("sprite-url", filepath.Base(sprite[0].Path))
}
