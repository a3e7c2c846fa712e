package daemon

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/report"
)

// TestRoomKilled drops a meeting and kills the daemon while it is converted and while it is composed. All videos are
// there in the end, each once, and the call is said to be complete once. When somebody comes back the room is composed
// again, under the same name, and the old video is gone.
func TestRoomKilled(t *testing.T) {
	t.Parallel()
	const late = "700249"
	dir := t.TempDir()
	in, out, told := filepath.Join(dir, "in"), filepath.Join(dir, "out"), filepath.Join(dir, "told")
	require.NoError(t, os.Mkdir(told, 0o755))
	hook := filepath.Join(dir, "hook")
	// Several run at a time. Who is killed with the daemon has told nothing, or tells it again.
	require.NoError(t, os.WriteFile(hook, []byte("#!/bin/sh\ncat > \"$(mktemp '"+told+"/XXXXXXXX')\"\n"), 0o700))
	config := e2e.Config(t, dir, quick(), e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{name}",
		Settle: time.Second, Rescan: time.Second, More: map[string]any{
			"hook":    map[string]any{"command": []string{hook}},
			"compose": []any{map[string]any{"name": "{room}", "wait": "2s", "size": "320x180", "fps": 10}},
		}})
	meeting := func(is func(name string) bool) {
		files := map[string][]byte{}
		all, err := filepath.Glob(filepath.Join(testmjr.TestData("room-meeting"), "*"))
		require.NoError(t, err)
		for _, path := range all {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			if is(path) {
				files[filepath.Base(path)] = b
			}
		}
		drop(t, in, files)
	}
	meeting(func(path string) bool { return !strings.Contains(path, late) })
	d := e2e.Start(t, config, e2e.Options{})
	require.Eventually(t, func() bool { return len(outputs(out)) > 0 }, within, 10*time.Millisecond)
	d.Kill()
	d = e2e.Start(t, config, e2e.Options{})
	require.Eventually(t, func() bool {
		begun, err := filepath.Glob(filepath.Join(out, ".2024.claim"))
		done, _ := filepath.Glob(filepath.Join(out, "2024.mp4"))
		return err == nil && len(begun)+len(done) > 0
	}, within, 10*time.Millisecond)
	d.Kill()
	d = e2e.Start(t, config, e2e.Options{})
	first := d.Await(within, 5, job.Done)
	room := requireRoom(t, out, first, 4)

	meeting(func(path string) bool { return strings.Contains(path, late) })
	all := d.Await(within, 7, job.Done)
	again := requireRoom(t, out, all, 5)
	require.NotEqual(t, room.Spec.ID, again.Spec.ID)
	require.Equal(t, room.Outputs[0].File, again.Outputs[0].File)
	d.Stop()

	events := map[string]string{} // by delivery
	for _, path := range listed(t, told) {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		if len(text) == 0 {
			continue
		}
		var p deliver.Payload
		require.NoError(t, json.Unmarshal(text, &p))
		events[p.Delivery] = p.Event
		if p.Event != "room.done" {
			require.Equal(t, "job.done", p.Event)
			continue
		}
		require.NotEmpty(t, p.Job.People)
		for _, person := range p.Job.People {
			require.NotEmpty(t, person.Videos, "%s: the call is complete", person.Name)
			require.NotEmpty(t, person.Videos[0].Outputs)
		}
	}
	require.Len(t, events, 7)
	calls := slices.DeleteFunc(slices.Collect(maps.Values(events)), func(e string) bool { return e != "room.done" })
	require.Len(t, calls, 2)
}

// requireRoom requires that the newest room's job has made the one video of the room, of so many people, and that there
// is one job for each of them.
func requireRoom(t *testing.T, out string, jobs []*job.Record, people int) *job.Record {
	t.Helper()
	var room *job.Record
	of := map[string]int{}
	for _, j := range jobs {
		switch {
		case !j.Spec.IsRoom():
			of[j.Spec.User]++
		case room == nil || j.Spec.Submitted.After(room.Spec.Submitted):
			room = j
		}
	}
	require.NotNil(t, room)
	require.Len(t, of, people)
	for user, n := range of {
		require.Equal(t, 1, n, user)
	}
	require.Len(t, room.People, people)
	require.Equal(t, filepath.Join(out, "2024.mp4"), room.Outputs[0].File)
	made, err := filepath.Glob(filepath.Join(out, "2024.*"))
	require.NoError(t, err)
	require.Len(t, made, len(room.Outputs)+1, "and the report")
	r, ok := report.LoadRoom(room.ReportFile)
	require.True(t, ok)
	require.Len(t, r.People, people)
	require.NotEmpty(t, r.Chat)
	requireVideo(t, room.Outputs[0], 14*time.Second)
	for _, name := range listed(t, out) {
		require.NotContains(t, name, ".claim")
		require.NotContains(t, name, ".partial")
	}
	return room
}
