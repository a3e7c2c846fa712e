package job

import (
	"encoding/json"
	"time"
)

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
