package deliver

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// receiver is a webhook's other side.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	answer   func(w http.ResponseWriter, n int) // of the n-th request, from 1
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, n int)) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.requests, r.bodies = append(r.requests, req), append(r.bodies, string(body))
		n := len(r.requests)
		r.mu.Unlock()
		if r.answer != nil {
			r.answer(w, n)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) deliveries() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := map[string]int{}
	for _, req := range r.requests {
		all[req.Header.Get("Upright-Delivery")]++
	}
	return all
}

// everything is a delivery with all steps.
func everything(t *testing.T) (*world, *receiver) {
	r := newReceiver(t, nil)
	w := newWorld(t, job.Delivery{
		Sources: "move",
		Hook: &job.Hook{Command: []string{"sh", "-c",
			`printf '%s %s\n' "$UPRIGHT_JOB_ID" "$UPRIGHT_JOB_URL" >> ../hook.log`}},
		Webhook: &job.Webhook{URL: r.URL},
	})
	w.write(w.watch, "room/call.nfo", "[1]\r\naudio = alice-audio.mjr\r\nvideo = alice-video.mjr\r\n")
	fileUpload(w, true)
	return w, r
}

// requireDelivered says that every step of everything had its effect, and nothing else happened.
func requireDelivered(t *testing.T, w *world, r *receiver) {
	t.Helper()
	rec := w.rec()
	require.Len(t, rec.Steps, 4)
	for i, name := range []string{StepUpload, StepSources, StepHook, StepWebhook} {
		require.Equal(t, name, rec.Steps[i].Name)
		require.Equal(t, StepDone, rec.Steps[i].State, "%+v", rec.Steps[i])
	}
	require.Equal(t, allUploads, tree(t, w.uploads))
	output := tree(t, w.output)
	delete(output, "1234/.1001.delivered")
	require.Equal(t, map[string]string{"1234/1001.json": `{"schema":1}`}, output, "only the report stays")
	require.Empty(t, tree(t, w.watch))
	moved := tree(t, w.moved)
	delete(moved, "room/call.nfo")
	require.Equal(t, allSources, moved)
	require.FileExists(t, filepath.Join(w.moved, "room/call.nfo"))
	for _, o := range rec.Outputs {
		require.True(t, o.Removed)
		require.Equal(t, "file://"+filepath.Join(w.uploads, "videos/1234", filepath.Base(o.File)), o.URL)
	}
	log, err := os.ReadFile(filepath.Join(w.dir, "hook.log"))
	require.NoError(t, err)
	for line := range strings.Lines(string(log)) {
		require.Equal(t, jobID+" "+rec.Outputs[0].URL+"\n", line)
	}
	require.Len(t, r.deliveries(), 1, "the same message has the same id")
}

func TestDeliversEverything(t *testing.T) {
	w, r := everything(t)
	res := w.run()
	require.Equal(t, Result{Finished: true}, res)
	requireDelivered(t, w, r)
	log, err := os.ReadFile(filepath.Join(w.dir, "hook.log"))
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(log), "\n"))
	require.Len(t, r.bodies, 1)
	keeps := w.keeps
	require.Equal(t, Result{Finished: true}, w.run(), "a second call does nothing")
	require.Equal(t, keeps, w.keeps)
	require.Len(t, r.bodies, 1)
}

type killed struct{}

// A daemon dies at any moment at which it writes down what it did, or the queue does not take it.
func TestResumesAfterBeingKilledAnywhere(t *testing.T) {
	for _, how := range []string{"before it is stored", "after it is stored", "the queue refuses"} {
		t.Run(how, func(t *testing.T) {
			for n := 1; ; n++ {
				w, r := everything(t)
				refused := errors.New("the queue is not there")
				w.kill = func(k int, store func()) error {
					if k != n {
						store()
						return nil
					}
					switch how {
					case "the queue refuses":
						return refused
					case "after it is stored":
						store()
					}
					panic(killed{})
				}
				survived := false
				func() {
					defer func() {
						if p := recover(); p != nil {
							require.Equal(t, killed{}, p)
						}
					}()
					res := w.run()
					survived = res.Err == nil
					if !survived {
						require.ErrorIs(t, res.Err, refused)
						require.Equal(t, n, w.keeps, "it goes no further when nothing can be kept")
					}
				}()
				w.kill = nil
				w.finish()
				requireDelivered(t, w, r)
				if survived {
					require.Greater(t, n, 8, "so many moments there are")
					return
				}
			}
		})
	}
}

func TestStepsByOutcome(t *testing.T) {
	r := newReceiver(t, nil)
	for outcome, want := range map[job.State]string{
		job.Done:     "upload sources hook webhook",
		job.Empty:    "hook webhook",
		job.Failed:   "hook webhook",
		job.Canceled: "",
	} {
		w := newWorld(t, job.Delivery{Sources: "delete", Hook: &job.Hook{Command: []string{"true"}},
			Webhook: &job.Webhook{URL: r.URL}})
		fileUpload(w, false)
		w.change(func(rec *job.Record) {
			rec.Outcome = outcome
			if outcome != job.Done {
				rec.Outputs, rec.ReportFile = nil, ""
			}
		})
		w.finish()
		var names []string
		for _, s := range w.rec().Steps {
			require.Equal(t, StepDone, s.State, s.Error)
			names = append(names, s.Name)
		}
		require.Equal(t, want, strings.Join(names, " "), outcome)
		if outcome != job.Done {
			require.Equal(t, allSources, tree(t, w.watch), "sources of %s jobs stay", outcome)
		}
	}
	require.Len(t, r.bodies, 3)

	w := newWorld(t, job.Delivery{Sources: "keep"})
	require.Equal(t, Result{Finished: true}, w.run())
	require.Zero(t, w.keeps, "nothing to do is nothing to keep")
}

