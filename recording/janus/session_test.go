package janus

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/recording"
)

func TestSessionAudioAndVideo(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1234", "alice", 0, 10)
	video(t, folder, "1234", "alice", 1, 0.0002, 9)
	recordings := find(t, folder)
	require.Len(t, recordings, 1)
	require.Equal(t, map[string]int{"1234-alice": 2}, sizes(recordings))
	require.Equal(t, t0, recordings[0].StartUs)
	require.Equal(t, "alice", recordings[0].Participants[0].User)
	require.Zero(t, recordings[0].Participants[0].Session)
}

func TestSessionCameraAndScreen(t *testing.T) {
	folder := t.TempDir()
	screen := video(t, folder, "1", "a", 2, 0.0001, 10, `"d": "screen"`)
	audio(t, folder, "1", "a", 0, 10)
	camera := video(t, folder, "1", "a", 1, 0.0003, 10)
	p := find(t, folder)[0].Participants[0]
	require.Equal(t, camera, p.Tracks[0].Path, "video in order of m-line, before audio")
	require.Equal(t, screen, p.Tracks[1].Path)
	require.Equal(t, []string{"video-1", "screen", "audio-0"}, p.Labels())
}

func TestSessionRepublish(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	video(t, folder, "1", "a", 1, 0.0002, 10)
	// Half a second later, video first this time: it must not go to the session that ended just before.
	video(t, folder, "1", "a", 1, 10.5, 20)
	audio(t, folder, "1", "a", 10.5002, 20)
	recordings := find(t, folder)
	require.Equal(t, map[string]int{"1-a": 2, "1-a-2": 2}, sizes(recordings))
	require.Equal(t, 1, recordings[0].Participants[0].Session)
	require.Equal(t, 2, recordings[0].Participants[1].Session)
	require.Equal(t, t0+10_500_000, recordings[0].Participants[1].StartUs)
}

// The first session has only audio, so that nothing is in the way of the new video but the new audio.
func TestSessionRepublishWithVideo(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	video(t, folder, "1", "a", 1, 10.5, 20)
	audio(t, folder, "1", "a", 10.5002, 20)
	require.Equal(t, map[string]int{"1-a": 1, "1-a-2": 2}, sizes(find(t, folder)))
}

// Recording switched off and on again, within a fraction of a second.
func TestSessionRestartAtOnce(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 0.1)
	video(t, folder, "1", "a", 1, 0.0001, 0.1)
	audio(t, folder, "1", "a", 0.12, 8)
	video(t, folder, "1", "a", 1, 0.1201, 8)
	require.Equal(t, []string{
		"1 / 1-a (1): " + vr("1", "a", 0.0001, "video", 1) + " " + vr("1", "a", 0, "audio", 0),
		"1 / 1-a-2 (2): " + vr("1", "a", 0.1201, "video", 1) + " " + vr("1", "a", 0.12, "audio", 0),
	}, show(find(t, folder)))
}

func TestSessionCameraAddedLater(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 600)
	video(t, folder, "1", "a", 1, 300, 590)
	require.Equal(t, map[string]int{"1-a": 2}, sizes(find(t, folder)))

	// The same two files with an hour in between are two visits.
	folder = t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	video(t, folder, "1", "a", 1, 1200, 1210)
	require.Equal(t, map[string]int{"1-a": 1, "1-a-2": 1}, sizes(find(t, folder)))
}

// The chain: screen overlaps camera, which overlaps audio; screen and audio do not.
func TestSessionChain(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	video(t, folder, "1", "a", 1, 8, 20)
	video(t, folder, "1", "a", 2, 18, 30)
	require.Equal(t, map[string]int{"1-a": 3}, sizes(find(t, folder)))
}

// Camera off and on by renegotiation: two files of one m-line in the session that the audio holds together.
func TestSessionCameraTwice(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 60)
	video(t, folder, "1", "a", 1, 5, 15)
	video(t, folder, "1", "a", 1, 30, 40)
	require.Equal(t, map[string]int{"1-a": 3}, sizes(find(t, folder)))

	// But not of one m-line at the same time.
	video(t, folder, "1", "a", 1, 35, 50)
	require.Equal(t, map[string]int{"1-a": 3, "1-a-2": 1}, sizes(find(t, folder)))
}

