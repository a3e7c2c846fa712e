package process

import "sync"

// Tail keeps the end of what a process writes, at least the last Size bytes and at most twice as many. Several threads
// may write and read at a time.
type Tail struct {
	Size int

	mu   sync.Mutex
	text []byte
}

// Write takes all of p. It never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[max(0, len(p)-t.Size):]...)
	if over := len(t.text) - t.Size; over > t.Size {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// String is what is kept.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
