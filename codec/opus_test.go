package codec

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// opusTable is RFC 6716 table 2, row by row: first configuration, frame durations in units of 0.1 ms.
var opusTable = []struct {
	config    int
	durations []int
}{
	{0, []int{100, 200, 400, 600}}, // SILK, narrowband
	{4, []int{100, 200, 400, 600}}, // SILK, mediumband
	{8, []int{100, 200, 400, 600}}, // SILK, wideband
	{12, []int{100, 200}},          // hybrid, super-wideband
	{14, []int{100, 200}},          // hybrid, fullband
	{16, []int{25, 50, 100, 200}},  // CELT, narrowband
	{20, []int{25, 50, 100, 200}},  // CELT, wideband
	{24, []int{25, 50, 100, 200}},  // CELT, super-wideband
	{28, []int{25, 50, 100, 200}},  // CELT, fullband
}

func TestParseOpusTOC(t *testing.T) {
	configs := 0
	for _, row := range opusTable {
		for i, tenths := range row.durations {
			configs++
			config := row.config + i
			duration := time.Duration(tenths) * 100 * time.Microsecond
			for _, stereo := range []bool{false, true} {
				for code := range 4 {
					first := byte(config<<3 | code)
					if stereo {
						first |= 4
					}
					for m := range 256 {
						toc, err := ParseOpusTOC([]byte{first, byte(m)})
						frames := []int{1, 2, 2, m & 63}[code]
						if frames == 0 || time.Duration(frames)*duration > MaxOpusDuration {
							require.ErrorIs(t, err, ErrInvalid)
							continue
						}
						require.NoError(t, err)
						require.Equal(t, OpusTOC{Config: config, Stereo: stereo, Code: code, Frames: frames, FrameDuration: duration},
							toc)
						got, err := OpusDuration([]byte{first, byte(m)})
						require.NoError(t, err)
						require.Equal(t, time.Duration(frames)*duration, got)
					}
				}
			}
		}
	}
	require.Equal(t, 32, configs)
}

func TestParseOpusTOCTruncated(t *testing.T) {
	_, err := ParseOpusTOC(nil)
	require.ErrorIs(t, err, ErrTruncated)
	_, err = OpusDuration([]byte{0xFB})
	require.ErrorIs(t, err, ErrTruncated)
	d, err := OpusDuration([]byte{0xF8})
	require.NoError(t, err, "DTX: a frame of no bytes")
	require.Equal(t, 20*time.Millisecond, d)
}

// requireSilent takes a packet apart by RFC 6716 section 3.2: constant bit rate, and CELT silence in each frame.
func requireSilent(t *testing.T, packet []byte, stereo bool, d time.Duration) {
	t.Helper()
	toc, err := ParseOpusTOC(packet)
	require.NoError(t, err)
	require.Equal(t, d, toc.Duration())
	require.Equal(t, stereo, toc.Stereo)
	require.GreaterOrEqual(t, toc.Config, 28, "CELT, fullband")
	frames := packet[1:]
	require.NotEqual(t, 2, toc.Code, "frames of different size would have sizes in front")
	if toc.Code == 3 {
		require.Zero(t, packet[1]&0xC0, "neither sizes nor padding")
		frames = frames[1:]
	}
	require.Len(t, frames, 2*toc.Frames)
	for ; len(frames) > 0; frames = frames[2:] {
		require.Equal(t, []byte{0xFF, 0xFE}, frames[:2])
	}
}

func TestSilentOpus(t *testing.T) {
	for n := 1; n <= 48; n++ {
		d := time.Duration(n) * OpusUnit
		for _, stereo := range []bool{false, true} {
			packet, err := SilentOpus(d, stereo)
			require.NoError(t, err)
			requireSilent(t, packet, stereo, d)
		}
	}
	for _, d := range []time.Duration{-20 * time.Millisecond, 0, time.Millisecond, 21 * time.Millisecond,
		122500 * time.Microsecond, time.Hour} {
		_, err := SilentOpus(d, false)
		require.Error(t, err, d)
	}
}

func TestSilentOpusBytes(t *testing.T) {
	// libopus itself writes this for 20 ms of digital silence.
	packet, err := SilentOpus(20*time.Millisecond, false)
	require.NoError(t, err)
	require.Equal(t, []byte{0xF8, 0xFF, 0xFE}, packet)
	packet, err = SilentOpus(40*time.Millisecond, true)
	require.NoError(t, err)
	require.Equal(t, []byte{0xFD, 0xFF, 0xFE, 0xFF, 0xFE}, packet)
	packet, err = SilentOpus(60*time.Millisecond, true)
	require.NoError(t, err)
	require.Equal(t, []byte{0xFF, 3, 0xFF, 0xFE, 0xFF, 0xFE, 0xFF, 0xFE}, packet)
}

func TestOpusFiller(t *testing.T) {
	for _, like := range [][]byte{
		{0x78, 1}, {0x7C, 1}, // hybrid, 20 ms, mono and stereo
		{0x18, 1},    // SILK, 60 ms
		{0xE0, 1},    // CELT, 2.5 ms
		{0xF3, 3, 1}, // three frames of 10 ms
		{0xFF, 6, 1}, // six frames of 20 ms, stereo
	} {
		toc, err := ParseOpusTOC(like)
		require.NoError(t, err)
		for _, hole := range []time.Duration{0, 2499 * time.Microsecond, OpusUnit, 20 * time.Millisecond,
			400 * time.Millisecond, 1017500 * time.Microsecond, 1018 * time.Millisecond, 61 * time.Second} {
			filler, err := NewOpusFiller(like)
			require.NoError(t, err)
			packets, rest := filler.Fill(hole)
			require.GreaterOrEqual(t, rest, time.Duration(0))
			require.Less(t, rest, OpusUnit)
			var total time.Duration
			for i, packet := range packets {
				want := toc.Duration()
				if i == len(packets)-1 {
					want = hole - rest - total
					require.LessOrEqual(t, want, toc.Duration())
				}
				requireSilent(t, packet, toc.Stereo, want)
				total += want
			}
			require.Equal(t, hole, total+rest)
		}
	}
}

func TestOpusFillerHasNothingForNoTime(t *testing.T) {
	filler, err := NewOpusFiller([]byte{0xF8, 0xFF, 0xFE})
	require.NoError(t, err)
	for _, left := range []time.Duration{-time.Hour, -1, 0, OpusUnit - 1} {
		packet, d := filler.Next(left)
		require.Nil(t, packet)
		require.Zero(t, d)
	}
	_, err = NewOpusFiller(nil)
	require.ErrorIs(t, err, ErrTruncated)
}

func TestOpusRecording(t *testing.T) {
	codecName, packets := recordedPayloads(t, recordingPath(t, "audio-opus-stereo/*-audio-0.mjr"))
	require.Equal(t, "opus", codecName)
	for i, p := range packets {
		d, err := OpusDuration(p.Payload)
		require.NoError(t, err)
		if i > 0 && p.SequenceNumber == packets[i-1].SequenceNumber+1 {
			require.EqualValues(t, d*48000/time.Second, p.Timestamp-packets[i-1].Timestamp)
		}
	}
}