func TestSessionShortlyAfter(t *testing.T) {
	for gap, want := range map[float64]int{0.9: 1, 1.2: 2} {
		folder := t.TempDir()
		audio(t, folder, "1", "a", 0, 10)
		video(t, folder, "1", "a", 1, 10.001+gap, 20) // recorders write their first record 1 ms after their creation
		require.Len(t, find(t, folder)[0].Participants, want, gap)
	}
}

func TestSessionOldVideoRoom(t *testing.T) {
	folder := t.TempDir()
	for _, medium := range []string{"audio", "video"} {
		rec(t, folder, "videoroom-1-user-2-1767323045000000-"+medium+".mjr", medium[:1],
			map[string]string{"audio": "opus", "video": "vp8"}[medium], 0, 5)
		rec(t, folder, "videoroom-1-user-2-1767323055000000-"+medium+".mjr", medium[:1],
			map[string]string{"audio": "opus", "video": "vp8"}[medium], 10, 15)
	}
	require.Equal(t, map[string]int{"1-2": 2, "1-2-2": 2}, sizes(find(t, folder)))
}

func TestSessionEmptyFiles(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	path := empty(t, folder, vr("1", "a", 0.0003, "video", 1))
	write(t, folder, vr("1", "a", 0.0004, "data", 2), nil) // Janus was killed before it wrote even the magic
	p := find(t, folder)[0].Participants[0]
	require.Len(t, p.Tracks, 3)
	require.Equal(t, path, p.Tracks[0].Path)
	require.True(t, p.Tracks[0].Empty)
	require.NoError(t, p.Tracks[0].Err)
	require.EqualValues(t, 8, p.Tracks[0].Size)
	require.False(t, p.Tracks[1].Empty)
	require.True(t, p.Tracks[2].Empty)

	// Custom names have no time, so an empty file does not say when it was.
	folder = t.TempDir()
	rec(t, folder, "meeting-audio-0.mjr", "a", "opus", 0, 10)
	empty(t, folder, "meeting-video-1.mjr")
	require.Equal(t, map[string]int{"meeting": 2}, sizes(find(t, folder)))
}

// Nothing in files of generation 0 says when they were made.
func TestSessionWithoutTimes(t *testing.T) {
	folder := t.TempDir()
	old(t, folder, "x-audio.mjr", "audio", 10, 960)
	old(t, folder, "x-video.mjr", "video", 10, 3000)
	recordings := find(t, folder)
	require.Equal(t, map[string]int{"x": 2}, sizes(recordings))
	require.Zero(t, recordings[0].StartUs)
}

// In September 2015 headers had the time since the server was started. Their differences still count.
func TestSessionMonotonicHeaders(t *testing.T) {
	folder := t.TempDir()
	name := "videoroom-1-user-2-1442000000000000-audio.mjr"
	path := old(t, folder, name, `{"t": "a", "c": "opus", "s": 5000000, "u": 5400000}`, 101, 960)
	f := ReadFile(path)
	require.NoError(t, f.Err)
	require.Equal(t, recording.Span{FromUs: 1442000000400000, ToUs: 1442000002400000}, f.Span())
}

func TestRecordingSplitByPause(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 600)
	audio(t, folder, "1", "b", 500, 1000)
	audio(t, folder, "1", "a", 1000+29*60, 5000) // 29 minutes after the last
	audio(t, folder, "1", "b", 5000+31*60, 7000) // 31 minutes after the last
	require.Equal(t, []string{
		"1 / 1-a (1): " + vr("1", "a", 0, "audio", 0),
		"1 / 1-b (0): " + vr("1", "b", 500, "audio", 0),
		"1 / 1-a-2 (2): " + vr("1", "a", 1000+29*60, "audio", 0),
		"1-20260102-045825 / 1-b-20260102-045825 (0): " + vr("1", "b", 5000+31*60, "audio", 0),
	}, show(find(t, folder)))
}

// Somebody who is recorded all the time holds a recording together.
func TestRecordingNoPause(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 3*3600)
	audio(t, folder, "1", "b", 10, 20)
	audio(t, folder, "1", "b", 2*3600, 2*3600+5)
	require.Len(t, find(t, folder), 1)
}

