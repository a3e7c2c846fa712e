// Package mkvread reads what a Matroska or WebM file holds: its tracks, and how many blocks of each lie where in time.
// It exists to check what a muxer wrote. Media data is passed over, so memory does not depend on the file's length.
//
// The format is EBML (RFC 8794) with the elements of Matroska (RFC 9559).
package mkvread

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"
)

var (
	// ErrNotMatroska says that a file does not begin like one.
	ErrNotMatroska = errors.New("not a Matroska file")
	// ErrDamaged says that an element does not fit into the one around it.
	ErrDamaged = errors.New("damaged Matroska file")
	// ErrUnsupported says that a file has something that is allowed but not read here.
	ErrUnsupported = errors.New("unsupported kind of Matroska file")
)

// Info is what a file holds.
type Info struct {
	DocType  string        // matroska or webm
	Duration time.Duration // as the file says, 0 if it does not: the muxer never finished it
	Tracks   []Track
}

// Track is one track and what was found of it.
type Track struct {
	Number        uint64
	Kind          string // video, audio, text, other
	Codec         string // codec id: V_VP8, A_OPUS, …
	FormatTag     uint16 // of A_MS/ACM: the codec in the numbers of WAVEFORMATEX
	Private       []byte // what the decoder has to know (CodecPrivate)
	Width, Height int
	Channels      int
	Rate          int // audio, Hz
	Blocks        int
	KeyBlocks     int
	FirstKey      bool          // the first block can be decoded on its own
	First, Last   time.Duration // when the first and the last block begin
	LastDuration  time.Duration // how long the last block plays, 0 if the file does not say

	DefaultDuration time.Duration // how long a block plays that does not say it, 0 if unknown
}

// Ids of elements, with their length markers.
const (
	idEBML          = 0x1A45DFA3
	idDocType       = 0x4282
	idSegment       = 0x18538067
	idInfo          = 0x1549A966
	idTimestampUnit = 0x2AD7B1
	idDuration      = 0x4489
	idTracks        = 0x1654AE6B
	idTrackEntry    = 0xAE
	idTrackNumber   = 0xD7
	idTrackType     = 0x83
	idDefaultLength = 0x23E383 // DefaultDuration
	idCodecID       = 0x86
	idCodecPrivate  = 0x63A2
	idVideo         = 0xE0
	idPixelWidth    = 0xB0
	idPixelHeight   = 0xBA
	idAudio         = 0xE1
	idChannels      = 0x9F
	idRate          = 0xB5
	idCluster       = 0x1F43B675
	idTimestamp     = 0xE7
	idSimpleBlock   = 0xA3
	idBlockGroup    = 0xA0
	idBlock         = 0xA1
	idBlockDuration = 0x9B
	idReference     = 0xFB
)

// maxTracks bounds how many tracks are described, maxPrivate what of them is kept for a decoder, and maxDefault what is
// believed of how long a block plays.
const (
	maxTracks  = 1000
	maxPrivate = 1 << 20
	maxDefault = time.Hour
)

// Block is one picture, packet of sound or text, as the file has it.
type Block struct {
	Track int // in Info.Tracks
	At    int64
	Size  int64
	Time  time.Duration
	Key   bool // decoding can start here, for certain; see group
}

// ErrStop ends reading early without being an error, when the visitor of Walk returns it.
var ErrStop = errors.New("stop")

// Read describes the file at path.
func Read(path string) (*Info, error) { return Walk(path, nil) }

