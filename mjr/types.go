package mjr

import "encoding/json"

// Generation is the version of the container. It decides the file header, the record header and which times exist.
type Generation int

const (
	Generation0 Generation = 0 // "MEETECHO" header with "audio"/"video": no JSON, no times at all
	Generation1 Generation = 1 // "MJR00001": JSON header, records without arrival time
	Generation2 Generation = 2 // "MJR00002": JSON header, records with arrival time
)

// Kind is the medium of a file (header key "t").
type Kind string

const (
	Audio Kind = "a"
	Video Kind = "v"
	Data  Kind = "d"
)

// Header is the description in front of the records.
type Header struct {
	Generation Generation
	Kind       Kind // t
	// c, lower case: vp8 vp9 h264 av1 h265 opus multiopus g711 pcmu pcma g722 l16 l16-48 text binary
	Codec       string
	Fmtp        string         // f, the negotiated format parameters, "" if absent
	Description string         // d, the publisher's description of the stream, "" if absent
	Extensions  map[int]string // x, RTP header extension id -> URI, nil if absent
	CreatedUs   int64          // s, µs since the Unix epoch when the recorder was created; 0 in generation 0
	FirstUs     int64          // u, µs since the Unix epoch when the first record was written; 0 in generation 0
	REDPayload  int            // or, payload type that carries RED (RFC 2198), 0 if absent
	Encrypted   bool           // e, payload is end-to-end encrypted

	// Unknown holds what is not listed above as it was found: keys that we do not know, and optional keys (f d x or e)
	// whose value has the wrong type. nil if there is nothing.
	Unknown map[string]json.RawMessage
}

// preambleSize is the number of bytes in front of a record's payload, the same in all generations.
const preambleSize = 10

// Record is one stored packet.
type Record struct {
	Offset      int64  // byte offset of the record's magic in the file
	ReceivedMs  uint32 // arrival in ms since the first record (generation 2 only), wraps after 49.7 days
	HasReceived bool
	Payload     []byte // valid until the next call of Reader.Next or Read
}

// End is the byte offset of the first byte behind the record: the place where a reader of a growing file can go on.
func (r Record) End() int64 { return r.Offset + preambleSize + int64(len(r.Payload)) }

// Range is a damaged range of a file in bytes: [From, To).
type Range struct{ From, To int64 }
