package testmjr

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
)

// OriginUs is the wall clock of time 0 of all tracks, in µs since the Unix epoch, unless Header.CreatedUs says
// another.
const OriginUs = 1_700_000_000_000_000

// Unit is one picture or one audio frame before it becomes RTP: the payloads that carry it, in order.
type Unit struct {
	Payloads [][]byte
	Types    []uint8 // payload type of each payload; where there is none, or it is 0x80, the track's
	Key      bool    // a key picture
}

// Source returns the i-th unit of a track.
type Source func(i int) Unit

// Track is what one sender sends. Video and Audio fill in what is usual; all fields may be changed before use.
type Track struct {
	Header         mjr.Header // FirstUs is set when the recording is written, if it is 0
	PayloadType    uint8
	SSRC           uint32
	ClockRate      int // RTP clock, Hz
	FirstSequence  uint16
	FirstTimestamp uint32

	Source   Source
	Units    int
	Interval time.Duration // between units, on the sender's clock
	Start    time.Duration // wall clock of the first unit, after the origin

	ClockPPM    float64 // how much faster than the wall clock the sender's runs
	Breaks      []Break
	Orientation *Orientation // nil: no such extension
	Network     Network

	// Stamp is what the sender writes as the RTP time of unit i, in ticks since the first unit; right is what it should
	// write. nil: what is right.
	Stamp func(i int, right int64) int64
	// Order is the place, in the order in which units are shown, of the i-th unit to be sent (B-frames); nil: i. Nothing
	// is sent before it was captured. Breaks count places.
	Order func(i int) int
	// Lie is what the recorder writes as the arrival time of a record, in any unit; arrived counts from the first
	// record. nil: milliseconds.
	Lie func(n int, arrived time.Duration) uint32
}

// Break is something that happens in front of a unit. Several at the same unit add up.
type Break struct {
	Unit     int           // in front of which
	Pause    time.Duration // nothing is sent for so long (mute, DTX, camera off, pause)
	Frozen   bool          // the RTP clock stands still in this pause; else it runs on
	Ticks    int32         // the RTP clock jumps by this much in addition
	Sequence int16         // sequence numbers jump by this much in addition
	SSRC     uint32        // the stream goes on with this SSRC, 0: the same
}

// Packet is one RTP packet on its way.
type Packet struct {
	RTP      rtp.Packet
	Unit     int           // of which it is a part
	Captured time.Duration // wall clock after the origin: when what it shows was to be seen
	Sent     time.Duration
	Arrived  time.Duration
}

// Audio is Opus in packets of 20 ms with payload type 111, recorded by VideoRoom. Sequence number and timestamp begin
// at 1 and 0, as Janus stores them.
func Audio(units int) Track {
	return Track{
		Header:      mjr.Header{Generation: mjr.Generation2, Kind: mjr.Audio, Codec: "opus", CreatedUs: OriginUs},
		PayloadType: 111, SSRC: 0xA0D10, ClockRate: 48000, FirstSequence: 1,
		Source: Opus(20 * time.Millisecond), Units: units, Interval: 20 * time.Millisecond,
	}
}

// Video is a stream of pictures with payload type 96, recorded by VideoRoom.
func Video(codec string, units int, fps float64, source Source) Track {
	return Track{
		Header:      mjr.Header{Generation: mjr.Generation2, Kind: mjr.Video, Codec: codec, CreatedUs: OriginUs},
		PayloadType: 96, SSRC: 0x71DE0, ClockRate: 90000, FirstSequence: 1,
		Source: source, Units: units, Interval: time.Duration(float64(time.Second) / fps),
	}
}

// moment is a place in the order in which units are shown.
type moment struct {
	captured time.Duration // wall clock after the origin
	ticks    int64         // right RTP time since the first unit
	jumped   int32         // what breaks add to it
	sequence uint16        // what breaks add to sequence numbers
	ssrc     uint32
}

// moments are what happens at each place.
func (t Track) moments() []moment {
	all := make([]moment, t.Units)
	now := moment{ssrc: t.SSRC}
	var clock time.Duration    // the sender's, since its first unit
	var rtpClock time.Duration // the same without frozen pauses
	for i := range all {
		for _, b := range t.Breaks {
			if b.Unit != i {
				continue
			}
			clock += b.Pause
			if !b.Frozen {
				rtpClock += b.Pause
			}
			now.jumped += b.Ticks
			now.sequence += uint16(b.Sequence)
			if b.SSRC != 0 {
				now.ssrc = b.SSRC
			}
		}
		now.captured = t.Start + time.Duration(float64(clock)/(1+t.ClockPPM/1e6))
		now.ticks = int64(math.Round(rtpClock.Seconds() * float64(t.ClockRate)))
		all[i] = now
		clock += t.Interval
		rtpClock += t.Interval
	}
	return all
}

// Sent returns all packets in the order in which they are sent, with Arrived = Sent.
func (t Track) Sent() []Packet {
	var packets []Packet
	sequence := t.FirstSequence
	moments := t.moments()
	var sent time.Duration
	for i := range t.Units {
		place := i
		if t.Order != nil {
			place = t.Order(i)
		}
		m := moments[place]
		sent = max(sent, m.captured)
		ticks := m.ticks
		if t.Stamp != nil {
			ticks = t.Stamp(place, ticks)
		}
		timestamp := t.FirstTimestamp + uint32(ticks) + uint32(m.jumped)
		unit := t.Source(i)
		for n, payload := range unit.Payloads {
			last := n == len(unit.Payloads)-1
			payloadType := t.PayloadType
			if n < len(unit.Types) && unit.Types[n] < 0x80 {
				payloadType = unit.Types[n]
			}
			p := rtp.Packet{
				Header: rtp.Header{
					Version: 2, PayloadType: payloadType, SequenceNumber: sequence + m.sequence, Timestamp: timestamp, SSRC: m.ssrc,
					Marker: t.Header.Kind == mjr.Video && last,
				},
				Payload: payload,
			}
			if t.Orientation != nil {
				t.Orientation.put(&p.Header, i, unit.Key, n == 0, last)
			}
			packets = append(packets, Packet{RTP: p, Unit: i, Captured: m.captured, Sent: sent, Arrived: sent})
			sequence++
		}
	}
	return packets
}

// Packets returns the packets in the order of their arrival.
func (t Track) Packets() []Packet { return t.Network.carry(t.Sent()) }

// Bytes returns the recording.
func (t Track) Bytes(tb testing.TB) []byte {
	tb.Helper()
	packets := t.Packets()
	h := t.Header
	var first time.Duration
	if len(packets) > 0 {
		first = packets[0].Arrived
	}
	if h.FirstUs == 0 && h.Generation != mjr.Generation0 {
		h.FirstUs = h.CreatedUs + first.Microseconds()
	}
	var file bytes.Buffer
	w, err := mjr.NewWriter(&file, h)
	require.NoError(tb, err)
	for n, p := range packets {
		raw, err := p.RTP.Marshal()
		require.NoError(tb, err)
		arrived := uint32((p.Arrived - first).Milliseconds())
		if t.Lie != nil {
			arrived = t.Lie(n, p.Arrived-first)
		}
		require.NoError(tb, w.WriteRecord(arrived, raw))
	}
	return file.Bytes()
}

// Write writes the recording and returns its path.
func (t Track) Write(tb testing.TB, dir, name string) string {
	tb.Helper()
	path := filepath.Join(dir, name)
	require.NoError(tb, os.WriteFile(path, t.Bytes(tb), 0o600))
	return path
}
