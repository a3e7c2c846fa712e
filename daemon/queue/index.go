package queue

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unique"

	"github.com/upright-media/upright/daemon/job"
)

// index is what this daemon remembers of every job, in few bytes each, kept up to date by the watch: enough to know
// whether a job is known, to count, to sort and to search without the records.
type index struct {
	mu      sync.Mutex
	jobs    map[key]*entry
	open    int           // jobs that have not ended
	removed map[key]grave // the bucket's marks of removed records, until they are swept
}

// entry is one job. It is replaced, never changed.
type entry struct {
	rev       uint64
	submitted int64                 // ns since the Unix epoch
	start     int64                 // when it was recorded, else submitted; ns since the Unix epoch
	media     int64                 // ms
	user      unique.Handle[string] // lower case
	warnings  unique.Handle[string] // codes, each between spaces
	watch     unique.Handle[string]
	folder    unique.Handle[string] // of the first source, lower case
	text      string                // what a user may look for, lower case
	state     uint8                 // position in states
	priority  uint8                 // position in job.Priorities
	held      bool                  // a lease is out
	room      bool                  // its kind is job.KindRoom
	about     unique.Handle[about]  // of rooms' jobs
}

// grave is the mark of a removed record.
type grave struct {
	rev uint64
	at  time.Time
}

var states = []job.State{job.Queued, job.Running, job.Delivering, job.Done, job.Empty, job.Failed, job.Canceled}

func (e *entry) ended() bool { return states[e.state].Ended() }

// summary is what of a record's JSON the index needs. The rest is skipped, not read.
type summary struct {
	State    job.State `json:"state"`
	MediaMs  float64   `json:"media_ms"`
	Warnings []string  `json:"warnings"`
	People   []struct {
		Name string `json:"name"`
	} `json:"people"`
	Claim struct {
		Holder string `json:"holder"`
	} `json:"claim"`
	Spec struct {
		Kind        string       `json:"kind"`
		Watch       string       `json:"watch"`
		Submitted   time.Time    `json:"submitted"`
		Priority    job.Priority `json:"priority"`
		Recording   string       `json:"recording"`
		Participant string       `json:"participant"`
		Room        string       `json:"room"`
		User        string       `json:"user"`
		StartUs     int64        `json:"start_us"`
		Compose     struct {
			Series string `json:"series"`
		} `json:"compose"`
		Sources []struct {
			Path string `json:"path"`
		} `json:"sources"`
	} `json:"spec"`
}

func newIndex() *index {
	return &index{jobs: map[key]*entry{}, removed: map[key]grave{}}
}

// put takes in a record that was written as revision rev, unless something newer is known. It returns the entry that
// holds now, nil if the id is none, the record cannot be read, or the job was removed later.
func (x *index) put(id string, rev uint64, raw []byte) *entry {
	k, ok := parseID(id)
	if !ok {
		return nil
	}
	x.mu.Lock()
	known, is := x.atLeast(k, rev)
	x.mu.Unlock()
	if is { // who has written a record puts it here, and then the watch brings it
		return known
	}
	var s summary
	if json.Unmarshal(raw, &s) != nil {
		return nil
	}
	state := slices.Index(states, s.State)
	if state < 0 {
		state = 0 // of a newer version: not ended as far as we know
	}
	p := max(0, slices.Index(job.Priorities, priority(&job.Spec{Priority: s.Spec.Priority})))
	e := &entry{
		rev: rev, submitted: s.Spec.Submitted.UnixNano(), watch: unique.Make(s.Spec.Watch),
		state: uint8(state), priority: uint8(p), held: s.Claim.Holder != "",
		room:  s.Spec.Kind == job.KindRoom,
		start: cmp.Or(s.Spec.StartUs*1000, s.Spec.Submitted.UnixNano()), media: int64(s.MediaMs),
		user:     unique.Make(strings.ToLower(s.Spec.User)),
		warnings: unique.Make(" " + strings.Join(s.Warnings, " ") + " "),
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if known, is = x.atLeast(k, rev); is {
		return known
	}
	delete(x.removed, k)
	old := x.jobs[k]
	if old != nil && !e.room { // the spec does not change, and who is in a room is known later
		e.folder, e.text = old.folder, old.text
	} else {
		e.folder, e.text = s.texts()
	}
	if e.room {
		e.about = unique.Make(about{s.Spec.Watch, s.Spec.Compose.Series, s.Spec.Recording, s.Spec.Room})
	}
	x.jobs[k] = e
	x.count(old, -1)
	x.count(e, 1)
	return e
}

// atLeast says whether a job is known as of revision rev or a later one, and what holds then: nil if it was removed.
func (x *index) atLeast(k key, rev uint64) (e *entry, is bool) {
	if x.removed[k].rev > rev {
		return nil, true
	}
	e = x.jobs[k]
	return e, e != nil && e.rev >= rev
}

func (x *index) count(e *entry, n int) {
	if e != nil && !e.ended() {
		x.open += n
	}
}

// texts are what a user may look for, each part once: names of files mostly begin with the recording's.
func (s *summary) texts() (folder unique.Handle[string], text string) {
	parts := []string{s.Spec.Recording, s.Spec.Participant, s.Spec.Room, s.Spec.User}
	for _, p := range s.People {
		parts = append(parts, p.Name)
	}
	for i, src := range s.Spec.Sources {
		dir, file := filepath.Split(src.Path)
		if i == 0 {
			folder = unique.Make(strings.ToLower(dir))
		}
		parts = append(parts, file)
	}
	if len(s.Spec.Sources) == 0 {
		folder = unique.Make("")
	}
	slices.SortStableFunc(parts, func(a, b string) int { return len(b) - len(a) })
	for _, p := range parts {
		if p = strings.ToLower(p); !strings.Contains(text, p) {
			text += "\n" + p
		}
	}
	return folder, strings.Clone(text)
}

// remove takes in that a record was removed by revision rev.
func (x *index) remove(id string, rev uint64) {
	k, ok := parseID(id)
	if !ok {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if old := x.jobs[k]; old != nil && old.rev < rev {
		x.count(old, -1)
		delete(x.jobs, k)
	}
	if x.jobs[k] == nil && x.removed[k].rev < rev {
		x.removed[k] = grave{rev, time.Now()}
	}
}

func (x *index) reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	clear(x.jobs)
	clear(x.removed)
	x.open = 0
}

// retain drops the jobs that are not among the present ones, unless they are newer than revision rev.
func (x *index) retain(present map[key]struct{}, rev uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for k, e := range x.jobs {
		if _, ok := present[k]; !ok && e.rev <= rev {
			x.count(e, -1)
			delete(x.jobs, k)
		}
	}
}

// graves are the removed records whose marks are older than age, or all keys that the bucket holds marks for.
func (x *index) graves(age time.Duration) map[string]uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	old := map[string]uint64{}
	for k, g := range x.removed {
		if time.Since(g.at) >= age {
			old[hex.EncodeToString(k[:])] = g.rev
		}
	}
	return old
}

