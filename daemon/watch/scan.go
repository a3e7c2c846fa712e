package watch

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
)

// maxFailures is how many recordings in a row may fail to be submitted before a scan leaves the others for later: the
// queue is not there, and asking it for each of thousands would take hours.
const maxFailures = 3

// scan looks through the folder once. With would nothing is submitted or noted as such.
func (w *Watcher) scan(ctx context.Context, would func(job.Spec)) (Plan, error) {
	folder := w.current()
	w.state = w.state.use(folder)
	s, now, began := w.state, w.tell(), time.Now()
	entered := func(string, fileID) {}
	if s.hints != nil {
		s.hints.walking()
		entered = s.hints.enter
	}
	for _, used := range []string{folder.Output, folder.Delivery.MoveTo} { // whoever writes there asks again
		_ = w.o.Mounted(used)
	}
	if err := w.o.Mounted(folder.Root); err != nil {
		return w.unreadable(folder, err)
	}
	t, err := walk(ctx, folder, len(s.files), s.folders, entered)
	if ctx.Err() != nil {
		return Plan{}, ctx.Err()
	}
	if err != nil {
		return w.unreadable(folder, err)
	}
	if s.hints != nil {
		s.hints.walked(t.folders)
	}
	for _, path := range t.mounts {
		_ = w.o.Mounted(path)
	}
	r := &pass{Watcher: w, state: s, closedCheck: s.notice(t, now), would: would, planned: map[jobRef]bool{},
		rejected: t.rejected, retry: min(retryAfter, folder.Rescan), rooms: map[string]*found{}}
	r.unusable(t)
	people := r.people(ctx)
	if ctx.Err() != nil {
		return Plan{}, ctx.Err()
	}
	for _, x := range s.rejectAll(r.rejected) {
		w.o.Log.Warn("a file is left alone", "file", filepath.Join(folder.Root, x.File), "reason", x.Why)
	}
	s.pending, s.rooms = r.pending, r.rooms
	status := statusOf(folder)
	status.Scanned, status.ScanMs = now, job.Ms(time.Since(began))
	status.Files, status.Recordings, status.Rejected = len(t.files), people, r.rejected
	for _, h := range r.pending {
		status.Pending = append(status.Pending, h.Pending)
	}
	w.setStatus(status)
	return Plan{Known: r.known, Status: status}, nil
}

// unreadable notes that the folder cannot be watched. What is known of it stays: it may come back.
func (w *Watcher) unreadable(folder Folder, err error) (Plan, error) {
	status := w.Status()
	status.Name, status.Folder, status.Output, status.Profile = folder.Name, folder.Root, folder.Output, folder.Profile
	status.Error = err.Error()
	w.setStatus(status)
	w.state.pending = nil // nothing can be submitted; the next scan that works finds it again
	return Plan{Status: status}, err
}

func (w *Watcher) setStatus(s Status) {
	w.mu.Lock()
	before := w.status.Error
	w.status = s
	w.mu.Unlock()
	switch {
	case s.Error != "" && s.Error != before:
		w.o.Log.Error("the folder cannot be watched; it is tried again and again", "error", s.Error)
	case s.Error == "" && before != "":
		w.o.Log.Info("the folder is watched again", "folder", s.Folder)
	}
}

// pass is one scan pass: a look at all that was found.
type pass struct {
	*Watcher
	*state
	*closedCheck
	would    func(job.Spec)
	retry    time.Duration
	planned  map[jobRef]bool // what would was called for
	known    int
	failures int // of submitting, in a row
	failure  error
	pending  []*held
	rejected []Rejected
	holds    map[string]*waiting // by siblings: what its participants wait for
	rooms    map[string]*found   // by series
}

// siblings is what the files of one recorder session share by their names.
func siblings(path string) string {
	n := janus.ParseName(filepath.Base(path))
	return filepath.Dir(path) + "\x00" + n.Scheme + "\x00" + n.Base + "\x00" + n.Side
}

// unusable deals with files that cannot be read: of those that are still written or may become readable the siblings
// wait.
func (r *pass) unusable(t *tree) {
	r.holds = map[string]*waiting{}
	for _, e := range t.files {
		if e.err != nil {
			r.hold(e.path, &waiting{fmt.Sprintf("cannot see %s: %v", e.path, e.err), r.now.Add(r.retry)}, true)
		}
	}
	for _, b := range r.bad {
		f := r.files[b.Path]
		if f == nil {
			continue
		}
		wait := r.closed(b.Path, f)
		switch {
		case wait != nil:
			r.hold(b.Path, wait, false)
		case recording.Unreadable(b.Err):
			f.observation = nil
			r.rejected = append(r.rejected, Rejected{File: below(r.state.folder.Root, b.Path), Why: b.Err.Error()})
		case errors.Is(b.Err, fs.ErrNotExist): // it was renamed while it was to be read
			r.hold(b.Path, &waiting{b.Err.Error(), r.now}, true)
		default:
			r.hold(b.Path, &waiting{b.Err.Error(), r.now.Add(r.retry)}, true)
		}
	}
}

