package job

import (
	"encoding/json"
	"time"

	"github.com/upright-media/upright/options"
)

// Settings are Spec.Settings as JSON has them: lengths of time are in milliseconds.
type Settings options.Options

// settings is the JSON of Settings.
type settings struct {
	options.Options
	RejoinNs int64   `json:"rejoin,omitempty"` // hides that of Options; read from records of earlier versions, never written
	RejoinMs float64 `json:"rejoin_ms,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (s Settings) MarshalJSON() ([]byte, error) {
	return json.Marshal(settings{Options: options.Options(s), RejoinMs: Ms(s.Rejoin)})
}

// UnmarshalJSON implements json.Unmarshaler. It takes what versions wrote that had rejoin in ns, too.
func (s *Settings) UnmarshalJSON(text []byte) error {
	v := settings{Options: options.Options(*s), RejoinMs: Ms(s.Rejoin)}
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	*s = Settings(v.Options)
	s.Rejoin = FromMs(v.RejoinMs)
	if v.RejoinNs != 0 {
		s.Rejoin = time.Duration(v.RejoinNs)
	}
	return nil
}

type plainSpec Spec

// specJSON is the JSON of Spec.
type specJSON struct {
	*plainSpec
	Settings *Settings `json:"settings"`
}

func (s *Spec) json() specJSON { return specJSON{(*plainSpec)(s), (*Settings)(&s.Settings)} }

// MarshalJSON implements json.Marshaler.
func (s Spec) MarshalJSON() ([]byte, error) { return json.Marshal(s.json()) }

// UnmarshalJSON implements json.Unmarshaler.
func (s *Spec) UnmarshalJSON(text []byte) error {
	v := s.json()
	return json.Unmarshal(text, &v)
}

// earlier is what records of earlier versions have in place of timeout_ms.
type earlier struct {
	Timeout time.Duration `json:"timeout"` // ns
}

// Ms is a length of time as JSON has it.
func Ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// FromMs is the length of time that JSON has as so many milliseconds.
func FromMs(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// UnmarshalJSON implements json.Unmarshaler. It takes what versions wrote that had timeout in ns, too.
func (h *Hook) UnmarshalJSON(text []byte) error {
	type plain Hook
	return withTimeout(text, (*plain)(h), &h.TimeoutMs)
}

// UnmarshalJSON implements json.Unmarshaler, like that of Hook.
func (w *Webhook) UnmarshalJSON(text []byte) error {
	type plain Webhook
	return withTimeout(text, (*plain)(w), &w.TimeoutMs)
}

// withTimeout reads a value, and its time from the field that it had in earlier versions.
func withTimeout(text []byte, to any, ms *float64) error {
	if err := json.Unmarshal(text, to); err != nil {
		return err
	}
	var e earlier
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	if e.Timeout != 0 {
		*ms = Ms(e.Timeout)
	}
	return nil
}
