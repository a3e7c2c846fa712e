package mkvread

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"time"
)

// field is where a number is in a file.
type field struct{ at, length int64 }

// End is when the last block of any track ends, as far as the file says how long it plays.
func (i *Info) End() (end time.Duration) {
	for _, t := range i.Tracks {
		end = max(end, t.Last+t.LastDuration)
	}
	return end
}

// rounding is by how much the times in a file may be wrong for being rounded.
const rounding = 5 * time.Millisecond

// MendDuration lets a file say when its last track ends. matroskamux of GStreamer writes how long the longest track is,
// which is too little where that track begins late. A file that says enough, or nothing, is left as it is.
func MendDuration(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	p, err := parse(f, st.Size(), nil)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	end := p.info.End()
	if p.info.Duration == 0 || end <= p.info.Duration+rounding {
		return nil
	}
	ticks := float64(end) / float64(p.unit)
	var b []byte
	switch p.field.length {
	case 4:
		b = binary.BigEndian.AppendUint32(nil, math.Float32bits(float32(ticks)))
	case 8:
		b = binary.BigEndian.AppendUint64(nil, math.Float64bits(ticks))
	}
	_, err = f.WriteAt(b, p.field.at)
	return err
}
