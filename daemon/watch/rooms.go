package watch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/recording"
)

// Compose is one video to make of each room.
type Compose struct {
	Name        string                  // path of the video below Folder.Output, without extension: ExpandTemplate
	Wait        time.Duration           // a room is over when nobody was recorded for so long
	Arrangement arrangement.Arrangement // without what is the default
}

// isRoom says whether a recording is of several people, or might have been.
func isRoom(rec *recording.Recording) bool { return rec.Room != "" || len(rec.People) > 1 }

// series is the same for a recording whatever sessions come later: it follows from its first file.
func series(rec *recording.Recording) string {
	var first *recording.File
	for _, p := range rec.Participants {
		for _, f := range p.Tracks {
			if first == nil || cmp.Or(cmp.Compare(f.CreatedUs, first.CreatedUs),
				cmp.Compare(finalPath(f.Path), finalPath(first.Path))) < 0 {
				first = f
			}
		}
	}
	sum := sha256.Sum256([]byte(finalPath(filepath.Base(first.Path)) + "\x00" + strconv.FormatInt(rec.StartUs, 10)))
	return hex.EncodeToString(sum[:8])
}

// standing is what is known of whether a room that nobody is recorded in is over.
type standing struct {
	grew time.Time // the last of its files
	came time.Time // whoever came last began to be recorded
	said time.Time // somebody has said that it is over; zero: nobody has
	done bool      // its recorder has
}

// over says from when on a room is over, as far as anybody knows now; zero: it is. What was said counts unless somebody
// has come since.
func (s standing) over(now time.Time, wait time.Duration) (due time.Time) {
	if s.done || !s.said.IsZero() && !s.came.After(s.said) {
		return time.Time{}
	}
	rest := wait - now.Sub(s.grew)
	if rest <= 0 || rest > wait { // more: the file system's clock is ahead
		return time.Time{}
	}
	return now.Add(rest)
}

