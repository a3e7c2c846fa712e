package work

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/upright-media/upright/internal/process"
)

// child is a process and the three pipes to it, of which one run at a time has the use.
type child struct {
	*process.Child
	stdin, stdout, stderr *os.File

	input      chan []byte
	events     chan Event
	unreadable chan error // why no more events come
	quiet      chan struct{}
	stop       chan struct{} // closed when nobody wants its events any more
	helpers    sync.WaitGroup

	logging sync.Mutex
	log     func(line string) // nil while it has no job
	mark    string            // ends the log of a job, "" if nothing does

	// among Children
	key    string
	limits Limits
	jobs   int     // that it has been given
	cpuMs  float64 // used by those that have ended
	idle   *time.Timer
}

func newChild(stdin, stdout, stderr *os.File) *child {
	return &child{stdin: stdin, stdout: stdout, stderr: stderr, input: make(chan []byte, 64), events: make(chan Event),
		unreadable: make(chan error, 1), quiet: make(chan struct{}, 1), stop: make(chan struct{})}
}

// listen begins to read what it says, and to write what it is told.
func (c *child) listen() {
	c.helpers.Go(func() { write(c.stdin, c.input) })
	c.helpers.Go(func() {
		err := readEvents(c.stdout, func(e Event) bool {
			select {
			case c.events <- e:
				return true
			case <-c.stop:
				return false
			}
		})
		c.unreadable <- err
		_, _ = io.Copy(io.Discard, c.stdout) // so that a child that goes on writing ends by what is done about it
	})
	c.helpers.Go(func() { readLog(c.stderr, c.logged) })
}

// begin gives the child a job, whose log goes to log.
func (c *child) begin(request []byte, mark string, log func(line string)) {
	c.logging.Lock()
	c.log, c.mark = log, mark
	c.logging.Unlock()
	c.jobs++
	c.input <- request
}

// logged takes a line of its log.
func (c *child) logged(line string) {
	c.logging.Lock()
	defer c.logging.Unlock()
	marked := false
	if c.mark != "" {
		line, marked = strings.CutSuffix(line, c.mark) // what is before it had no end of its own
	}
	if c.log != nil && (!marked || line != "") {
		c.log(line)
	}
	if marked {
		c.log, c.mark = nil, ""
		c.quiet <- struct{}{}
	}
}

// silent says whether a child that is idle is still there, and has said nothing.
func (c *child) silent() bool {
	select {
	case <-c.Exited():
	case <-c.events:
	case <-c.unreadable:
	default:
		return true
	}
	return false
}

// end ends a child that has no job.
func (c *child) end() {
	_ = c.stdin.Close()
	select {
	case <-c.Exited():
	case <-time.After(graceEnd):
		c.Kill()
		select {
		case <-c.Exited():
		case <-time.After(graceKill):
		}
	}
	c.close(false)
}

// close ends listening to it, at once if hurry, else when the pipes have had time to run empty. The process has ended,
// or will when its standard input is closed.
func (c *child) close(hurry bool) {
	wait := gracePipes
	if hurry {
		wait = 0
	}
	deadline := time.Now().Add(wait)
	_ = c.stdout.SetReadDeadline(deadline)
	_ = c.stderr.SetReadDeadline(deadline)
	close(c.stop)
	close(c.input)
	_ = c.stdin.Close()
	c.helpers.Wait()
	_ = c.stdout.Close()
	_ = c.stderr.Close()
}

// write writes to the child's standard input until there is no more to come.
func write(w io.Writer, input <-chan []byte) {
	broken := false
	for text := range input {
		if !broken {
			_, err := w.Write(text)
			broken = err != nil // it will end, or has
		}
	}
}
