package mjrsrc

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/mjr"
)

func TestMain(m *testing.M) {
	if err := Register(nil); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// recorded returns the one file of a recording in testdata whose name ends so.
func recorded(t testing.TB, folder, suffix string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("../../testdata", folder, "*"+suffix+".mjr"))
	require.NoError(t, err)
	require.Len(t, found, 1, "%s/*%s.mjr", folder, suffix)
	return found[0]
}

// record makes a recording of what a pipeline pays: line ends in a payloader.
func record(t testing.TB, h mjr.Header, line string) string {
	t.Helper()
	tt := t.(*testing.T)
	p := gsttest.Parse(tt, line+" ! fakesink name=wire")
	r := gsttest.Watch(tt, p, "wire", "sink")
	gsttest.Play(tt, p)
	var packets []packet
	for _, b := range r.Buffers() {
		packets = append(packets, packet{b.PTS, b.Data})
	}
	require.NotEmpty(t, packets)
	return write(t, h, packets)
}

type packet struct {
	at   time.Duration
	data []byte
}

const firstUs = 1_795_000_000_000_000

// write makes a recording that consists of these packets, alone in its folder.
func write(t testing.TB, h mjr.Header, packets []packet) string {
	t.Helper()
	h.Generation = mjr.Generation2
	if h.FirstUs == 0 {
		h.CreatedUs, h.FirstUs = firstUs-100_000, firstUs
	}
	path := filepath.Join(t.TempDir(), "one.mjr")
	f, err := os.Create(path)
	require.NoError(t, err)
	w, err := mjr.NewWriter(f, h)
	require.NoError(t, err)
	for _, p := range packets {
		require.NoError(t, w.WriteRecord(uint32((p.at-packets[0].at).Milliseconds()), p.data))
	}
	require.NoError(t, f.Close())
	return path
}

// messages makes a recording of a data channel.
func messages(t testing.TB, codec string, texts map[time.Duration]string, order ...time.Duration) string {
	var packets []packet
	for _, at := range order {
		b := binary.BigEndian.AppendUint64(nil, uint64(firstUs+at.Microseconds()))
		packets = append(packets, packet{at, append(b, texts[at]...)})
	}
	return write(t, mjr.Header{Kind: mjr.Data, Codec: codec}, packets)
}

// quoted is a path as part of a line.
func quoted(path string) string { return fmt.Sprintf("%q", path) }