func TestHooksDoNotWaitForSources(t *testing.T) {
	r := newReceiver(t, nil)
	w := newWorld(t, job.Delivery{Sources: "delete", Hook: &job.Hook{Command: []string{"false"}},
		Webhook: &job.Webhook{URL: r.URL}})
	require.NoError(t, os.Rename(w.watch, w.watch+".unmounted"))
	res := w.run()
	require.NoError(t, res.Err)
	require.False(t, res.Finished)
	require.Equal(t, w.now.Add(time.Second), res.Next)
	require.Equal(t, StepWaiting, w.step(StepSources).State)
	require.Contains(t, w.step(StepSources).Error, "the folder "+w.watch+" cannot be used: no such file or directory")
	require.Equal(t, StepWaiting, w.step(StepHook).State)
	require.Contains(t, w.step(StepHook).Error, "the hook false ended with exit status 1")
	require.Equal(t, StepDone, w.step(StepWebhook).State)

	res = w.run()
	require.Equal(t, 1, w.step(StepSources).Attempts, "not before its time")
	require.NoError(t, os.Rename(w.watch+".unmounted", w.watch))
	w.now = res.Next
	w.run()
	require.Equal(t, StepDone, w.step(StepSources).State)
	require.Equal(t, 2, w.step(StepHook).Attempts)
	require.Len(t, r.bodies, 1)
}

func TestEverythingWaitsForTheUpload(t *testing.T) {
	w, r := everything(t)
	require.NoError(t, os.Remove(w.uploads))
	for n := 1; n < 40; n++ { // far beyond GiveUp
		res := w.run()
		require.NoError(t, res.Err)
		s := w.step(StepUpload)
		require.Equal(t, n, s.Attempts)
		require.Equal(t, StepWaiting, s.State)
		require.Contains(t, s.Error, "no such file or directory")
		require.Equal(t, s.Next, res.Next)
		w.now = w.now.Add(time.Hour)
	}
	require.Equal(t, allOutputs, tree(t, w.output))
	require.Len(t, tree(t, w.watch), 3)
	require.Empty(t, r.bodies)
	require.Zero(t, w.step(StepHook).Attempts)

	require.NoError(t, os.Mkdir(w.uploads, 0o755))
	require.True(t, w.run().Finished)
	requireDelivered(t, w, r)
}

// TestClockIsSetAhead gives nothing up because a clock goes ahead by a day while a server is away.
func TestClockIsSetAhead(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, n int) {
		if n < 5 {
			http.Error(w, "out of order", 500)
		}
	})
	w := newWorld(t, job.Delivery{Webhook: &job.Webhook{URL: r.URL}})
	require.False(t, w.run().Finished)
	w.now = w.now.Add(25 * time.Hour)
	w.finish()
	require.Equal(t, StepDone, w.step(StepWebhook).State, w.step(StepWebhook).Error)
}

func TestGivesHooksUp(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, _ int) { http.Error(w, "out of order", 500) })
	w := newWorld(t, job.Delivery{Hook: &job.Hook{Command: []string{"false"}}, Webhook: &job.Webhook{URL: r.URL}})
	w.opt.Backoff = func(n int) time.Duration { return time.Duration(n) * 5 * time.Minute }
	w.opt.GiveUp = 5 * time.Hour
	began := w.now
	w.finish()
	require.Equal(t, began.Add(5*time.Hour), w.now, "once more when the time is over")
	for _, name := range []string{StepHook, StepWebhook} {
		s := w.step(name)
		require.Equal(t, StepFailed, s.State)
		require.Equal(t, 12, s.Attempts) // at 0, 5, 15, 30 … 275 and 300 minutes
		require.Equal(t, w.now, s.Ended)
		require.True(t, strings.HasPrefix(s.Error, "given up after 12 attempts: the "), s.Error)
	}
	require.Contains(t, w.step(StepWebhook).Error, "answered 500 Internal Server Error: out of order")

	// A user has it tried again: it has its time again.
	w.change(func(rec *job.Record) {
		for i := range rec.Steps {
			rec.Steps[i].State = StepWaiting
		}
	})
	w.now = w.now.Add(48 * time.Hour)
	require.False(t, w.run().Finished)
	require.Equal(t, 1, w.step(StepWebhook).Attempts)
	require.Equal(t, w.now, w.step(StepWebhook).Since)
}

func TestDefaultBackoff(t *testing.T) {
	var all []string
	for n := range 10 {
		all = append(all, Backoff(n).String())
	}
	require.Equal(t, "[5s 5s 10s 20s 40s 1m20s 2m40s 5m20s 10m0s 10m0s]", fmt.Sprint(all))
	require.Equal(t, 10*time.Minute, Backoff(1_000_000))
}

// A clock that was an hour ahead and is put right must not keep a step waiting for that hour.
func TestClockIsSetBack(t *testing.T) {
	r := newReceiver(t, nil)
	w := newWorld(t, job.Delivery{Webhook: &job.Webhook{URL: r.URL}})
	for what, c := range map[string]struct {
		updated time.Duration
		calls   int
	}{"not yet": {0, 0}, "set back": {time.Hour - 5*time.Second, 1}} {
		r.bodies = nil
		w.change(func(rec *job.Record) {
			rec.Updated = w.now.Add(c.updated)
			rec.Steps = []job.Step{{Name: StepWebhook, State: StepWaiting, Attempts: 1, Since: w.now,
				Next: w.now.Add(time.Hour)}}
		})
		require.Equal(t, c.calls == 1, w.run().Finished, what)
		require.Len(t, r.bodies, c.calls, what)
	}
}
