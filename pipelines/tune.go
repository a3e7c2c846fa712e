package pipelines

import (
	known "github.com/upright-media/upright/pipelines/encoders"
)

// tuning returns how to tell an encoder what a profile says about quality and bitrate.
func tuning(p Profile) func(e *encoder, frames int) string {
	if p.Quality == 0 && p.Bitrate == 0 {
		return func(e *encoder, frames int) string { return e.line(frames) }
	}
	return func(e *encoder, frames int) string {
		named, ok := known.Named(e.element)
		if !ok {
			return e.line(frames)
		}
		return named.Line(known.Options{Quality: p.Quality, Bitrate: p.Bitrate * 1000, KeyFrames: frames}, func(string) bool { return false })
	}
}
