package testmjr

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
)

func sequences(packets []Packet) []uint16 {
	var s []uint16
	for _, p := range packets {
		s = append(s, p.RTP.SequenceNumber)
	}
	return s
}

func TestSenderClock(t *testing.T) {
	a := Audio(5)
	a.FirstSequence, a.FirstTimestamp, a.Start = 65534, 1<<32-960, time.Second
	a.ClockPPM = 1e6 // twice as fast, so that it shows
	packets := a.Packets()
	require.Equal(t, []uint16{65534, 65535, 0, 1, 2}, sequences(packets))
	for i, p := range packets {
		require.Equal(t, uint32((i-1)*960), p.RTP.Timestamp)
		require.Equal(t, time.Second+time.Duration(i)*10*time.Millisecond, p.Arrived)
	}
}

func TestBreaks(t *testing.T) {
	a := Audio(4)
	a.Breaks = []Break{
		{Unit: 1, Pause: time.Second},
		{Unit: 2, Pause: time.Second, Frozen: true},
		{Unit: 3, Ticks: -48000, Sequence: 100, SSRC: 7},
	}
	packets := a.Packets()
	var ts []uint32
	var at []time.Duration
	for _, p := range packets {
		ts = append(ts, p.RTP.Timestamp)
		at = append(at, p.Arrived)
	}
	ms := time.Millisecond
	require.Equal(t, []uint32{0, 48960, 49920, 2880}, ts)
	require.Equal(t, []time.Duration{0, 1020 * ms, 2040 * ms, 2060 * ms}, at)
	require.Equal(t, []uint16{1, 2, 3, 104}, sequences(packets))
	require.Equal(t, uint32(0xA0D10), packets[2].RTP.SSRC)
	require.Equal(t, uint32(7), packets[3].RTP.SSRC)
}

func TestNetwork(t *testing.T) {
	a := Audio(8)
	a.Network = Network{
		Delay:     5 * time.Millisecond,
		Lose:      At(1),
		Duplicate: At(2),
		Late: func(n int) int {
			if n == 3 {
				return 2
			}
			return 0
		},
		Extra: func(n int) time.Duration {
			if n == 6 {
				return 100 * time.Millisecond
			}
			return 0
		},
	}
	packets := a.Packets()
	require.Equal(t, []uint16{1, 3, 3, 5, 6, 4, 7, 8}, sequences(packets))
	ms := time.Millisecond
	require.Equal(t, 105*ms, packets[5].Arrived, "the late packet arrives with the one that it is behind")
	require.Equal(t, 225*ms, packets[6].Arrived)
	require.Equal(t, 225*ms, packets[7].Arrived, "held up")

	a.Network = Network{Seed: 3, Jitter: 50 * time.Millisecond, Lose: Every(4)}
	packets = a.Packets()
	require.Equal(t, []uint16{1, 2, 3, 5, 6, 7}, sequences(packets))
	require.Equal(t, packets, a.Packets(), "deterministic")
	for i, p := range packets {
		require.GreaterOrEqual(t, p.Arrived, p.Sent)
		require.True(t, i == 0 || p.Arrived >= packets[i-1].Arrived)
	}
	a.Network.Seed = 4
	require.NotEqual(t, packets, a.Packets())
}

func TestOrientation(t *testing.T) {
	// One letter per packet; three packets a picture, key pictures 0 and 4; 90° on pictures 1 and 2.
	for name, c := range map[string]struct {
		o    Orientation
		want string
	}{
		"libwebrtc":    {Orientation{}, "--0 --1 --1 --0 --0"},
		"changes only": {Orientation{Rule: Changes}, "--0 --1 --- --0 --0"},
		"always":       {Orientation{Rule: Always, Placement: FirstPacket}, "0-- 1-- 1-- 0-- 0--"},
		"every packet": {Orientation{Placement: EveryPacket, TwoByte: true}, "000 111 111 000 000"},
	} {
		t.Run(name, func(t *testing.T) {
			v := Video("vp8", 5, 25, VP8(320, 180, 4, 3))
			c.o.ID, c.o.Value = 13, Turned(1, 1, 3, 0)
			v.Orientation = &c.o
			got := ""
			for i, p := range v.Packets() {
				if i > 0 && i%3 == 0 {
					got += " "
				}
				raw, err := p.RTP.Marshal()
				require.NoError(t, err)
				var back rtp.Packet
				require.NoError(t, back.Unmarshal(raw))
				require.Equal(t, i%3 == 2, back.Marker)
				if b := back.GetExtension(13); b != nil {
					require.Len(t, b, 1)
					require.Equal(t, c.o.TwoByte, back.ExtensionProfile == rtp.ExtensionProfileTwoByte)
					got += string('0' + rune(b[0]))
				} else {
					got += "-"
				}
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestWrite(t *testing.T) {
	for _, generation := range []mjr.Generation{0, 1, 2} {
		a := Audio(10)
		a.Header.Generation = generation
		a.Start = 250 * time.Millisecond
		file, err := os.ReadFile(a.Write(t, t.TempDir(), "x.mjr"))
		require.NoError(t, err)
		r, err := mjr.NewReader(bytes.NewReader(file))
		require.NoError(t, err)
		if generation > 0 {
			require.EqualValues(t, OriginUs, r.Header().CreatedUs)
			require.EqualValues(t, OriginUs+250000, r.Header().FirstUs)
		}
		for i := range 10 {
			rec, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, generation == 2, rec.HasReceived)
			if rec.HasReceived {
				require.EqualValues(t, i*20, rec.ReceivedMs)
			}
		}
	}
}

func TestRecorded(t *testing.T) {
	for folder, pictures := range map[string]int{"rot-h264-90": 90, "pion-vp8-opus": 120} {
		units := Recorded(t, folder, mjr.Video)
		require.Equal(t, pictures, len(units))
		require.True(t, units[0].Key)
		require.False(t, units[1].Key)
		source := Loop(units[1:])
		require.True(t, source(0).Key, "begins with a key picture")
	}
	require.Greater(t, len(Recorded(t, "rot-h264-90", mjr.Audio)), 290)
}

// Names say little: in this folder every name has both "video" and "audio" in it.
func TestFind(t *testing.T) {
	video, err := Find(TestData("room-string-ids"), mjr.Video)
	require.NoError(t, err)
	require.Regexp(t, `-video-1\.mjr$`, video)
	_, err = Find(TestData("audio-opus-stereo"), mjr.Video)
	require.ErrorContains(t, err, "audio-opus-stereo")
}
