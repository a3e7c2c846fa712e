package probing

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/elements/cvorotate"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/encoders"
)

// routeSide is how wide and high pictures have to be at least: below, some decoders refuse them.
const routeSide = 144

// Route returns how pictures that are to be encoded by e are best decoded and turned on a device, false if that is
// better done in software: it works, and either leads to the encoder, or the encoder is in software and nobody has
// asked for that.
func (s *Selector) Route(ctx context.Context, codec string, e encoders.Encoder, w encoders.Wanted) (encoders.Route,
	bool) {
	if encoders.Backend(s.Encoder) == encoders.Software || w.Width > 0 && w.Height > 0 &&
		(w.Width < routeSide || w.Height < routeSide) {
		return encoders.Route{}, false
	}
	for _, r := range encoders.Routes(codec) {
		avoided := slices.ContainsFunc(w.Failed,
			func(f encoders.Rejection) bool { return f.Encoder == r.Decoder || f.Encoder == r.Turner })
		if avoided || e.Hardware() && !r.Reaches(e) || !s.complete(r) {
			continue
		}
		if known, err := s.Try(ctx, r.AsEncoder()); err == nil && known.OK {
			return r, true
		}
	}
	return encoders.Route{}, false
}

// complete says whether all of a route is installed.
func (s *Selector) complete(r encoders.Route) bool {
	return s.has(r.Decoder) && s.has(r.Turner) && s.has(r.Turner+".video-direction") && s.has(r.Turner+".add-borders")
}

// RouteFor returns Route for one context.
func (s *Selector) RouteFor(ctx context.Context) func(codec string, e encoders.Encoder,
	w encoders.Wanted) (encoders.Route, bool) {
	return func(codec string, e encoders.Encoder, w encoders.Wanted) (encoders.Route, bool) {
		return s.Route(ctx, codec, e, w)
	}
}

// Routes are the decoders on devices that are installed with all that belongs to them.
func (s *Selector) Routes(codec string) (list []encoders.Encoder) {
	for _, r := range encoders.Routes(codec) {
		if s.complete(r) {
			list = append(list, r.AsEncoder())
		}
	}
	return list
}

// Size of the pictures that routes are tried with.
const routeWidth, routeHeight = 640, 360

// turns are tried each: a driver may be able to do some of them only, or do them the other way round.
var turns = []string{"rotate-90", "rotate-180", "rotate-270", "flip-rotate-0"}

var flips = map[string]string{"rotate-90": "90r", "rotate-180": "180", "rotate-270": "90l", "flip-rotate-0": "horiz"}

// tryRoute decodes and turns pictures that an encoder in software has made, and compares them with what software makes
// of it.
func tryRoute(ctx context.Context, r encoders.Route, dir string) error {
	if err := cvorotate.Register(nil); err != nil {
		return err
	}
	all := encoders.Candidates(r.Codec)
	i := slices.IndexFunc(all, func(e encoders.Encoder) bool { return !e.Hardware() && gstrun.HasElement(e.Element) })
	if i < 0 {
		return fmt.Errorf("cannot be tried, for there is no encoder in software that makes %s",
			encoders.Titles[r.Codec])
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	e, o := all[i], encoders.Options{Width: routeWidth, Height: routeHeight}
	options := gstrun.Options{StallTimeout: hardLimit, Interval: time.Second}
	line := fmt.Sprintf("videotestsrc num-buffers=%d pattern=smpte ! "+
		"video/x-raw,format=%s,width=%d,height=%d,framerate=30/1 ! tee name=t ",
		probePictures, e.Format, routeWidth, routeHeight)
	line += toFiles(e, o, dir, gstrun.HasElement) + " "
	for _, turn := range turns {
		line += "t. ! queue ! videoconvert ! videoflip video-direction=" + flips[turn] + " ! " +
			thumbs(filepath.Join(dir, turn)) + " "
	}
	if err := gstrun.Run(ctx, line, options); err != nil {
		return oneLine(err)
	}
	parser := encoders.Parsers[r.Codec]
	if parser != "" {
		parser += " ! "
	}
	for _, turn := range turns {
		decoded := filepath.Join(dir, turn+"-decoded")
		line := fmt.Sprintf("multifilesrc location=%s/%%05d stop-index=%d caps=%s,framerate=30/1 ! %s%s ! "+
			"video/x-raw(%s) ! cvorotate orientation=%s ! %s",
			dir, probePictures-1, shapes[r.Codec], parser, r.Decoder, r.Memory, turn, thumbs(decoded))
		if err := gstrun.Run(ctx, line, options); err != nil {
			return oneLine(err)
		}
		if err := compare(filepath.Join(dir, turn), decoded); err != nil {
			return fmt.Errorf("with %s, %w", turn, err)
		}
	}
	return nil
}
