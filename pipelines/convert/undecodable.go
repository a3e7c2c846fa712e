package convert

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
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/pipelines/verify"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// distrust is what becomes of sound beside pictures that turn out to be encrypted although no header says so. What
// encrypts a participant's pictures encrypts the sound, too, as a rule, and encrypted sound looks like sound until it
// is heard: so it is listened to. The error is plan.ErrEncrypted if it is noise.
func (j *job) distrust(ctx context.Context) error {
	for _, a := range plan.Usable(j.participant, j.tl, recording.Audio, j.settings.Settings) {
		noisy, err := j.noisy(ctx, a)
		if err != nil {
			return err
		}
		if noisy {
			j.report.Warnings = append(j.report.Warnings, report.Warning{Code: report.Encrypted, Text: fmt.Sprintf(
				"%s: it is noise when decoded: it is end-to-end encrypted, as the pictures are",
				filepath.Base(a.Path))})
			return plan.ErrEncrypted
		}
	}
	return nil
}

// How sound is told from noise.
const (
	noiseRate    = 48000
	noiseFrame   = noiseRate / 50 // samples
	noisePackets = 3000           // that are listened to: a minute of the usual packets
	noisePeak    = 32000          // a sample beyond is clipped
	noiseFloor   = 100            // a frame without samples beyond is silence
)

// noise says whether what a decoder made of sound is noise. Bits at random are frames of loud noise: one in ten is
// clipped, and more. Sound is clipped where somebody shouts into a microphone, but then the frames around it are loud
// as well, and not others.
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
func (j *job) noisy(ctx context.Context, a *timeline.Track) (noisy bool, err error) {
	raw := filepath.Join(j.settings.Work(), "."+j.settings.BaseName(j.participant)+".sound")
	line, ok := plan.Samples(a, raw, noiseRate, j.settings.Elements)
	if !ok {
		return false, nil
	}
	defer func() {
		if e := place.Remove(raw); err == nil {
			err = e
		}
	}()
	if err := gstrun.Run(ctx, line.String(),
		gstrun.Options{Buffers: noisePackets, StallTimeout: verify.Stall}); err != nil {
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

// withoutPictures decides anew without pictures that no decoder understands: first without the files of which a decoder
// says so, then without each camera in turn, for which of several it is the output did not tell, and in the end without
// any. The error is that of Decide, or plan.ErrEncrypted.
func (j *job) withoutPictures(ctx context.Context) (*plan.Plan, error) {
	if j.videos == nil {
		cameras := j.cameras()
		if err := j.distrust(ctx); err != nil {
			return nil, err
		}
		j.videos = slices.Concat(cameras...)
		if len(cameras) > 1 {
			j.left = append(j.left, cameras...)
		}
		j.left = append(j.left, j.videos)
	}
	if again, err := j.withoutFiles(ctx); again != nil || err != nil {
		return again, err
	}
	if len(j.left) == 0 {
		return nil, plan.ErrEncrypted
	}
	j.settings.Undecodable, j.left = j.left[0], j.left[1:]
	other, err := plan.Decide(j.participant, j.tl, j.profile, j.settings.Settings)
	if errors.Is(err, plan.ErrNoMedia) {
		err = plan.ErrEncrypted
	}
	return other, err
}

// cameras are the files of each video.
func (j *job) cameras() (list [][]string) {
	for _, v := range plan.Usable(j.participant, j.tl, recording.Video, j.settings.Settings) {
		var files []string
		for _, part := range v.Files() {
			files = append(files, part.Path)
		}
		list = append(list, files)
	}
	return list
}

// withoutFiles decides anew without those of several video files, such as a camera's that was switched off and on
// again, of which a decoder understands nothing. It is nil if that is no file, or all, or has been asked before.
func (j *job) withoutFiles(ctx context.Context) (*plan.Plan, error) {
	if j.asked {
		return nil, nil
	}
	j.asked = true
	var undecodable []string
	files := 0
	for _, v := range plan.Usable(j.participant, j.tl, recording.Video, j.settings.Settings) {
		for _, part := range v.Files() {
			files++
			line, ok := plan.Pictures(part, j.settings.Elements)
			if !ok {
				continue
			}
			err := gstrun.Run(ctx, line.String(), gstrun.Options{Buffers: checkPictures, StallTimeout: verify.Stall})
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if verify.NoPicture(err) {
				undecodable = append(undecodable, part.Path)
			}
		}
	}
	if len(undecodable) == 0 || len(undecodable) == files {
		return nil, nil
	}
	j.settings.Undecodable = undecodable
	return plan.Decide(j.participant, j.tl, j.profile, j.settings.Settings)
}

// withoutEncrypted decides anew without files of a camera of which a decoder understands nothing, before they are
// encoded again behind others: a decoder that has begun makes something of anything, and then the output looks right.
// Of copies it is seen afterwards.
func (j *job) withoutEncrypted(ctx context.Context) error {
	if j.plan.Mode == "copy" || !slices.ContainsFunc(j.cameras(), func(files []string) bool { return len(files) > 1 }) {
		return nil
	}
	again, err := j.withoutFiles(ctx)
	if again != nil {
		j.adopt(again)
	}
	return err
}

// checkPictures is how many pictures of a file are decoded to see whether it can be.
const checkPictures = 30

// undecodable are the warnings about pictures that nothing is missing of and that no decoder understands, when p does
// without them.
func undecodable(paths []string, p *plan.Plan) (list []report.Warning) {
	for _, path := range paths {
		list = append(list, report.Warning{Code: report.Encrypted, Text: filepath.Base(path) +
			": nothing that a decoder understands is in its pictures, " +
			"though they are complete: it is end-to-end encrypted, or not what its header says"})
	}
	pictures := slices.ContainsFunc(p.Outputs, func(o plan.Output) bool {
		return slices.ContainsFunc(o.Tracks, func(t report.Track) bool { return t.Kind == "video" })
	})
	if len(list) > 0 && !pictures {
		list = append(list, report.Warning{Code: report.MissingVideo, Text: plan.SoundOnly})
	}
	return list
}
