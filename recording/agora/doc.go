// Package agora reads what Agora's on-premise recorder leaves: a folder for each session of a channel, in it a text
// file for each presence of each user (uid_<user>_<stamp>.txt), and the media that this file speaks of, one AAC and one
// MP4, WebM or TS for each time that a user could be heard or seen without a break.
//
// ReadFolder says who was there and which files are whose. Package media reads the files, of which some are broken in
// known ways. A Presence is played as one timeline by Load.
//
// docs/agora.md says what is known of these folders. Nothing in here reads recording_sys.log or the recorder's other
// logs:
// App IDs and channel keys stand in them in clear.
package agora
