// Package testmjr makes recordings for tests: what a sender with a given clock sends, what a network makes of it, and
// what Janus would have stored. Everything is deterministic.
//
//	video := testmjr.Video("h264", 300, 30, testmjr.Loop(testmjr.Recorded(t, "rot-h264-90", mjr.Video)))
//	video.FirstSequence, video.FirstTimestamp = 65000, 1<<32-90000 // both wrap soon
//	video.ClockPPM = 80
//	video.Orientation = &testmjr.Orientation{ID: 4, Value: testmjr.Turned(0, 1, 100, 0)}
//	video.Network = testmjr.Network{Seed: 1, Jitter: 20 * time.Millisecond, Lose: testmjr.Every(50)}
//	path := video.Write(t, dir, "videoroom-1234-user-1-1700000000000000-video-1.mjr")
package testmjr
