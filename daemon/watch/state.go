package watch

import (
	"encoding/hex"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/recording/janus"
)

// state is what a watcher knows of its folder.
type state struct {
	folder     Folder
	cache      janus.Cache
	sessions   sessions
	fromJanus  []*recording.Recording
	recordings []*recording.Recording // of all kinds
	bad        []*recording.File
	files      map[string]*file
	temporary  map[uint64]string // inode -> path of a file that has a temporary name
	renames    map[string]bool   // folders in which Janus renames complete files
	markers    markers
	seeds      map[string]seed
	roomSeeds  map[string]seed
	local      bool // the root is on a file system of this host
	folders    int  // in the last walk
	pass       uint32
	walked     time.Time // beginning of the last walk; zero: none yet
	pending    []*held
	rooms      map[string]*found // by series
	open       map[string]bool   // base names of files that are not known to be closed
	rejected   map[Rejected]bool
	hints      *hints // nil without Run
	clock      time.Time
	elapsed    time.Duration // at clock
}

func newState(folder Folder) *state {
	return &state{folder: folder, files: map[string]*file{}, renames: map[string]bool{}}
}

// seed is what an earlier run knew of a file.
type seed struct {
	job.Source
	job.Spec
}

// use makes the state that of a folder as it is configured now.
func (s *state) use(folder Folder) *state {
	old := s.folder
	if old.Root != folder.Root {
		fresh := newState(folder)
		fresh.hints, fresh.clock, fresh.elapsed = s.hints, s.clock, s.elapsed
		return fresh
	}
	s.folder = folder
	if jobID("", old) != jobID("", folder) || old.Alone != folder.Alone {
		for _, f := range s.files {
			f.job = jobRef{}
		}
	}
	if !slices.EqualFunc(old.Compose, folder.Compose, func(a, b Compose) bool {
		return roomID("", old, a) == roomID("", folder, b)
	}) {
		for _, f := range s.files {
			f.room = jobRef{}
		}
	}
	if !reflect.DeepEqual(old.Exclude, folder.Exclude) {
		s.walked = time.Time{} // what was excluded may be old
	}
	return s
}

func (s *state) remember(specs []job.Spec, known func(id string) bool) {
	for _, spec := range specs {
		if spec.IsRoom() {
			s.rememberRoom(spec, known)
			continue
		}
		for _, src := range spec.Sources {
			sd := seed{src, spec}
			if f := s.files[src.Path]; f != nil {
				if f.keyed && hex.EncodeToString(f.print[:]) == src.Fingerprint && sd.isCurrent(s.folder) {
					f.job = refOf(spec.ID)
				}
				continue
			}
			if s.seeds == nil {
				s.seeds = map[string]seed{}
			}
			if last, ok := s.seeds[src.Path]; !ok || last.Submitted.Before(spec.Submitted) {
				s.seeds[src.Path] = sd
			}
		}
	}
}

// rememberRoom notes what was composed, if all is known that the folder wants of the room now.
func (s *state) rememberRoom(spec job.Spec, known func(id string) bool) {
	if !s.folder.allComposed(spec.Identity, known) {
		return
	}
	if s.roomSeeds == nil {
		s.roomSeeds = map[string]seed{}
	}
	for _, src := range spec.Sources {
		sd := seed{src, spec}
		if f := s.files[src.Path]; f != nil {
			if f.keyed && hex.EncodeToString(f.print[:]) == src.Fingerprint {
				f.room = refOf(spec.Identity)
			}
		} else if last, ok := s.roomSeeds[src.Path]; !ok || last.Submitted.Before(spec.Submitted) {
			s.roomSeeds[src.Path] = sd
		}
	}
}

// isCurrent says that the job was to do what the folder's configuration says now.
func (sd seed) isCurrent(f Folder) bool { return jobID(sd.Identity, f) == sd.ID }

// plant uses what an earlier run knew of a file, if the file has not changed since, not even its name or rights.
func (s *state) plant(f *file, e entry) {
	if sd, ok := s.seeds[e.path]; ok && sd.fits(f, e) && sd.isCurrent(s.folder) {
		f.job, f.observation = refOf(sd.ID), nil
	}
	if sd, ok := s.roomSeeds[e.path]; ok && sd.fits(f, e) {
		f.room = refOf(sd.Identity)
		if s.folder.Alone {
			f.observation = nil
		}
	}
}

// fits says that a file is still the one of the seed, and takes its fingerprint then.
func (sd seed) fits(f *file, e entry) bool {
	if sd.Source.Size != e.size || e.ctimeNs > sd.Submitted.UnixNano() {
		return false
	}
	print, err := hex.DecodeString(sd.Fingerprint)
	if err != nil || len(print) != len(f.print) {
		return false
	}
	f.print, f.keyed, f.closed = [len(f.print)]byte(print), true, true
	return true
}

