package av1depay_test

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/elements/av1depay"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/elements/mjrsrc"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/rtpview"
	"github.com/upright-media/upright/timeline"
)

func TestMain(m *testing.M) {
	for _, err := range []error{
		av1depay.Register(nil), mjrsrc.Register(nil),
		gstx.RegisterSource(nil, &scriptClass, func() *script { return &script{} }),
	} {
		if err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// recorded returns the video of a recording in testdata.
func recorded(t testing.TB, folder string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("../../testdata", folder, "*-video-*.mjr"))
	require.NoError(t, err)
	require.Len(t, found, 1, folder)
	return found[0]
}

// unit is one temporal unit of a recording.
type unit struct {
	packets       [][]byte
	pts, duration time.Duration
	data          []byte
	key           bool
}

// units reads a recording without GStreamer.
func units(t testing.TB, path string) (all []unit) {
	tl, err := timeline.Load(t.Context(), []*recording.File{janus.ReadFile(path)}, timeline.Options{})
	require.NoError(t, err)
	s, err := tl.Open(tl.Tracks[0])
	require.NoError(t, err)
	defer s.Close()
	for {
		u, err := s.Next()
		if err != nil {
			return all
		}
		var d codec.AV1Depacketizer
		one := unit{pts: u.PTS}
		if u.Last {
			one.duration = u.Duration // the others stand until the next
		}
		for _, raw := range u.Packets {
			var p rtpview.Packet
			require.NoError(t, p.Unmarshal(raw))
			require.NoError(t, d.Push(p.Payload))
			one.packets = append(one.packets, append([]byte(nil), raw...))
		}
		av1, err := d.End()
		require.NoError(t, err)
		one.data, one.key = av1.Data, av1.Key
		all = append(all, one)
	}
}

// rtp makes a packet of hexadecimal payload. marker: the last of its unit.
func rtp(t testing.TB, seq uint16, timestamp uint32, marker bool, payload string) []byte {
	b := []byte{0x80, 98}
	if marker {
		b[1] |= 0x80
	}
	b = binary.BigEndian.AppendUint16(b, seq)
	b = binary.BigEndian.AppendUint32(b, timestamp)
	b = append(b, 0, 0, 0, 1)
	p, err := hex.DecodeString(payload)
	require.NoError(t, err)
	return append(b, p...)
}

// step is what a script source delivers at once: some packets in a list.
type step struct {
	packets [][]byte
	pts     time.Duration
	discont bool
	tag     string        // in front of them
	wait    chan struct{} // closed by the source when it comes here
	until   chan struct{} // waited for then
}

// script is a source that delivers what a test says.
type script struct {
	name   string
	sought bool
	next   int
}

var scripts sync.Map // name -> [][]step: one script for the beginning, one for after a seek

var scriptClass = gstx.Class{
	Name: "testscript", LongName: "Script", Klass: "Source/Test", Description: "Delivers what a test says",
	Pads:       []gstx.Pad{{Name: "src", Caps: "application/x-rtp"}},
	Properties: []gstx.Property{{Name: "script", Kind: gstx.String, Nick: "Script", Blurb: "Name of the script"}},
}

func (s *script) Constructed(gstx.Element)        {}
func (s *script) SetProperty(_ string, value any) { s.name = value.(string) }
func (s *script) Property(string) any             { return s.name }
func (s *script) Stop(gstx.Element)               {}
func (s *script) steps(i int) []step              { v, _ := scripts.Load(s.name); return v.([][]step)[i] }
func (s *script) Seek(gstx.Element, time.Duration) error {
	if s.sought {
		s.next = 1 << 16
	}
	s.sought = true // once when it starts
	return nil
}

func (s *script) Start(e gstx.Element) error {
	s.next, s.sought = 0, false
	caps := gstx.NewStructure("application/x-rtp")
	for name, value := range map[string]any{"media": "video", "encoding-name": "AV1", "clock-rate": 90000, "payload": 98} {
		caps.Set(name, value)
	}
	e.SetCaps(caps)
	return nil
}

func (s *script) Create(out *gstx.Output) (gstx.Flow, error) {
	run, at := s.next>>16, s.next&0xFFFF
	steps := s.steps(run)
	if at >= len(steps) {
		return gstx.FlowEOS, nil
	}
	s.next++
	now := steps[at]
	if now.wait != nil {
		close(now.wait)
		<-now.until
	}
	if now.tag != "" {
		tags := gstx.NewTags(false)
		tags.AddString(gstx.TagImageOrientation, now.tag)
		out.SubmitTags(tags)
	}
	var data []byte
	var parts []uint32
	for _, p := range now.packets {
		data, parts = append(data, p...), append(parts, uint32(len(p)))
	}
	flags := gstx.RTP
	if now.discont {
		flags |= gstx.Discont
	}
	if !out.Submit(data, parts, now.pts, 40*time.Millisecond, flags) {
		return gstx.FlowError, nil
	}
	return gstx.FlowOK, nil
}

// play runs a script through the element and returns what comes out of it, and what it said on the way.
func play(t *testing.T, steps ...step) (*gsttest.Record, []pipeline.Message) {
	t.Helper()
	p, out := prepare(t, steps)
	defer p.Close()
	defer p.SetState(pipeline.Null)
	return out, toEnd(t, p)
}

func prepare(t *testing.T, runs ...[]step) (*pipeline.Pipeline, *gsttest.Record) {
	t.Helper()
	scripts.Store(t.Name(), runs)
	p := gsttest.Parse(t, "testscript script=%q ! uprightav1depay name=depay ! fakesink", t.Name())
	return p, gsttest.Watch(t, p, "depay", "src")
}

// toEnd runs a pipeline to its end and returns its warnings.
func toEnd(t *testing.T, p *pipeline.Pipeline) (warnings []pipeline.Message) {
	t.Helper()
	require.True(t, p.SetState(pipeline.Playing))
	for {
		m, ok := p.Pop(20 * time.Second)
		require.True(t, ok, "the pipeline does not end")
		if m.Type == pipeline.MessageEOS {
			return warnings
		}
		require.Equal(t, pipeline.MessageWarning, m.Type, "%+v", m)
		warnings = append(warnings, m)
	}
}

func itoa(d time.Duration) string { return strconv.FormatInt(int64(d), 10) }

// leakChild plays what leaves nothing behind, or leaves something behind, and has the tracer say so.
func leakChild(t *testing.T, mode string) {
	all := units(t, recorded(t, "chromium-av1-svc"))
	for range 5 {
		gsttest.Play(t, gsttest.Parse(t, "mjrsrc location=%q ! uprightav1depay ! fakesink", recorded(t, "chromium-av1-svc")))
		play(t, step{packets: all[0].packets[:1]}, step{packets: all[0].packets[1:], tag: "rotate-90"},
			step{packets: [][]byte{rtp(t, 3, 5490, true, "ff")}},
			step{packets: [][]byte{rtp(t, 4, 9000, false, "503030")}, tag: "rotate-0"})
	}
	if mode == "leaky" {
		gsttest.Parse(t, "testscript ! uprightav1depay ! fakesink")
	}
	gstx.Deinit()
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
