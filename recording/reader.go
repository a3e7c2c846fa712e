package recording

// Info is what a file says of its stream before any of its packets is read.
type Info struct {
	Medium Medium
	// lower case: vp8 vp9 h264 av1 h265 opus multiopus g711 pcmu pcma g722 l16 l16-48 text binary
	Codec       string
	Fmtp        string         // the negotiated format parameters (RFC 8866 section 6.15), "" if there are none
	Description string         // what the publisher called the stream, "" if nothing
	Extensions  map[int]string // RTP header extension id -> URI (RFC 8285), nil if nothing says
	CreatedUs   int64          // when the recorder was created, µs since the Unix epoch; 0 if unknown
	FirstUs     int64          // when the first packet was written, µs since the Unix epoch; 0 if unknown
	REDPayload  int            // payload type that carries RED (RFC 2198), 0 if none does
	Encrypted   bool           // the payload is end-to-end encrypted
	Timed       bool           // the format stores when a file was made; false: how its files lie to each other is unknown
	Arrivals    bool           // packets have the time of their arrival
}

// Packet is one stored packet.
type Packet struct {
	Place     int64  // where Content.OpenAt finds it again: its byte offset, or as its source counts
	ArrivalMs uint32 // when it came, in ms from any moment before the first; wraps after 49.7 days
	Arrived   bool   // ArrivalMs is known
	SentUs    int64  // of a message: the server's wall clock when it came, µs since the Unix epoch
	Broken    bool   // of a message: too short to be one
	Payload   []byte // a whole RTP packet (RFC 3550), or a message; valid until the next call of Next
}

// Reader gives the packets of one file in the order in which they were stored. It holds no more of the file than it
// must, and finds its way back to the next packet after damage. It is not safe for use by several goroutines at once.
type Reader interface {
	Info() Info
	// Next reads the next packet. The error is io.EOF at the end, also where the last packet is cut off; others are those
	// of reading the file.
	Next(p *Packet) error
	// Offset is the number of bytes that are done: progress.
	Offset() int64
	// Damage is what made no sense so far; at the end, what made none in all that was read.
	Damage() Damage
	Close() error
}

// Truster is a Reader that reads faster what is known to be complete (Damage.Complete): it need not look for damage then.
type Truster interface {
	Reader
	// Trust is called before Next.
	Trust()
}

// Damage is what of a file makes no sense.
type Damage struct {
	Bytes    int64
	Ranges   []Range // in order, neighbours merged; of a great many only the first
	CutOff   int64   // bytes there are of a last packet that is not there as a whole: what a server leaves that was killed
	Complete bool    // read to the end, without damage
}

// Range is a part of a file in bytes: [From, To).
type Range struct{ From, To int64 }
