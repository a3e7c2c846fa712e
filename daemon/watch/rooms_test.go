package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/arrangement"
)

func TestWhenARoomIsOver(t *testing.T) {
	const wait = 5 * time.Minute
	now := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return now.Add(d) }
	for name, c := range map[string]struct {
		s    standing
		wait time.Duration
		due  time.Duration // from now; 0: it is over
	}{
		"somebody has just left":  {standing{grew: at(-time.Second), came: at(-time.Hour)}, wait, wait - time.Second},
		"a moment before the end": {standing{grew: at(-wait + time.Millisecond)}, wait, time.Millisecond},
		"nobody for wait":         {standing{grew: at(-wait)}, wait, 0},
		"nobody for hours":        {standing{grew: at(-time.Hour)}, wait, 0},
		"no wait":                 {standing{grew: now}, 0, 0},
		"the recorder says so":    {standing{grew: now, done: true}, wait, 0},
		"somebody says so":        {standing{grew: now, came: at(-time.Minute), said: at(-time.Second)}, wait, 0},
		"it was closed after that": {standing{grew: at(-time.Second), came: at(-time.Hour), said: at(-time.Minute)},
			wait, 0},
		"said before somebody came": {standing{grew: now, came: at(-time.Second), said: at(-time.Minute)}, wait, wait},
		"said of an earlier meeting": {standing{grew: at(-2 * time.Minute), came: at(-time.Hour), said: at(-2 * time.Hour)},
			wait, 3 * time.Minute},
		"said before, and nobody came": {standing{grew: at(-wait), came: at(-time.Hour), said: at(-2 * time.Hour)},
			wait, 0},
		"the file system's clock is late": {standing{grew: at(time.Hour)}, wait, 0},
	} {
		due := c.s.over(now, c.wait)
		if c.due == 0 {
			require.True(t, due.IsZero(), name)
		} else {
			require.Equal(t, now.Add(c.due), due, name)
		}
	}
}

const meeting = "room-meeting/videoroom-2024-user-"

// The meeting's people, by the order in which they came; the last came three seconds later.
var people = [][]string{
	{"700101-1777983985482652-audio-0.mjr", "700101-1777983985542714-video-1.mjr"},
	{"700138-1777983985582656-audio-0.mjr"},
	{"700249-1777983988482738-audio-0.mjr", "700249-1777983988542753-video-1.mjr"},
}

func (b *bench) join(n int) {
	for _, name := range people[n] {
		b.put(meeting+name, "m/videoroom-2024-user-"+name)
	}
}

