package rtpview_test

import (
	"testing"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/rtpview"
)

func TestUnmarshalFixedHeader(t *testing.T) {
	// PT 107, seq 1, ts 0, no marker: first packet of a Janus video recording.
	raw := []byte{0x80, 0x6B, 0x00, 0x01, 0, 0, 0, 0, 0x37, 0x58, 0x9A, 0xF0, 0x67, 0x42}
	var p rtpview.Packet
	require.NoError(t, p.Unmarshal(raw))
	require.Equal(t, rtpview.Packet{
		SequenceNumber: 1, SSRC: 0x37589AF0, PayloadType: 107, CSRC: []byte{}, Payload: []byte{0x67, 0x42},
	}, p)
}

func TestUnmarshalMarkerAndOrientation(t *testing.T) {
	// The same with marker and video orientation 1 as element 4 of a one-byte extension.
	raw := []byte{0x90, 0xEB, 0x00, 0x05, 0, 0, 0, 0, 0x37, 0x58, 0x9A, 0xF0, 0xBE, 0xDE, 0, 1, 0x40, 0x01, 0, 0, 0x61}
	var p rtpview.Packet
	require.NoError(t, p.Unmarshal(raw))
	require.True(t, p.Marker)
	require.True(t, p.HasExtension)
	require.Equal(t, uint16(0xBEDE), p.ExtensionProfile)
	require.Equal(t, []byte{0x61}, p.Payload)
	data, ok := p.Element(4)
	require.True(t, ok)
	require.Equal(t, []byte{1}, data)
	_, ok = p.Element(1)
	require.False(t, ok)
}

func TestUnmarshalAllParts(t *testing.T) {
	raw := []byte{
		0xB2, 0x80 | 96, 0xFF, 0xFE, 0x80, 0, 0, 1, 1, 2, 3, 4, // P, X, 2 CSRC
		0xA0, 0xA1, 0xA2, 0xA3, 0xB0, 0xB1, 0xB2, 0xB3,
		0x10, 0x07, 0, 1, 0x10, 0x02, 0x11, 0x22,
		0xCA, 0xFE,
		0, 0, 3,
	}
	var p rtpview.Packet
	require.NoError(t, p.Unmarshal(raw))
	require.Equal(t, rtpview.Packet{
		SequenceNumber: 0xFFFE, Timestamp: 0x80000001, SSRC: 0x01020304, PayloadType: 96, Marker: true,
		CSRC:         []byte{0xA0, 0xA1, 0xA2, 0xA3, 0xB0, 0xB1, 0xB2, 0xB3},
		HasExtension: true, ExtensionProfile: 0x1007, Extension: []byte{0x10, 0x02, 0x11, 0x22},
		Payload: []byte{0xCA, 0xFE}, PaddingSize: 3,
	}, p)
}

func TestUnmarshalPaddingOnly(t *testing.T) {
	raw := append([]byte{0xA0, 96, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1}, make([]byte, 224)...)
	raw[len(raw)-1] = 224
	var p rtpview.Packet
	require.NoError(t, p.Unmarshal(raw))
	require.Empty(t, p.Payload)
	require.Equal(t, 224, p.PaddingSize)
}

func TestUnmarshalEmptyPayload(t *testing.T) {
	var p rtpview.Packet
	require.NoError(t, p.Unmarshal([]byte{0x80, 96, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1}))
	require.Empty(t, p.Payload)
	require.Zero(t, p.PaddingSize)
}

