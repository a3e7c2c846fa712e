package pipelines

import (
	"github.com/upright-media/upright/pipelines/encoders"
)

// tuning is what a profile says about quality and bitrate.
func tuning(p Profile) encoders.Options {
	return encoders.Options{Quality: p.Quality, Bitrate: p.Bitrate * 1000}
}