func (r *pass) hold(path string, w *waiting, scan bool) {
	r.holds[siblings(path)] = w
	r.wait(filepath.Base(path), []string{path}, w, scan)
}

// wait notes what is not ready.
func (r *pass) wait(name string, paths []string, w *waiting, scan bool) {
	h := &held{Pending: Pending{Name: name, Why: w.why, Since: r.now}, due: w.due, paths: paths, scan: scan}
	for _, path := range paths {
		h.Files = append(h.Files, below(r.state.folder.Root, path))
		if f := r.files[path]; f != nil && f.observation != nil {
			h.Since = earlier(h.Since, f.first)
		}
	}
	r.pending = append(r.pending, h)
}

// finish submits a participant whose files are complete, unless it was before.
func (r *pass) finish(ctx context.Context, rec *recording.Recording, p *recording.Participant) *waiting {
	var sources []job.Source
	ref, same := jobRef{}, true
	for i, path := range filesOf(p) {
		f := r.files[path]
		if err := f.fingerprint(path); err != nil {
			return &waiting{err.Error(), r.now.Add(r.retry)}
		}
		if i == 0 {
			ref = f.job
		}
		same = same && f.job == ref && ref != jobRef{}
		sources = append(sources, f.source(path))
	}
	if same { // touched, no more
		r.cover(p, ref)
		return nil
	}
	spec, err := newSpec(r.state.folder, rec, p, sources, r.now)
	switch {
	case err != nil:
		return &waiting{err.Error(), r.now.Add(r.retry)}
	case r.o.Known(spec.ID) || r.planned[refOf(spec.ID)]:
		r.known++
		if !r.planned[refOf(spec.ID)] {
			r.cover(p, refOf(spec.ID))
		}
		return nil
	case r.would != nil:
		r.would(spec)
		r.planned[refOf(spec.ID)] = true
		return nil
	}
	if err := r.submit(ctx, spec); err != nil {
		return &waiting{fmt.Sprintf("it is ready, but cannot be submitted: %v", err), r.now.Add(r.retry)}
	}
	r.cover(p, refOf(spec.ID))
	r.o.Log.Info("a recording is complete", "job", spec.ID, "recording", spec.Recording, "participant",
		spec.Participant, "files", len(sources))
	return nil
}

// submit submits a job, unless too many in a row have failed.
func (r *pass) submit(ctx context.Context, spec job.Spec) error {
	if r.failures < maxFailures {
		r.failure = r.o.Submit(ctx, spec)
	}
	if r.failure != nil {
		r.failures++
		return r.failure
	}
	r.failures = 0
	return nil
}

// cover notes that a participant's files are part of a job.
func (r *pass) cover(p *recording.Participant, ref jobRef) {
	for _, path := range filesOf(p) {
		f := r.files[path]
		f.job, f.observation = ref, nil
	}
}

// source is a file that is closed and has a fingerprint.
func (f *file) source(path string) job.Source {
	return job.Source{Path: path, Size: f.size, Fingerprint: hex.EncodeToString(f.print[:])}
}

// fingerprint reads a file that is closed, once.
func (f *file) fingerprint(path string) error {
	if f.keyed {
		return nil
	}
	print, err := recording.Fingerprint(path)
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil || (version{st.Size, st.Mtim.Nano(), st.Ino}) != f.version {
		f.closed = false
		if f.observation == nil {
			f.observation = &observation{}
		}
		return fmt.Errorf("%s has just changed", filepath.Base(path))
	}
	if f.print != print {
		f.job, f.room = jobRef{}, jobRef{}
	}
	f.print, f.keyed = print, true
	return nil
}

// newSpec says what is to be done with a participant.
func newSpec(folder Folder, rec *recording.Recording, p *recording.Participant, sources []job.Source,
	now time.Time) (job.Spec, error) {
	s := job.Spec{
		Identity: identity(sources), Watch: folder.Name, Submitted: now, Priority: folder.Priority, Recording: rec.Name,
		Room: rec.Room, Participant: p.Name, User: p.User, StartUs: p.StartUs, Sources: sources, Output: folder.Output,
		Profile:  folder.Profile,
		Settings: folder.Settings, Delivery: folder.Delivery,
	}
	s.ID = jobID(s.Identity, folder)
	if len(folder.Compose) > 0 && isRoom(rec) {
		s.Delivery.Sources = sourcesKept // until the room is composed, whose job deals with them
	}
	fields := Fields{
		Name: p.Stem, Recording: rec.Name, Title: rec.Title, Room: s.Room, User: p.User, Session: p.Session,
		Watch: folder.Name, ID: s.ID, Folder: below(folder.Root, filepath.Dir(p.Tracks[0].Path)),
	}
	if p.StartUs > 0 {
		fields.Start = time.UnixMicro(p.StartUs)
	}
	var err error
	s.Name, err = ExpandTemplate(folder.Template, fields)
	return s, err
}