func TestUnmarshalRejects(t *testing.T) {
	header := func(first, second byte, rest ...byte) []byte {
		return append([]byte{first, second, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, rest...)
	}
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"nothing":                      {nil, rtpview.ErrShort},
		"three bytes":                  {[]byte{0x80, 0x60, 0}, rtpview.ErrShort},
		"eleven bytes":                 {header(0x80, 96)[:11], rtpview.ErrShort},
		"version 0":                    {header(0x00, 96), rtpview.ErrVersion},
		"version 1":                    {header(0x40, 96), rtpview.ErrVersion},
		"version 3":                    {header(0xC0, 96), rtpview.ErrVersion},
		"sender report":                {header(0x80, 200), rtpview.ErrRTCP},
		"first RTCP type":              {header(0x80, 192), rtpview.ErrRTCP},
		"last RTCP type":               {header(0x80, 223), rtpview.ErrRTCP},
		"CSRC beyond the end":          {header(0x8F, 96, 1, 2, 3, 4), rtpview.ErrShort},
		"no room for the extension":    {header(0x90, 96, 0xBE, 0xDE, 0), rtpview.ErrExtension},
		"extension one byte too long":  {header(0x90, 96, 0xBE, 0xDE, 0, 1, 0x10, 0, 0), rtpview.ErrExtension},
		"extension of 65535 words":     {header(0x90, 96, 0xBE, 0xDE, 0xFF, 0xFF, 0), rtpview.ErrExtension},
		"padding without a byte":       {header(0xA0, 96), rtpview.ErrPadding},
		"padding of 0":                 {header(0xA0, 96, 1, 0), rtpview.ErrPadding},
		"padding longer than the rest": {header(0xA0, 96, 1, 3), rtpview.ErrPadding},
		"padding into the extension":   {header(0xB0, 96, 0xBE, 0xDE, 0, 1, 0, 0, 0, 4), rtpview.ErrPadding},
	} {
		t.Run(name, func(t *testing.T) {
			var p rtpview.Packet
			require.ErrorIs(t, p.Unmarshal(c.raw), c.want)
		})
	}
	var p rtpview.Packet
	require.NoError(t, p.Unmarshal(header(0x80, 191)), "payload type 63 with marker is RTP")
	require.NoError(t, p.Unmarshal(header(0x80, 224)), "payload type 96 with marker is RTP")
	require.NoError(t, p.Unmarshal(header(0x80, 72)), "without marker it is RTP")
}

func TestUnmarshalDoesNotAllocate(t *testing.T) {
	raw := samplePacket(t)
	var p rtpview.Packet
	found := 0
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if p.Unmarshal(raw) != nil {
			panic("sample does not parse")
		}
		for id := range p.Elements() {
			if id == 13 {
				found++
			}
		}
		if _, ok := p.Element(13); ok {
			found++
		}
	}))
	require.NotZero(t, found)
}

// samplePacket is like what a browser sends: transport-cc, mid and orientation.
func samplePacket(t testing.TB) []byte {
	h := rtp.Header{Version: 2, Marker: true, PayloadType: 96, SequenceNumber: 4711, Timestamp: 1234567, SSRC: 42}
	require.NoError(t, h.SetExtension(3, []byte{0x12, 0x34}))
	require.NoError(t, h.SetExtension(4, []byte("1")))
	require.NoError(t, h.SetExtension(13, []byte{1}))
	raw, err := (&rtp.Packet{Header: h, Payload: make([]byte, 1000)}).Marshal()
	require.NoError(t, err)
	return raw
}

func BenchmarkView(b *testing.B) {
	raw := samplePacket(b)
	var p rtpview.Packet
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Unmarshal(raw); err != nil {
			b.Fatal(err)
		}
		if _, ok := p.Element(13); !ok {
			b.Fatal("element 13 is missing")
		}
	}
}

func BenchmarkPionReused(b *testing.B) {
	raw := samplePacket(b)
	var p rtp.Packet
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Unmarshal(raw); err != nil {
			b.Fatal(err)
		}
		if p.GetExtension(13) == nil {
			b.Fatal("element 13 is missing")
		}
	}
}

func BenchmarkPionFresh(b *testing.B) {
	raw := samplePacket(b)
	b.ReportAllocs()
	for b.Loop() {
		var p rtp.Packet
		if err := p.Unmarshal(raw); err != nil {
			b.Fatal(err)
		}
		if p.GetExtension(13) == nil {
			b.Fatal("element 13 is missing")
		}
	}
}
