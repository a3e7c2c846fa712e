package recording

import "github.com/upright-media/upright/mjr"

// File is one .mjr file and what its name and header say.
type File struct {
	Path      string
	Name      Name       // parsed file name
	Header    mjr.Header // zero if Err
	Size      int64
	Empty     bool  // no media was ever written: 0 bytes or only the 8-byte magic
	Temporary bool  // the name still ends in a temporary extension: Janus is writing it, or died
	Err       error // why the header could not be read

	first *mark // first record, nil if there is none
}

// Name is what a file name says (docs/recordings.md lists the schemes).
type Name struct {
	Scheme  string // videoroom, echotest, videocall, recordplay, audiobridge, sip, nosip, streaming, custom
	Room    string
	User    string
	Side    string // user or peer (own counts as user), SIP, NoSIP and VideoCall
	Base    string // what the files of one recorder session share, without time stamp, medium and index
	StampUs int64  // µs since the Unix epoch, 0 if the name has none
	Medium  mjr.Kind
	MIndex  int // SDP m-line index, -1 if absent
}

// Recording is all files of one session of one room or call.
type Recording struct {
	Name         string         // room or call, safe as part of a file name
	Title        string         // from .nfo, else Name
	StartUs      int64          // when the first recorder was created, µs since the Unix epoch; 0 if unknown
	Participants []*Participant // in order of time
}

// Participant is one person or source, in one session of theirs: from publishing to leaving.
type Participant struct {
	Name    string  // unique among all that were found together, safe as a file name: the outputs' base name
	Stem    string  // Name without what makes it unique, so that it does not depend on what else lies there
	User    string  // the id as Janus wrote it
	Session int     // 1, 2, … where the same user published several times; 0 where only once
	StartUs int64   // as for Recording
	Tracks  []*File // video first in order of m-line, then audio, then data; some may have an Err, but not all
}
