package janus

import (
	"encoding/binary"
	"io"
	"math"
	"time"

	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/recording"
)

const (
	// A Janus with its clock in order stores 0 as the first arrival; programs that store nonsense store large numbers.
	maxFirstArrivalMs = 60_000
	// How much longer than by its last modification a file cannot have been written, clocks of file servers considered.
	maxClockSkew = 24 * time.Hour
	// A longer time between two messages is no time. Arrival times wrap sooner, after 50 days.
	maxMediaTime = 366 * 24 * time.Hour
)

// tailSizes are the parts of a file that are searched for its last record, from its end, in bytes. A record has at most
// 65545 bytes; more is only needed where the end is damaged.
var tailSizes = []int64{16 << 10, 160 << 10, 4 << 20}

// Span estimates when the file was recorded without reading more than its beginning and its end: the last arrival in
// generation 2; in older files, which have no arrival times, the RTP time from the first to the last packet, or else
// the last modification.
func (f *file) Span() recording.Span {
	s := recording.Span{FromUs: f.firstUs()}
	if s.FromUs == 0 {
		return s
	}
	if f.Empty {
		s.ToUs = s.FromUs
		return s
	}
	if d, ok := f.duration(s.FromUs); ok {
		s.ToUs = s.FromUs + d.Microseconds()
	}
	return s
}

// firstUs is when the first record was written.
func (f *file) firstUs() int64 {
	created, s, u := f.CreatedUs, f.Info.CreatedUs, f.Info.FirstUs
	if s <= 0 || s >= maxUs || u < s || u >= maxUs {
		return created
	}
	return created + (u - s) // s and u may be on a clock of their own
}

// duration is the time from the first to the last record.
func (f *file) duration(fromUs int64) (time.Duration, bool) {
	if f.first == nil {
		return 0, false
	}
	src, info, err := recording.OpenRegular(f.Path)
	if err != nil {
		return 0, false
	}
	defer src.Close()
	first, last := f.first, lastRecord(src, info.Size(), f.Info)
	if last == nil {
		return 0, false
	}
	written := info.ModTime().Sub(time.UnixMicro(fromUs))
	if last.arrives && first.arrives && first.arrivalMs <= maxFirstArrivalMs && last.arrivalMs >= first.arrivalMs {
		d := time.Duration(last.arrivalMs-first.arrivalMs) * time.Millisecond
		if written < 0 || d < written+maxClockSkew {
			return d, true
		}
	}
	if d, ok := mediaTime(f.Info, first, last); ok && (written < 0 || d < written+maxClockSkew) {
		return d, true
	}
	if written >= 0 && written < maxClockSkew { // else it is the time of a copy
		return written, true
	}
	return 0, false
}

// mark is what a record says about its time.
type mark struct {
	arrives   bool
	arrivalMs uint32
	head      [12]byte // beginning of the payload
	size      int      // bytes of head that are there
}

func markOf(rec mjr.Record) *mark {
	m := &mark{arrives: rec.HasReceived, arrivalMs: rec.ReceivedMs}
	m.size = copy(m.head[:], rec.Payload)
	return m
}

func lastRecord(src io.ReaderAt, size int64, i recording.Info) *mark {
	for _, tail := range tailSizes {
		r := mjr.NewReaderAt(io.NewSectionReader(src, 0, size), max(0, size-tail), headerOf(i))
		var last *mark
		for {
			rec, err := r.Next()
			if err != nil {
				break
			}
			last = markOf(rec)
		}
		if last != nil || tail >= size {
			return last
		}
	}
	return nil
}

// mediaTime is the time between two records by their payload: the RTP timestamp (RFC 3550 §5.1), or the wall clock in
// front of a data message. RTP time wraps, after 13 hours at the earliest, and says nothing across a change of source.
func mediaTime(i recording.Info, first, last *mark) (time.Duration, bool) {
	if i.Medium == recording.Data {
		if first.size < 8 || last.size < 8 {
			return 0, false
		}
		from, to := binary.BigEndian.Uint64(first.head[:]), binary.BigEndian.Uint64(last.head[:])
		if from > to || to-from > uint64(maxMediaTime.Microseconds()) {
			return 0, false
		}
		return time.Duration(to-from) * time.Microsecond, true
	}
	rate := clockRate(i.Codec)
	if rate == 0 || first.size < 12 || last.size < 12 || string(first.head[8:]) != string(last.head[8:]) {
		return 0, false
	}
	ticks := binary.BigEndian.Uint32(last.head[4:]) - binary.BigEndian.Uint32(first.head[4:])
	if ticks > math.MaxUint32-10*rate { // the last packet is a late one from before the first
		return 0, true
	}
	return time.Duration(ticks) * time.Second / time.Duration(rate), true
}

// clockRate is the RTP clock rate in Hz, 0 if unknown. G.722 has 8000 for historical reasons (RFC 3551 §4.5.2).
func clockRate(codec string) uint32 {
	switch codec {
	case "opus", "multiopus", "l16-48":
		return 48000
	case "pcmu", "pcma", "g711", "g722":
		return 8000
	case "l16":
		return 16000
	case "vp8", "vp9", "av1", "h264", "h265":
		return 90000
	}
	return 0
}
