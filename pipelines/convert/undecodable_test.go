package convert_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
)

// scrambled changes all of a payload but its first bytes, which servers look at, as transforms in browsers do.
func scrambled(units []testmjr.Unit, clear int) testmjr.Source {
	return testmjr.Loop(func() (list []testmjr.Unit) {
		for _, u := range units {
			x := u
			x.Payloads = nil
			for _, p := range u.Payloads {
				q := bytes.Clone(p)
				for i := min(clear, len(q)); i < len(q); i++ {
					q[i] ^= 0x5A ^ byte(i*i>>3)
				}
				x.Payloads = append(x.Payloads, q)
			}
			list = append(list, x)
		}
		return list
	}())
}

// Pictures that are encrypted without a word, in any way, leave the sound, but for sound that is encrypted, too.
func TestEncryptedPicturesLeaveTheSound(t *testing.T) {
	scene.NeedDecoder(t)
	pictures, sounds := testmjr.Recorded(t, "pion-vp8-opus", mjr.Video),
		testmjr.Recorded(t, "chromium-vp9-opus", mjr.Audio)
	clear := 1 << 20
	for name, c := range map[string]struct{ video, audio int }{
		"pictures, but for their headers": {14, clear},
		"pictures":                        {0, clear},
		"both, but for their headers":     {14, 10},
		"both":                            {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in, dir := t.TempDir(), t.TempDir()
			video, audio := testmjr.Video("vp8", 90, 15, scrambled(pictures, c.video)), testmjr.Audio(300)
			audio.Source = scrambled(sounds, c.audio)
			video.Write(t, in, "videoroom-1-user-2-1700000000000000-video-1.mjr")
			audio.Write(t, in, "videoroom-1-user-2-1700000000000000-audio-0.mjr")
			r, err := converted(t, in, "", convert.Settings{Settings: plan.Settings{OutputDir: dir}})
			if c.audio < clear {
				require.ErrorIs(t, err, plan.ErrEncrypted)
				require.Equal(t, []string{r.Participant + ".json"}, list(t, dir))
				return
			}
			require.NoError(t, err)
			require.Contains(t, codes(r.Warnings), "PAIR_MISSING_VIDEO")
			require.Len(t, r.Outputs, 1)
			require.NotEmpty(t, scene.Beeps(scene.Sound(t, filepath.Join(dir, r.Outputs[0].File), 0), 0))
			require.Len(t, list(t, dir), 2)
		})
	}
}

// The same into WebM, where a black picture of ours stands in front of copied ones: that can be decoded.
func TestEncryptedPicturesBehindABlackOne(t *testing.T) {
	scene.NeedDecoder(t)
	in, dir := t.TempDir(), t.TempDir()
	video := testmjr.Video("vp8", 90, 15, scrambled(testmjr.Recorded(t, "pion-vp8-opus", mjr.Video), 14))
	video.Start = 2 * time.Second
	audio := testmjr.Audio(500)
	audio.Source = testmjr.Loop(testmjr.Recorded(t, "chromium-vp9-opus", mjr.Audio))
	video.Write(t, in, "videoroom-1-user-2-1700000000000000-video-1.mjr")
	audio.Write(t, in, "videoroom-1-user-2-1700000000000000-audio-0.mjr")
	r, err := converted(t, in, profile.Original, convert.Settings{Settings: plan.Settings{OutputDir: dir}})
	require.NoError(t, err)
	require.Contains(t, codes(r.Warnings), "PAIR_MISSING_VIDEO")
	require.Len(t, r.Outputs, 1)
	require.Len(t, r.Outputs[0].Tracks, 1, "sound only")
	require.Len(t, list(t, dir), 2)
}

// Sound that becomes another codec's in mid-call is one sound, whichever of the two laws its header names.
func TestSoundChangesItsCodec(t *testing.T) {
	scene.NeedDecoder(t)
	units := testmjr.Recorded(t, "nosip-call-pcmu", mjr.Audio)
	source := func(i int) testmjr.Unit {
		p := bytes.Clone(units[i].Payloads[0])
		if i < 120 {
			return testmjr.Unit{Payloads: [][]byte{p}, Types: []uint8{0}}
		}
		codec.PCMUToPCMA(p)
		return testmjr.Unit{Payloads: [][]byte{p}, Types: []uint8{8}}
	}
	for _, declared := range []string{"pcmu", "pcma", "opus"} {
		in := t.TempDir()
		audio := testmjr.Audio(len(units))
		audio.Header.Codec, audio.ClockRate, audio.Source = declared, 8000, source
		audio.Write(t, in, "sip-alice-x-1700000000000000-peer-audio.mjr")
		r, paths := must(t, in, profile.MP4)
		require.Contains(t, codes(r.Warnings), "CODEC_CHANGES", declared)
		beeps := scene.Beeps(scene.Sound(t, paths[0], 0), 0)
		require.GreaterOrEqual(t, len(beeps), int(time.Duration(len(units))*20*time.Millisecond/time.Second)-1, declared)
		for i := 1; i < len(beeps); i++ {
			require.InDelta(t, 1000, (beeps[i].At-beeps[i-1].At).Seconds()*1000, 15, declared)
			require.InDelta(t, beeps[0].Hz+150*float64(i), beeps[i].Hz, 10, declared)
		}
	}
}

// A camera that was switched on three times, one of them encrypted without a word: what can be decoded of it stays.
func TestEncryptedPartOfACamera(t *testing.T) {
	scene.NeedDecoder(t)
	units := testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)
	for _, as := range []string{profile.Original, profile.MP4} {
		for encrypted := range 3 {
			what := fmt.Sprintf("%s, part %d", as, encrypted)
			in := t.TempDir()
			testmjr.Audio(600).Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-audio-0.mjr", testmjr.OriginUs))
			for i := range 3 {
				source := testmjr.Loop(units)
				if i == encrypted {
					source = scrambled(units, 14)
				}
				camera := testmjr.Video("vp8", 30, 15, source)
				camera.Header.CreatedUs = testmjr.OriginUs + int64(i)*5_000_000
				camera.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-video-%d.mjr", camera.Header.CreatedUs, 1+2*i))
			}
			r, paths := must(t, in, as)
			require.Len(t, r.Outputs, 1, what)
			require.Contains(t, codes(r.Warnings), "ENCRYPTED", what)
			require.NotContains(t, codes(r.Warnings), "PAIR_MISSING_VIDEO", what)
			require.Len(t, scene.Pictures(t, paths[0]), 60, what)
		}
	}
}
