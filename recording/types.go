package recording

// Medium is what a file or a track holds.
type Medium string

const (
	Audio Medium = "audio"
	Video Medium = "video"
	Data  Medium = "data" // messages
)

// Recording is all files of one session of one room or call.
type Recording struct {
	Name         string         // room or call, safe as part of a file name
	Title        string         // what people call it, else Name
	Room         string         // the id of the room, as the server wrote it; "" if it has none
	StartUs      int64          // when the first recorder was created, µs since the Unix epoch; 0 if unknown
	Participants []*Participant // in order of time
	People       []*Person      // in order of their first participant; every participant is one person's
}

// Person is one user in a recording, however often they left and came back.
type Person struct {
	User         string         // the id as the server wrote it; "" if it wrote none
	Participants []*Participant // in order of time, never empty
}

// Participant is one person or source, in one session of theirs: from publishing to leaving.
type Participant struct {
	Name    string  // unique among all that were found together, safe as a file name: the outputs' base name
	Stem    string  // Name without what makes it unique, so that it does not depend on what else lies there
	User    string  // the id as the server wrote it
	Side    string  // of a call that is recorded as two sides (user, peer); else ""
	Session int     // 1, 2, … where the same user published several times; 0 where only once
	StartUs int64   // as for Recording
	Tracks  []*File // video first in order of m-line, then audio, then data; some may have an Err, but not all
}

// File is one recorded file, and what is known of it without reading it to its end.
type File struct {
	Path      string
	Info      Info  // what the file says of its stream; zero if Err
	Size      int64 // bytes
	Empty     bool  // no media was ever written
	Temporary bool  // it is still being written, or its writer died
	Err       error // why nothing in it can be read

	Medium    Medium // by its content, else by its name; "" if neither says it
	Line      int    // index of the m-line in the SDP, which tells a camera from a screen; -1 if unknown
	CreatedUs int64  // when its recorder was created, µs since the Unix epoch; 0 if unknown

	Content // how it is read; nil where there is no such file
}

// Content is what a source can do with one of its files.
type Content interface {
	// Open reads the file from its beginning. The error matches one of this package's if it is about what is in the file.
	Open() (Reader, error)
	// OpenAt reads on at the place of a packet that a Reader of the same file has given.
	OpenAt(place int64) (Reader, error)
	// Span estimates when media was recorded, from no more than the file's beginning and its end.
	Span() Span
}

// Span is when media was recorded, in µs since the Unix epoch by the server's clock.
type Span struct {
	FromUs int64 // first packet; 0 if unknown
	ToUs   int64 // last packet; equal to FromUs if there is none, 0 if unknown
}
