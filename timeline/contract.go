package timeline

import (
	"context"
	"time"
)

type internal struct{}

// Load reads all files to the end once and puts them on one clock. A file of which nothing can be used is a Track with
// Err set and does not keep the others from loading; the error returned is ctx's, or that of calling with no paths.
func Load(ctx context.Context, paths []string, o Options) (*Timeline, error) { panic("todo") }

// Open starts reading one track of the timeline. Streams of one timeline are independent of each other.
func (tl *Timeline) Open(t *Track) (*Stream, error) { panic("todo") }

// Stream reads the units of a track in presentation order.
type Stream struct{}

// Next returns the next unit, io.EOF at the end. The unit is valid until the next call.
func (s *Stream) Next() (*Unit, error) { panic("todo") }

// Seek makes Next return the last key unit that starts at or before pts (the first one if there is none).
func (s *Stream) Seek(pts time.Duration) error { panic("todo") }

// Offset is the number of bytes of the file read so far: progress.
func (s *Stream) Offset() int64 { panic("todo") }

// Close frees the file.
func (s *Stream) Close() error { panic("todo") }
