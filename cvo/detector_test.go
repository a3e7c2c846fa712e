package cvo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/rtpview"
)

// sender makes the packets of pictures, three packets each, as one kind of sender would.
type sender struct {
	detector  cvo.Detector
	timestamp uint32
}

// packet is one packet's elements, in the one-byte form: id -> data.
type packet map[int]string

func (s *sender) picture(key bool, packets ...packet) {
	s.timestamp += 3000
	for i, elements := range packets {
		var block []byte
		for id, data := range elements {
			block = append(block, byte(id<<4|len(data)-1))
			block = append(block, data...)
		}
		s.detector.Add(&rtpview.Packet{
			Timestamp: s.timestamp, Marker: i == len(packets)-1, HasExtension: true,
			ExtensionProfile: rtpview.ProfileOneByte, Extension: block,
		}, key)
	}
}

func (s *sender) requireID(t *testing.T, id int) {
	t.Helper()
	got, ok := s.detector.ID()
	require.True(t, ok, "found nothing")
	require.Equal(t, id, got)
}

func (s *sender) requireNone(t *testing.T) {
	t.Helper()
	got, ok := s.detector.ID()
	require.False(t, ok, "found %d", got)
}

func TestDetectorBrowser(t *testing.T) {
	// transport-cc 3, mid 4, orientation 13 on last packets: key pictures, changes, and all pictures that are turned.
	var s sender
	all := func() packet { return packet{3: "\x00\x07", 4: "1"} }
	last := func(b string) packet { return packet{3: "\x00\x08", 4: "1", 13: b} }
	s.picture(true, all(), all(), last("\x00"))
	for range 50 {
		s.picture(false, all(), all(), all())
	}
	s.requireNone(t)
	for range 4 {
		s.picture(false, all(), all(), last("\x01"))
	}
	s.requireID(t, 13)
	s.picture(false, all(), all(), last("\x00"))
	s.requireID(t, 13)
}

func TestDetectorConstantFromTheFirstPicture(t *testing.T) {
	var s sender
	s.picture(true, packet{}, packet{}, packet{5: "\x02"})
	s.picture(false, packet{5: "\x02"})
	s.picture(false, packet{5: "\x02"})
	s.requireNone(t)
	s.picture(false, packet{5: "\x02"})
	s.requireID(t, 5)
}

func TestDetectorEveryPacket(t *testing.T) {
	var s sender
	for range 5 {
		s.picture(false, packet{7: "\x03"}, packet{7: "\x03"}, packet{7: "\x03"})
	}
	s.requireID(t, 7)
}

func TestDetectorMinimum(t *testing.T) {
	// Key pictures and changes only.
	var s sender
	s.picture(true, packet{}, packet{6: "\x00"})
	for range 20 {
		s.picture(false, packet{}, packet{})
	}
	s.picture(false, packet{}, packet{6: "\x01"})
	s.requireID(t, 6)
}

func TestDetectorTwoByteForm(t *testing.T) {
	var d cvo.Detector
	for i := range 5 {
		d.Add(&rtpview.Packet{
			Timestamp: uint32(i), HasExtension: true, ExtensionProfile: rtpview.ProfileTwoByte,
			Extension: []byte{200, 1, 1, 0},
		}, false)
	}
	id, ok := d.ID()
	require.True(t, ok)
	require.Equal(t, 200, id)
}

func TestDetectorNever(t *testing.T) {
	for name, packets := range map[string]func(key bool) []packet{
		"mid":               func(bool) []packet { return []packet{{4: "0"}, {4: "0"}} },
		"rid":               func(bool) []packet { return []packet{{4: "h"}, {4: "h"}} },
		"orientation 0":     func(bool) []packet { return []packet{{}, {4: "\x00"}} },
		"transport-cc":      func(bool) []packet { return []packet{{4: "\x00\x01"}} },
		"abs-send-time":     func(bool) []packet { return []packet{{4: "\x00\x01\x02"}} },
		"playout-delay":     func(bool) []packet { return []packet{{4: "\x00\x00\x00"}} },
		"6-bit orientation": func(bool) []packet { return []packet{{4: "\x11"}} },
		"content-type": func(key bool) []packet {
			if key {
				return []packet{{}, {4: "\x01"}}
			}
			return []packet{{}, {}}
		},
		"frame-marking": func(bool) []packet { return []packet{{4: "\x80"}, {4: "\x08"}, {4: "\x48"}} },
		"generic frame descriptor": func(bool) []packet {
			return []packet{{4: "\xB1\x01\x00\x07"}, {4: "\x01"}, {4: "\x01"}}
		},
		"video-layers-allocation": func(key bool) []packet {
			if key {
				return []packet{{4: "\x00"}, {}}
			}
			return []packet{{}, {}}
		},
		"none": func(bool) []packet { return []packet{{}, {}} },
	} {
		t.Run(name, func(t *testing.T) {
			var s sender
			for i := range 100 {
				key := i%10 == 0
				s.picture(key, packets(key)...)
			}
			s.requireNone(t)
		})
	}
}

func TestDetectorContentTypeOfAllKeyPictures(t *testing.T) {
	var s sender
	for range 100 {
		s.picture(true, packet{}, packet{11: "\x01"})
	}
	s.requireNone(t)
}

func TestDetectorContentTypeBesideOrientation(t *testing.T) {
	var s sender
	for i := range 40 {
		if i%10 == 0 {
			s.picture(true, packet{}, packet{11: "\x01", 13: "\x01"})
			continue
		}
		s.picture(false, packet{}, packet{13: "\x01"})
	}
	s.requireID(t, 13)
}

func TestDetectorOneViolationIsEnough(t *testing.T) {
	for _, data := range []string{"\x10", "\xFF", "\x01\x00"} {
		var s sender
		for range 20 {
			s.picture(false, packet{4: "\x01"})
		}
		s.requireID(t, 4)
		s.picture(false, packet{4: data})
		s.requireNone(t)
	}
}

func TestDetectorConventionDecidesOnlyBetweenEquals(t *testing.T) {
	var s sender
	for range 10 {
		s.picture(false, packet{2: "\x01", 5: "\x01"})
	}
	s.requireNone(t)
	s = sender{}
	for range 10 {
		s.picture(false, packet{2: "\x01", 13: "\x01", 3: "\x01"})
	}
	s.requireID(t, 13)
	s = sender{}
	for i := range 10 {
		s.picture(i%5 == 0, packet{2: "\x01"}) // the better evidence, at an unusual id
		s.picture(i%5 == 0, packet{2: "\x01", 13: string(rune(i % 2))})
	}
	s.requireID(t, 2)
}

// FuzzDetector takes blocks of any content; what is found must be an id that could be in a packet.
func FuzzDetector(f *testing.F) {
	f.Add(uint16(rtpview.ProfileOneByte), []byte{0x40, 1, 0x40, 1}, []byte{0x40, 2})
	f.Add(uint16(rtpview.ProfileTwoByte), []byte{255, 1, 1}, []byte{255, 1, 2})
	f.Fuzz(func(t *testing.T, profile uint16, a, b []byte) {
		var d cvo.Detector
		for i, block := range [][]byte{a, b, a, b, b} {
			d.Add(&rtpview.Packet{Timestamp: uint32(i), ExtensionProfile: profile, Extension: block}, i == 0)
		}
		if id, ok := d.ID(); ok {
			require.True(t, id >= 1 && id <= 255, "%d", id)
		}
	})
}
