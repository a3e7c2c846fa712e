package work

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	// MaxLine is how long a line with an Event may be, in bytes. It has room for a report and a graph.
	MaxLine = 1 << 20

	burst = 1000 // events at once
	rate  = 50   // events per second
)

// errNotAnEvent says that a child writes something else than it should.
var errNotAnEvent = errors.New("it wrote something that is not an event")

// errTorn says that a child has died, or closed its output, while it wrote an event.
var errTorn = errors.New("its output ended in the middle of a line")

// kinds are all that Event.Event may be.
var kinds = map[string]bool{"reading": true, "planned": true, "progress": true, "verifying": true, "offer": true,
	"answer": true, "done": true, "empty": true, "failed": true}

// readEvents calls f with the events of a child, until it has closed its output, writes anything else, or f returns
// false.
func readEvents(r io.Reader, f func(Event) bool) error {
	in := bufio.NewReaderSize(r, 64<<10)
	began, n := time.Now(), 0
	for {
		line, err := readLine(in)
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0:
			return fmt.Errorf("%w: %s", errTorn, quote(line))
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errNotAnEvent):
			return err
		case err != nil: // it is no longer waited for
			return nil
		}
		if len(bytes.TrimSpace(line)) == 0 {
			return fmt.Errorf("%w: an empty line", errNotAnEvent)
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("%w: %s", errNotAnEvent, quote(line))
		}
		if !kinds[e.Event] {
			return fmt.Errorf("%w: %q", errNotAnEvent, e.Event)
		}
		if n++; n > burst+int(rate*time.Since(began).Seconds()) {
			return fmt.Errorf("%w but far too many of them: %d in %s", errNotAnEvent, n,
				time.Since(began).Round(time.Millisecond))
		}
		if !f(e) {
			return nil
		}
		if e.Event == "done" || e.Event == "empty" || e.Event == "failed" { // the next is of another job
			began, n = time.Now(), 0
		}
	}
}

// readLine reads a line without its end. What is before the end of the input is returned with io.EOF.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > MaxLine {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", errNotAnEvent, MaxLine)
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(line, []byte("\n")), err
		}
	}
}

func quote(line []byte) string {
	if len(line) > 80 {
		line = append(line[:80:80], "…"...)
	}
	return fmt.Sprintf("%q", line)
}

// readLog calls f with the lines of a child's log, printable, the rest of long ones left out.
func readLog(r io.Reader, f func(string)) {
	in := bufio.NewReaderSize(r, maxLogLine)
	for {
		part, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		if len(part) > 0 {
			line := strings.TrimRight(strings.ToValidUTF8(string(part), "\ufffd"), "\r\n")
			if long {
				line += "…"
			}
			f(line)
		}
		for long {
			_, err = in.ReadSlice('\n')
			long = errors.Is(err, bufio.ErrBufferFull)
		}
		if err != nil {
			return
		}
	}
}
