package mjrsrc

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/timeline"
)

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
		return path
	}
	header := func(json string) string {
		return "MJR00002" + string(binary.BigEndian.AppendUint16(nil, uint16(len(json)))) + json
	}
	fifo := filepath.Join(dir, "fifo.mjr")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	link := filepath.Join(dir, "link.mjr")
	target, err := filepath.Abs(recorded(t, "video-late-3s", "video-1"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(target, link))
	for _, c := range []struct {
		name, path string
		domain     gstx.Domain
		code       int
		text       string // in the message
	}{
		{"no location", "", gstx.ResourceDomain, gstx.ResourceNotFound, "set its property location"},
		{"missing", filepath.Join(dir, "missing.mjr"), gstx.ResourceDomain, gstx.ResourceNotFound, "missing.mjr"},
		{"a folder", dir, gstx.ResourceDomain, gstx.ResourceOpenRead, dir},
		{"a FIFO", fifo, gstx.ResourceDomain, gstx.ResourceOpenRead, "fifo.mjr"},
		{"a link out of its folder", link, gstx.ResourceDomain, gstx.ResourceOpenRead,
			"leads out of its folder, which is not followed; use " + target},
		{"not a recording", file("text.mjr", "this is some other kind of file"), gstx.StreamDomain, gstx.StreamWrongType,
			"text.mjr is not a Janus recording"},
		{"no byte", file("zero.mjr", ""), gstx.StreamDomain, gstx.StreamFailed, "zero.mjr is empty"},
		{"8 bytes", recorded(t, "empty-both", "video-1"), gstx.StreamDomain, gstx.StreamFailed, "is empty"},
		{"cut header", file("cut.mjr", header(`{"t":"v","c":"vp8"}`)[:20]), gstx.StreamDomain, gstx.StreamDemux, "cut off"},
		{"broken header", file("broken.mjr", header(`{"t":"v"`)), gstx.StreamDomain, gstx.StreamDemux, "broken"},
		{"unknown codec", file("codec.mjr", header(`{"t":"v","c":"theora","s":1,"u":1}`)), gstx.StreamDomain,
			gstx.StreamCodecNotFound, `"theora"`},
		{"encrypted", recorded(t, "e2ee-flagged", "video-1"), gstx.StreamDomain, gstx.StreamDecrypt, "end-to-end encrypted"},
		{"header only", file("only.mjr", header(`{"t":"v","c":"vp8","s":1,"u":1}`)), gstx.StreamDomain, gstx.StreamFailed,
			"only.mjr holds no media"},
		{"no key picture", nokey(t), gstx.StreamDomain, gstx.StreamDecode, "no key picture"},
		{"encrypted, unflagged", garbage(t), gstx.StreamDomain, gstx.StreamDecrypt, "probably end-to-end encrypted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := gsttest.Parse(t, "mjrsrc name=src ! fakesink")
			defer p.Close()
			e, _ := p.Element("src")
			if c.path != "" {
				e.SetString("location", c.path)
			}
			require.False(t, p.SetState(pipeline.Paused))
			m, ok := p.Pop(time.Minute)
			require.True(t, ok)
			require.Equal(t, pipeline.MessageError, m.Type)
			require.Equal(t, "src", m.Element)
			require.Equal(t, "mjrsrc", m.Factory)
			require.Equal(t, c.domain, m.Domain, m.Text)
			require.Equal(t, c.code, m.Code, m.Text)
			require.Contains(t, m.Text, c.text)
			require.True(t, strings.HasSuffix(m.Text, ".") || strings.HasSuffix(m.Text, "?"), "one sentence: %s", m.Text)
			require.Contains(t, m.Debug, ".go")
			p.SetState(pipeline.Null)
		})
	}
	require.Zero(t, timeline.InUse())
}

// nokey is a recording of VP8 that begins with delta pictures and has nothing else.
func nokey(t *testing.T) string {
	var packets []packet
	for n := range 30 {
		b := rtp(n, 3000*n, 96)
		// VP8 payload descriptor: start of partition 0; then a frame tag whose bit 0 says that it is no key frame.
		packets = append(packets, packet{time.Duration(n) * 33 * time.Millisecond,
			append(b, 0x10, 0x11, 0x02, 0x03, 0x04, 0x05)})
	}
	return write(t, mjr.Header{Kind: mjr.Video, Codec: "vp8"}, packets)
}

// garbage is a recording of H.264 whose payload is none.
func garbage(t *testing.T) string {
	var packets []packet
	for n := range 30 {
		b := rtp(n, 3000*n, 107)
		packets = append(packets, packet{time.Duration(n) * 33 * time.Millisecond,
			append(b, 0xFF, 0x11, 0x02, 0x03, 0x04, 0x05)})
	}
	return write(t, mjr.Header{Kind: mjr.Video, Codec: "h264"}, packets)
}

func rtp(seq, ts int, pt byte) []byte {
	b := []byte{0x80, 0x80 | pt}
	b = binary.BigEndian.AppendUint16(b, uint16(seq+1))
	b = binary.BigEndian.AppendUint32(b, uint32(ts))
	return binary.BigEndian.AppendUint32(b, 7)
}
