package media

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// Of MPEG audio, layer III (ISO/IEC 11172-3 section 2.4.2.3), what 3.0.6 writes when asked for a second recording.
var (
	mp3Rates    = [3]int{44100, 48000, 32000}
	mp3Bitrates = [2][16]int{ // kbit/s, of MPEG-1 and of the lower rates
		{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
		{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
	}
)

// parseMP3 reads a frame header: its length in bytes, samples, rate and channels.
func parseMP3(b []byte) (length, samples, rate, channels int, ok bool) {
	if len(b) < 4 || b[0] != 0xFF || b[1]&0xE6 != 0xE2 {
		return 0, 0, 0, 0, false
	}
	version := b[1] >> 3 & 3 // 3 MPEG-1, 2 MPEG-2, 0 MPEG-2.5
	index := int(b[2] >> 2 & 3)
	if version == 1 || index == 3 {
		return 0, 0, 0, 0, false
	}
	low := 1
	samples, rate = 576, mp3Rates[index]/2
	switch version {
	case 3:
		low, samples, rate = 0, 1152, mp3Rates[index]
	case 0:
		rate /= 2
	}
	bits := mp3Bitrates[low][b[2]>>4] * 1000
	channels = 2
	if b[3]>>6 == 3 {
		channels = 1
	}
	length = samples/8*bits/rate + int(b[2]>>1&1)
	return length, samples, rate, channels, bits > 0
}

// lookMP3 finds the frames of an MP3.
func lookMP3(f *os.File, path string, size int64) (*File, error) {
	t := &Track{Path: path, Codec: MP3}
	x := &indexed{path: path}
	r := bufio.NewReaderSize(io.NewSectionReader(f, 0, size), 64<<10)
	samples := int64(0)
	for at := int64(0); len(x.entries) < maxFrames; {
		if n := tagAhead(r); n > 0 {
			skipped, err := r.Discard(n)
			at += int64(skipped)
			if t.CutOff = t.CutOff || skipped < n; err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			continue
		}
		b, err := r.Peek(4)
		if len(b) < 4 {
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			break
		}
		length, n, rate, channels, ok := parseMP3(b)
		if ok && (t.Rate == 0 || rate == t.Rate && channels == t.Channels) {
			if next, err := r.Peek(length + 4); len(next) >= length && (len(next) < length+4 || second(next[length:])) {
				t.Rate, t.Channels = rate, channels
				if len(x.entries) > 0 || !countsFrames(next) {
					x.entries = append(x.entries, entry{offset: at, size: uint32(length), at: SamplesTime(samples,
						rate), key: true})
					samples += int64(n)
				}
				t.Step = SamplesTime(int64(n), rate)
				if _, err := r.Discard(length); err != nil {
					return nil, err
				}
				at += int64(length)
				continue
			} else if errors.Is(err, io.EOF) && len(next) < length {
				t.CutOff = true
			}
		}
		if _, err := r.Discard(1); err != nil {
			return nil, err
		}
		at++
		t.Damaged++
	}
	if len(x.entries) == 0 {
		return nil, ErrEmpty
	}
	x.length = SamplesTime(samples, t.Rate)
	t.take(x)
	t.Looked = t.Frames
	return &File{Path: path, Audio: t}, nil
}

// second says whether a frame can be followed so.
func second(b []byte) bool {
	_, _, _, _, ok := parseMP3(b)
	return ok || beginsTag(b)
}

// countsFrames says whether the first frame is no sound but says how many follow, behind where its side information
// would be (the Xing header, which LAME and FFmpeg write).
func countsFrames(frame []byte) bool {
	_, samples, _, channels, _ := parseMP3(frame)
	side := map[[2]int]int{{1152, 2}: 32, {1152, 1}: 17, {576, 2}: 17, {576, 1}: 9}[[2]int{samples, channels}]
	if len(frame) < 4+side+4 {
		return false
	}
	word := string(frame[4+side:][:4])
	return word == "Xing" || word == "Info"
}
