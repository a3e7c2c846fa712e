package av1depay_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
)

// flat is a run of units, in packets.
type flat struct {
	unit int // which unit the packet belongs to
	data []byte
}

// beginning returns the first packets of a recording.
func beginning(t *testing.T, folder string, n int) (packets []flat, all []unit) {
	all = units(t, recorded(t, folder))[:n]
	for i, u := range all {
		for _, p := range u.packets {
			packets = append(packets, flat{i, p})
		}
	}
	return packets, all
}

// got is what came out: the number of a unit, and whether it was marked as coming after a loss.
type got struct {
	unit    int
	discont bool
}

func compare(t *testing.T, all []unit, out *gsttest.Record) (seen []got) {
	for _, b := range out.Buffers() {
		i := slices.IndexFunc(all, func(u unit) bool { return string(u.data) == string(b.Data) })
		require.GreaterOrEqual(t, i, 0, "a buffer that is no unit of the recording: %x", b.Data)
		require.Equal(t, time.Duration(i)*40*time.Millisecond, b.PTS, "unit %d", i)
		seen = append(seen, got{i, b.Discont})
	}
	return seen
}

// Units with packets missing are left out, all others come, and what follows is marked.
func TestLoss(t *testing.T) {
	// Each unit has two packets: 2n is the lower layer, 2n+1 the upper one.
	svc, svcUnits := beginning(t, "chromium-av1-svc", 6)
	// The first unit has two packets, a fragment each, the others one: 0 1 | 2 | 3 | …
	pion, pionUnits := beginning(t, "pion-av1-opus", 6)
	require.Len(t, svc, 12)
	require.Len(t, pion, 7)

	for name, c := range map[string]struct {
		packets []flat
		units   []unit
		lose    []int
		want    []got
	}{
		"nothing":                      {svc, svcUnits, nil, []got{{0, true}, {1, false}, {2, false}, {3, false}, {4, false}, {5, false}}},
		"upper layer":                  {svc, svcUnits, []int{5}, []got{{0, true}, {1, false}, {3, true}, {4, false}, {5, false}}},
		"lower layer":                  {svc, svcUnits, []int{4}, []got{{0, true}, {1, false}, {3, true}, {4, false}, {5, false}}},
		"whole unit":                   {svc, svcUnits, []int{4, 5}, []got{{0, true}, {1, false}, {3, true}, {4, false}, {5, false}}},
		"end of one, beginning of one": {svc, svcUnits, []int{3, 4}, []got{{0, true}, {3, true}, {4, false}, {5, false}}},
		"last packet":                  {svc, svcUnits, []int{11}, []got{{0, true}, {1, false}, {2, false}, {3, false}, {4, false}}},
		"first fragment":               {pion, pionUnits, []int{0}, []got{{1, true}, {2, false}, {3, false}, {4, false}, {5, false}}},
		"last fragment":                {pion, pionUnits, []int{1}, []got{{1, true}, {2, false}, {3, false}, {4, false}, {5, false}}},
		"units of one packet":          {pion, pionUnits, []int{3, 4}, []got{{0, true}, {1, false}, {4, true}, {5, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			var single, flagged []step
			lost := false
			lists := make([]step, len(c.units))
			seq := uint16(65533) // wraps in the first units
			for i, p := range c.packets {
				data := renumber(p.data, seq+uint16(i))
				pts := time.Duration(p.unit) * 40 * time.Millisecond
				if slices.Contains(c.lose, i) {
					lost = true
					continue
				}
				single = append(single, step{packets: [][]byte{data}, pts: pts})
				lists[p.unit].packets, lists[p.unit].pts = append(lists[p.unit].packets, data), pts
				// mjrsrc may close the gap in the sequence numbers and say DISCONT instead.
				flagged = append(flagged, step{packets: [][]byte{renumber(p.data, seq+uint16(len(flagged)))}, pts: pts, discont: lost})
				lost = false
			}
			lists = slices.DeleteFunc(lists, func(s step) bool { return len(s.packets) == 0 })
			for form, steps := range map[string][]step{"packets": single, "lists": lists, "flagged": flagged} {
				out, warnings := play(t, steps...)
				require.Equal(t, c.want, compare(t, c.units, out), form)
				require.Empty(t, warnings, "loss is nothing to tell the user about here")
			}
		})
	}
}

func renumber(packet []byte, seq uint16) []byte {
	p := slices.Clone(packet)
	p[2], p[3] = byte(seq>>8), byte(seq)
	return p
}

func unmarked(packet []byte) []byte {
	p := slices.Clone(packet)
	p[1] &^= 0x80
	return p
}

// Somebody on the way took the upper layer out, and the markers with it: units end where the next one begins. Of the last one
// nobody can tell.
func TestNoMarkers(t *testing.T) {
	svc, all := beginning(t, "chromium-av1-svc", 6)
	var steps []step
	for i, p := range svc {
		steps = append(steps, step{packets: [][]byte{renumber(unmarked(p.data), uint16(i))}, pts: time.Duration(p.unit) * 40 * time.Millisecond})
	}
	out, warnings := play(t, steps...)
	require.Empty(t, warnings)
	require.Equal(t, []got{{0, true}, {1, false}, {2, false}, {3, false}, {4, false}}, compare(t, all, out))
}

func TestOddPackets(t *testing.T) {
	const a, b = "12003202" + "30aa", "12003202" + "30bb"
	for name, c := range map[string]struct {
		packets [][]byte
		want    []string
	}{
		"a clock that stands still": {[][]byte{rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 2, 100, true, "1030"+"30bb")}, []string{a, b}},
		"a clock that goes back":    {[][]byte{rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 2, 7, true, "1030"+"30bb")}, []string{a, b}},
		"twice":                     {[][]byte{rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 2, 200, true, "1030"+"30bb")}, []string{a, b}},
		"too late":                  {[][]byte{rtp(t, 2, 200, true, "1030"+"30bb"), rtp(t, 1, 100, true, "1030"+"30aa")}, []string{b}},
		"padding only": {[][]byte{rtp(t, 1, 100, false, "5030"+"30"), rtp(t, 2, 150, true, ""), rtp(t, 3, 100, true, "90"+"aa"),
			rtp(t, 4, 100, false, ""), rtp(t, 5, 200, true, "1030"+"30bb"), rtp(t, 6, 200, false, "")}, []string{a, b}},
		"nothing but what is left out": {[][]byte{rtp(t, 1, 100, true, "10"+"1200"), rtp(t, 2, 200, true, "1030"+"30bb")}, []string{b}},
		"only padding":                 {[][]byte{rtp(t, 1, 100, true, ""), rtp(t, 2, 200, true, "")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var steps []step
			for _, p := range c.packets {
				steps = append(steps, step{packets: [][]byte{p}})
			}
			out, warnings := play(t, steps...)
			require.Empty(t, warnings)
			var seen []string
			for _, b := range out.Buffers() {
				seen = append(seen, hexOf(b.Data))
			}
			require.Equal(t, c.want, seen)
		})
	}
}

