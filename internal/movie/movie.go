// Package movie writes MP4 files (ISO/IEC 14496-12): whole samples of several tracks that come in pieces, in any order
// among each other, with the index in front of the media. It knows the file only, nothing of GStreamer.
//
// What others patch into a finished file is written at once: display matrix, edit lists, creation time, chapters,
// several sample entries, composition offsets. Boxes are those of mp4ff, which the checks read with, too; where it has
// no field for something (the matrix of a track header) the box is made of bytes. Configuration records of decoders go
// through as they came.
//
// A movie keeps two to four bytes for each sample in memory, and media only while it is written: a day of a call is
// 20 MB of tables, which are written as they are. Times of pictures are kept as they are shown. When they are to be
// decoded follows from all of them, in the end, so it does not matter in which order they come, nor by how much they
// are out of order.
package movie

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/upright-media/upright/cvo"
)

var (
	// ErrEmpty says that there was nothing to be written: no track has a sample.
	ErrEmpty = errors.New("there is no media to write")
	// ErrClosed says that the movie is finished.
	ErrClosed = errors.New("the movie is finished")
)

// Kind is the medium of a track.
type Kind string

// Kinds.
const (
	Video Kind = "video"
	Audio Kind = "audio"
	Text  Kind = "text"
)

// File is what a movie is written to: an *os.File.
type File interface {
	io.ReaderAt
	io.WriterAt
}

// Options are what holds for a whole movie.
type Options struct {
	// Reserve is how many bytes are kept free for the index in front of the media. If it needs more, the media is moved in
	// the end.
	Reserve int64
	// Created is when the recording was made, zero if that is not known.
	Created  time.Time
	Chapters []Chapter
}

// Chapter is a part of a movie that players offer to jump to.
type Chapter struct {
	At    time.Duration // from the beginning of the movie
	Title string
}

// TrackOptions are what holds for a whole track.
type TrackOptions struct {
	Kind        Kind
	Number      int             // where it comes among the tracks of its kind
	Orientation cvo.Orientation // how the pictures are to be shown
	Language    string          // of three letters (ISO 639-2/T), "" for undetermined
	Skip        time.Duration   // of sound in front that players leave out: what an encoder needs to begin with
	Title       string          // that players offer the track by, "" for none
	Off         bool            // players leave it out until somebody chooses it
}

// Sample is one picture, packet of sound or text.
type Sample struct {
	At       time.Duration // when it plays
	Duration time.Duration // 0: until the next one
	Size     int
	Sync     bool // decoding can start here
}

// Movie is a file that is being written. Its methods may be called from several threads.
type Movie struct {
	mu     sync.Mutex
	file   File
	o      Options
	tracks []*Track
	at     int64 // where the next piece of media goes
	media  int64 // where the media begins
	tags   map[string]string
	closed bool
	err    error // of the file: nothing can be written any more
}

// Beginning of the file: its type, space for the index, and the header of the media with a size of 64 bits.
const mediaHeader = 16

// New begins a movie in an empty file.
func New(f File, o Options) *Movie {
	start := int64(len(fileType())) + o.Reserve + mediaHeader
	return &Movie{file: f, o: o, at: start, media: start}
}

// Track adds a track. Tracks without samples are left out of the file.
func (m *Movie) Track(o TrackOptions) *Track {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &Track{movie: m, o: o}
	m.tracks = append(m.tracks, t)
	return t
}

// Bytes is how many bytes of media were written.
func (m *Movie) Bytes() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at - m.media
}

// append writes a piece of media and says where.
func (m *Movie) append(data []byte) (at int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, ErrClosed
	}
	return m.write(data)
}

// write is append with the lock held.
func (m *Movie) write(data []byte) (at int64, err error) {
	if m.err != nil {
		return 0, m.err
	}
	at = m.at
	if _, m.err = m.file.WriteAt(data, at); m.err != nil {
		return 0, m.err
	}
	m.at += int64(len(data))
	return at, nil
}

// Close writes the index, and nothing can be added any more. It does not close the file.
func (m *Movie) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	m.closed = true
	if m.err != nil {
		return m.err
	}
	if err := m.endTexts(); err != nil {
		return err
	}
	index, err := m.index(0)
	if err != nil {
		return err
	}
	// What is left of the space is a box of its own, which has a header.
	free := m.o.Reserve - int64(index.Size())
	if free != 0 && free < freeHeader {
		move := -free
		if err := m.shift(move); err != nil {
			return err
		}
		if index, err = m.index(move); err != nil {
			return err
		}
		m.media, m.at, free = m.media+move, m.at+move, 0
	}
	return m.begin(index, free)
}

// begin writes all that is in front of the media.
func (m *Movie) begin(index mp4.Box, free int64) error {
	if n := int64(len(fileType())) + int64(index.Size()) + free + mediaHeader; n != m.media {
		return fmt.Errorf("the beginning of the movie has %d bytes, not %d", n, m.media)
	}
	w := bufio.NewWriterSize(io.NewOffsetWriter(m.file, 0), 64<<10)
	_, err := w.Write(fileType())
	if err == nil {
		err = index.Encode(w)
	}
	if err == nil {
		err = writeFree(w, free)
	}
	if err == nil {
		_, err = w.Write(mediaBox(m.at - m.media))
	}
	if err == nil {
		err = w.Flush()
	}
	return err
}

// filled are the tracks with samples.
func (m *Movie) filled() (tracks []*Track) {
	for _, t := range m.tracks {
		if t.sizes.n > 0 {
			tracks = append(tracks, t)
		}
	}
	return tracks
}

// endTexts puts a sample without text behind the last one, up to the end of the movie: to FFmpeg the last text plays so
// long if it has not met the track yet when it begins to play, which depends on where texts lie in the file.
func (m *Movie) endTexts() error {
	tracks := m.filled()
	_, end := span(tracks)
	for _, t := range tracks {
		if t.o.Kind != Text || end-t.end < time.Millisecond {
			continue
		}
		at, err := m.write(noText)
		if err != nil {
			return err
		}
		t.place([]Sample{{At: t.end, Duration: end - t.end, Size: len(noText), Sync: true}}, at)
	}
	return nil
}

// piece is how much media is moved at a time.
const piece = 1 << 20

// shift moves the media back by n bytes, its end first.
func (m *Movie) shift(n int64) error {
	b := make([]byte, min(piece, max(m.at-m.media, 1)))
	for end := m.at; end > m.media; {
		part := b[:min(int64(len(b)), end-m.media)]
		end -= int64(len(part))
		if _, err := m.file.ReadAt(part, end); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if _, err := m.file.WriteAt(part, end+n); err != nil {
			return err
		}
	}
	return nil
}
