package pipelines

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// distrust is what becomes of sound beside pictures that turn out to be encrypted although no header says so. What encrypts a
// participant's pictures encrypts the sound, too, as a rule, and encrypted sound looks like sound until it is heard: so it is
// listened to. The error is ErrEncrypted if it is noise.
func (j *job) distrust(ctx context.Context) error {
	from := choose(j.participant, j.tl, j.settings)
	for _, a := range from.audio {
		noisy, err := j.noisy(ctx, a)
		if err != nil {
			return err
		}
		if noisy {
			j.report.Warnings = append(j.report.Warnings, report.Warning{Code: report.Encrypted, Text: fmt.Sprintf(
				"%s: it is noise when decoded: it is end-to-end encrypted, as the pictures are", filepath.Base(a.track.Path))})
			return ErrEncrypted
		}
	}
	return nil
}

// garbledPictures says whether a track's pictures are encrypted although its header does not say so.
func garbledPictures(tl *timeline.Timeline) bool {
	return slices.ContainsFunc(tl.Tracks, func(t *timeline.Track) bool {
		return t.Err == nil && !t.Encrypted && t.Info.Medium == recording.Video && garbled(t)
	})
}

// How sound is told from noise.
const (
	noiseRate    = 48000
	noiseFrame   = noiseRate / 50 // samples
	noisePackets = 3000           // that are listened to: a minute of the usual packets
	noisePeak    = 32000          // a sample beyond is clipped
	noiseFloor   = 100            // a frame without samples beyond is silence
)

// noise says whether what a decoder made of sound is noise. Bits at random are frames of loud noise: one in ten is clipped, and more.
// Sound is clipped where somebody shouts into a microphone, but then the frames around it are loud as well, and not others.
func noise(samples []int16) bool {
	frames, clipped := 0, 0
	for frame := range slices.Chunk(samples, noiseFrame) {
		peak := 0
		for _, v := range frame {
			peak = max(peak, int(v), -int(v))
		}
		if peak > noiseFloor {
			frames++
		}
		if peak > noisePeak {
			clipped++
		}
	}
	return frames >= 10 && clipped*20 >= frames
}

// noisy says whether a track of Opus sounds like noise. Other codecs than Opus nobody encrypts end to end.
func (j *job) noisy(ctx context.Context, a source) (noisy bool, err error) {
	has := j.settings.elements()
	if a.format.name != "opus" || a.track.Media.Layout != nil || !has("audioresample") {
		return false, nil
	}
	l, err := a.format.read(a.track, has)
	if err != nil {
		return false, nil //nolint:nilerr // the plan says what is missing
	}
	if l, err = a.format.decodeTo(a.track, l, has); err != nil {
		return false, nil //nolint:nilerr // copying needs no decoder
	}
	raw := filepath.Join(j.settings.workDir(), "."+j.settings.name(j.participant)+".sound")
	defer func() {
		if e := place.Remove(raw); err == nil {
			err = e
		}
	}()
	whole := line{"mjrsrc"}.set("location", a.track.Path).then(l).to("audioconvert").to("audioresample").
		to(fmt.Sprintf("audio/x-raw,format=S16LE,channels=1,rate=%d", noiseRate)).to("filesink").set("location", raw)
	if err := gstrun.Run(ctx, whole.String(), gstrun.Options{Buffers: noisePackets, StallTimeout: checkStall}); err != nil {
		return false, ctx.Err() // whether it can be decoded at all is seen later
	}
	data, err := os.ReadFile(raw)
	if err != nil {
		return false, err
	}
	samples := make([]int16, len(data)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return noise(samples), nil
}

// withoutPictures decides anew without pictures that no decoder understands, each video in turn: which of several it is, a
// decoder does not say. The error is that of Decide, or ErrEncrypted.
func (j *job) withoutPictures(ctx context.Context) (*Plan, error) {
	if j.videos == nil {
		for _, v := range choose(j.participant, j.tl, j.settings).video {
			j.videos = append(j.videos, v.track.Path)
		}
		if err := j.distrust(ctx); err != nil {
			return nil, err
		}
		if len(j.videos) > 1 {
			j.left = append(j.left, slices.Collect(slices.Chunk(j.videos, 1))...)
		}
		j.left = append(j.left, j.videos)
	}
	if len(j.left) == 0 {
		return nil, ErrEncrypted
	}
	j.settings.undecodable, j.left = j.left[0], j.left[1:]
	plan, err := Decide(j.participant, j.tl, j.profile, j.settings)
	if errors.Is(err, ErrNoMedia) {
		err = ErrEncrypted
	}
	return plan, err
}

// undecodable are the warnings about pictures that nothing is missing of and that no decoder understands, when plan does
// without them.
func undecodable(paths []string, plan *Plan) (list []report.Warning) {
	for _, path := range paths {
		list = append(list, report.Warning{Code: report.Encrypted, Text: filepath.Base(path) + ": nothing that a decoder understands is in its pictures, " +
			"though they are complete: it is end-to-end encrypted, or not what its header says"})
	}
	pictures := slices.ContainsFunc(plan.Outputs, func(o Output) bool {
		return slices.ContainsFunc(o.Tracks, func(t report.Track) bool { return t.Kind == "video" })
	})
	if len(list) > 0 && !pictures {
		list = append(list, report.Warning{Code: report.MissingVideo, Text: soundOnly})
	}
	return list
}