func of(n ...int) string {
	var all []string
	for _, i := range n {
		for _, name := range people[i] {
			all = append(all, "m/videoroom-2024-user-"+name)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func composing(f *Folder) {
	f.Compose = []Compose{{Name: "{room}", Wait: 5 * time.Minute}}
	f.Delivery = job.Delivery{Sources: "delete"}
}

// endings keeps what is said of rooms over restarts.
func (b *bench) endings() {
	e, err := OpenEndings(filepath.Join(filepath.Dir(b.root), "ended.json"))
	require.NoError(b.t, err)
	b.o.Endings = e
}

func TestRoomIsComposedWhenNobodyIsRecorded(t *testing.T) {
	b := newBench(t, composing)
	b.join(0)
	b.join(1)
	b.pass(settle)
	b.scan(of(0), of(1)) // at once
	require.Contains(t, b.pendingWhy(), "nobody is recorded any more; the room is composed unless somebody comes back "+
		"within 5m")
	b.pass(2 * time.Minute)
	b.restart() // which forgets nothing
	b.scan()
	b.join(2)
	b.pass(settle)
	b.scan(of(2))
	b.pass(4 * time.Minute)
	b.scan()
	b.pass(time.Minute)
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.specs, 1)
	s := b.specs[0]
	r := b.Rooms()[0]
	require.Equal(t, []string{"700101", "700138", "700249"}, r.People)
	require.InDelta(t, 14, r.Last.Sub(r.First).Seconds(), 2, "by the recordings, whatever the files' times")
	require.True(t, s.IsRoom())
	require.Equal(t, []string{"2024", "2024", "", "2024"}, []string{s.Room, s.Recording, s.Participant, s.Name})
	require.Equal(t, "delete", s.Delivery.Sources)
	require.Len(t, s.Compose.Parts, 3)
	for _, p := range s.Compose.Parts {
		require.True(t, b.known[p.Job], "the participant's job: %s", p.User)
	}
	require.Equal(t, []string{of(0, 1, 2)}, b.submitted())
	b.pass(time.Hour)
	b.scan()
	b.restart()
	b.scan()
	require.Empty(t, b.Status().Pending)

	b.restart() // what was deleted takes nothing along
	b.Remember(s)
	b.scan()
	b.remove("m/videoroom-2024-user-" + people[1][0])
	b.scan()
}

// Sources of a folder that composes are dealt with by the room's job.
func TestParticipantsLeaveSourcesToTheRoom(t *testing.T) {
	b := newBench(t, composing)
	b.join(0)
	b.pass(settle)
	require.NoError(t, b.Scan(t.Context()))
	require.Equal(t, "keep", b.specs[0].Delivery.Sources)
}

func TestLaterSessionComposesAgain(t *testing.T) {
	b := newBench(t, composing)
	b.join(0)
	b.pass(time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	first := b.specs[1]
	require.Equal(t, []string{of(0), of(0)}, b.submitted())
	b.join(2)
	b.pass(time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	second := b.specs[1]
	require.Equal(t, []string{of(0, 2), of(2)}, b.submitted())
	require.NotEqual(t, first.ID, second.ID)
	require.Equal(t, first.Name, second.Name)
	require.Equal(t, first.Compose.Series, second.Compose.Series)
}

func TestRoomThatIsSaidToBeOver(t *testing.T) {
	b := newBench(t, composing)
	b.endings()
	b.join(0)
	b.pass(settle)
	b.scan(of(0))
	b.write("m/2024.ended", nil)
	b.scan(of(0))

	b.join(2) // they came before the marker, which is still there
	b.pass(settle)
	b.scan(of(2), of(0, 2))

	// By the API, while somebody is recorded; it is kept in mind over a restart.
	b = newBench(t, composing)
	b.endings()
	b.join(0)
	b.scan()
	id := b.Rooms()[0].ID
	require.True(t, b.Rooms()[0].Recording)
	jobs, waits, err := b.ComposeRoom(t.Context(), id, "speaker")
	require.NoError(t, err)
	require.Empty(t, jobs)
	require.Contains(t, waits, "unchanged")
	b.restart()
	b.endings()
	b.pass(settle)
	require.NoError(t, b.Scan(t.Context()))
	require.Equal(t, "speaker", b.specs[1].Compose.Layout)
	require.Equal(t, []string{of(0), of(0)}, b.submitted())
	b.scan() // once
	jobs, waits, err = b.ComposeRoom(t.Context(), id, "")
	require.NoError(t, err)
	require.Empty(t, waits)
	require.True(t, jobs[0].Created, "as configured it was not composed yet")
	require.Equal(t, []string{of(0)}, b.submitted())
	jobs, _, err = b.ComposeRoom(t.Context(), id, "")
	require.NoError(t, err)
	require.False(t, jobs[0].Created)
	_, _, err = b.ComposeRoom(t.Context(), "none", "")
	require.ErrorIs(t, err, ErrNoRoom)
	b.pass(time.Hour)
	b.scan()
}

// Without compose: nothing is composed by itself, and anything that somebody asks for.
func TestRoomOnRequest(t *testing.T) {
	b := newBench(t, func(f *Folder) {
		f.Asked = Compose{Name: "{room}-all", Wait: time.Minute}
		f.Delivery = job.Delivery{Sources: "delete"}
	})
	b.endings()
	b.join(0)
	b.pass(time.Hour)
	b.scan(of(0))
	_, _, err := b.ComposeRoom(t.Context(), b.Rooms()[0].ID, "")
	require.NoError(t, err)
	require.Equal(t, "2024-all", b.specs[0].Name)
	require.Equal(t, "keep", b.specs[0].Delivery.Sources, "the participants' jobs deal with them")
	b.submitted()
	b.scan()
}

func TestSeveralVideosOfARoom(t *testing.T) {
	b := newBench(t, composing, func(f *Folder) {
		f.Alone = true
		f.Settings.Gap = options.GapBlack // which is about participants only
		f.Compose = append(f.Compose, Compose{Name: "{folder}/{room}-{start:2006}", Wait: time.Minute,
			Arrangement: arrangement.Arrangement{Layout: "speaker"}})
	})
	b.join(0)
	b.call("", "")
	b.pass(time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	var names []string
	for _, s := range b.specs {
		names = append(names, s.Name)
		require.Empty(t, s.Compose.Parts)
	}
	require.ElementsMatch(t, []string{"2024", "m/2024-2026", "1234", "1234-2026"}, names, "and no participant's own")
	require.Equal(t, []string{b.specs[1].ID}, b.specs[0].Compose.Besides)
	require.Equal(t, []string{"delete", "keep"}, []string{b.specs[0].Delivery.Sources, b.specs[1].Delivery.Sources})
	b.submitted()
	b.scan()
	folder := b.folder
	folder.Compose = []Compose{folder.Compose[0], {Name: "new", Wait: time.Minute}}
	b.Update(folder)
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.submitted(), 2, "what is new, of each room")
}

// A file that cannot be used, and nobody's, goes with the room, whose report says why it is not in it.
func TestRoomWithAStray(t *testing.T) {
	b := newBench(t, composing, func(f *Folder) { f.Alone = true })
	b.join(1)
	b.write("m/videoroom-2024-user-9-1777983985582656-audio-0.mjr", []byte("no recording at all"))
	b.pass(time.Hour)
	b.scan(of(1) + " m/videoroom-2024-user-9-1777983985582656-audio-0.mjr")
	b.scan()
}

func TestSessionWithMarkerIsOver(t *testing.T) {
	b := newBench(t, composing)
	f, aac, mp4, uid := call(b)
	f.Done()
	b.scan(all(b, f, aac, mp4, uid), all(b, f, aac, mp4, uid))
}

func TestEndingsThatCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ended.json")
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	e, err := OpenEndings(path)
	require.ErrorContains(t, err, path)
	require.NoError(t, e.set("calls", "aa", Ending{At: time.Now()}))
	e, err = OpenEndings(path)
	require.NoError(t, err)
	_, ok := e.get("calls", "aa")
	require.True(t, ok)
	_, ok = e.get("other", "aa")
	require.False(t, ok)
	require.NoError(t, e.set("calls", "bb", Ending{At: time.Now().Add(-30 * 24 * time.Hour)}))
	e, err = OpenEndings(path)
	require.NoError(t, err)
	_, ok = e.get("calls", "bb")
	require.False(t, ok, "of long ago")
	require.Error(t, (*Endings)(nil).set("a", "b", Ending{}))
}
