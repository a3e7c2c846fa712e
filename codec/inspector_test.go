package codec

import (
	"testing"

	"github.com/pion/rtp/codecs"
	pionvp9 "github.com/pion/rtp/codecs/vp9"
	"github.com/stretchr/testify/require"
)

func TestNew(t *testing.T) {
	for _, name := range []string{"vp8", "VP9", "h264", "H265", "av1"} {
		_, ok := New(name)
		require.True(t, ok, name)
	}
	for _, name := range []string{"", "opus", "h263", "vp"} {
		_, ok := New(name)
		require.False(t, ok, name)
	}
}

// TestRecordings looks at whole recordings: sizes as the sender encoded them, one start per picture, and the key
// pictures that pion's depacketisers lead to.
func TestRecordings(t *testing.T) {
	for _, c := range []struct {
		pattern        string
		pictures, keys int
	}{
		{"chromium-vp8-rot-change/*-video-1.mjr", 188, 1},
		{"chromium-vp9-opus/*-video-1.mjr", 121, 1},
		{"h264-720p30-rot90/*-video-1.mjr", 240, 4},
		{"nosip-call-pcmu/*peer-video.mjr", 120, 4},
		{"pion-vp8-opus/*-video-1.mjr", 120, 4},
		{"rot-change-h264-libwebrtc/*-video-1.mjr", 187, 2},
		{"rot-h264-90/*-video-1.mjr", 90, 3},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			path := recordingPath(t, c.pattern)
			codecName, packets := recordedPayloads(t, path)
			inspector, ok := New(codecName)
			require.True(t, ok)
			var sizes []pictureSize
			starts, keys := map[uint32]bool{}, map[uint32]bool{}
			pictures := map[uint32]bool{}
			for i, p := range packets {
				info, err := look(inspector, p.Payload)
				require.NoError(t, err, "packet %d", i)
				require.Equal(t, pionSaysKey(t, codecName, p.Payload), info.Key, "packet %d", i)
				first := i == 0 || packets[i-1].Marker
				require.True(t, info.Start || !first, "packet %d", i)
				if info.StartKnown {
					require.Equal(t, first, info.Start, "packet %d", i)
				}
				pictures[p.Timestamp] = true
				if info.Start {
					starts[p.Timestamp] = true
				}
				if info.Key {
					keys[p.Timestamp] = true
				}
				if size := (pictureSize{info.Width, info.Height}); size.W > 0 && (len(sizes) == 0 || sizes[len(sizes)-1] != size) {
					sizes = append(sizes, size)
				}
			}
			require.Len(t, pictures, c.pictures)
			require.Len(t, starts, c.pictures)
			require.Len(t, keys, c.keys)
			require.Equal(t, recordedSizes(t, path), sizes)
		})
	}
}

// pionSaysKey finds key pictures by another way, packet by packet: with pion's depacketisers and, for H.264, what they
// make of the payload.
func pionSaysKey(t *testing.T, codecName string, payload []byte) bool {
	switch codecName {
	case "vp8":
		var p codecs.VP8Packet
		frame, err := p.Unmarshal(payload)
		require.NoError(t, err)
		return p.S == 1 && p.PID == 0 && frame[0]&1 == 0
	case "vp9":
		var p codecs.VP9Packet
		frame, err := p.Unmarshal(payload)
		require.NoError(t, err)
		if !p.B {
			return !p.P
		}
		var h pionvp9.Header
		require.NoError(t, h.Unmarshal(frame))
		return !h.NonKeyFrame
	case "h264":
		if payload[0]&0x1F == 28 { // pion hands fragments out only when they are complete
			return payload[1]&0x1F == 5
		}
		p := codecs.H264Packet{}
		annexB, err := p.Unmarshal(payload)
		require.NoError(t, err)
		for i := 0; i+4 < len(annexB); i++ {
			if string(annexB[i:i+4]) == "\x00\x00\x00\x01" && annexB[i+4]&0x1F == 5 {
				return true
			}
		}
		return false
	}
	t.Fatal(codecName)
	return false
}

// TestEncryptedRecording is end-to-end encrypted behind the payload descriptor: damage must show, and no size.
func TestEncryptedRecording(t *testing.T) {
	codecName, packets := recordedPayloads(t, recordingPath(t, "e2ee-flagged/*-video-1.mjr"))
	inspector, ok := New(codecName)
	require.True(t, ok)
	failures := 0
	for _, p := range packets {
		info, err := look(inspector, p.Payload)
		require.Zero(t, info.Width)
		if err != nil {
			require.ErrorIs(t, err, ErrInvalid)
			failures++
		}
	}
	require.NotZero(t, failures)
}
