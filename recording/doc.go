// Package recording says what was recorded, whatever server did: a Recording is a room or call, its People are those
// who were in it, their Participants are sessions of theirs, and a participant's Tracks are files. A Reader gives the
// packets of a file.
//
// What is particular to a server is in packages below: how its files are named, which of them belong together, how they
// are read. Package janus is for Janus' .mjr files. Package kinds knows all of them, and finds what there is.
package recording
