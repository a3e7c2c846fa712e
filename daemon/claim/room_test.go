package claim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// meeting is the job of a room with some of its files.
func meeting(out, content string, files ...string) job.Spec {
	s := job.Spec{Kind: job.KindRoom, Identity: content, Output: out, Name: "1234", Compose: &job.Compose{Series: "aa"}}
	for _, f := range files {
		s.Sources = append(s.Sources, job.Source{Path: "/in/" + f})
	}
	return s
}

// takeRoom opens the place of a job, and takes it.
func takeRoom(t *testing.T, s job.Spec) (*Claim, *Found, error) {
	t.Helper()
	p, err := Open(s, "test")
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p.Take()
}

// finish makes what a job's claim is for: files of these extensions.
func (c *Claim) finish(t *testing.T, s job.Spec, inputs []string, extensions ...string) {
	t.Helper()
	r := &report.Room{Schema: 1, Kind: report.KindRoom, Identity: Identity(s), Series: s.Compose.Series}
	for _, in := range inputs {
		r.Inputs = append(r.Inputs, report.Input{File: in})
	}
	for _, ext := range extensions {
		file := c.Name + ext
		require.NoError(t, os.WriteFile(filepath.Join(c.place.Dir, file), []byte(s.Identity), 0o600))
		r.Outputs = append(r.Outputs, report.Output{File: file, Bytes: int64(len(s.Identity))})
	}
	before := c.Before()
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(c.place.Dir, c.Name+".json"), text, 0o600))
	if before != nil {
		c.Replaced(before, r.Outputs)
	}
	require.NoError(t, c.Release())
}

func TestRoomReplacesAnEarlierState(t *testing.T) {
	out := t.TempDir()
	first := meeting(out, "first", "a.mjr", "b.mjr")
	c, _, err := takeRoom(t, first)
	require.NoError(t, err)
	require.Nil(t, c.Before())
	c.finish(t, first, []string{"a.mjr", "b.mjr"}, ".m4a", ".srt")
	_, found, err := takeRoom(t, first)
	require.NoError(t, err)
	require.NotNil(t, found, "it is there")

	later := meeting(out, "later", "a.mjr", "b.mjr", "c.mjr")
	c, found, err = takeRoom(t, later)
	require.NoError(t, err)
	require.Nil(t, found)
	require.Equal(t, "1234", c.Name)
	require.Len(t, c.Before().Outputs, 2)
	require.FileExists(t, filepath.Join(out, "1234.m4a"), "until the new one is there")

	// Meanwhile nobody else makes anything of the same recording.
	_, _, err = takeRoom(t, meeting(out, "still later", "a.mjr", "b.mjr", "c.mjr", "d.mjr"))
	require.ErrorIs(t, err, ErrBusy)
	c.finish(t, later, []string{"a.mjr", "b.mjr", "c.mjr"}, ".mp4", ".srt")
	require.NoFileExists(t, filepath.Join(out, "1234.m4a"))
	text, err := os.ReadFile(filepath.Join(out, "1234.srt"))
	require.NoError(t, err)
	require.Equal(t, "later", string(text))

	// Who is late with an earlier state takes what there is.
	late := meeting(out, "late", "a.mjr", "c.mjr")
	_, found, err = takeRoom(t, late)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(out, "1234.json"), found.ReportFile)

	// Another layout of the same, another meeting in the same room, and a layout of less than what is there.
	other := meeting(out, "later", "a.mjr", "b.mjr", "c.mjr")
	other.Compose.Arrangement = arrangement.Arrangement{Layout: room.Layouts[2]}
	less := meeting(out, "less", "a.mjr")
	less.Compose.Arrangement = other.Compose.Arrangement
	next := meeting(out, "next", "x.mjr")
	next.Compose.Series = "bb"
	for name, c := range map[string]struct {
		job  job.Spec
		want string
	}{"another layout": {other, "1234"}, "another meeting": {next, "1234.2"}, "less": {less, "1234.2"}} {
		claim, found, err := takeRoom(t, c.job)
		require.NoError(t, err, name)
		require.Nil(t, found, name)
		require.Equal(t, c.want, claim.Name, name)
		require.NoError(t, claim.Release())
	}
}
