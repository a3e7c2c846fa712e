package convert_test

import (
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/profile"
)

// tones are what is heard in each channel of 5.1, in the order that ffmpeg has them: left, right, centre, low
// frequencies, rear left, rear right.
var tones = []float64{300, 400, 500, 60, 700, 800}

// surround encodes five seconds of tones and returns the Opus packets.
func surround(t *testing.T) [][]byte {
	path := filepath.Join(t.TempDir(), "tones.ogg")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i",
		"aevalsrc=0.3*sin(2*PI*300*t)|0.3*sin(2*PI*400*t)|0.3*sin(2*PI*500*t)|0.3*sin(2*PI*60*t)|0.3*sin(2*PI*700*t)|0.3*sin(2*PI*800*t):c=5.1:s=48000:d=5",
		"-c:a", "libopus", "-mapping_family", "1", "-b:a", "256k", path).CombinedOutput()
	require.NoError(t, err, string(out))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var packets [][]byte
	var packet []byte
	for len(b) > 0 { // pages of an Ogg stream (RFC 3533 section 6)
		lacing := b[27 : 27+int(b[26])]
		body := b[27+len(lacing):]
		for _, n := range lacing {
			packet, body = append(packet, body[:n]...), body[n:]
			if n < 255 {
				packets, packet = append(packets, packet), nil
			}
		}
		b = body
	}
	require.Equal(t, "OpusHead", string(packets[0][:8]))
	require.Equal(t, []byte{1, 4, 2, 0, 4, 1, 2, 3, 5}, packets[0][18:], "the layout that libwebrtc negotiates")
	return packets[2:]
}

// loudness is how much of a tone there is in samples of 48 kHz: Goertzel's algorithm.
func loudness(samples []float64, hz float64) float64 {
	w := 2 * math.Cos(2*math.Pi*hz/48000)
	var a, b float64
	for _, s := range samples {
		a, b = s+w*a-b, a
	}
	return math.Sqrt(a*a+b*b-w*a*b) / float64(len(samples))
}

// channels decodes an output.
func channels(t *testing.T, path string) [6][]float64 {
	raw, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-vn", "-f", "f32le", "-").Output()
	require.NoError(t, err)
	var out [6][]float64
	for i := 0; i+24 <= len(raw); i += 24 {
		for c := range out {
			out[c] = append(out[c], float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[i+4*c:]))))
		}
	}
	return out
}

// TestMultiopus: six channels stay six, each in its place, and a hole is silent in all of them and as long as it was.
func TestMultiopus(t *testing.T) {
	packets := surround(t)
	for name, fmtp := range map[string]string{
		"negotiated": "channel_mapping=0,4,1,2,3,5;coupled_streams=2;minptime=10;num_streams=4;useinbandfec=1",
		"not said":   "",
	} {
		audio := testmjr.Audio(len(packets))
		audio.Header.Codec, audio.Header.Fmtp = "multiopus", fmtp
		audio.Source = func(i int) testmjr.Unit { return testmjr.Unit{Payloads: [][]byte{packets[i]}} }
		audio.Breaks = []testmjr.Break{{Unit: 100, Pause: 1510 * time.Millisecond}}
		audio.Network.Lose = testmjr.At(150)
		folder := t.TempDir()
		audio.Write(t, folder, "videoroom-1-user-2-1700000000000000-audio-0.mjr")
		for _, wanted := range []string{profile.MP4, profile.Original} {
			t.Run(name+" "+wanted, func(t *testing.T) {
				report, paths := must(t, folder, wanted)
				require.Equal(t, "copy", report.Plan.Mode)
				require.Equal(t, 6, report.Outputs[0].Tracks[0].Channels)
				got := channels(t, paths[0])
				require.InDelta(t, 20*len(packets)+1510, len(got[0])/48, 25)
				for c := range got {
					// ms: before the hole, after it, after the loss
					for _, part := range [][2]int{{500, 1900}, {3700, 4400}, {4700, 6200}} {
						samples := got[c][part[0]*48 : part[1]*48]
						for other, hz := range tones {
							if other == c {
								require.Greater(t, loudness(samples, hz), 0.1, "channel %d, its own tone", c)
							} else {
								require.Less(t, loudness(samples, hz), 0.02, "channel %d, tone of %d", c, other)
							}
						}
					}
					for _, s := range got[c][2200*48 : 3400*48] {
						require.Less(t, math.Abs(s), 0.001, "channel %d in the hole", c)
					}
				}
			})
		}
	}
}
