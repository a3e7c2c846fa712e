package worker

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/pace"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/report"
)

const (
	often  = 250 * time.Millisecond // between events, at least
	seldom = 2 * time.Second        // at most
	chunk  = 64 << 10               // bytes that have to be read to count as activity
)

// teller tells the daemon what happens.
type teller struct {
	mu       sync.Mutex
	out      io.Writer
	log      io.Writer
	progress job.Progress
	sent     time.Time
	began    time.Time // converting
	pace     pace.Pace
	own      int64 // bytes read to find out how many were read
	ended    bool  // the last event is written

	busy atomic.Uint64 // with something that reads nothing, counted each time that it gets on
}

func newTeller(out, log io.Writer) *teller {
	return &teller{out: out, log: log, progress: job.Progress{Stage: "reading"}}
}

func (t *teller) logf(text string, args ...any) { fmt.Fprintf(t.log, text+"\n", args...) }

// send writes an event as one line. If nobody reads it any more, that is found out elsewhere.
func (t *teller) send(e work.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.write(e)
}

func (t *teller) write(e work.Event) {
	if t.ended { // what comes from the next job is that one's
		return
	}
	text, err := encode(e)
	if err != nil {
		t.logf("an event cannot be written: %v", err)
		return
	}
	t.sent = time.Now()
	_, _ = t.out.Write(text)
}

func encode(e work.Event) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return b.Bytes(), err
}

// end writes the last event, without what it has no room for.
func (t *teller) end(e work.Event) {
	e.Error = strings.ReplaceAll(e.Error, "\n", "; ")
	if len(e.Report) > job.MaxReportBytes {
		// Sources are deleted or not by these.
		e.Report, e.Warnings = nil, codes(e.Report)
	}
	if text, err := encode(e); err == nil && len(text) > work.MaxLine && len(e.Posters) > 0 {
		t.logf("there are too many pictures of outputs to keep: %d", len(e.Posters))
		e.Posters = nil
	}
	if text, err := encode(e); err == nil && len(text) > work.MaxLine {
		t.logf("the graph of the pipeline is too large to keep: %d bytes", len(e.Graph))
		e.Graph = ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.write(e)
	t.ended = true
}

// codes are those of a report's warnings, each once.
func codes(text []byte) []string {
	r, err := report.Parse(text)
	if err != nil {
		return nil // it was written by this program
	}
	return r.AddCodes(nil)
}

// at notes how far a conversion is.
func (t *teller) at(p pipelines.Progress) { t.atTime(time.Now(), p) }

func (t *teller) atTime(now time.Time, p pipelines.Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.began.IsZero() {
		t.began = now
	}
	t.pace.At(now, p.Done-p.Kept)
	stage := t.progress.Stage
	t.progress = job.Progress{Stage: "converting", DoneMs: ms(p.Done), TotalMs: ms(p.Total), Speed: t.progress.Speed}
	if p.Verifying {
		t.progress.Stage = "verifying"
	} else {
		if took := now.Sub(t.began); took > often {
			t.progress.Speed = float64(p.Done-p.Kept) / float64(took)
		}
		if left, ok := t.pace.Left(p.Total - p.Done); ok {
			t.progress.LeftMs = ms(left.Round(time.Second))
		}
	}
	switch {
	case t.progress.Stage != stage && p.Verifying:
		told := t.progress
		t.write(work.Event{Event: "verifying", Progress: &told})
	case t.progress.Stage != stage || now.Sub(t.sent) >= often:
		t.tell()
	}
}

// tell writes how far it is.
func (t *teller) tell() {
	now := t.progress
	t.write(work.Event{Event: "progress", Progress: &now, Activity: t.activity()})
}

// keepTelling writes how far it is every now and then, until the returned function is called.
func (t *teller) keepTelling() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(seldom)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				t.mu.Lock()
				t.tell()
				t.mu.Unlock()
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// activity counts what this process has read (proc_pid_io(5)): reading a recording before the conversion, and an output
// after it, is no progress in the media's time, but it is none of standing still.
func (t *teller) activity() uint64 {
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	n, _ := strconv.ParseInt(strings.TrimPrefix(line, "rchar: "), 10, 64)
	n -= t.own
	t.own += int64(len(text))
	return uint64(max(n, 0)/chunk) + t.busy.Load()
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
