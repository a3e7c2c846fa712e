package mp4box

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/upright-media/upright/cvo"
)

// Patching is what Patch changes.
type Patching struct {
	// Orientation is how players shall show the video tracks, by their display matrix. nil leaves the matrices alone.
	Orientation *cvo.Orientation
	// CreationUs becomes the creation time of the movie and all of its tracks, in µs since the Unix epoch; the format
	// keeps whole seconds. 0 leaves the times alone.
	CreationUs int64
	// AudioSkip is what an encoder put in front of the sound (priming: 1024 samples for most AAC encoders), which the edit
	// list of the audio tracks shall leave out. 0 leaves the edit lists alone.
	AudioSkip time.Duration
}

// Patch changes the MP4 file at path in place: a few bytes in its index, without moving anything. The result does not
// depend on what was there before, so patching twice is the same as once. Nothing is written unless all of it can be.
func Patch(path string, p Patching) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err == nil {
		err = PatchFile(f, st.Size(), p)
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	return errors.Join(err, f.Close())
}

// ReaderWriterAt is what PatchFile works on: an *os.File opened for reading and writing.
type ReaderWriterAt interface {
	io.ReaderAt
	io.WriterAt
}

// PatchFile is Patch for an open file of size bytes.
func PatchFile(f ReaderWriterAt, size int64, p Patching) error {
	edits, err := plan(f, size, p)
	if err != nil {
		return err
	}
	for _, e := range edits {
		if _, err := f.WriteAt(e.bytes, e.at); err != nil {
			return err
		}
	}
	return nil
}

// edit is one run of bytes to write.
type edit struct {
	at    int64
	bytes []byte
}
