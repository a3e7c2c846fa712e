package rtpview_test

import (
	"testing"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/rtpview"
)

// FuzzUnmarshal compares with pion/rtp: a packet that both accept means the same to both, and the view accepts all
// that pion accepts but other versions of RTP, and RTCP.
func FuzzUnmarshal(f *testing.F) {
	f.Add(samplePacket(f))
	f.Add([]byte{0x80, 0x6B, 0x00, 0x01, 0, 0, 0, 0, 0x37, 0x58, 0x9A, 0xF0})
	f.Add([]byte{0xB1, 0xEB, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 9, 9, 9, 9, 0x10, 0, 0, 1, 4, 1, 1, 0, 0x61, 0, 0, 3})
	f.Add([]byte{0x90, 0x6B, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 0xBE, 0xDE, 0, 1, 0x10, 1, 0xF0, 1, 0x61})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var view rtpview.Packet
		err := view.Unmarshal(raw)
		var packet rtp.Packet
		if pionErr := packet.Unmarshal(raw); pionErr != nil {
			if err == nil { // more is accepted only where an element of the extension is broken
				require.True(t, view.HasExtension, "pion says: %v", pionErr)
			}
			return
		}
		if err != nil {
			require.True(t, err == rtpview.ErrVersion || err == rtpview.ErrRTCP, "%v", err)
			return
		}
		require.Equal(t, packet.SequenceNumber, view.SequenceNumber)
		require.Equal(t, packet.Timestamp, view.Timestamp)
		require.Equal(t, packet.SSRC, view.SSRC)
		require.Equal(t, packet.PayloadType, view.PayloadType)
		require.Equal(t, packet.Marker, view.Marker)
		require.Equal(t, len(packet.CSRC), len(view.CSRC)/4)
		require.Equal(t, int(packet.Header.PaddingSize), view.PaddingSize)
		require.Equal(t, string(packet.Payload), string(view.Payload))
		require.Equal(t, packet.Extension, view.HasExtension)
		if !view.HasExtension {
			return
		}
		require.Equal(t, packet.ExtensionProfile, view.ExtensionProfile)
		if p := view.ExtensionProfile; p != rtpview.ProfileOneByte && p != rtpview.ProfileTwoByte {
			return // pion does not know the two-byte form with appbits
		}
		seen := map[int]bool{}
		for id, data := range view.Elements() {
			if !seen[id] {
				seen[id] = true
				require.Equal(t, string(packet.GetExtension(uint8(id))), string(data), "id %d", id)
			}
		}
		for _, id := range packet.GetExtensionIDs() {
			require.True(t, seen[int(id)], "id %d", id)
		}
	})
}
