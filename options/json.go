package options

import (
	"encoding/json"
	"time"
)

// plain is Options as encoding/json sees them: times are in ns.
type plain Options

// public is the JSON of Options: times are in ms.
type public struct {
	plain
	RejoinNs int64   `json:"rejoin,omitempty"` // hides that of plain; read from jobs of earlier versions, never written
	RejoinMs float64 `json:"rejoin_ms,omitempty"`
}

// MarshalJSON implements json.Marshaler. A type that embeds Options and is to be JSON needs methods of its own.
func (o Options) MarshalJSON() ([]byte, error) {
	return json.Marshal(public{plain: plain(o), RejoinMs: float64(o.Rejoin) / 1e6})
}

// UnmarshalJSON implements json.Unmarshaler. It takes what versions wrote that had rejoin in ns, too.
func (o *Options) UnmarshalJSON(text []byte) error {
	p := public{plain: plain(*o)}
	p.RejoinMs = float64(o.Rejoin) / 1e6
	if err := json.Unmarshal(text, &p); err != nil {
		return err
	}
	*o = Options(p.plain)
	o.Rejoin = time.Duration(p.RejoinMs * 1e6)
	if p.RejoinNs != 0 {
		o.Rejoin = time.Duration(p.RejoinNs)
	}
	return nil
}

// Key is the text by which jobs and outputs are known. It has to stay as it was in the first version: if it changes,
// everything is made again that was ever made.
func (o Options) Key() json.RawMessage {
	text, err := json.Marshal(plain(o))
	if err != nil {
		panic(err) // strings, numbers and truth values
	}
	return text
}