// roomFiles are all files of a room: those of its people, and others that lie with them and cannot be used.
func roomFiles(rec *recording.Recording, lost []*recording.File) (paths []string) {
	for _, p := range rec.Participants {
		for _, path := range filesOf(p) {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	for _, f := range lost {
		paths = append(paths, f.Path)
	}
	return paths
}

// room has a room composed that is over. busy is what somebody in it still waits for.
func (r *pass) room(ctx context.Context, rec *recording.Recording, lost []*recording.File, busy *waiting) {
	room := &found{rec: rec, lost: lost, series: series(rec)}
	if before := r.state.rooms[room.series]; before != nil && before.rec == rec {
		room.end = before.end
	}
	r.rooms[room.series] = room
	files := roomFiles(rec, lost)
	room.last = r.grown(files)
	ending, ended := r.o.Endings.get(r.state.folder.Name, room.series)
	entries := r.state.folder.Compose
	if ended && (ending.Layout != "" || len(entries) == 0) {
		entry := r.state.folder.Asked
		if len(entries) > 0 {
			entry = entries[0]
		}
		entry.Arrangement.Layout = cmp.Or(ending.Layout, entry.Arrangement.Layout)
		entry.Arrangement = entry.Arrangement.Lean()
		entries = []Compose{entry}
	}
	switch {
	case busy != nil:
		room.waits, room.busy = busy, true
		return // whoever it is waits already
	case len(entries) == 0 || !ended && r.composed(files):
		return
	}
	if room.waits = r.whenOver(room, files, ending.At, entries); room.waits == nil {
		room.waits = r.compose(ctx, room, files, entries, ended)
	}
	if room.waits != nil {
		r.wait(rec.Name, files, room.waits, true)
	}
}

// whenOver says what a room waits for that nobody is in.
func (r *pass) whenOver(room *found, files []string, said time.Time, entries []Compose) *waiting {
	s := standing{grew: room.last, said: said}
	for _, p := range room.rec.Participants {
		at := time.UnixMicro(p.StartUs)
		if p.StartUs == 0 {
			at = room.last
		}
		s.came = later(s.came, at)
	}
	for _, dir := range room.rec.Folders() {
		for _, name := range []string{room.rec.Room, room.rec.Name} {
			s.said = later(s.said, r.closedCheck.markers.ended[filepath.Join(dir, name)])
		}
	}
	s.done = !slices.ContainsFunc(files, func(path string) bool {
		done, ok := r.closedCheck.markers.done[filepath.Dir(path)]
		return !ok || r.files[path] == nil || done < r.files[path].mtimeNs
	})
	wait := entries[0].Wait
	for _, e := range entries {
		wait = max(wait, e.Wait) // all know the same people
	}
	due := s.over(r.now, wait)
	if due.IsZero() {
		return nil
	}
	return &waiting{fmt.Sprintf("nobody is recorded any more; the room is composed unless somebody comes back within "+
		"%s", human.Duration(wait)), due.Add(time.Millisecond)}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// composed says that the files are part of the same room's jobs already, as is what is left of them when others were
// moved or deleted.
func (r *pass) composed(files []string) bool {
	first := r.files[files[0]]
	return first != nil && first.room != jobRef{} && !slices.ContainsFunc(files, func(path string) bool {
		f := r.files[path]
		return f == nil || !f.closed || !f.keyed || f.room != first.room
	})
}

// compose submits the jobs of a room that is over, unless they were before.
func (r *pass) compose(ctx context.Context, room *found, files []string, entries []Compose, asked bool) *waiting {
	var sources []job.Source
	for _, path := range files {
		f := r.files[path]
		if f == nil {
			return &waiting{filepath.Base(path) + " has just gone", r.now}
		}
		if err := f.fingerprint(path); err != nil {
			return &waiting{err.Error(), r.now.Add(r.retry)}
		}
		sources = append(sources, f.source(path))
	}
	specs, err := roomSpecs(r.state.folder, room, sources, entries, r.now)
	if err != nil {
		return &waiting{err.Error(), r.now.Add(r.retry)}
	}
	for _, s := range specs {
		switch {
		case r.o.Known(s.ID) || r.planned[refOf(s.ID)]:
			room.jobs = append(room.jobs, RoomJob{ID: s.ID, Name: s.Name})
		case r.would != nil:
			r.would(s)
			r.planned[refOf(s.ID)] = true
		default:
			if err := r.submit(ctx, s); err != nil {
				return &waiting{fmt.Sprintf("it is over, but cannot be submitted: %v", err), r.now.Add(r.retry)}
			}
			room.jobs = append(room.jobs, RoomJob{ID: s.ID, Name: s.Name, Created: true})
			r.o.Log.Info("a room is over", "job", s.ID, "recording", s.Recording, "people", len(room.rec.People),
				"files", len(sources))
		}
	}
	if r.would != nil {
		return nil
	}
	if asked {
		r.o.Endings.drop(r.state.folder.Name, room.series)
	}
	if len(r.state.folder.Compose) == len(entries) {
		for _, path := range files {
			f := r.files[path]
			f.room, f.observation = refOf(specs[0].Identity), nil
		}
	}
	return nil
}

// roomSpecs say what is to be done with a room, an entry of compose: each.
func roomSpecs(folder Folder, room *found, sources []job.Source, entries []Compose, now time.Time) ([]job.Spec, error) {
	rec := room.rec
	by := map[string]job.Source{}
	for _, s := range sources {
		by[s.Path] = s
	}
	var parts []job.Part
	for _, p := range rec.Participants {
		if folder.Alone {
			break
		}
		var own []job.Source
		for _, path := range filesOf(p) {
			own = append(own, by[path])
		}
		parts = append(parts, job.Part{Participant: p.Name, User: cmp.Or(p.User, p.Stem, p.Name),
			Job: jobID(identity(own), folder)})
	}
	fields := Fields{Name: rec.Name, Recording: rec.Name, Title: rec.Title, Room: cmp.Or(rec.Room, rec.Name),
		Watch: folder.Name, Folder: below(folder.Root, filepath.Dir(sources[0].Path))}
	if rec.StartUs > 0 {
		fields.Start = time.UnixMicro(rec.StartUs)
	}
	all := identity(sources)
	var specs []job.Spec
	for _, e := range entries {
		s := job.Spec{
			Kind: job.KindRoom, ID: roomID(all, folder, e), Identity: all, Watch: folder.Name, Submitted: now,
			Priority: folder.Priority, Recording: rec.Name, Room: rec.Room, StartUs: rec.StartUs, Sources: sources,
			Output: folder.Output, Settings: folder.Settings.ForRoom(), Delivery: folder.Delivery,
			Compose: &job.Compose{Arrangement: e.Arrangement, Series: room.series, Parts: parts},
		}
		fields.ID = s.ID
		var err error
		if s.Name, err = ExpandTemplate(e.Name, fields); err != nil {
			return nil, err
		}
		if len(specs) > 0 || len(folder.Compose) == 0 {
			s.Delivery.Sources = sourcesKept // by the first one, or by the participants' own jobs
		}
		specs = append(specs, s)
	}
	for _, s := range specs[1:] {
		specs[0].Compose.Besides = append(specs[0].Compose.Besides, s.ID)
	}
	return specs, nil
}

const sourcesKept = "keep"

// roomID is that of a job that makes of a room what an entry says: see jobID.
func roomID(identity string, f Folder, e Compose) string {
	return digestID("room", identity, f.Output, e.Name, e.Arrangement.Lean(), f.Settings.ForRoom().Key())
}

// allComposed says that all jobs of a room are known that a folder wants of it.
func (f Folder) allComposed(identity string, known func(id string) bool) bool {
	return len(f.Compose) > 0 && !slices.ContainsFunc(f.Compose,
		func(e Compose) bool { return !known(roomID(identity, f, e)) })
}