// Walk is Read and calls visit for each block of a known track, in the order of the file. Info has what was found until
// then. Of a file that is cut off visit gets the blocks that are there.
func Walk(path string, visit func(*Info, Block) error) (*Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	p, err := parse(f, st.Size(), visit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &p.info, nil
}

// Parse describes the file of size bytes that r reads.
func Parse(r io.Reader, size int64) (*Info, error) {
	p, err := parse(r, size, nil)
	if err != nil {
		return nil, err
	}
	return &p.info, nil
}

func parse(r io.Reader, size int64, visit func(*Info, Block) error) (*parser, error) {
	p := &parser{r: bufio.NewReaderSize(r, 64<<10), unit: 1_000_000, byNumber: map[uint64]int{}, visit: visit}
	if id, err := p.peekID(); err != nil || id != idEBML {
		return nil, ErrNotMatroska
	}
	switch err := p.elements(size, 0, p.top); {
	case errors.Is(err, ErrStop):
	case p.short != nil:
		return nil, p.short
	case err != nil:
		return nil, err
	}
	p.info.Duration = p.time(p.duration)
	return p, nil
}

// parser is a way through the file.
type parser struct {
	r        *bufio.Reader
	at       int64
	info     Info
	unit     uint64  // ns per tick of all times
	duration float64 // ticks
	field    field   // where that is
	short    error   // the first segment or cluster that is not there as a whole: what there is of it is read
	byNumber map[uint64]int
	visit    func(*Info, Block) error // nil: nobody wants the blocks

	cluster int64 // time of the current cluster in ticks
}

// time turns ticks into a duration; what no file means becomes 0 or the longest.
func (p *parser) time(ticks float64) time.Duration {
	ns := ticks * float64(p.unit)
	switch {
	case math.IsNaN(ns) || ns <= 0:
		return 0
	case ns >= math.MaxInt64:
		return math.MaxInt64
	}
	return time.Duration(math.Round(ns))
}

func (p *parser) top(e element) error {
	switch e.id {
	case idEBML, idSegment, idInfo, idTracks:
		return p.inside(e, p.top)
	case idCluster:
		p.cluster = 0
		return p.inside(e, p.top)
	case idDocType:
		b, err := p.bytes(e, 64)
		p.info.DocType = text(b)
		return err
	case idTimestampUnit:
		v, err := p.number(e)
		if err == nil && v > 0 {
			p.unit = v
		}
		return err
	case idDuration:
		p.field = field{p.at, e.length}
		v, err := p.float(e)
		p.duration = v
		return err
	case idTrackEntry:
		return p.track(e)
	case idTimestamp:
		v, err := p.number(e)
		p.cluster = int64(min(v, math.MaxInt64/2))
		return err
	case idSimpleBlock:
		b, err := p.block(e)
		if b.simple = true; err == nil {
			err = p.count(b, b.flags&0x80 != 0)
		}
		return err
	case idBlockGroup:
		return p.group(e)
	}
	return p.skip(e)
}

func (p *parser) track(e element) error {
	if len(p.info.Tracks) == maxTracks {
		return fmt.Errorf("%w: more than %d tracks", ErrDamaged, maxTracks)
	}
	t := Track{Kind: "other"}
	var visit func(element) error
	visit = func(e element) (err error) {
		var v uint64
		switch e.id {
		case idVideo, idAudio:
			return p.inside(e, visit)
		case idCodecID:
			var b []byte
			b, err = p.bytes(e, 64)
			t.Codec = text(b)
			return err
		case idCodecPrivate:
			if t.Private, err = p.bytes(e, maxPrivate); len(t.Private) >= 2 {
				t.FormatTag = uint16(t.Private[0]) | uint16(t.Private[1])<<8
			}
			return err
		case idRate:
			var f float64
			if f, err = p.float(e); f > 0 && f < 1e6 {
				t.Rate = int(f)
			}
			return err
		case idTrackNumber, idTrackType, idDefaultLength, idPixelWidth, idPixelHeight, idChannels:
			if v, err = p.number(e); err != nil {
				return err
			}
		default:
			return p.skip(e)
		}
		switch e.id {
		case idTrackNumber:
			t.Number = v
		case idTrackType:
			t.Kind = map[uint64]string{1: "video", 2: "audio", 17: "text"}[v]
		case idDefaultLength:
			t.DefaultDuration = time.Duration(min(v, uint64(maxDefault)))
		case idPixelWidth:
			t.Width = int(min(v, math.MaxInt32))
		case idPixelHeight:
			t.Height = int(min(v, math.MaxInt32))
		case idChannels:
			t.Channels = int(min(v, math.MaxInt32))
		}
		return nil
	}
	if err := p.inside(e, visit); err != nil {
		return err
	}
	if t.Kind == "" {
		t.Kind = "other"
	}
	if t.Kind == "audio" { // the defaults of the elements
		t.Channels, t.Rate = cmp.Or(t.Channels, 1), cmp.Or(t.Rate, 8000)
	}
	if t.Codec != "A_MS/ACM" {
		t.FormatTag = 0
	}
	p.byNumber[t.Number] = len(p.info.Tracks)
	p.info.Tracks = append(p.info.Tracks, t)
	return nil
}

// text reads a string, which may have zero bytes behind it.
func text(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }

// blockHead is the beginning of a block.
type blockHead struct {
	track uint64
	time  int64 // ticks
	flags byte

	at, size int64 // of the media in it
	simple   bool
	duration uint64 // ticks, 0: not said
}

// lacing are the flags that say that a block holds several packets.
const lacing = 0x06

func (p *parser) block(e element) (b blockHead, err error) {
	start := p.at
	head, err := p.bytes(e, 11)
	if err != nil {
		return b, err
	}
	n, length := vint(head)
	if length == 0 || len(head) < length+3 {
		return b, fmt.Errorf("%w: block at byte %d is too short", ErrDamaged, e.at)
	}
	b.track = n
	b.time = p.cluster + int64(int16(uint16(head[length])<<8|uint16(head[length+1])))
	b.flags = head[length+2]
	b.at, b.size = start+int64(length)+3, e.length-int64(length)-3
	return b, nil
}

// group reads a block with what is said about it: without a reference to another it is a key frame. But GStreamer's
// muxers write pictures that have a length, as the last one has, in groups without a reference whatever they are.
func (p *parser) group(e element) error {
	var b *blockHead
	var duration uint64
	key := true
	err := p.inside(e, func(e element) error {
		switch e.id {
		case idBlock:
			head, err := p.block(e)
			b = &head
			return err
		case idBlockDuration:
			var err error
			duration, err = p.number(e)
			return err
		case idReference:
			key = false
		}
		return p.skip(e)
	})
	if err == nil && b != nil {
		b.duration = duration
		err = p.count(*b, key)
	}
	return err
}

func (p *parser) count(b blockHead, key bool) error {
	i, ok := p.byNumber[b.track]
	if !ok {
		return nil
	}
	t := &p.info.Tracks[i]
	at := p.time(float64(b.time))
	if t.Blocks == 0 {
		t.First, t.FirstKey = at, key
	}
	if at >= t.Last {
		t.Last, t.LastDuration = at, cmp.Or(p.time(float64(b.duration)), t.DefaultDuration)
	}
	t.Blocks++
	if key {
		t.KeyBlocks++
	}
	if p.visit == nil {
		return nil
	}
	if b.flags&lacing != 0 {
		return fmt.Errorf("%w: the block with its media at byte %d holds several packets (lacing), which is not read here",
			ErrUnsupported, b.at)
	}
	return p.visit(&p.info, Block{i, b.at, b.size, at, key && (b.simple || t.Blocks == 1 || t.Kind != "video")})
}
