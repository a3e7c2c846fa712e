// Package recording says which files belong together.
//
// Janus writes one file per stream, and nothing inside a file names the room, the person or the other files: only its name
// does, and the .nfo files of Record&Play. ParseName reads names, ReadFile a file's name and header. Find searches files
// and folders, and makes Recordings of what it finds: a Recording is a room or call, its Participants are sessions of
// people, and their Tracks are files. Siblings does the same for the neighbours of one file.
//
// The rules, with an example of every kind of name, are in docs/recordings.md.
package recording
