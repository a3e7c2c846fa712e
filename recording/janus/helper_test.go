package janus

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/recording"
)

// t0 is the time at which recordings in tests begin, µs: 2026-01-02 03:04:05 UTC.
const t0 = int64(1767323045_000000)

// rec writes a generation 2 file: recorder created at from, packets every 100 ms until to (seconds after t0).
func rec(t testing.TB, folder, name, kind, codec string, from, to float64, fields ...string) string {
	t.Helper()
	s := t0 + int64(from*1e6)
	extra := ""
	for _, f := range fields {
		extra += ", " + f
	}
	header := fmt.Sprintf(`{"t": %q, "c": %q%s, "s": %d, "u": %d}`, kind, codec, extra, s, s+1000)
	b := binary.BigEndian.AppendUint16([]byte("MJR00002"), uint16(len(header)))
	b = append(b, header...)
	for i, ms := 0, 0; ms <= int((to-from)*1000); i, ms = i+1, ms+100 {
		b = append(b, "MEET"...)
		b = binary.BigEndian.AppendUint32(b, uint32(ms))
		b = appendPacket(b, i, uint32(ms*48))
	}
	return write(t, folder, name, b)
}

// old writes a generation 1 file (or 0, without header fields).
func old(t testing.TB, folder, name, header string, packets int, step uint32) string {
	t.Helper()
	var b []byte
	if header == "audio" || header == "video" {
		b = append(append(b, "MEETECHO\x00\x05"...), header...)
	} else {
		b = binary.BigEndian.AppendUint16([]byte("MJR00001"), uint16(len(header)))
		b = append(b, header...)
	}
	for i := range packets {
		b = append(b, "MEETECHO"...)
		b = appendPacket(b, i, uint32(i)*step)
	}
	return write(t, folder, name, b)
}

func appendPacket(b []byte, seq int, ts uint32) []byte {
	b = binary.BigEndian.AppendUint16(b, 20)
	b = append(b, 0x80, 111)
	b = binary.BigEndian.AppendUint16(b, uint16(seq+1))
	b = binary.BigEndian.AppendUint32(b, ts)
	b = binary.BigEndian.AppendUint32(b, 0xcafe)
	return append(b, "payload!"...)
}

// empty writes what a recorder leaves that never got a packet.
func empty(t testing.TB, folder, name string) string {
	t.Helper()
	return write(t, folder, name, []byte("MJR00002"))
}

func write(t testing.TB, folder, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, b, 0o644))
	written := time.UnixMicro(t0).Add(100 * 24 * time.Hour) // a copy
	require.NoError(t, os.Chtimes(path, written, written))
	return path
}

// vr is the name that VideoRoom gives a file of a recorder created at (seconds after t0).
func vr(room, user string, at float64, medium string, index int) string {
	return fmt.Sprintf("videoroom-%s-user-%s-%d-%s-%d.mjr", room, user, t0+int64(at*1e6), medium, index)
}

// audio and video write VideoRoom files of a user.
func audio(t testing.TB, folder, room, user string, from, to float64) string {
	return rec(t, folder, vr(room, user, from, "audio", 0), "a", "opus", from, to)
}

func video(t testing.TB, folder, room, user string, index int, from, to float64, fields ...string) string {
	return rec(t, folder, vr(room, user, from, "video", index), "v", "vp8", from, to, fields...)
}

// show is what was found, as text: recording, participant, session and files.
func show(recordings []*recording.Recording) []string {
	var lines []string
	for _, r := range recordings {
		for _, p := range r.Participants {
			line := fmt.Sprintf("%s / %s (%d):", r.Name, p.Name, p.Session)
			for _, f := range p.Tracks {
				line += " " + filepath.Base(f.Path)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// find requires that everything is usable.
func find(t testing.TB, inputs ...string) []*recording.Recording {
	t.Helper()
	recordings, bad, err := Find(inputs)
	require.NoError(t, err)
	require.Empty(t, bad)
	return recordings
}

// sizes are the numbers of files of each participant, by name.
func sizes(recordings []*recording.Recording) map[string]int {
	n := map[string]int{}
	for _, r := range recordings {
		for _, p := range r.Participants {
			n[p.Name] = len(p.Tracks)
		}
	}
	return n
}

func readAll(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

// busy fills a folder with rooms, sessions, calls and files without a clear name.
func busy(t *testing.T) string {
	folder := t.TempDir()
	for i, user := range []string{"a", "b", "A", "x-user-c"} {
		at := float64(i * 7)
		audio(t, folder, "1", user, at, at+30)
		video(t, folder, "1", user, 1, at+0.0001, at+30)
		audio(t, folder, "1", user, at+3600, at+3610)
		video(t, folder, "1", user, 1, at+3600.0001, at+3610)
		audio(t, filepath.Join(folder, "sub"), "1", user, at, at+30)
	}
	old(t, folder, "one.mjr", "audio", 3, 960)
	old(t, folder, "two-video.mjr", "video", 3, 3000)
	empty(t, folder, "one-video.mjr")
	return folder
}

func paths(p *recording.Participant) []string {
	var all []string
	for _, f := range p.Tracks {
		all = append(all, f.Path)
	}
	return all
}

// written sets a file's last modification (seconds after t0).
func written(t testing.TB, path string, at float64) {
	t.Helper()
	when := time.UnixMicro(t0 + int64(at*1e6))
	require.NoError(t, os.Chtimes(path, when, when))
}
