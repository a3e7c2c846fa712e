package silence

import (
	"math/rand"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/codec"
)

// encode makes packets of a second of sound with what is installed: each line of the answer is one packet.
func encode(t *testing.T, source string, encoder ...string) [][]byte {
	t.Helper()
	if _, err := exec.LookPath("gst-launch-1.0"); err != nil {
		t.Skip("gst-launch-1.0 is not installed")
	}
	folder := t.TempDir()
	args := append([]string{"-q", "audiotestsrc", "samplesperbuffer=480", "num-buffers=100"}, strings.Fields(source)...)
	args = append(args, "!")
	args = append(args, encoder...)
	args = append(args, "!", "multifilesink", "location="+folder+"/%05d")
	out, err := exec.Command("gst-launch-1.0", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return packets(t, folder)
}

func all(d Detector, packets [][]byte) bool {
	quiet := true
	for _, p := range packets {
		quiet = d(p) && quiet
	}
	return quiet
}

// Whatever settings an encoder has, it makes of zeros what is silence, and of hardly audible noise what is not.
func TestOpusEncoded(t *testing.T) {
	for _, mode := range []string{
		"frame-size=2.5", "frame-size=20 bitrate-type=cbr", "frame-size=60", "frame-size=40 bitrate-type=constrained-vbr",
		"frame-size=10 audio-type=voice bitrate=64000", "frame-size=20 audio-type=voice bitrate=24000 inband-fec=true " +
			"packet-loss-percentage=10",
		"frame-size=60 audio-type=voice bitrate=12000", "frame-size=40 audio-type=voice bitrate=10000 dtx=true",
		"frame-size=20 audio-type=voice bitrate=16000 bitrate-type=cbr",
	} {
		for _, channels := range []string{"1", "2"} {
			encoder := append([]string{"audio/x-raw,rate=48000,channels=" + channels, "!", "opusenc"}, strings.Fields(mode)...)
			require.True(t, all(New("OPUS"), encode(t, "wave=silence", encoder...)), "%s %s", mode, channels)
			require.False(t, all(New("OPUS"), encode(t, "volume=0.002", encoder...)), "%s %s", mode, channels)
			require.False(t, all(New("OPUS"), encode(t, "volume=0.002 wave=pink-noise", encoder...)), "%s %s", mode, channels)
		}
	}
}

func TestOpusPackets(t *testing.T) {
	d := func(packet []byte) bool {
		d := New("OPUS")
		for range 10 { // the beginning is different
			d([]byte("\xf8\xff\xfe"))
		}
		return d(packet)
	}
	for name, p := range map[string]string{
		"digital silence":          "\xf8\xff\xfe",
		"two frames":               "\xf9\xff\xfe\xff\xfe",
		"two frames, one not sent": "\xfa\x02\xff\xfe",
		"three":                    "\xfb\x03\xff\xfe\xff\xfe\xff\xfe",
		"three of different sizes": "\xfb\x83\x02\x00\xff\xfe\xff\xff",
		"padded":                   "\xfb\x41\x03\xff\xfe\x01\x02\x03",
		"padded by 254":            "\xfb\x41\xff\x00\xff\xfe" + string(make([]byte, 254)),
		"constant bitrate":         "\xf8\xff\xfe\x00\x00\x00\x00\x00",
		"not sent":                 "\xf8",
		"SILK, not sent":           "\x08\x00",
		"SILK, as Chromium does":   "\x48\x08\xaf\x79\xc8\xc9\x57\xc0",
		"hybrid, as Chromium does": "\x78\x07\xc9\x79\xc8\xc9\x57\xc0\xa2\x12\x23\xfa\xef\x67\xf3\x6b\xed",
	} {
		require.True(t, d([]byte(p)), name)
	}
	for name, p := range map[string]string{
		"a byte more":           "\xf8\xff\xfc\x00",
		"the second frame":      "\xf9\xff\xfe\xff\x00",
		"the last of three":     "\xfb\x83\x02\x02\xff\xfe\xff\xfe\xaa\xbb\xcc",
		"SILK, a voice":         "\x48\xff\xfe\x00",
		"SILK, a murmur":        "\x48\x20\x8e\x01\x3a\xdf\x22\xb3\xa1\xdd\xbc",
		"empty":                 "",
		"code 3 cut off":        "\xfb",
		"no frames":             "\xfb\x00",
		"sizes do not divide":   "\xf9\xff\xfe\xff",
		"longer than there is":  "\xfa\x05\xff\xfe",
		"size cut off":          "\xfa\xfc",
		"more padding than all": "\xfb\x41\x09\xff\xfe",
	} {
		require.False(t, d([]byte(p)), name)
	}
}

func TestG722Encoded(t *testing.T) {
	encoder := []string{"audio/x-raw,rate=16000,channels=1", "!", "avenc_g722"}
	require.True(t, all(New("G722"), encode(t, "wave=silence", encoder...)))
	for _, source := range []string{"volume=0.002", "wave=white-noise volume=0.001", "freq=6000 volume=0.002"} {
		require.False(t, all(New("G722"), encode(t, source, encoder...)), source)
	}
}

func TestSamples(t *testing.T) {
	for name, quiet := range map[string][]byte{"PCMU": {0xFF, 0x7F, 0xFF}, "PCMA": {0xD5, 0x55}, "L16": {0, 0, 0, 0}} {
		require.True(t, New(name)(quiet), name)
		require.False(t, New(name)(append(quiet, 0x10)), name)
		require.False(t, New(name)(append(append(quiet, 0x10), quiet...)), "%s: in the middle", name)
	}
	require.Nil(t, New("MULTIOPUS"))
}

func FuzzOpus(f *testing.F) {
	f.Add([]byte("\xfb\xc3\x02\x02\x00\xff\xfe\xff\xfe\xaa\xbb\xcc"))
	f.Add([]byte("\xfb\x41\xff\x00\xff\xfe"))
	random := rand.New(rand.NewSource(1))
	for range 20 {
		b := make([]byte, random.Intn(40))
		random.Read(b)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		toc, frames := opusFrames(packet)
		size := 0
		for _, frame := range frames {
			size += len(frame)
		}
		if frames != nil && len(frames) != toc.Frames || size > len(packet) {
			t.Fatalf("%d frames of %d bytes in a packet of %d", len(frames), size, len(packet))
		}
		if silent, err := codec.SilentOpus(codec.OpusUnit*8, toc.Stereo); err != nil || !new(opus).silent(silent) {
			t.Fatal("what fills holes is silence")
		}
	})
}
