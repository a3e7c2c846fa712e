package agora

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/upright-media/upright/internal/lazy"
)

// Bounds of a uid file. The recorder writes some four lines for each media file.
const (
	maxLine   = 4 << 10 // bytes
	maxLines  = 200_000
	maxSlices = 20_000
	maxText   = 64 << 20 // bytes
)

// ErrTooLarge says that a uid file is longer than any recorder writes.
var ErrTooLarge = errors.New("more than any recording has")

// line is one line of a uid file:
//
//	<seconds> <media file> create|info|rotate|close [key=value …]
//
// create and close are in each version, rotate since 2.0, channels of sound and the word codecswitch since 3.0.
type line struct {
	at       int64 // ms since the time in the file's name
	media    mediaName
	event    string
	rotation int // degrees clockwise, -1 if the line has none
	width    int
	height   int
	channels int
	codec    bool // codecswitch: the picture before stands until this file's first
}

// uidText is what a uid file says.
type uidText struct {
	lines   []line
	session bool // "new session started": recording was switched on by hand
	odd     int  // lines that make no sense
	oddAt   int  // number of the first of them
	slices  int  // media files that are named
	foreign int  // lines about another user's files
	sorted  bool // the lines were in another order than that in which the recorder writes them
}

var (
	lineForm = lazy.Regexp(`^(-?\d+(?:[.,]\d*)?)[ \t]+(\S.*\.[a-z0-9]+)[ \t]+(create|info|rotate|close|[a-zA-Z_]+)(?:[ \t]+(.*))?$`)
	newRun   = []byte("new session started")
	bom      = []byte("\xef\xbb\xbf")
)

// parseUIDText reads a uid file of a user. Line ends may be of any kind, blanks at them too. What makes no sense is
// counted and passed over; the error is that of reading, or ErrTooLarge.
func parseUIDText(r io.Reader, uid string) (*uidText, error) {
	t := &uidText{}
	named := map[string]bool{}
	b := bufio.NewReaderSize(io.LimitReader(r, maxText+1), maxLine)
	size := 0
	for n := 1; ; n++ {
		raw, long, err := readLine(b, &size)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if size > maxText {
			return nil, fmt.Errorf("it has more than %d MB: %w", maxText>>20, ErrTooLarge)
		}
		if text := bytes.TrimSpace(bytes.TrimPrefix(raw, bom)); len(text) > 0 {
			if n > maxLines {
				return nil, fmt.Errorf("it has more than %d lines: %w", maxLines, ErrTooLarge)
			}
			l, ok := line{}, false
			if !long {
				l, ok = parseLine(string(text))
			}
			switch {
			case bytes.HasPrefix(text, newRun):
				t.session = true
			case !ok:
				if t.odd++; t.odd == 1 {
					t.oddAt = n
				}
			case l.media.uid != uid:
				t.foreign++
			default:
				t.lines = append(t.lines, l)
				named[l.media.base] = true
			}
			if len(named) > maxSlices {
				return nil, fmt.Errorf("it names more than %d media files: %w", maxSlices, ErrTooLarge)
			}
		}
		if err != nil {
			t.slices, t.sorted = len(named), !inOrder(t.lines)
			return t, nil
		}
	}
}

// readLine reads to the next line end, LF or CR. long: it was longer than any line may be, and only its beginning is
// there.
func readLine(b *bufio.Reader, size *int) (line []byte, long bool, err error) {
	line, err = b.ReadSlice('\n')
	*size += len(line)
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, false, err
	}
	head := bytes.Clone(line[:64])
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = b.ReadSlice('\n')
		*size += len(line)
	}
	return head, true, err
}

func parseLine(text string) (line, bool) {
	m := lineForm().FindStringSubmatch(text)
	if m == nil {
		return line{}, false
	}
	seconds, err := strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
	if err != nil || math.Abs(seconds) > 1e10 {
		return line{}, false
	}
	l := line{at: int64(math.Round(seconds * 1000)), event: m[3], rotation: -1}
	var ok bool
	if l.media, ok = parseMediaName(m[2]); !ok || strings.ContainsAny(m[2], "/\x00") {
		return line{}, false
	}
	for word := range strings.FieldsSeq(m[4]) {
		key, value, _ := strings.Cut(word, "=")
		n, err := strconv.Atoi(value)
		switch {
		case strings.Contains(word, "codecswitch"):
			l.codec = true
		case err != nil:
		case key == "rotation":
			l.rotation = (n%360 + 360) % 360 / 90 * 90
		case n < 0:
		case key == "width":
			l.width = min(n, math.MaxUint16)
		case key == "height":
			l.height = min(n, math.MaxUint16)
		case key == "channels":
			l.channels = min(n, math.MaxUint8)
		}
	}
	return l, true
}
