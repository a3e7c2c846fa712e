// Package media reads the media files of Agora's on-premise recorder frame by frame: ADTS, MP4 (also with start
// codes where lengths belong, and without its index), WebM and MPEG-TS.
//
// Look reads a file once, as far as it must, and says what is in it. A Reader then gives its frames, in order, with
// times counted from the file's first. Frames are read one by one: how much memory is used does not depend on their
// sizes in all.
package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/cvo"
)

// Why a file cannot be used. Errors of this package are one of these or of the operating system, with more words.
var (
	ErrEmpty   = errors.New("it has no media in it")
	ErrUnknown = errors.New("it is none of ADTS, MP3, MP4, WebM and MPEG-TS")
	ErrDamaged = errors.New("it does not follow its format")
	ErrNoIndex = errors.New("its index (moov) is missing, as after a crash of the recorder")
)

// Bounds of what is believed.
const (
	maxFrames = 20_000_000 // half a week of sound
	maxFrame  = 32 << 20   // bytes
)

// Codecs of tracks.
const (
	H264 = "h264"
	H265 = "h265"
	VP8  = "vp8"
	VP9  = "vp9"
	AAC  = "aac"
	MP3  = "mp3"
)

// File is what a file holds.
type File struct {
	Path         string
	Video, Audio *Track // nil if there is none
}

// Track is one stream of a file.
type Track struct {
	Path   string
	Codec  string
	Config []byte // avcC, hvcC (ISO/IEC 14496-15) or AudioSpecificConfig (ISO/IEC 14496-3), nil if the codec has none

	Rate, Channels int // of sound
	Frames         int
	Length         time.Duration   // from the first frame's beginning to the last one's end
	Keys           []Key           // frames that can be decoded on their own, in order; nil for sound
	Orientation    cvo.Orientation // that the file's own display matrix asks for
	CodedWidth     int             // of the first picture
	CodedHeight    int

	Reordered  bool          // pictures are shown in another order than they are decoded in (B-frames)
	StartCodes bool          // samples begin with start codes where the format wants lengths; frames have lengths
	NoIndex    bool          // an MP4 without moov: Length and times are those of Nominal pictures a second
	Nominal    float64       // pictures a second, of NoIndex
	Looked     int           // frames that were looked into
	Unparsed   int           // of these, those in which nothing is what the codec says: damaged or encrypted
	Damaged    int64         // bytes that make no sense
	CutOff     bool          // the file ends inside a frame, which is left out
	Offset     time.Duration // of sound that is in a file with pictures: by how much it begins later than they do
	Step       time.Duration // most common time from frame to frame

	begins int64 // of a transport stream: when the first frame plays, 1/90000 s
	open   func() (Reader, error)
	at     func(frame int) time.Duration // of pictures
}

// Key is a frame that can be decoded on its own.
type Key struct {
	Frame         int // number, from 0
	At            time.Duration
	Width, Height int // of the picture, 0 if it does not say
}

// Frame is one picture or one piece of sound.
type Frame struct {
	Data     []byte // H.264, H.265: NAL units with lengths of four bytes; valid until the next call
	Number   int
	At       time.Duration // when it is shown, from the file's first frame; less than 0 if it is shown before that
	Duration time.Duration // until the next one is shown
	Key      bool
}

// Reader gives the frames of a track in the order in which they are decoded. It is not safe for use by several
// goroutines at once.
type Reader interface {
	// Next returns the next frame, io.EOF at the end.
	Next() (Frame, error)
	// Seek makes Next go on with the frame of this number.
	Seek(frame int) error
	Close() error
}

// take makes the frames of an index those of the track.
func (t *Track) take(x *indexed) {
	t.Frames, t.Length, t.Reordered, t.open, t.at = len(x.entries), x.length, x.shown != nil, x.open, x.when
}

// Open starts reading a track.
func (t *Track) Open() (Reader, error) { return t.open() }

// At is when a picture is shown, from the file's first.
func (t *Track) At(frame int) time.Duration { return t.at(frame) }

// Garbled says that nothing in the track is what its codec says: it is encrypted, or was decrypted with the wrong
// secret.
func (t *Track) Garbled() bool { return t.Unparsed > 0 && t.Unparsed*2 > t.Looked }

// Look says what is in a file. Its error names the file.
func Look(path string) (*File, error) {
	f, size, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := look(f, path, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return file, nil
}

func look(f *os.File, path string, size int64) (*File, error) {
	if size == 0 {
		return nil, ErrEmpty
	}
	head := make([]byte, min(size, tsPacket+1))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, ebmlMagic):
		return lookWebM(f, path, size)
	case len(head) >= 8 && bytes.Equal(head[4:8], []byte("ftyp")):
		return lookMP4(f, path, size)
	case head[0] == tsSync && len(head) > tsPacket && head[tsPacket] == tsSync:
		return lookTS(path)
	}
	switch filepath.Ext(path) {
	case ".aac":
		return lookADTS(f, path, size)
	case ".mp3":
		return lookMP3(f, path, size)
	case ".ts":
		return lookTS(path)
	case ".mp4":
		return lookMP4(f, path, size)
	}
	return nil, ErrUnknown
}