// What is not AV1 is said once, and does not end the stream.
func TestGarbage(t *testing.T) {
	good := func(seq uint16) step {
		return step{packets: [][]byte{rtp(t, seq, uint32(seq)*3000, true, "1030"+"30aa")}}
	}
	bad := func(seq uint16) step { return step{packets: [][]byte{rtp(t, seq, uint32(seq)*3000, true, "00ff01")}} }
	out, warnings := play(t, good(1), bad(2), bad(3), good(4), bad(5), good(6))
	var disconts []bool
	for _, b := range out.Buffers() {
		disconts = append(disconts, b.Discont)
	}
	require.Equal(t, []bool{true, true, true}, disconts)
	require.Len(t, warnings, 1)
	require.Equal(t, "stream/decode", warnings[0].Name)
	require.Contains(t, warnings[0].Text, "do not follow the RTP payload format for AV1")
	require.Contains(t, warnings[0].Debug, "AV1 OBU element ends too early")
}

// Tags keep their place, whatever is going on when they come.
func TestEventsKeepTheirPlace(t *testing.T) {
	one := func(seq uint16, timestamp uint32, marker bool, payload, tag string) step {
		return step{packets: [][]byte{rtp(t, seq, timestamp, marker, payload)}, tag: tag}
	}
	out, _ := play(t,
		one(1, 100, true, "1030"+"30aa", "rotate-90"),
		one(2, 200, false, "5030"+"30", ""), one(3, 200, true, "90"+"bb", "rotate-180"), // in the middle of a unit
		one(4, 300, false, "1030"+"30cc", ""), one(5, 400, true, "1030"+"30dd", "rotate-270"), // behind a unit without a marker
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
	require.Equal(t, []string{"rotate-90", "aa", "bb", "rotate-180", "cc", "rotate-270", "dd", "rotate-0", "ee", "flip-rotate-0", "flip-rotate-90", "end"}, order)
}

// A flush in the middle of a unit: what comes next is not glued to its first half.
func TestFlushInTheMiddle(t *testing.T) {
	here, on := make(chan struct{}), make(chan struct{})
	p, out := prepare(t,
		[]step{{packets: [][]byte{rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 2, 200, false, "5030"+"30")}},
			{wait: here, until: on, packets: [][]byte{rtp(t, 3, 300, true, "1030"+"30bb")}, tag: "rotate-90"}},
		[]step{{packets: [][]byte{rtp(t, 3, 200, true, "90"+"cc"), rtp(t, 4, 400, true, "1030"+"30dd")}}})
	defer p.Close()
	defer p.SetState(gstx.Null)
	require.True(t, p.SetState(gstx.Playing))
	<-here
	sought := make(chan bool)
	go func() { sought <- p.Seek(gstx.SeekFlush, 0, -1) }()
	require.Eventually(t, func() bool { return len(out.Events(gstx.EventFlushStart)) == 1 }, 10*time.Second, time.Millisecond)
	out.Clear()
	close(on)
	require.True(t, <-sought)
	require.Empty(t, toEnd(t, p))
	buffers := out.Buffers()
	require.Len(t, buffers, 1)
	require.Equal(t, "12003202"+"30dd", hexOf(buffers[0].Data))
	require.True(t, buffers[0].Discont)
	require.Len(t, out.Events(gstx.EventSegment), 1)
}

