package pipelines

import (
	"bytes"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"time"

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

// thumbnails says whether that is what a profile makes.
func thumbnails(p Profile) bool {
	name, _, _ := strings.Cut(strings.TrimSpace(p.Mux), " ")
	return name == profile.Thumbs
}

// decideThumbs plans the thumbnails of pictures, on the clock of the video that they have with the sound.
func (q *production) decideThumbs(v, a *source, prof Profile, s Settings, has func(string) bool) error {
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
	w := wish{box: size{prof.Width, prof.Height}, rate: thumbRate}
	if prof.FrameRate != 0 {
		w.rate = prof.FrameRate
	}
	l, err := v.format.read(v.track, has)
	if err != nil {
		return err
	}
	m := &medium{source: *v, thinned: true}
	c := w.box.shrink(canvas(v.track))
	if l, err = w.prepared(*v, l, c, has); err != nil {
		return err
	}
	if last := len(own) - 1; profile.IsFragment(prof.Video) && last > 0 { // less auto and the exclamation mark
		l = l.add(rateCaps(w.rateOf(v.track))).then(words(numbered(own[:last-1], q.number), nil))
	}
	m.chain = threaded(l, s.Threads)
	m.report = report.Track{Kind: "image", Codec: "jpeg", DurationMs: millis(length(v.track)), Width: c.width, Height: c.height}
	m.reason = "the profile makes pictures of the video"
	q.video = m
	whole := v.track.End
	if a != nil {
		whole = max(whole, a.track.End)
	}
	whole -= q.clock.track.Start
	interval := max(leastOfTiles, (whole/mostTiles + time.Millisecond).Truncate(time.Millisecond))
	tiles := max(1, int((whole+interval-1)/interval))
	q.muxer = line{profile.Thumbs}.setInt("interval", int64(interval)).setInt("tiles", int64(tiles))
	if prof.Quality != 0 {
		q.muxer = q.muxer.setInt("quality", int64(prof.Quality))
	}
	q.muxer = append(q.muxer, words(list[1:], nil)...)
	return nil
}

// sprite are the outputs beside a poster: the sprite and its index.
func (q *production) sprite(s Settings) []Output {
	if q.to != thumbs {
		return nil
	}
	var list []Output
	for _, f := range []struct{ ext, kind, codec string }{{"jpg", "image", "jpeg"}, {"vtt", "text", "webvtt"}} {
		o := newOutput(s, q.name+"-sprite", f.ext)
		o.Start = q.clock.track.Start
		o.hold(&medium{source: q.video.source, report: report.Track{Kind: f.kind, Codec: f.codec, DurationMs: q.video.report.DurationMs}})
		list = append(list, o)
	}
	return list
}

// thumbLine reads pictures and writes a production's thumbnails.
func (b *builder) thumbLine(i int, partial bool) line {
	q := b.made[i]
	sprite := q.sprite(b.settings)
	path := func(o Output) string {
		if partial {
			return o.Partial
		}
		return o.Path
	}
	return line{}.read(b.source(q.video), q.video.chain).then(q.muxer).setInt("start", int64(q.clock.track.Start)).
		set("location", path(b.outputs[i])).set("sprite", path(sprite[0])).set("index", path(sprite[1])).set("sprite-url", filepath.Base(sprite[0].Path))
}

// checkPicture reads a JPEG again.
func (v *verifier) checkPicture(r *report.Output) (warnings []report.Warning, err error) {
	b, err := os.ReadFile(v.partial)
	if err != nil {
		return nil, err
	}
	p, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, v.wrong("it is no JPEG: %w", err)
	}
	t := v.output.Tracks[0]
	got := size{p.Bounds().Dx(), p.Bounds().Dy()}
	if want := (size{t.Width, t.Height}); want != (size{}) && got != want {
		return nil, v.wrong("it is %s, not %s", got, want)
	}
	t.Width, t.Height = got.width, got.height
	r.Tracks, r.DurationMs = []report.Track{t}, t.DurationMs
	for y := 0; y < got.height; y += max(1, got.height/100) {
		for x := 0; x < got.width; x += max(1, got.width/100) {
			if red, green, blue, _ := p.At(x, y).RGBA(); max(red, green, blue)>>8 > blackest {
				return nil, nil
			}
		}
	}
	return []report.Warning{{Code: report.BlackVideo, Text: r.File + ": all pictures that were looked at are black, from its beginning to its end"}}, nil
}

// checkIndex reads the index of a sprite again.
func (v *verifier) checkIndex(r *report.Output) error {
	b, err := os.ReadFile(v.partial)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(b, []byte("WEBVTT\n\n")) || !bytes.Contains(b, []byte("#xywh=")) {
		return v.wrong("it is no index of a sprite")
	}
	r.Tracks, r.DurationMs = v.output.Tracks, v.output.Tracks[0].DurationMs
	return nil
}
