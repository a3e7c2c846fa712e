package compose

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/movie"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/internal/partfile"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/room"
)

// errSeveral says that parts are not coded in the same way: not every player goes on at such a seam.
var errSeveral = errors.New("the parts of the video are not coded in the same way")

// partError says that a part is not what it was to be.
type partError struct{ reason string }

func (e *partError) Error() string { return "a part of the video is not complete: " + e.reason }

// identity is what all parts are made of, as a number: the score, the files, and the programs that read them.
type identity struct{ sum []byte }

func (c *composing) identity() (identity, error) {
	sum := sha256.New()
	major, minor, micro := gstrun.Version()
	fmt.Fprintln(sum, 1, major, minor, micro)
	if err := c.score.Write(sum); err != nil {
		return identity{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(c.tracks)) {
		for _, path := range filesOf(c.tracks[name]) {
			f, err := recording.Fingerprint(path)
			if err != nil {
				return identity{}, err
			}
			sum.Write(f[:])
		}
	}
	return identity{sum.Sum(nil)}, nil
}

// of is the number of the part that a line makes.
func (i identity) of(line string) string {
	sum := sha256.Sum256(append(i.sum[:len(i.sum):len(i.sum)], line...))
	return hex.EncodeToString(sum[:8])
}

// keep removes all parts but those that are to be made: they are of other recordings, or were not completed. Somebody
// else may be at one of ours, for a process that has died.
func (d *drawing) keep() error {
	var ids []string
	for _, p := range d.parts {
		ids = append(ids, p.id)
	}
	return d.removeParts(ids...)
}

// forgotten is after how long parts go that nobody has come back for.
const forgotten = 7 * 24 * time.Hour

// removeParts removes the parts of this room's video, but some, and those of other rooms that were forgotten. They are
// in the folder of the output: that of the work may go when the program ends.
func (c *composing) removeParts(but ...string) error {
	entries, err := os.ReadDir(c.settings.OutputDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return place.Explain(err)
	}
	for _, e := range entries {
		name, ok := partfile.Parse(e.Name())
		// What somebody else writes is theirs to clear away, as long as it may be of use.
		if !ok || slices.Contains(but, name.ID) && (name.Mark != "" || !name.Unwritten) {
			continue
		}
		old := false
		if st, err := e.Info(); err == nil {
			old = time.Since(st.ModTime()) > forgotten
		}
		if old || name.Video == c.name() {
			err = errors.Join(err, place.Remove(filepath.Join(c.settings.OutputDir, e.Name())))
		}
	}
	return err
}

// check says whether a part is complete.
func (d *drawing) check(p *part) error {
	if p.chunk != nil {
		return checkPictures(p.path, d.score.Canvas, *p.chunk)
	}
	f, err := openPart(p.path, mp4box.Audio)
	if err != nil {
		return err
	}
	defer f.Close()
	if n := len(d.soundTracks()); len(f.Tracks) != n {
		return &partError{fmt.Sprintf("it has %d sound tracks, not %d", len(f.Tracks), n)}
	}
	return nil
}

// openPart opens a file all of whose tracks are to be of one kind.
func openPart(path string, want mp4box.Kind) (*mp4box.File, error) {
	f, err := mp4box.Open(path)
	if err != nil {
		return nil, err
	}
	for _, t := range f.Tracks {
		if t.Kind != want || t.Samples == 0 || !t.FirstSync {
			f.Close()
			return nil, &partError{"it has a track of " + string(t.Kind)}
		}
	}
	return f, nil
}

// checkPictures says whether all pictures of a file are among those of a chunk, and the first is there.
func checkPictures(path string, canvas *room.Canvas, chunk room.Chunk) error {
	f, err := openPart(path, mp4box.Video)
	if err != nil {
		return err
	}
	defer f.Close()
	samples, err := f.Samples(0)
	last := -1
	for err == nil {
		var s mp4box.Sample
		if s, err = samples.Next(); err != nil {
			break
		}
		n, wrong := picture(canvas, chunk, f.Tracks[0].Time(s.Show))
		switch {
		case wrong != nil:
			return wrong
		case n <= last || last < 0 && n != chunk.From || n >= chunk.To:
			return &partError{fmt.Sprintf("picture %d follows %d, of %d to %d", n, last, chunk.From, chunk.To)}
		}
		last = n
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// picture is the number of the picture that is shown at a time of a chunk.
func picture(v *room.Canvas, chunk room.Chunk, at time.Duration) (int, error) {
	num, den := v.Rate()
	n := chunk.From + int((int64(at)*int64(num)+int64(den)*int64(time.Second)/2)/(int64(den)*int64(time.Second)))
	if off := v.At(n) - v.At(chunk.From) - at; off.Abs() > v.At(1)/4 {
		return 0, &partError{fmt.Sprintf("a picture at %s is %s beside its time", at, off)}
	}
	return n, nil
}

// join copies all parts into one file.
func (d *drawing) join() error {
	f, err := files.CreateGrowing(d.partial(d.ext()))
	if err != nil {
		return place.Explain(err)
	}
	o := movie.Options{Reserve: d.indexSize()}
	if us := d.created(); us > 0 {
		o.Created = time.UnixMicro(us)
	}
	for _, ch := range d.score.Chapters {
		o.Chapters = append(o.Chapters, movie.Chapter{At: time.Duration(ch.At * 1e6), Title: ch.Title})
	}
	m := movie.New(f, o)
	err = d.copyParts(m)
	if err == nil {
		err = m.Close()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return place.Explain(err)
	}
	made, err := mp4box.Read(f.Name())
	if err == nil && made.Tracks[0].Entries > 1 {
		return errSeveral
	}
	return err
}

func (d *drawing) copyParts(m *movie.Movie) error {
	var pictures []movie.Part
	var all []*movie.Copying
	for _, p := range d.parts {
		if p.chunk != nil {
			pictures = append(pictures, movie.Part{Path: p.path, Time: func(at time.Duration) (time.Duration, error) {
				n, err := picture(d.score.Canvas, *p.chunk, at)
				return d.score.Canvas.At(n), err
			}})
			continue
		}
		sound, err := mp4box.Read(p.path)
		if err != nil {
			return err
		}
		for i, t := range sound.Tracks {
			to := m.Track(movie.TrackOptions{Kind: movie.Audio, Number: i, Skip: t.Skip, Title: t.Title, Off: t.Off})
			all = append(all, movie.Copy(to, movie.Part{Path: p.path, Track: i}))
		}
	}
	return movie.CopyAll(append(all, movie.Copy(m.Track(movie.TrackOptions{Kind: movie.Video}), pictures...))...)
}