func TestRecordingCalls(t *testing.T) {
	folder := t.TempDir()
	for _, medium := range []string{"audio", "video"} {
		codec := map[string]string{"audio": "pcmu", "video": "h264"}[medium]
		rec(t, folder, "sip-alice-Tk3jq0dXy-1767323045000000-own-"+medium+".mjr", medium[:1], codec, 0, 5)
		rec(t, folder, "sip-alice-Tk3jq0dXy-1767323045000000-peer-"+medium+".mjr", medium[:1], codec, 0, 5)
		rec(t, folder, "call 7-user-"+medium+".mjr", medium[:1], codec, 100, 105)
		rec(t, folder, "call 7-peer-"+medium+".mjr", medium[:1], codec, 100, 105)
		rec(t, folder, "videocall-ann-lee-bob-1767323245000000-"+medium+".mjr", medium[:1], codec, 200, 205)
		rec(t, folder, "videocall-bob-ann-lee-1767323246000000-"+medium+".mjr", medium[:1], codec, 201, 205)
	}
	recordings := find(t, folder)
	require.Equal(t, map[string]int{
		"sip-alice-Tk3jq0dXy-user": 2, "sip-alice-Tk3jq0dXy-peer": 2, "call 7-user": 2, "call 7-peer": 2,
		"videocall-ann-lee-bob": 2, "videocall-bob-ann-lee": 2,
	}, sizes(recordings))
	var names, users []string
	for _, r := range recordings {
		names = append(names, r.Name)
		for _, p := range r.Participants {
			users = append(users, p.User)
		}
	}
	require.Equal(t, []string{"sip-alice-Tk3jq0dXy", "call 7", "videocall-ann-lee-bob"}, names)
	require.Equal(t, []string{"alice", "peer", "peer", "user", "ann-lee", "bob"}, users)
}

// A room number says nothing across plugins.
func TestRecordingSameRoomOfTwoPlugins(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1234", "7", 0, 10)
	rec(t, folder, "audiobridge-1234-user-7-1767323045000000-audio.mjr", "a", "opus", 0, 10)
	require.Len(t, find(t, folder), 2)
	require.Equal(t, map[string]int{"1234-7": 1, "audiobridge-1234-7": 1}, sizes(find(t, folder)))
}

func TestSpan(t *testing.T) {
	folder := t.TempDir()
	second := int64(1e6)
	from := t0 + 1000
	require.Equal(t, recording.Span{FromUs: from, ToUs: from + 600*second},
		ReadFile(audio(t, folder, "1", "a", 0, 600)).Span())
	require.Equal(t, recording.Span{FromUs: t0, ToUs: t0}, ReadFile(empty(t, folder, vr("1", "b", 0, "audio", 0))).Span(),
		"no media")
	require.Equal(t, recording.Span{}, ReadFile(empty(t, folder, "x-audio.mjr")).Span(), "no time")

	header := `{"t": "v", "c": "vp8", "s": 1767323045000000, "u": 1767323045001000}`
	require.Equal(t, recording.Span{FromUs: from, ToUs: from + 10*second},
		ReadFile(old(t, folder, "g1.mjr", header, 301, 3000)).Span(), "by RTP time")
	// RTP time says nothing across a change of source.
	b := bytes.ReplaceAll(readAll(t, old(t, folder, "ssrc.mjr", header, 301, 3000)), []byte("\x00\x00\xca\xfe"),
		[]byte("\x00\x00\xca\xff"))
	copy(b[bytes.Index(b, []byte("\x00\x00\xca\xff")):], "\x00\x00\xca\xfe")
	require.Equal(t, recording.Span{FromUs: from}, ReadFile(write(t, folder, "ssrc.mjr", b)).Span())
	late := old(t, folder, "late.mjr", header, 2, 1<<32-900)
	require.Equal(t, recording.Span{FromUs: from, ToUs: from}, ReadFile(late).Span(),
		"a packet from before the first is not 13 hours")
}

// A damaged or torn end, and a record cut by a killed server, do not hide the last record.
func TestSpanDamagedEnd(t *testing.T) {
	folder := t.TempDir()
	whole := audio(t, folder, "1", "a", 0, 600)
	want := ReadFile(whole).Span()
	b := readAll(t, whole)
	for name, tail := range map[string][]byte{
		"zeros":      make([]byte, 100_000),
		"many zeros": make([]byte, 1_000_000),
		"cut":        []byte("MEET\x00\x09\x27\xc0\x00\x14\x80o"),
	} {
		path := write(t, filepath.Join(folder, name), vr("1", "a", 0, "audio", 0), append(b[:len(b):len(b)], tail...))
		require.Equal(t, want, ReadFile(path).Span(), name)
	}
}

