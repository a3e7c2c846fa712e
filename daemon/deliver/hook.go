package deliver

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/process"
)

const (
	hookTimeout = 5 * time.Minute
	hookTail    = 600 // bytes of a command's output that go into the step's error
)

// hook runs a command. It gets the job as JSON from its standard input and the most important of it in its environment.
func (d *delivery) hook(ctx context.Context) error {
	h := d.rec.Spec.Delivery.Hook
	if len(h.Command) == 0 {
		return final("the hook has no command")
	}
	p := d.payload()
	body, err := p.json()
	if err != nil {
		return err
	}
	timeout := job.FromMs(h.TimeoutMs)
	if timeout <= 0 {
		timeout = hookTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out := &lastBytes{limit: 4 * hookTail}
	cmd := exec.CommandContext(ctx, h.Command[0], h.Command[1:]...)
	cmd.Dir = d.workingFolder()
	cmd.Env = d.environment(p)
	cmd.Stdin = bytes.NewReader(body)
	cmd.Stdout, cmd.Stderr = out, out
	err = process.Run(cmd, process.Options{Leave: true})
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("the hook %s was ended after %v", h.Command[0], timeout)
	case errors.Is(err, exec.ErrWaitDelay): // it ended well, and left something running that keeps its output open
		return nil
	case cmd.ProcessState == nil:
		return fmt.Errorf("the hook %s cannot be started: %w", h.Command[0], startError(err))
	default:
		err = fmt.Errorf("the hook %s ended with %s", h.Command[0], cmd.ProcessState)
	}
	if said := tail(out.String(), hookTail); said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return err
}

func startError(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return plain(err)
}

// workingFolder is the output folder. A job that failed may have none.
func (d *delivery) workingFolder() string {
	if info, err := os.Stat(d.rec.Spec.Output); err == nil && info.IsDir() {
		return d.rec.Spec.Output
	}
	return os.TempDir()
}

// environment is that of the daemon, without its own configuration, and with what docs/delivery.md lists.
// UPRIGHT_JOB_STATE and the like are no options, so an upright that the hook runs takes none of it for its
// configuration.
func (d *delivery) environment(p Payload) []string {
	rec := &p.Job
	var files, urls []string
	for _, o := range rec.Outputs {
		if !o.Removed {
			files = append(files, o.File)
		}
		if o.URL != "" {
			urls = append(urls, o.URL)
		}
	}
	var people, theirs []string
	for _, person := range rec.People {
		people = append(people, person.ID)
		for _, v := range person.Videos {
			for _, o := range v.Outputs {
				if !o.Removed {
					theirs = append(theirs, o.File)
				}
			}
		}
	}
	start := ""
	if rec.Spec.StartUs > 0 {
		start = time.UnixMicro(rec.Spec.StartUs).UTC().Format(time.RFC3339Nano)
	}
	attempt := 1
	if s := find(&d.rec, StepHook); s != nil {
		attempt = s.Attempts
	}
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "UPRIGHT_") {
			env = append(env, kv)
		}
	}
	for _, kv := range [][2]string{
		{"EVENT", p.Event},
		{"ID", p.ID},
		{"DELIVERY", p.Delivery},
		{"ATTEMPT", strconv.Itoa(attempt)},
		{"STATE", string(rec.State)},
		{"REASON", rec.Reason},
		{"CODE", rec.Code},
		{"WATCH", rec.Spec.Watch},
		{"RECORDING", rec.Spec.Recording},
		{"PARTICIPANT", rec.Spec.Participant},
		{"KIND", cmp.Or(rec.Spec.Kind, job.KindParticipant)},
		{"PEOPLE", strings.Join(people, "\n")},
		{"PEOPLE_OUTPUTS", strings.Join(theirs, "\n")},
		{"ROOM", rec.Spec.Room},
		{"USER", rec.Spec.User},
		{"START", start},
		{"DURATION_MS", strconv.FormatFloat(rec.MediaMs, 'f', 0, 64)},
		{"MODE", rec.Mode},
		{"WARNINGS", strings.Join(rec.Warnings, ",")},
		{"OUTPUT_FOLDER", rec.Spec.Output},
		{"OUTPUT", first(files)},
		{"OUTPUTS", strings.Join(files, "\n")},
		{"URL", first(urls)},
		{"URLS", strings.Join(urls, "\n")},
		{"REPORT", rec.ReportFile},
	} {
		env = append(env, "UPRIGHT_JOB_"+kv[0]+"="+strings.ReplaceAll(kv[1], "\x00", ""))
	}
	return env
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// lastBytes keeps the end of what is written to it.
type lastBytes struct {
	mu    sync.Mutex
	limit int
	b     []byte
}

func (l *lastBytes) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p[max(0, len(p)-l.limit):]...)
	l.b = append(l.b[:0], l.b[max(0, len(l.b)-l.limit):]...)
	return len(p), nil
}

func (l *lastBytes) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}
