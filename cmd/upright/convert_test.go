package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
)

// people are participants that only have names.
func people(names ...string) *found {
	f := new(found)
	r := &recording.Recording{Name: "room"}
	for _, n := range names {
		f.participants = append(f.participants, participant{r, &recording.Participant{
			Name: n, Tracks: []*recording.File{{Path: "in/" + n + ".mjr"}},
		}})
	}
	return f
}

// scripted converts by table: what becomes of a participant is said by name.
func scripted(results map[string]result) converter {
	return func(_ context.Context, p participant, progress func(pipelines.Progress)) result {
		progress(pipelines.Progress{Done: time.Second, Total: 2 * time.Second})
		return results[p.participant.Name]
	}
}

func statusOf(err error) int {
	return (&console{stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}).status(err)
}

func TestExitStatus(t *testing.T) {
	results := map[string]result{
		"ann": {outputs: []string{"out/ann.mp4"}},
		"bob": {outcome: failed, err: errors.New("no space left on the disk")},
		"cat": {outcome: empty, err: errors.New("cat.mjr has no media")},
	}
	for _, c := range []struct {
		names []string
		want  int
	}{
		{[]string{"ann"}, exitDone},
		{[]string{"ann", "cat"}, exitNoMedia},
		{[]string{"cat"}, exitNoMedia},
		{[]string{"bob", "ann"}, exitFailed},
		{[]string{"cat", "bob"}, exitFailed},
		{nil, exitDone},
	} {
		err := convertAll(t.Context(), people(c.names...), scripted(results), quiet{&console{stderr: new(bytes.Buffer)}}, 1)
		require.Equal(t, c.want, statusOf(err), "%v", c.names)
	}
}

func TestUnusableFilesFailButDoNotStopTheOthers(t *testing.T) {
	f := people("ann")
	f.unusable = []unusable{{&recording.File{Path: "in/x.mjr",
		Err: errors.New("cannot use in/x.mjr: it is a PNG picture")}}}
	var stderr bytes.Buffer
	var did []string
	err := convertAll(t.Context(), f, func(_ context.Context, p participant, _ func(pipelines.Progress)) result {
		did = append(did, p.participant.Name)
		return result{}
	}, quiet{&console{stderr: &stderr}}, 1)
	require.Equal(t, exitFailed, statusOf(err))
	require.Equal(t, []string{"ann"}, did)
	require.Equal(t, "upright: cannot use in/x.mjr: it is a PNG picture\n", stderr.String())
}

func TestFailuresAndWarningsAreOneLineEach(t *testing.T) {
	var stderr bytes.Buffer
	err := convertAll(t.Context(), people("ann", "bob", "cat"), scripted(map[string]result{
		"ann": {outputs: []string{"out/ann.mp4"}, warnings: []report.Warning{{Code: "DAMAGED", Text: "3 kB are damaged"},
			{Text: "ann.mjr: cut off"}}},
		"bob": {outcome: failed, err: errors.New("no space left on the disk")},
		"cat": {outcome: empty, err: errors.New("no packet was recorded")},
	}), quiet{&console{stderr: &stderr}}, 1)
	require.Error(t, err)
	require.Equal(t, "upright: warning: ann: 3 kB are damaged\n"+
		"upright: warning: ann.mjr: cut off\n"+
		"upright: bob: no space left on the disk\n"+
		"upright: cat: nothing to convert: no packet was recorded\n", stderr.String())
}

func TestJobsLimitsHowManyRunAtATime(t *testing.T) {
	var running, most atomic.Int32
	full := make(chan struct{})
	var once sync.Once
	err := convertAll(t.Context(), people("a", "b", "c", "d", "e"),
		func(context.Context, participant, func(pipelines.Progress)) result {
			n := running.Add(1)
			defer running.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			if n == 2 {
				once.Do(func() { close(full) })
			}
			select {
			case <-full:
			case <-time.After(time.Minute):
				t.Error("two were to run at a time")
			}
			return result{}
		}, quiet{&console{stderr: new(bytes.Buffer)}}, 2)
	require.NoError(t, err)
	require.EqualValues(t, 2, most.Load())
}