// A flush before anything has come out: caps and tags that were waiting still come, the segment is the new one.
func TestFlushBeforeTheFirstUnit(t *testing.T) {
	here, on := make(chan struct{}), make(chan struct{})
	p, out := prepare(t,
		[]step{{packets: [][]byte{rtp(t, 1, 100, false, "5030"+"30")}, tag: "rotate-90"},
			{wait: here, until: on, packets: [][]byte{rtp(t, 2, 100, false, "d0"+"bb")}}},
		[]step{{packets: [][]byte{rtp(t, 7, 200, true, "1030"+"30dd")}}})
	defer p.Close()
	defer p.SetState(gstx.Null)
	require.True(t, p.SetState(gstx.Playing))
	<-here
	require.Len(t, out.Items(), 1, "stream-start alone")
	sought := make(chan bool)
	go func() { sought <- p.Seek(gstx.SeekFlush, 0, -1) }()
	require.Eventually(t, func() bool { return len(out.Events(gstx.EventFlushStart)) == 1 }, 10*time.Second, time.Millisecond)
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
	const level = "0a0a" + "000000243cfecc01a008"                                          // as the first but for its level
	key := func(seq uint16, sequence string) step {
		return step{packets: [][]byte{rtp(t, seq, uint32(seq)*3000, true, "10"+sequence+"320110")}}
	}
	delta := func(seq uint16) step {
		return step{packets: [][]byte{rtp(t, seq, uint32(seq)*3000, true, "10"+"3030")}}
	}
	large := strings.Replace(small, "3cfecc", "3efecc", 1)

	out, _ := play(t, key(1, small), delta(2), key(3, small), key(4, level), key(5, tall), delta(6), key(7, large), key(8, small))
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
	for _, steps := range [][]step{{delta(1), delta(2)}, {{packets: [][]byte{rtp(t, 1, 100, false, "5030"+"30")}, tag: "rotate-90"}}} {
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
	p := gsttest.Parse(t, "concat name=c ! uprightav1depay name=depay ! fakesink  mjrsrc location=%q ! c.  mjrsrc location=%q ! c.", a, b)
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
	p := gsttest.Parse(t, "mjrsrc location=%q ! capssetter caps=application/x-rtp,npt-start=(guint64)7000000000 ! uprightav1depay name=depay ! fakesink",
		recorded(t, "pion-av1-opus"))
	out := gsttest.Watch(t, p, "depay", "src")
	gsttest.Play(t, p)
	require.Len(t, out.Events(gstx.EventSegment), 1)
	require.Contains(t, out.Events(gstx.EventSegment)[0], "time=(guint64)7000000000")
	require.Len(t, out.Buffers(), 120)
}
