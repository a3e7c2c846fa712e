package pipelines

import (
	known "github.com/upright-media/upright/pipelines/encoders"
)

// tuning is what a profile says about quality and bitrate.
func tuning(p Profile) known.Options {
	return known.Options{Quality: p.Quality, Bitrate: p.Bitrate * 1000}
}
