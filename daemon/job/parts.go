package job

// Kinds of PartWord, which somebody who draws parts of a room says to the one that composes it.
const (
	PartTake    = "take"    // I have a core: give me a part
	PartAt      = "at"      // so far am I with this one; also a sign of life
	PartMade    = "made"    // it is complete
	PartFailed  = "failed"  // it cannot be made here
	PartRefused = "refused" // parts of this room are not drawn here
	PartBack    = "back"    // it is free again: who had it is stopped, or gone
)

// PartWord is what is said about a part of a room.
type PartWord struct {
	Kind   string  `json:"kind"`
	Who    string  `json:"who"`            // host and process of the daemon
	Part   string  `json:"part,omitempty"` // none for PartTake
	DoneMs float64 `json:"done_ms,omitempty"`
	Why    string  `json:"why,omitempty"`
}

// PartAnswer is the answer to that.
type PartAnswer struct {
	Part string `json:"part,omitempty"` // that was given; "": there is none
	OK   bool   `json:"ok,omitempty"`   // go on with it
}

// PartOffer says that parts of a room may be had.
type PartOffer struct {
	Job   string `json:"job"`   // of the room
	Who   string `json:"who"`   // composes it
	Order string `json:"order"` // file that says how parts are drawn
	Cores int    `json:"cores"` // that one keeps busy
}
