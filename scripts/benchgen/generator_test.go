package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
)

const (
	wantVideo = "1ef1985ed81b5008c834aa308282fd4f401f0fcecac0a213d2320ec2d372e63a"
	wantAudio = "afa21fb633958503cc0d04b078ae36934558c858f41970f38c8bb7cd31ec0aa5"
)

func generate(t *testing.T) (video, audio []byte) {
	t.Helper()
	g, err := newGenerator("../../testdata/h264-720p30-rot90", "", 1_500_000, picturesPerSec, 20*time.Second)
	require.NoError(t, err)
	var v, a bytes.Buffer
	require.NoError(t, g.video(&v))
	require.NoError(t, g.audio(&a))
	return v.Bytes(), a.Bytes()
}

// The bytes must not change: benchmark results of different days are compared.
func TestDeterministic(t *testing.T) {
	video, audio := generate(t)
	again, _ := generate(t)
	require.True(t, bytes.Equal(video, again))
	for name, file := range map[string][]byte{"VIDEO": video, "AUDIO": audio} {
		sum := sha256.Sum256(file)
		require.Equal(t, map[string]string{"VIDEO": wantVideo, "AUDIO": wantAudio}[name], hex.EncodeToString(sum[:]), name)
	}
}

// What is generated is one continuous recording of the wanted rate, turned by 90° in every picture.
func TestContinuous(t *testing.T) {
	video, audio := generate(t)
	require.InDelta(t, 1.5e6*20/8, len(video), 0.05*1.5e6*20/8)
	for _, c := range []struct {
		file        []byte
		step        uint32
		units       int
		orientation []byte
	}{{video, 3000, 600, []byte{1}}, {audio, 960, 1000, nil}} {
		r, err := mjr.NewReader(bytes.NewReader(c.file))
		require.NoError(t, err)
		sequence, units := uint16(0), 0
		arrived, timestamp := uint32(0), uint32(0)
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			var p rtp.Packet
			require.NoError(t, p.Unmarshal(rec.Payload))
			sequence++
			require.Equal(t, sequence, p.SequenceNumber)
			if units == 0 || p.Timestamp != timestamp {
				require.Equal(t, uint32(units)*c.step, p.Timestamp)
				timestamp = p.Timestamp
				units++
			}
			if p.Marker {
				require.Equal(t, c.orientation, p.GetExtension(orientationID))
			}
			require.GreaterOrEqual(t, rec.ReceivedMs, arrived)
			require.InDelta(t, float64(units-1)*20000/float64(c.units), float64(rec.ReceivedMs), 6)
			arrived = rec.ReceivedMs
		}
		require.True(t, r.Complete())
		require.Equal(t, c.units, units)
	}
}

// Lost packets leave holes in the sequence, and the camera turns when it was told to.
func TestLossAndTurns(t *testing.T) {
	g, err := newGenerator("../../testdata/rot-h264-90", "", 300_000, picturesPerSec, time.Minute)
	require.NoError(t, err)
	g.loss, g.turns = 0.05, 3
	var video bytes.Buffer
	require.NoError(t, g.video(&video))
	r, err := mjr.NewReader(&video)
	require.NoError(t, err)
	packets, sequence := 0, uint16(0)
	seen := map[uint32]byte{} // by quarter of a minute
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		var p rtp.Packet
		require.NoError(t, p.Unmarshal(rec.Payload))
		packets++
		require.Greater(t, p.SequenceNumber, sequence)
		sequence = p.SequenceNumber
		if p.Marker {
			quarter := p.Timestamp / (15 * 90000)
			if o, ok := seen[quarter]; ok {
				require.Equal(t, o, p.GetExtension(orientationID)[0], "at %d", p.Timestamp)
			}
			seen[quarter] = p.GetExtension(orientationID)[0]
		}
	}
	require.Equal(t, map[uint32]byte{0: 1, 1: 2, 2: 3, 3: 0}, seen)
	require.InDelta(t, 0.05, 1-float64(packets)/float64(sequence), 0.01)
}

// What is there is not made again; what has the wrong size is.
func TestRunMakesOnce(t *testing.T) {
	out := t.TempDir()
	make := func() {
		require.NoError(t, run("../../testdata/h264-720p30-rot90", "", out, 500_000, picturesPerSec, time.Minute, 0, 0))
	}
	make()
	path := filepath.Join(out, "1min", "videoroom-1234-user-1001-1700000000000000-video-1.mjr")
	first, err := os.Stat(path)
	require.NoError(t, err)
	make()
	second, err := os.Stat(path)
	require.NoError(t, err)
	require.True(t, os.SameFile(first, second))
	require.NoError(t, os.Truncate(path, 1000))
	make()
	third, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, first.Size(), third.Size())
	left, err := filepath.Glob(filepath.Join(out, "*", "*.part"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestBadSource(t *testing.T) {
	_, err := newGenerator("../../testdata/audio-opus-stereo", "", 1, picturesPerSec, time.Second)
	require.ErrorContains(t, err, "audio-opus-stereo")
}
