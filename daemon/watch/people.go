package watch

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/recording"
)

// people deals with all participants and rooms, and returns how many participants there are.
func (r *pass) people(ctx context.Context) int {
	n := 0
	lost, _ := recording.Strays(r.recordings, r.bad)
	for i, rec := range r.recordings {
		n += len(rec.Participants)
		var closed, open []*recording.Participant
		var busy *waiting
		note := func(p *recording.Participant, w *waiting, scan bool) {
			r.wait(p.Name, filesOf(p), w, scan)
			if busy == nil || w.due.After(busy.due) {
				busy = w
			}
		}
		for _, p := range rec.Participants {
			switch wait, covered := r.written(p); {
			case covered:
				r.known++
			case wait != nil:
				open = append(open, p)
				note(p, wait, false)
			default:
				closed = append(closed, p)
			}
		}
		for _, p := range closed {
			if ctx.Err() != nil {
				return n
			}
			if wait := r.company(p, open); wait != nil {
				note(p, wait, true)
			} else if r.state.folder.Alone && isRoom(rec) {
				continue
			} else if wait := r.finish(ctx, rec, p); wait != nil {
				note(p, wait, true)
			}
		}
		if isRoom(rec) {
			for _, f := range lost[i] {
				busy = cmp.Or(busy, r.holds[siblings(f.Path)])
			}
			r.room(ctx, rec, lost[i], busy)
		}
	}
	return n
}

// written says what a participant's own files wait for, or that all of them are part of one job already. The latter is
// so, too, for what is left of those that were submitted together.
func (r *pass) written(p *recording.Participant) (wait *waiting, covered bool) {
	covered = true
	var ref jobRef
	for i, path := range filesOf(p) {
		f := r.files[path]
		if f == nil {
			return &waiting{filepath.Base(path) + " has just gone", r.now}, false
		}
		if i == 0 {
			ref = f.job
		}
		covered = covered && f.closed && f.keyed && f.job != jobRef{} && f.job == ref
		if w := r.closed(path, f); w != nil && (wait == nil || w.due.After(wait.due)) {
			wait = w
		}
	}
	if covered && !r.o.Known(ref.String()) { // the queue has lost it, or somebody has removed it there
		for _, path := range filesOf(p) {
			r.files[path].job = jobRef{}
		}
		covered = false
	}
	if wait == nil && !covered {
		if wait = r.promised(p); wait == nil {
			wait = r.rejoining(p)
		}
	}
	return wait, covered
}

// company says whether a participant has to wait for files that its recording does not have yet but that may be of the
// same session.
func (r *pass) company(p *recording.Participant, open []*recording.Participant) *waiting {
	for _, track := range p.Tracks {
		if w := r.holds[siblings(track.Path)]; w != nil {
			return w
		}
	}
	for _, o := range open {
		if o.User != p.User || o.Side != p.Side {
			continue
		}
		// Another session of the same person, unless it began while this one was recorded: what joins them may not be
		// on the disk yet.
		var end int64
		for _, track := range p.Tracks {
			if track.Content != nil {
				end = max(end, track.Span().ToUs)
			}
		}
		apart := max(time.Second, r.state.folder.Settings.Rejoin).Microseconds()
		if o.StartUs == 0 || end == 0 || o.StartUs <= end+apart {
			return &waiting{fmt.Sprintf("%s of the same person is still being recorded",
				filepath.Base(o.Tracks[0].Path)), r.now.Add(r.retry)}
		}
	}
	return nil
}

// filesOf are the participant's files: its tracks, and what says that they are its.
func filesOf(p *recording.Participant) []string {
	list := make([]string, len(p.Tracks))
	for i, f := range p.Tracks {
		list[i] = f.Path
	}
	if s, ok := p.Tracks[0].Content.(recording.Session); ok {
		for _, c := range s.Companions() {
			if !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// promised says what a participant still waits for that its recorder has promised, nil if nothing.
func (r *pass) promised(p *recording.Participant) *waiting {
	s, ok := p.Tracks[0].Content.(recording.Session)
	if !ok {
		return nil
	}
	why := s.Awaited()
	if why == "" {
		return nil
	}
	rest := r.closedCheck.folder.AdoptAfter - r.now.Sub(r.grown(r.sessions.files(s.Folder())))
	if rest <= 0 {
		return nil
	}
	return &waiting{fmt.Sprintf("%s (what there is would be taken after %s without growth)", why,
		r.closedCheck.folder.AdoptAfter), r.now.Add(rest)}
}

// rejoining says how long a participant's person may still come back into the same session, nil if they may not.
func (r *pass) rejoining(p *recording.Participant) *waiting {
	rejoin := r.state.folder.Settings.Rejoin
	rest := rejoin - r.now.Sub(r.grown(filesOf(p)))
	if rejoin == 0 || rest < 0 || rest > rejoin { // more: the file system's clock is ahead
		return nil
	}
	return &waiting{fmt.Sprintf("a participant who comes back within %s continues the same session",
		human.Duration(rejoin)),
		r.now.Add(rest + time.Millisecond)}
}

// grown is when the last one of files grew.
func (r *pass) grown(paths []string) (last time.Time) {
	for _, path := range paths {
		f := r.files[path]
		if f == nil {
			continue
		}
		at := time.Unix(0, f.mtimeNs)
		if f.observation != nil {
			at = f.observation.grown
		}
		if at.After(last) {
			last = at
		}
	}
	return last
}
