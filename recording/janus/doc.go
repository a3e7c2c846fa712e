// Package janus finds and reads the recordings that Janus Gateway writes: .mjr files.
//
// Janus writes one file per stream, and nothing inside a file names the room, the person or the other files: only its
// name does, and the .nfo files of Record&Play. ParseName reads names. Find searches files and folders, and makes
// recordings of what it finds; Siblings does the same for the neighbours of one file. What the packets are is package
// mjr's matter.
//
// The rules, with an example of every kind of name, are in docs/recordings.md.
package janus
