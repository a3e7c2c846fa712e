package movie

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/upright-media/upright/internal/mp4box"
)

// Part is a track of a finished MP4 that becomes a part of another's.
type Part struct {
	Path  string
	Track int
	// Time says when a sample plays in the whole that plays at a time in the part; nil: at the same time.
	Time func(at time.Duration) (time.Duration, error)
}

// Copying copies parts, one behind the other, into a track.
type Copying struct {
	to    *Track
	parts []Part

	file    *os.File // of the first part, nil if it is not open
	box     *mp4box.File
	samples *mp4box.Samples
	entries []mp4box.Entry
	entry   int // number of the one that was written last
	next    *copied
}

// copied is a sample to be copied.
type copied struct {
	mp4box.Sample
	time time.Duration
}

// Copy begins to copy parts into a track.
func Copy(to *Track, parts ...Part) *Copying { return &Copying{to: to, parts: parts} }

// beside is how much of each track lies beside the others in a file that is copied together.
const beside = time.Second

// CopyAll copies tracks beside each other, so that what plays together lies together.
func CopyAll(list ...*Copying) (err error) {
	defer func() {
		for _, c := range list {
			err = errors.Join(err, c.close())
		}
	}()
	for at, more := beside, true; more; at += beside {
		more = false
		for _, c := range list {
			m, err := c.until(at)
			if err != nil {
				return err
			}
			more = more || m
		}
	}
	return nil
}

// mostCopied is how many bytes are copied in one go.
const mostCopied = 4 << 20

// until copies what plays before a time. It says whether there is more.
func (c *Copying) until(at time.Duration) (more bool, err error) {
	for len(c.parts) > 0 {
		list, from, size, err := c.gather(at)
		if err == nil {
			err = c.flush(list, from, size)
		}
		switch {
		case err != nil:
			return false, fmt.Errorf("%s: %w", c.parts[0].Path, err)
		case c.next == nil: // the part is at its end
			if err := c.close(); err != nil {
				return false, err
			}
			c.parts = c.parts[1:]
		case c.next.time >= at:
			return true, nil
		}
	}
	return false, nil
}

// gather finds samples that play before a time and lie one behind the other: where they begin, and their size.
func (c *Copying) gather(at time.Duration) (list []Sample, from, size int64, err error) {
	for {
		if err := c.peek(); err != nil || c.next == nil {
			return list, from, size, err
		}
		s := *c.next
		if s.time >= at || len(list) > 0 && (s.At != from+size || s.Entry != c.entry || size+s.Size > mostCopied) {
			return list, from, size, nil
		}
		if len(list) == 0 {
			from = s.At
			if err := c.begin(s.Entry); err != nil {
				return nil, 0, 0, err
			}
		}
		length := rescale(s.Duration, int64(c.box.Tracks[c.parts[0].Track].Timescale), int64(time.Second))
		list = append(list, Sample{At: s.time, Duration: time.Duration(length), Size: int(s.Size), Sync: s.Sync})
		size += s.Size
		c.next = nil
	}
}

// flush writes samples that lie one behind the other in the part.
func (c *Copying) flush(list []Sample, from, size int64) error {
	if len(list) == 0 {
		return nil
	}
	data := make([]byte, size)
	if _, err := c.file.ReadAt(data, from); err != nil {
		return err
	}
	return c.to.Write(list, data)
}

// peek finds the next sample of a part; none if all have been found.
func (c *Copying) peek() error {
	if c.next != nil {
		return nil
	}
	if c.file == nil {
		if err := c.open(); err != nil {
			return err
		}
	}
	s, err := c.samples.Next()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	p := c.parts[0]
	t := &c.box.Tracks[p.Track]
	at := t.Time(s.Show)
	if t.Kind == mp4box.Audio {
		at += t.Skip
	}
	if p.Time != nil {
		if at, err = p.Time(at); err != nil {
			return err
		}
	}
	c.next = &copied{s, at}
	return nil
}

func (c *Copying) open() (err error) {
	p := c.parts[0]
	if c.file, err = os.Open(p.Path); err != nil {
		return err
	}
	st, err := c.file.Stat()
	if err != nil {
		return err
	}
	if c.box, err = mp4box.NewFile(c.file, st.Size()); err != nil {
		return err
	}
	if p.Track >= len(c.box.Tracks) {
		return fmt.Errorf("there are %d tracks, and none of number %d", len(c.box.Tracks), p.Track)
	}
	if c.samples, err = c.box.Samples(p.Track); err == nil {
		c.entries, err = c.box.Entries(p.Track)
	}
	c.entry = 0
	return err
}

func (c *Copying) close() error {
	if c.file == nil {
		return nil
	}
	err := c.file.Close()
	c.file = nil
	return err
}

// begin says how the samples that come next are coded.
func (c *Copying) begin(number int) error {
	if number == c.entry {
		return nil
	}
	e := c.entries[number-1]
	c.entry = number
	return c.to.Entry(Entry{Type: e.Type, Config: e.Config, Width: e.Width, Height: e.Height, Colour: e.Colour,
		Channels: e.Channels, Rate: e.Rate})
}
