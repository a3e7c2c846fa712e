package av1depay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

// Tags keep their place, whatever is going on when they come.
func TestEventsKeepTheirPlace(t *testing.T) {
	one := func(seq uint16, timestamp uint32, marker bool, payload, tag string) step {
		return step{packets: [][]byte{rtp(t, seq, timestamp, marker, payload)}, tag: tag}
	}
	out, _ := play(t,
		one(1, 100, true, "1030"+"30aa", "rotate-90"),
		one(2, 200, false, "5030"+"30", ""), one(3, 200, true, "90"+"bb", "rotate-180"), // in the middle of a unit
		// behind a unit without a marker
		one(4, 300, false, "1030"+"30cc", ""), one(5, 400, true, "1030"+"30dd", "rotate-270"),
		one(6, 500, false, "5030"+"30", ""), one(8, 600, true, "1030"+"30ee", "rotate-0"), // behind a unit that is left out
		one(9, 700, false, "5030"+"30", "flip-rotate-0"), one(10, 700, false, "d0", "flip-rotate-90"), // the end
	)
	var order []string
	for _, i := range out.Items() {
		switch {
		case i.Tag != "":
			order = append(order, i.Tag)
		case i.Event == 0:
			order = append(order, hexOf(i.Data[5:]))
		case i.Event == gstx.EventEOS:
			order = append(order, "end")
		}
	}
	require.Equal(t, []string{"rotate-90", "aa", "bb", "rotate-180", "cc", "rotate-270", "dd", "rotate-0", "ee",
		"flip-rotate-0", "flip-rotate-90", "end"}, order)
}

// A flush in the middle of a unit: what comes next is not glued to its first half.
func TestFlushInTheMiddle(t *testing.T) {
	here, on := make(chan struct{}), make(chan struct{})
	p, out := prepare(t,
		[]step{{packets: [][]byte{rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 2, 200, false, "5030"+"30")}},
			{packets: [][]byte{rtp(t, 3, 200, false, "d0"+"30")}, tag: "rotate-90"},
			{wait: here, until: on, packets: [][]byte{rtp(t, 4, 300, true, "1030"+"30bb")}}},
		[]step{{packets: [][]byte{rtp(t, 3, 200, true, "90"+"cc"), rtp(t, 4, 400, true, "1030"+"30dd")}}})
	defer p.Close()
	defer p.SetState(pipeline.Null)
	require.True(t, p.SetState(pipeline.Playing))
	<-here
	sought := make(chan bool)
	go func() { sought <- p.Seek(pipeline.SeekFlush, 0, -1) }()
	require.Eventually(t, func() bool { return len(out.Events(gstx.EventFlushStart)) == 1 }, 10*time.Second,
		time.Millisecond)
	out.Clear()
	close(on)
	require.True(t, <-sought)
	require.Empty(t, toEnd(t, p))
	buffers := out.Buffers()
	require.Len(t, buffers, 1)
	require.Equal(t, "12003202"+"30dd", hexOf(buffers[0].Data))
	require.True(t, buffers[0].Discont)
	require.Len(t, out.Events(gstx.EventSegment), 1)
	require.Equal(t, []string{"rotate-90"}, out.Tags(), "tags outlive a flush")
}

// A flush before anything has come out: caps and tags that were waiting still come, the segment is the new one.
func TestFlushBeforeTheFirstUnit(t *testing.T) {
	here, on := make(chan struct{}), make(chan struct{})
	p, out := prepare(t,
		[]step{{packets: [][]byte{rtp(t, 1, 100, false, "5030"+"30")}, tag: "rotate-90"},
			{wait: here, until: on, packets: [][]byte{rtp(t, 2, 100, false, "d0"+"bb")}}},
		[]step{{packets: [][]byte{rtp(t, 7, 200, true, "1030"+"30dd")}}})
	defer p.Close()
	defer p.SetState(pipeline.Null)
	require.True(t, p.SetState(pipeline.Playing))
	<-here
	require.Len(t, out.Items(), 1, "stream-start alone")
	sought := make(chan bool)
	go func() { sought <- p.Seek(pipeline.SeekFlush, 0, -1) }()
	require.Eventually(t, func() bool { return len(out.Events(gstx.EventFlushStart)) == 1 }, 10*time.Second,
		time.Millisecond)
	close(on)
	require.True(t, <-sought)
	require.Empty(t, toEnd(t, p))
	var order []gstx.EventType
	for _, i := range out.Items() {
		order = append(order, i.Event)
	}
	require.Equal(t, []gstx.EventType{gstx.EventStreamStart, gstx.EventFlushStart, gstx.EventFlushStop,
		gstx.EventCaps, gstx.EventTag, gstx.EventSegment, 0, gstx.EventEOS}, order)
	require.Equal(t, []string{"rotate-90"}, out.Tags())
}