// Writers that store nonsense as arrival must not make a session of everything that follows.
func TestSpanNonsenseArrival(t *testing.T) {
	folder := t.TempDir()
	b := readAll(t, audio(t, folder, "1", "a", 0, 10))
	at := 0
	for i := 0; i+14 < len(b); i++ {
		if string(b[i:i+4]) == "MEET" {
			binary.BigEndian.PutUint32(b[i+4:], uint32(0x70000000+at*1_000_000)) // a quarter of an hour each
			at++
		}
	}
	require.Equal(t, 101, at)
	path := write(t, folder, "nonsense-audio.mjr", b)
	s := ReadFile(path).Span()
	require.Equal(t, int64(10e6), s.ToUs-s.FromUs, "by RTP time")
}

// Somebody leaves, or loses the connection, and comes back with all files new. Recorders write their first record 1 ms
// after their creation, so that 10 s of media end at 10.001.
func TestRejoin(t *testing.T) {
	for name, c := range map[string]struct {
		rejoin time.Duration
		write  func(folder string)
		want   map[string]int
	}{
		"not wanted": {0, func(f string) {
			audio(t, f, "1", "a", 0, 10)
			audio(t, f, "1", "a", 12, 20)
		}, map[string]int{"1-a": 1, "1-a-2": 1}},
		"in time": {2 * time.Second, func(f string) {
			audio(t, f, "1", "a", 0, 10)
			video(t, f, "1", "a", 1, 0.0002, 9)
			video(t, f, "1", "a", 1, 12, 20)
			audio(t, f, "1", "a", 12.0002, 20)
		}, map[string]int{"1-a": 4}},
		"to the µs": {2 * time.Second, func(f string) {
			audio(t, f, "1", "a", 0, 10)
			audio(t, f, "1", "a", 12.001, 20)
		}, map[string]int{"1-a": 2}},
		"too late": {2 * time.Second, func(f string) {
			audio(t, f, "1", "a", 0, 10)
			audio(t, f, "1", "a", 12.002, 20)
		}, map[string]int{"1-a": 1, "1-a-2": 1}},
		"again and again": {2 * time.Second, func(f string) {
			for i := range 5 {
				audio(t, f, "1", "a", float64(i*6), float64(i*6+5))
				video(t, f, "1", "a", 1, float64(i*6)+0.6, float64(i*6+5))
			}
		}, map[string]int{"1-a": 10}},
		"others are others": {time.Minute, func(f string) {
			audio(t, f, "1", "a", 0, 10)
			audio(t, f, "1", "b", 12, 20)
			audio(t, f, "2", "a", 12, 20)
		}, map[string]int{"1-a": 1, "1-b": 1, "2-a": 1}},
		"at the same time": {time.Minute, func(f string) {
			audio(t, f, "1", "a", 0, 10)
			audio(t, f, "1", "a", 5, 20)
		}, map[string]int{"1-a": 1, "1-a-2": 1}},
		"longer than rooms are empty": {time.Hour, func(f string) {
			audio(t, f, "1", "a", 0, 10)
			audio(t, f, "1", "a", 2400, 2410)
			audio(t, f, "1", "b", 2400, 2410)
		}, map[string]int{"1-a": 2, "1-b": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			c.write(folder)
			cache := Cache{Rejoin: c.rejoin}
			recordings, bad, err := cache.Find([]string{folder})
			require.NoError(t, err)
			require.Empty(t, bad)
			require.Equal(t, c.want, sizes(recordings))
		})
	}
}

// What is remembered of a room is about the pause that was allowed then.
func TestRejoinChanges(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	audio(t, folder, "1", "a", 12, 20)
	var cache Cache
	for _, c := range []struct {
		rejoin  time.Duration
		changed bool
		people  int
	}{{0, true, 2}, {0, false, 2}, {time.Minute, true, 1}, {time.Minute, false, 1}, {0, true, 2}} {
		cache.Rejoin = c.rejoin
		changed, err := cache.Scan([]string{folder})
		require.NoError(t, err)
		require.Equal(t, c.changed, changed, c.rejoin)
		recordings, _ := cache.Recordings()
		require.Len(t, recordings[0].Participants, c.people, c.rejoin)
	}
}
