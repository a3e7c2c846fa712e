package samplesrc

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/upright-media/upright/internal/mkvread"
	"github.com/upright-media/upright/internal/mp4box"
)

// media are the samples that are played.
type media struct {
	forms  []form // by piece.entry; 0 is none
	pieces []piece
}

// piece is one sample.
type piece struct {
	at, size int64
	time     time.Duration
	key      bool
	first    bool // of those that are played from a time on
	entry    int
}

// windows keep samples of a track from several times on.
type windows []*window

// add takes the next sample, and returns false if no more are needed.
func (w windows) add(p piece) bool {
	more := false
	for _, x := range w {
		more = x.add(p) || more
	}
	return more
}

// pieces are the samples in the order in which they are to be played.
func (w windows) pieces() (all []piece) {
	for _, x := range w {
		if len(x.pieces) > 0 {
			x.pieces[0].first = true
		}
		all = append(all, x.pieces...)
	}
	return all
}

// window keeps of samples in the order of decoding those from the last key one at or before from, limit of them (0:
// all).
type window struct {
	from   time.Duration
	limit  int
	pieces []piece
}

// add takes the next sample, and returns false if no more are needed.
func (w *window) add(p piece) bool {
	if p.key && p.time <= w.from {
		w.pieces = w.pieces[:0]
	}
	if w.limit == 0 || len(w.pieces) < w.limit {
		w.pieces = append(w.pieces, p)
	}
	return w.limit == 0 || len(w.pieces) < w.limit || p.time <= w.from
}

// which is the track of a kind with a number among these.
type which struct {
	kind   string
	number int
}

// find is its index among n tracks, -1 if it is not there.
func (w which) find(n int, kind func(i int) string) int {
	for i := range n {
		if kind(i) != w.kind {
			continue
		}
		if w.number--; w.number < 0 {
			return i
		}
	}
	return -1
}

// read finds samples of a track: limit of them (0: all) from each of some times, in ns, on.
func read(path string, track which, from []uint64, limit int) (*media, error) {
	var w windows
	for _, at := range from {
		w = append(w, &window{from: time.Duration(at), limit: limit})
	}
	f, err := mp4box.Open(path)
	if errors.Is(err, mp4box.ErrNotMP4) {
		return readMatroska(path, track, w)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	i := track.find(len(f.Tracks), func(i int) string { return string(f.Tracks[i].Kind) })
	if i < 0 {
		return nil, noTrack(path, track)
	}
	return readMP4(f, i, w)
}

func noTrack(path string, track which) error {
	return fmt.Errorf("%s: there is no %s %d in it", path, track.kind, track.number)
}

func readMP4(f *mp4box.File, track int, w windows) (*media, error) {
	entries, err := f.Entries(track)
	if err != nil {
		return nil, err
	}
	s, err := f.Samples(track)
	if err != nil {
		return nil, err
	}
	for {
		x, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if x.Entry < 1 || x.Entry > len(entries) {
			return nil, fmt.Errorf("%w: the sample at byte %d is of the sample entry %d, of %d", mp4box.ErrDamaged, x.At,
				x.Entry, len(entries))
		}
		if !w.add(piece{x.At, x.Size, f.Tracks[track].Time(x.Show), x.Sync, false, x.Entry}) {
			break
		}
	}
	m := &media{forms: []form{{}}, pieces: w.pieces()}
	for _, e := range entries {
		f, err := formOfMP4(e)
		if err != nil {
			return nil, err
		}
		m.forms = append(m.forms, f)
	}
	return m, nil
}

func readMatroska(path string, wanted which, w windows) (*media, error) {
	m := &media{forms: []form{{}, {}}}
	track := -1
	info, err := mkvread.Walk(path, func(info *mkvread.Info, b mkvread.Block) error {
		if track < 0 {
			track = wanted.find(len(info.Tracks), func(i int) string { return info.Tracks[i].Kind })
		}
		if b.Track == track && !w.add(piece{b.At, b.Size, b.Time, b.Key, false, 1}) {
			return mkvread.ErrStop
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if track < 0 {
		return nil, noTrack(path, wanted)
	}
	m.pieces = w.pieces()
	m.forms[1], err = formOfMatroska(info.Tracks[track])
	return m, err
}