// The caps say what containers want to know of the sequence, and change only if a decoder has to be set up anew.
func TestCodecData(t *testing.T) {
	const small, tall = "0a0a" + "000000043cfecc01a008", "0a0b" + "000000043cfeccdaf90040" // 320x180, Chromium and libaom
	// as the first but for its level
	const level = "0a0a" + "000000243cfecc01a008"
	key := func(seq uint16, sequence string) step {
		return step{packets: [][]byte{rtp(t, seq, uint32(seq)*3000, true, "10"+sequence+"320110")}}
	}
	delta := func(seq uint16) step {
		return step{packets: [][]byte{rtp(t, seq, uint32(seq)*3000, true, "10"+"3030")}}
	}
	large := strings.Replace(small, "3cfecc", "3efecc", 1)

	out, _ := play(t, key(1, small), delta(2), key(3, small), key(4, level), key(5, tall), delta(6), key(7, large),
		key(8, small))
	require.Len(t, out.Buffers(), 8)
	var seen []string
	for _, i := range out.Items() {
		if i.Event == gstx.EventCaps {
			require.Contains(t, i.Text, "stream-format=(string)obu-stream, alignment=(string)tu")
			_, after, ok := strings.Cut(i.Text, "codec_data=(buffer)")
			require.True(t, ok, i.Text)
			data, _, _ := strings.Cut(after, ";")
			seen = append(seen, data)
		}
	}
	require.Equal(t, []string{"81000c00" + small, "81000c00" + large, "81000c00" + small}, seen)

	// A stream that nobody can decode, and one that is empty, have caps too.
	for _, steps := range [][]step{{delta(1), delta(2)},
		{{packets: [][]byte{rtp(t, 1, 100, false, "5030"+"30")}, tag: "rotate-90"}}} {
		out, _ := play(t, steps...)
		caps := out.Events(gstx.EventCaps)
		require.Len(t, caps, 1)
		require.NotContains(t, caps[0], "codec_data")
		require.Len(t, out.Events(gstx.EventSegment), 1)
	}
	out, _ = play(t, delta(1), key(2, small))
	require.Len(t, out.Events(gstx.EventCaps), 2)
}

// Two recordings one behind the other: the second segment says where it goes.
func TestSegments(t *testing.T) {
	a, b := recorded(t, "pion-av1-opus"), recorded(t, "pion-av1-opus")
	p := gsttest.Parse(t, "concat name=c ! uprightav1depay name=depay ! fakesink  mjrsrc location=%q ! c.  mjrsrc "+
		"location=%q ! c.", a, b)
	out := gsttest.Watch(t, p, "depay", "src")
	gsttest.Play(t, p)
	require.Len(t, out.Events(gstx.EventSegment), 2)
	require.Contains(t, out.Events(gstx.EventSegment)[0], "base=(guint64)0")
	require.NotContains(t, out.Events(gstx.EventSegment)[1], "base=(guint64)0")
	require.Len(t, out.Buffers(), 240)
	require.Len(t, out.Events(gstx.EventCaps), 1)
}

// Caps with a position, as RTSP has it: the base class makes the segment of them.
func TestSegmentOfRTSP(t *testing.T) {
	p := gsttest.Parse(t, "mjrsrc location=%q ! capssetter caps=application/x-rtp,npt-start=(guint64)7000000000 ! "+
		"uprightav1depay name=depay ! fakesink",
		recorded(t, "pion-av1-opus"))
	out := gsttest.Watch(t, p, "depay", "src")
	gsttest.Play(t, p)
	require.Len(t, out.Events(gstx.EventSegment), 1)
	require.Contains(t, out.Events(gstx.EventSegment)[0], "time=(guint64)7000000000")
	require.Len(t, out.Buffers(), 120)
}
