package worker

import (
	"bufio"
	"context"
	"io"

	"github.com/upright-media/upright/daemon/work"
)

// maxRequest is how long a line of the daemon may be, in bytes.
const maxRequest = 16 << 20

// line is what the daemon has said, or why it says no more.
type line struct {
	text string
	err  error
}

// listen reads lines. closed is called when there are no more.
func listen(in io.Reader, closed func()) <-chan line {
	lines := make(chan line, 1)
	go func() {
		limited := &io.LimitedReader{R: in}
		input := bufio.NewReader(limited)
		for {
			limited.N = maxRequest
			text, err := input.ReadString('\n')
			if err != nil {
				closed()
			}
			lines <- line{text, err}
			if err != nil {
				close(lines)
				return
			}
		}
	}()
	return lines
}

// await tells what is planned, and waits until it is the job's turn, which then lasts, also if it has to begin again
// under another name.
func (c *conversion) await(ctx context.Context, planned work.Event) error {
	planned.Event, c.mode = "planned", planned.Mode
	c.tell.send(planned)
	if !c.begun {
		select {
		case l := <-c.input:
			if l.text != "go\n" {
				return errOrphan
			}
			c.begun = true
			if c.req.Share { // what the daemon then says is about its parts
				go c.listen()
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return c.space() // there may have been a while in between
}

// listen passes on what others say of parts, for as long as this process lives: it has no other job.
func (c *conversion) listen() {
	for l := range c.input {
		if l.err == nil {
			c.others.said([]byte(l.text))
		}
	}
}