func TestCancelStartsNoMore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var did []string
	err := convertAll(ctx, people("ann", "bob"), func(ctx context.Context, p participant,
		_ func(pipelines.Progress)) result {
		did = append(did, p.participant.Name)
		cancel()
		return result{outcome: failed, err: ctx.Err()}
	}, quiet{&console{stderr: new(bytes.Buffer)}}, 1)
	require.Equal(t, exitFailed, statusOf(err))
	require.Equal(t, []string{"ann"}, did)
}

func TestProgressJSON(t *testing.T) {
	var stdout, stderr bytes.Buffer
	f := people("ann", "bob")
	f.unusable = []unusable{{&recording.File{Path: "in/x.mjr", Err: errors.New("not a recording")}}}
	err := convertAll(t.Context(), f, scripted(map[string]result{
		"ann": {
			outputs: []string{"out/ann.mp4"}, report: "out/ann.json", mode: "copy",
			warnings: []report.Warning{{Code: "LOSS", Text: "5 % lost <&>"}},
		},
		"bob": {outcome: empty, err: errors.New("no packet was recorded")},
	}), newReporter("json", &console{stdout: &stdout, stderr: &stderr}), 1)
	require.Equal(t, exitFailed, statusOf(err))
	require.Empty(t, stderr.String(), "all is said on stdout")
	require.Equal(t, `{"event":"failed","participant":"x.mjr","text":"not a recording"}
{"event":"start","recording":"room","participant":"ann","inputs":["in/ann.mjr"]}
{"event":"progress","recording":"room","participant":"ann","done_ms":1000,"total_ms":2000}
{"event":"warning","recording":"room","participant":"ann","code":"LOSS","text":"5 % lost <&>"}
{"event":"done","recording":"room","participant":"ann","outputs":["out/ann.mp4"],"report":"out/ann.json","mode":"copy"}
{"event":"start","recording":"room","participant":"bob","inputs":["in/bob.mjr"]}
{"event":"progress","recording":"room","participant":"bob","done_ms":1000,"total_ms":2000}
{"event":"empty","recording":"room","participant":"bob","text":"no packet was recorded"}
{"event":"end","summary":{"done":1,"failed":1,"empty":1,"status":1}}
`, stdout.String())
}

func TestProgressLinesAreFew(t *testing.T) {
	var out bytes.Buffer
	w := newEventWriter(&out)
	now := time.Unix(1, 0)
	w.now = func() time.Time { return now }
	for i := range 1000 { // a second, in steps of 1 ms
		w.progress(job{participant: "ann"}, pipelines.Progress{Done: time.Duration(i), Total: 1000})
		now = now.Add(time.Millisecond)
	}
	require.Equal(t, 5, bytes.Count(out.Bytes(), []byte("\n")))
}

// Several jobs report at a time: lines must not mix.
func TestProgressJSONFromManyJobs(t *testing.T) {
	var out bytes.Buffer
	names := make([]string, 50)
	for i := range names {
		names[i] = fmt.Sprintf("p%d", i)
	}
	require.NoError(t, convertAll(t.Context(), people(names...), scripted(nil), newEventWriter(&out), 8))
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	require.Len(t, lines, 50*3+1)
	for _, line := range lines {
		require.NoError(t, json.Unmarshal(line, new(event)), "%s", line)
	}
}

func TestBarsLeaveOnlyResultsBehind(t *testing.T) {
	var stderr bytes.Buffer
	b := newBars(&console{stderr: &stderr})
	err := convertAll(t.Context(), people("ann", "bob"), scripted(map[string]result{
		"ann": {outputs: []string{"out/ann.mp4"}, media: 2 * time.Second},
		"bob": {outcome: failed, err: errors.New("no space left on the disk")},
	}), b, 2)
	require.Equal(t, exitFailed, statusOf(err))
	require.Contains(t, stderr.String(), "out/ann.mp4\n")
	require.Contains(t, stderr.String(), "upright: bob: no space left on the disk\n")
	require.Regexp(t, `1 converted: 2\.00 s of media in \d+\.\d s.*; 1 failed\n`, stderr.String())
}

func TestThreads(t *testing.T) {
	for _, c := range [][3]int{{0, 8, 0}, {1, 8, 0}, {2, 8, 4}, {3, 8, 2}, {8, 8, 1}, {20, 8, 1}, {2, 1, 1}} {
		require.Equal(t, c[2], threads(c[0], c[1]), c)
	}
}
