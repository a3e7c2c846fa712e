package compose

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// helper is somebody else, who does something with an offer.
type helper func(order string, desk Desk)

func (h helper) Offer(order string, _ int, desk Desk) func() {
	var group sync.WaitGroup
	group.Go(func() { h(order, desk) })
	return group.Wait
}

// slowly is a program that draws parts only when a file is there: until then others may have them.
func slowly(dir string) []string {
	return child("while [ ! -e %s/go ]; do sleep 0.05; done", dir)
}

func release(t *testing.T, dir string) {
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go"), nil, 0o600))
}

// What others have drawn is what would have been drawn here.
func TestOthersDrawParts(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	one, s := inParts(t, "speaker"), inParts(t, "speaker")
	one.Chunks = 1
	_, err := Room(t.Context(), rec, lost, one, nil)
	require.NoError(t, err)

	dir := t.TempDir()
	s.Chunks, s.Child = 1, slowly(dir)
	drawn := 0
	s.Others = helper(func(order string, desk Desk) {
		defer release(t, dir)
		for {
			id, ok := desk.Take("n2/7")
			if !ok {
				return
			}
			require.NoError(t, DrawPart(t.Context(), order, id, time.Minute, func(p pipelines.Progress) {
				require.LessOrEqual(t, p.Done, p.Total)
				require.True(t, desk.At(id, "n2/7", p.Done))
			}))
			desk.Made(id, "n2/7")
			require.False(t, desk.At(id, "n2/7", time.Second), "it is made")
			drawn++
		}
	})
	r, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Positive(t, drawn)
	require.Empty(t, r.Warnings)
	hosts := map[string]int{}
	for _, p := range r.Chunks {
		require.Equal(t, 1, p.Attempts)
		hosts[p.Host]++
	}
	require.Equal(t, map[string]int{"": 1, "n2": drawn}, hosts)
	alike(t, filepath.Join(one.OutputDir, "2024.mp4"), filepath.Join(s.OutputDir, "2024.mp4"))
	left, err := os.ReadDir(s.OutputDir)
	require.NoError(t, err)
	require.Len(t, left, 5, "no part is left behind")
}

// Whatever becomes of others, the room is complete.
func TestOthersFail(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	for name, c := range map[string]struct {
		end      func(desk Desk, part string)
		warnings int
		again    bool // they get more
	}{
		"gone":    {func(d Desk, p string) { d.Back(p, "n2/7", "n2/7 does not answer any more") }, 1, true},
		"stopped": {func(d Desk, p string) { d.Back(p, "n2/7", "") }, 0, true},
		"failed":  {func(d Desk, p string) { d.Failed(p, "n2/7", "no memory") }, 1, false},
		"refused": {func(d Desk, p string) { d.Refused(p, "n2/7", "another x264") }, 0, false},
		"lied":    {func(d Desk, p string) { d.Made(p, "n2/7") }, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := inParts(t, "speaker"), t.TempDir()
			s.Chunks, s.Child = 1, slowly(dir)
			s.Others = helper(func(_ string, desk Desk) {
				defer release(t, dir)
				id, ok := desk.Take("n2/7")
				require.True(t, ok)
				require.True(t, desk.At(id, "n2/7", time.Second))
				c.end(desk, id)
				next, ok := desk.Take("n2/7")
				require.Equal(t, c.again, ok)
				if ok {
					desk.Back(next, "n2/7", "")
				}
			})
			r, err := Room(t.Context(), rec, lost, s, nil)
			require.NoError(t, err)
			require.Len(t, r.Warnings, c.warnings)
			attempts := 0
			for _, p := range r.Chunks {
				require.Empty(t, p.Host)
				attempts += p.Attempts
			}
			require.Equal(t, len(r.Chunks)+c.warnings, attempts)
			for _, w := range r.Warnings {
				require.Equal(t, report.ChunkRetried, w.Code)
			}
		})
	}
}

