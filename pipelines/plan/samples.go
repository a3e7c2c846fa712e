package plan

import (
	"fmt"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/timeline"
)

// Samples is a pipeline that writes what is to be heard in a track of Opus to a file: 16-bit samples of one channel,
// rate of them a second. ok is false for other codecs, and where an element is missing.
func Samples(t *timeline.Track, path string, rate int, has func(string) bool) (l launch.Line, ok bool) {
	f := formatOf(t)
	if f == nil || f.name != "opus" || t.Media.Layout != nil || !has("audioresample") {
		return nil, false
	}
	l, err := f.decodeTo(t, f.read(t), has)
	if err != nil {
		return nil, false
	}
	return launch.Line{"mjrsrc"}.Set("location", t.Path).Then(l).To("audioconvert").To("audioresample").
		To(fmt.Sprintf("audio/x-raw,format=S16LE,channels=1,rate=%d", rate)).To("filesink").Set("location", path), true
}

// Pictures is a pipeline that decodes what one file of a video holds, and shows it to nobody. ok is false where an
// element is missing.
func Pictures(t *timeline.Track, has func(string) bool) (l launch.Line, ok bool) {
	f := formatOf(t)
	if f == nil || t.Given != nil || len(t.Parts) > 0 {
		return nil, false
	}
	l, err := f.decodeTo(t, f.read(t), has)
	if err != nil {
		return nil, false
	}
	return launch.Line{"mjrsrc"}.Set("location", t.Path).Add("origin=file").Then(l).To("fakesink"), true
}