// notice takes what a walk has found. The check that it returns knows what is closed.
func (s *state) notice(t *tree, now time.Time) *closedCheck {
	s.pass++
	first := s.walked.IsZero()
	s.local = isLocal(s.folder.Root)
	s.folders = len(t.folders)
	temporary := map[uint64]string{}
	folders := map[string]bool{}
	for _, e := range t.files {
		folder := filepath.Dir(e.path)
		folders[folder] = true
		f := s.files[e.path]
		fresh := f == nil
		if fresh {
			f = &file{}
			s.files[e.path] = f
		}
		f.pass = s.pass
		if e.err != nil {
			continue
		}
		f.look(version{e.size, e.mtimeNs, e.inode}, now, s.local, first)
		if isTemporary(e.path) {
			temporary[e.inode] = e.path
			s.renames[folder] = true
		} else if was, ok := s.temporary[e.inode]; ok && fresh && finalPath(was) == e.path {
			f.renamed = true
		}
		if fresh {
			s.plant(f, e)
		}
	}
	s.temporary, s.seeds, s.roomSeeds, s.walked = temporary, nil, nil, now
	s.open = map[string]bool{}
	for path, f := range s.files {
		switch {
		case f.pass != s.pass:
			delete(s.files, path)
		case !f.closed:
			s.open[filepath.Base(path)] = true
		}
	}
	for folder := range s.renames {
		if !folders[folder] {
			delete(s.renames, folder)
		}
	}
	s.markers.update(t)
	check := s.closedCheck(now)
	s.cache.Rejoin = s.folder.Settings.Rejoin
	changed := s.cache.Update(func(yield func(janus.Found) bool) {
		for _, list := range [][]entry{t.files, t.nfos} {
			for _, e := range list {
				found := janus.Found{Path: e.path, Size: e.size, ModTimeNs: e.mtimeNs, Inode: e.inode}
				if f := s.files[e.path]; e.err == nil && f != nil {
					found.Writing = check.closed(e.path, f) != nil
				}
				if e.err == nil && !agora.IsName(filepath.Base(e.path)) && !yield(found) {
					return
				}
			}
		}
	})
	if changed {
		s.fromJanus, s.bad = s.cache.Recordings()
	}
	if s.sessions.update(t) || changed {
		s.recordings = append(slices.Clone(s.fromJanus), s.sessions.recordings()...)
	}
	return check
}

func (s *state) closedCheck(now time.Time) *closedCheck {
	return &closedCheck{
		folder: s.folder, now: now, markers: &s.markers,
		writers: &writers{wanted: func(base string) bool { return s.open[base] }},
		renames: func(folder string) bool { return s.renames[folder] },
	}
}

// tell tells the time. If the clock was set since it was last told, what has been seen of files moves with it: they
// have not been quiet for longer.
func (w *Watcher) tell() time.Time {
	s, now, elapsed := w.state, w.o.Now(), w.o.Elapsed()
	if !s.clock.IsZero() {
		if set := now.Round(0).Sub(s.clock) - (elapsed - s.elapsed); set.Abs() > clockSet {
			w.o.Log.Info("the clock was set", "by", human.Duration(set.Round(time.Second)))
			for _, f := range s.files {
				f.shift(set)
			}
			for _, h := range s.pending {
				h.due = h.due.Round(0).Add(set)
			}
		}
	}
	s.clock, s.elapsed = now.Round(0), elapsed
	return now
}

// held is a participant, or a file that cannot be used yet, that is not ready.
type held struct {
	Pending
	due   time.Time
	paths []string // all its files
	scan  bool     // only a scan can tell whether it is ready
}

// untilDue is how long nothing that is pending can become ready.
func (w *Watcher) untilDue(atLeast time.Duration) time.Duration {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	until := 24 * time.Hour
	for _, h := range w.state.pending {
		until = min(until, h.due.Sub(w.o.Now()))
	}
	return max(until, min(atLeast, minPause))
}

// peek looks at what is pending, and says whether a scan is worth while. This is cheap, whatever else is in the folder.
func (w *Watcher) peek() bool {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	s, now := w.state, w.tell()
	check := s.closedCheck(now)
	for _, h := range s.pending {
		if h.due.After(now) {
			continue
		}
		if h.scan {
			return true
		}
		var due time.Time
		for _, path := range h.paths {
			var st unix.Stat_t
			f := s.files[path]
			if f == nil || unix.Lstat(path, &st) != nil || !isRegular(&st) {
				return true
			}
			f.look(version{st.Size, st.Mtim.Nano(), st.Ino}, now, s.local, false)
			if wait := check.closed(path, f); wait != nil && wait.due.After(due) {
				due = wait.due
			}
		}
		if due.IsZero() {
			return true
		}
		h.due = due
	}
	return false
}

// hint takes an event, and says whether a scan is worth while.
func (w *Watcher) hint(h *hints, e fsnotify.Event) bool {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	if e.Has(fsnotify.Create) && janus.IsName(filepath.Base(e.Name)) && isTemporary(e.Name) {
		w.state.renames[filepath.Dir(e.Name)] = true // it may be gone before a scan sees it
	}
	return h.worth(e)
}

// rejectAll notes what is left alone, and logs what is new.
func (s *state) rejectAll(list []Rejected) (fresh []Rejected) {
	now := map[Rejected]bool{}
	for _, r := range list {
		if !s.rejected[r] && !now[r] {
			fresh = append(fresh, r)
		}
		now[r] = true
	}
	s.rejected = now
	slices.SortFunc(list, func(a, b Rejected) int { return strings.Compare(a.File, b.File) })
	return fresh
}