// Parts are drawn only where they come out the same.
func TestDrawPartRefuses(t *testing.T) {
	rec, lost := meetingIn(t, copied(t, nil))
	s, dir := inParts(t, "grid"), t.TempDir()
	s.Chunks, s.Child = 1, slowly(dir)
	s.Others = helper(func(path string, desk Desk) {
		defer release(t, dir)
		id, ok := desk.Take("n2/7")
		require.True(t, ok)
		defer desk.Back(id, "n2/7", "")
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for name, change := range map[string]func(*order){
			"libx264.so.1: another version": func(o *order) { o.Programs["libx264.so.1"] = "0123" },
			"upright: another version":      func(o *order) { o.Programs["upright"] = "0123" },
			"another file": func(o *order) {
				for f := range o.Files {
					o.Files[f] = "0123"
					return
				}
			},
			"cannot use /not/there": func(o *order) { o.Files["/not/there"] = "0123" },
			"there is no element":   func(o *order) { o.Elements = []string{"noelementhasthisname"} },
			"version of Upright":    func(o *order) { o.Schema++ },
		} {
			var o order
			require.NoError(t, json.Unmarshal(text, &o))
			change(&o)
			changed, err := json.Marshal(o)
			require.NoError(t, err)
			other := filepath.Join(t.TempDir(), "order")
			require.NoError(t, os.WriteFile(other, changed, 0o600))
			err = DrawPart(t.Context(), other, id, time.Minute, nil)
			require.ErrorAs(t, err, new(*RefusedError), name)
			require.ErrorContains(t, err, name)
		}
		require.ErrorAs(t, DrawPart(t.Context(), "/not/there", id, time.Minute, nil), new(*RefusedError))
		err = DrawPart(t.Context(), path, "0123", time.Minute, nil)
		require.ErrorContains(t, err, "has no part")
	})
	_, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
}

func FuzzOrder(f *testing.F) {
	f.Add([]byte(`{"schema":1,"canvas":{"width":640,"height":360,"fps":10},"programs":{"upright":"1"},` +
		`"parts":[{"id":"a","chunk":{"From":0,"To":9}}]}`))
	f.Add([]byte(`{"schema":1,"canvas":{"fps":0}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "order")
		require.NoError(t, os.WriteFile(path, text, 0o600))
		o, err := readOrder(path)
		if err != nil {
			require.ErrorAs(t, err, new(*RefusedError))
			return
		}
		for _, p := range o.Parts {
			require.Error(t, checkPictures(filepath.Join(t.TempDir(), "none"), o.Canvas, p.Chunk))
		}
	})
}

// How a video is cut that others draw, too, depends on nothing but the video.
func TestPieces(t *testing.T) {
	for _, c := range []struct {
		minutes, parts, pieces, threads int
		shared                          bool
	}{
		{minutes: 2, parts: 1, pieces: 1, threads: 1},
		{minutes: 3, parts: 2, pieces: 2, threads: 1, shared: true},
		{minutes: 20, parts: 13, pieces: 13, threads: 1, shared: true},
		{minutes: 20, parts: 5, pieces: 13, threads: 2, shared: true}, // key frames are rare
		{minutes: 60, parts: 2, pieces: 40, threads: 4, shared: true},
	} {
		for cores := range 3 {
			score := &room.Score{Canvas: &room.Canvas{Width: 1280, Height: 720, FPS: 30},
				DurationMs: float64(c.minutes) * 60_000}
			s := &composing{score: score, settings: Settings{Others: helper(nil), Chunks: cores, Threads: cores}}
			s.choice.Encoder.Backend = encoders.Software
			require.Equal(t, c.pieces, s.pieces())
			require.Equal(t, c.threads, s.each(c.parts))
			require.Equal(t, c.shared, s.sharing())
			s.choice.Encoder.Backend = encoders.NVENC
			require.False(t, s.sharing(), "devices differ")
		}
	}
}
