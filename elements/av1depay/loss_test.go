package av1depay_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
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
		"nothing": {svc, svcUnits, nil,
			[]got{{0, true}, {1, false}, {2, false}, {3, false}, {4, false}, {5, false}}},
		"upper layer": {svc, svcUnits, []int{5},
			[]got{{0, true}, {1, false}, {3, true}, {4, false}, {5, false}}},
		"lower layer": {svc, svcUnits, []int{4},
			[]got{{0, true}, {1, false}, {3, true}, {4, false}, {5, false}}},
		"whole unit": {svc, svcUnits, []int{4, 5},
			[]got{{0, true}, {1, false}, {3, true}, {4, false}, {5, false}}},
		"end of one, beginning of one": {svc, svcUnits, []int{3, 4}, []got{{0, true}, {3, true}, {4, false}, {5, false}}},
		"last packet": {svc, svcUnits, []int{11},
			[]got{{0, true}, {1, false}, {2, false}, {3, false}, {4, false}}},
		"first fragment": {pion, pionUnits, []int{0},
			[]got{{1, true}, {2, false}, {3, false}, {4, false}, {5, false}}},
		"last fragment": {pion, pionUnits, []int{1},
			[]got{{1, true}, {2, false}, {3, false}, {4, false}, {5, false}}},
		"units of one packet": {pion, pionUnits, []int{3, 4}, []got{{0, true}, {1, false}, {4, true}, {5, false}}},
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
				flagged = append(flagged, step{packets: [][]byte{renumber(p.data, seq+uint16(len(flagged)))}, pts: pts,
					discont: lost})
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

// Somebody on the way took the upper layer out, and the markers with it: units end where the next one begins. Of the
// last one nobody can tell.
func TestNoMarkers(t *testing.T) {
	svc, all := beginning(t, "chromium-av1-svc", 6)
	var steps []step
	for i, p := range svc {
		steps = append(steps, step{packets: [][]byte{renumber(unmarked(p.data), uint16(i))},
			pts: time.Duration(p.unit) * 40 * time.Millisecond})
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
		"a clock that stands still": {[][]byte{rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 2, 100, true, "1030"+"30bb")},
			[]string{a, b}},
		"a clock that goes back": {[][]byte{rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 2, 7, true, "1030"+"30bb")},
			[]string{a, b}},
		"twice": {[][]byte{rtp(t, 1, 100, true, "1030"+"30aa"), rtp(t, 1, 100, true, "1030"+"30aa"),
			rtp(t, 2, 200, true, "1030"+"30bb")}, []string{a, b}},
		"too late": {[][]byte{rtp(t, 2, 200, true, "1030"+"30bb"), rtp(t, 1, 100, true, "1030"+"30aa")},
			[]string{b}},
		"padding only": {[][]byte{rtp(t, 1, 100, false, "5030"+"30"), rtp(t, 2, 150, true, ""),
			rtp(t, 3, 100, true, "90"+"aa"),
			rtp(t, 4, 100, false, ""), rtp(t, 5, 200, true, "1030"+"30bb"), rtp(t, 6, 200, false, "")}, []string{a, b}},
		"nothing but what is left out": {[][]byte{rtp(t, 1, 100, true, "10"+"1200"), rtp(t, 2, 200, true, "1030"+"30bb")},
			[]string{b}},
		"only padding": {[][]byte{rtp(t, 1, 100, true, ""), rtp(t, 2, 200, true, "")}, nil},
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
