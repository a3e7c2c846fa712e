package janus

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/mjr"
)

// stream is one medium of a test recording, as its sender had it.
type stream struct {
	codec   string
	rate    uint32 // of the RTP clock, Hz
	packets []packet
}

type packet struct {
	at          time.Duration // since the stream began
	marker      bool
	timestamp   uint32 // since the stream began
	payload     []byte
	orientation []byte // of the extension; nil if the packet has none
}

var rates = map[string]uint32{"opus": 48000, "h264": 90000, "vp8": 90000}

// load reads a stream of a test recording in which nothing is missing or out of order.
func load(t *testing.T, name, kind string) *stream {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(e2e.Testdata(name), "*-"+kind+"-*.mjr"))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	b, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	r, err := mjr.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	s := &stream{codec: r.Header().Codec, rate: rates[r.Header().Codec]}
	require.NotZero(t, s.rate)
	id := 0
	for n, uri := range r.Header().Extensions {
		if uri == orientationURI {
			id = n
		}
	}
	var first rtp.Packet
	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		var p rtp.Packet
		require.NoError(t, p.Unmarshal(bytes.Clone(record.Payload)))
		if len(s.packets) == 0 {
			first = p
		}
		require.EqualValues(t, len(s.packets), p.SequenceNumber-first.SequenceNumber)
		if len(p.Payload) == 0 {
			continue
		}
		ts := p.Timestamp - first.Timestamp
		one := packet{marker: p.Marker, timestamp: ts, payload: p.Payload,
			at: time.Duration(ts) * time.Second / time.Duration(s.rate)}
		if id > 0 {
			one.orientation = p.GetExtension(uint8(id))
		}
		s.packets = append(s.packets, one)
	}
	return s
}

// until is the part of a stream before a time.
func (s *stream) until(end time.Duration) *stream {
	part := *s
	part.packets = nil
	for _, p := range s.packets {
		if p.at < end {
			part.packets = append(part.packets, p)
		}
	}
	return &part
}

// pause is the stream with the camera off for a time: what comes then comes later.
func (s *stream) pause(from, to time.Duration) *stream {
	part := *s
	part.packets = nil
	for _, p := range s.packets {
		if p.at >= from {
			p.at += to - from
			p.timestamp += uint32((to - from).Seconds() * float64(s.rate))
		}
		part.packets = append(part.packets, p)
	}
	return &part
}

// pictures is how many there are.
func (s *stream) pictures() int {
	n := 0
	for _, p := range s.packets {
		if p.marker {
			n++
		}
	}
	return n
}