// swept forgets a mark that the bucket no longer has.
func (x *index) swept(id string) {
	k, _ := parseID(id)
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.removed, k)
}

func (x *index) known(id string) bool {
	k, ok := parseID(id)
	x.mu.Lock()
	defer x.mu.Unlock()
	return ok && x.jobs[k] != nil
}

// sizes are the number of jobs, of those that have not ended, and of marks of removed ones.
func (x *index) sizes() (jobs, open, removed int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.jobs), x.open, len(x.removed)
}

// newest is the newest revision of a job.
func (x *index) newest() (rev uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.jobs {
		rev = max(rev, e.rev)
	}
	return rev
}

// unended are the jobs that have not ended.
func (x *index) unended() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	ids := make([]string, 0, x.open)
	for k, e := range x.jobs {
		if !e.ended() {
			ids = append(ids, hex.EncodeToString(k[:]))
		}
	}
	return ids
}

// list finds the ids of a filter's page and how many jobs the filter fits.
func (x *index) list(f Filter) (ids []string, total int) {
	type hit struct {
		k key
		e *entry
	}
	var want uint32
	for i, s := range states {
		if len(f.States) == 0 || slices.Contains(f.States, s) {
			want |= 1 << i
		}
	}
	fits := f.test()
	x.mu.Lock()
	hits := make([]hit, 0, len(x.jobs))
	for k, e := range x.jobs {
		if want>>e.state&1 != 0 && fits(e) {
			hits = append(hits, hit{k, e})
		}
	}
	x.mu.Unlock()
	before := f.Sort.compare()
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(before(a.e, b.e), cmp.Compare(b.e.submitted, a.e.submitted), slices.Compare(a.k[:], b.k[:]))
	})
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	page := hits[min(max(0, f.Offset), len(hits)):]
	for _, h := range page[:min(limit, len(page))] {
		ids = append(ids, hex.EncodeToString(h.k[:]))
	}
	return ids, len(hits)
}

func (x *index) stats() Stats {
	s := Stats{States: map[job.State]int{}, Waiting: map[job.Priority]int{}}
	var byState [16]int
	oldest := int64(0)
	x.mu.Lock()
	for _, e := range x.jobs {
		byState[e.state]++
		if states[e.state] == job.Queued {
			s.Waiting[job.Priorities[e.priority]]++
			if oldest == 0 || e.submitted < oldest {
				oldest = e.submitted
			}
		}
	}
	x.mu.Unlock()
	for i, state := range states {
		if byState[i] > 0 {
			s.States[state] = byState[i]
		}
	}
	if oldest != 0 {
		s.Oldest = time.Unix(0, oldest).UTC()
	}
	return s
}
