// Package upright turns raw WebRTC recordings into finished videos: the files of Janus Gateway (.mjr) and the folders
// of Agora's on-premise recorder. It does what the program of the same name does, in four steps:
//
//   - [Find] says which recordings are in files and folders, and who is in them.
//   - [Inspect] reads a participant's files: what they hold, for how long, which way up, and what is lost or damaged.
//   - [Plan] decides how to make a video of them, as data and as a line for gst-launch-1.0.
//   - [Convert] makes the video, verifies it, and writes a report beside it.
//
// # GStreamer
//
// [Plan] and [Convert] ask GStreamer which elements there are, so this package needs cgo, and GStreamer 1.22 or newer.
// What it is made of needs neither until pictures or sound are to be converted: recording/kinds finds,
// pipelines/inspect reads, and pipelines/plan decides, which takes what elements there are as an argument.
//
// # Stability
//
// These packages are for other programs: this one, mjr, rtpview, cvo, recording, timeline, room, options,
// pipelines/plan and pipelines/report. From version 1.0 on, a program that uses only what they export and what that
// names compiles and works with every later 1.x. Until then a minor version may change them; CHANGELOG.md then says
// what to do. New fields may be added to structs at any time: write literals with field names. All other packages may
// change at any time.
//
// The JSON of reports, the elements' names and properties, and the profiles keep the same promise.
package upright
