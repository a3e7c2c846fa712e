package work

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/upright-media/upright/internal/process"
)

const (
	mostJobs  = 50               // that a child is given
	idleFor   = 10 * time.Second // that a child waits for another job
	mostBytes = 64 << 20         // of sources of a job that shares a child
	mostKept  = 64 << 20         // bytes of its own memory with which a child is given another job
)

// Children are processes that have done a job and wait for another. There are never more of them, with those that are
// at work, than there were jobs at a time.
//
// Jobs share a child if they are short, so that little is lost when one of them goes wrong and nothing long is in
// danger of what an earlier one has left, and if they have everything in common that a process is given when it starts,
// and their profile.
type Children struct {
	mu     sync.Mutex
	idle   []*child // the one that has waited longest first
	closed bool
	ending sync.WaitGroup
}

// child finds a child for a job, or starts one. If it may be given another job afterwards, the request says so.
func (p *Children) child(req *Request, o Options) (*child, error) {
	req.Mark = ""
	if p == nil {
		return start(o.Command, o.Limits)
	}
	key := ""
	if !o.Alone && shares(*req) {
		key = keyOf(*req, o)
	}
	c := p.take(key)
	if c == nil {
		var err error
		if c, err = start(o.Command, o.Limits); err != nil {
			return nil, err
		}
		c.key = key
	}
	if key != "" && c.jobs+1 < mostJobs {
		req.Mark = rand.Text()
	}
	return c, nil
}

// shares says whether a job is one of many such, and short: copied in a fraction of a second, or not much longer.
func shares(req Request) bool {
	var size int64
	for _, s := range req.Spec.Sources {
		size += s.Size
	}
	return !req.Spec.IsRoom() && !req.Share && req.Part == nil && size <= mostBytes && len(req.Avoid) == 0
}

// keyOf is what jobs have in common that share a child.
func keyOf(req Request, o Options) string {
	text, err := json.Marshal(struct {
		Command  []string
		Limits   Limits
		Bounds   any
		Profile  string
		Profiles any
		Encoders *Encoders
	}{o.Command, o.Limits, req.Bounds, req.Spec.Profile, req.Profiles, req.Encoders})
	if err != nil { // of no type that these have
		return ""
	}
	return string(text)
}

// take takes a child out that is idle and has that key, the one that worked last; nil if there is none. Then the one
// that has been idle for longest ends, to make room for another.
func (p *Children) take(key string) *child {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range slices.Backward(p.idle) {
		if key == "" || c.key != key {
			continue
		}
		p.idle = slices.Delete(p.idle, i, i+1)
		c.idle.Stop()
		if c.silent() {
			return c
		}
		p.end(c)
	}
	if len(p.idle) > 0 {
		c := p.idle[0]
		p.idle = slices.Delete(p.idle, 0, 1)
		p.end(c)
	}
	return nil
}

// keep takes a child in that waits for another job, or ends it.
func (p *Children) keep(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := process.Own(c.PID)
	if p.closed || own == 0 || own > mostIdle(c.limits) {
		p.end(c)
		return
	}
	p.idle = append(p.idle, c)
	c.idle = time.AfterFunc(idleFor, func() { p.drop(c) })
}

// mostIdle is with how much memory a child is given another job, given its limits: what is left of earlier jobs is not
// to cost a later one much of what it may have.
func mostIdle(l Limits) int64 {
	if l.Memory > 0 {
		return min(mostKept, l.Memory/4)
	}
	return mostKept
}

// drop ends a child if it is idle.
func (p *Children) drop(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.idle, c); i >= 0 {
		p.idle = slices.Delete(p.idle, i, i+1)
		p.end(c)
	}
}

// end ends a child that has no job. Only Close waits for it.
func (p *Children) end(c *child) {
	if p.closed {
		go c.end()
		return
	}
	p.ending.Go(c.end)
}

// Close ends the children that are idle, and those that become so, and waits for them. What takes too long for that is
// killed when this process ends.
func (p *Children) Close() {
	p.mu.Lock()
	for _, c := range p.idle {
		c.idle.Stop()
		p.end(c)
	}
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	ended := make(chan struct{})
	go func() { defer close(ended); p.ending.Wait() }()
	select {
	case <-ended:
	case <-time.After(graceQuit):
	}
}
