package compose

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"time"

	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/room"
)

// Others draw parts of a room's video: processes, perhaps of other machines, that see the same files under the same
// paths.
type Others interface {
	// Offer tells them of a video, until withdraw is called: there are parts to be had of the desk, and the file order
	// says how to draw them (DrawPart), each on so many cores. withdraw returns when the desk is not used any more.
	Offer(order string, cores int, desk Desk) (withdraw func())
}

// Desk gives out the parts of one video. who is a host and a process, such as "n2/4711"; part is what Take has
// returned.
type Desk interface {
	// Take gives a part to somebody; false if there is none for them now.
	Take(who string) (part string, ok bool)
	// At is how far somebody is with a part. They are to stop if it returns false: the part is not theirs any more.
	At(part, who string, done time.Duration) bool
	// Made says that somebody has made a part: it is there, under its name.
	Made(part, who string)
	// Failed says that somebody could not make a part. They get no more, and nobody else gets one that has failed twice.
	Failed(part, who, why string)
	// Refused says that somebody cannot draw parts of this video as they are drawn here. They get no more.
	Refused(part, who, why string)
	// Back says that a part is free again: who had it is gone, or ends. why is "" if nothing was done in vain.
	Back(part, who, why string)
}

// sharedPart is how long a part of a video is that others draw, too.
const sharedPart = 90 * time.Second

// sharing says whether others may draw parts of the video. With an encoder on a device they do not, for devices differ.
func (c *composing) sharing() bool {
	return c.settings.Others != nil && c.score.Canvas != nil && !c.whole && !c.choice.Encoder.Hardware() &&
		c.pieces() > 1
}

// pieces is how many parts a video has that others draw, too: that depends on nothing but its length, so whoever takes
// the room up when the process has died that made it finds the same parts.
func (c *composing) pieces() int {
	part := sharedPart
	if c.settings.cutting.Shortest > 0 {
		part = c.settings.cutting.Shortest * 3 / 2
	}
	return int(time.Duration(c.score.DurationMs*1e6) / part)
}

// each is how many threads encode a part, whoever draws it, if the video has so many parts: it depends on no host.
// There may be few and long ones, where key frames are rare.
func (c *composing) each(parts int) int { return min(max(1, c.pieces()/parts), mostThreads) }

const mostThreads = 4

// cut is into how many parts the video is cut.
func (c *composing) cut() int {
	if c.sharing() {
		return c.pieces()
	}
	return c.most()
}

// order is what others need to know to draw parts of a video. It is a file, for it is too large for a message.
type order struct {
	Schema   int               `json:"schema"`
	Programs map[string]string `json:"programs"` // pipelines.Programs of Elements where the order was written
	Elements []string          `json:"elements"`
	Files    map[string]string `json:"files"` // that are read, and their fingerprints
	Canvas   *room.Canvas      `json:"canvas"`
	Parts    []orderedPart     `json:"parts"`
}

// orderedPart is one of them.
type orderedPart struct {
	ID    string      `json:"id"`
	Path  string      `json:"path"`
	Line  launch.Line `json:"line"` // writes to Path
	Chunk room.Chunk  `json:"chunk"`
	Shows int64       `json:"shows_ns"` // the moment of the room that its first picture shows
}

const orderSchema = 1

// offer tells others of the parts that are to be drawn.
func (d *drawing) offer() (withdraw func(), err error) {
	withdraw = func() {}
	if !d.sharing() {
		return withdraw, nil
	}
	o := order{Schema: orderSchema, Files: map[string]string{}, Canvas: d.score.Canvas}
	for _, p := range d.board.parts {
		if p.hand == open {
			o.Parts = append(o.Parts, orderedPart{p.id, p.path, p.line, *p.chunk, int64(d.score.Shows(p.chunk.From))})
			o.Elements = append(o.Elements, p.line.Elements()...)
		}
	}
	if len(o.Parts) == 0 {
		return withdraw, nil
	}
	slices.Sort(o.Elements)
	o.Elements = slices.Compact(o.Elements)
	if o.Programs, err = pipelines.Programs(o.Elements); err != nil {
		return nil, err
	}
	for _, path := range d.reads() {
		if o.Files[path], err = fingerprint(path); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	path := d.partial(".order.json")
	if err := os.WriteFile(path, text, 0o666); err != nil {
		return nil, place.Explain(err)
	}
	return d.settings.Others.Offer(path, d.threads, d), nil
}

// reads are the files that are read when the pictures are drawn.
func (d *drawing) reads() (paths []string) {
	for _, src := range d.score.Sources {
		paths = append(paths, filesOf(d.tracks[src.File])...)
	}
	if d.shared != nil {
		for _, t := range d.shared.Tracks { // they say when the room began
			paths = append(paths, t.Path)
		}
	}
	return append(paths, d.score.Files()...)
}

func fingerprint(path string) (string, error) {
	f, err := recording.Fingerprint(path)
	return hex.EncodeToString(f[:]), err
}

// Take implements Desk.
func (d *drawing) Take(who string) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.board.take(who, time.Now())
	if p == nil {
		return "", false
	}
	p.attempts++
	return p.id, true
}

// At implements Desk.
func (d *drawing) At(id, who string, done time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.board.theirs(id, who, time.Now())
	if p == nil {
		return false
	}
	p.attempts = max(p.attempts, 1) // begun for a process that has died
	d.note(p, done)
	return true
}

// Made implements Desk.
func (d *drawing) Made(id, who string) {
	d.given(id, who, func(p *part) {
		_, _ = os.ReadDir(d.settings.OutputDir) // NFS remembers for a while that the file was not there
		if err := d.check(p); err != nil {
			d.failed(p, who, err.Error())
			return
		}
		p.hand = made
		d.note(p, p.length)
	})
}

// Failed implements Desk.
func (d *drawing) Failed(id, who, why string) {
	d.given(id, who, func(p *part) { d.failed(p, who, why) })
}

// failed takes a part back that somebody could not make.
func (d *drawing) failed(p *part, who, why string) {
	d.again("it failed on %s: %s", hostOf(who), why)
	d.board.failed(p)
}

// Refused implements Desk.
func (d *drawing) Refused(id, who, _ string) {
	d.given(id, who, func(p *part) {
		p.attempts = max(0, p.attempts-1)
		d.board.refuse(p)
	})
}

// Back implements Desk.
func (d *drawing) Back(id, who, why string) {
	d.given(id, who, func(p *part) {
		if why == "" {
			p.attempts = max(0, p.attempts-1)
		} else {
			d.again("%s", why)
		}
		d.board.back(p)
	})
}

// given does something about a part that somebody has.
func (d *drawing) given(id, who string, do func(*part)) {
	d.mu.Lock()
	if p := d.board.theirs(id, who, time.Now()); p != nil {
		do(p)
	}
	d.mu.Unlock()
	select {
	case d.news <- struct{}{}:
	default:
	}
}
