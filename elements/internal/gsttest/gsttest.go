// Package gsttest watches what passes through pipelines, for the tests of elements.
package gsttest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

// limit is how long a pipeline of a test may take. It is met only by one that hangs.
const limit = 60 * time.Second

// Item is one thing that passed a pad.
type Item struct {
	Event    gstx.EventType // 0: a buffer
	Text     string         // of an event
	Tag      string         // image-orientation of a TAG event, "" if it has none
	PTS      time.Duration  // of a buffer, negative if there is none
	Duration time.Duration  // of a buffer, negative if it is unknown
	Discont  bool
	Gap      bool
	Marker   bool
	Delta    bool
	Index    int // in a list of buffers that passed as one
	Data     []byte
}

// Record is what passed a pad, in order.
type Record struct {
	mu    sync.Mutex
	items []Item
}

// Items are all items so far.
func (r *Record) Items() []Item {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Item(nil), r.items...)
}

// Clear forgets what has passed.
func (r *Record) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.items = nil
}

// Buffers are the items that are buffers.
func (r *Record) Buffers() (buffers []Item) {
	for _, i := range r.Items() {
		if i.Event == 0 {
			buffers = append(buffers, i)
		}
	}
	return buffers
}

// Events are the texts of the events of a type.
func (r *Record) Events(t gstx.EventType) (texts []string) {
	for _, i := range r.Items() {
		if i.Event == t {
			texts = append(texts, i.Text)
		}
	}
	return texts
}

// Tags are the image-orientation tags.
func (r *Record) Tags() (tags []string) {
	for _, i := range r.Items() {
		if i.Tag != "" {
			tags = append(tags, i.Tag)
		}
	}
	return tags
}

// Parse makes a pipeline of a line.
func Parse(t *testing.T, line string, args ...any) *pipeline.Pipeline {
	t.Helper()
	if len(args) > 0 {
		line = fmt.Sprintf(line, args...)
	}
	p, err := pipeline.Parse(line)
	require.NoError(t, err)
	return p
}

// Watch records what passes a pad of an element.
func Watch(t *testing.T, p *pipeline.Pipeline, element, pad string) *Record {
	t.Helper()
	r := &Record{}
	e, ok := p.Element(element)
	require.True(t, ok, "no element %s", element)
	require.True(t, e.Probe(pad, gstx.ProbeEvents|gstx.ProbeBuffers, r.see), "no pad %s", pad)
	return r
}

func (r *Record) see(p *gstx.Probe) gstx.Verdict {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := p.Event(); ok {
		tag, _ := e.Tag(gstx.TagImageOrientation)
		r.items = append(r.items, Item{Event: e.Type(), Text: e.String(), Tag: tag})
		return gstx.Pass
	}
	for i := range p.Buffers() {
		b := p.BufferAt(i)
		r.items = append(r.items, Item{
			PTS: time.Duration(b.PTS()), Duration: time.Duration(b.Duration()),
			Discont: b.Discont(), Gap: b.Gap(), Marker: b.Marker(), Delta: b.Delta(), Index: i, Data: b.Bytes(),
		})
	}
	return gstx.Pass
}

// ToEnd runs a pipeline until a message comes, and requires the end of the stream. The pipeline stays PLAYING.
func ToEnd(t *testing.T, p *pipeline.Pipeline) {
	t.Helper()
	if !p.SetState(pipeline.Playing) {
		m, _ := p.Pop(0)
		require.Fail(t, "the pipeline does not start", "%+v", m)
	}
	for {
		m, ok := p.Pop(limit)
		require.True(t, ok, "the pipeline does not end")
		if m.Type == pipeline.MessageWarning {
			continue
		}
		require.Equal(t, pipeline.MessageEOS, m.Type, "%+v", m)
		return
	}
}

// Play runs a pipeline to its end and takes it down.
func Play(t *testing.T, p *pipeline.Pipeline) {
	t.Helper()
	defer p.Close()
	defer p.SetState(pipeline.Null)
	ToEnd(t, p)
}
