//go:build !lean

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/upright-media/upright/daemon/api"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/human"
)

// jobsCmd are the daemon's jobs, asked for over its API.
type jobsCmd struct {
	Address   string `env:"UPRIGHT_ADDRESS" default:"http://127.0.0.1:7188" placeholder:"URL" help:"Address of the daemon (${default}); also $$UPRIGHT_ADDRESS."`
	TokenFile string `env:"UPRIGHT_TOKEN_FILE" placeholder:"FILE" help:"File with the token, if the daemon requires one; also $$UPRIGHT_TOKEN_FILE."`

	List   jobsListCmd   `cmd:"" default:"withargs" help:"List jobs, the newest first."`
	Show   jobsShowCmd   `cmd:"" help:"Print everything about a job, as JSON."`
	Submit jobsSubmitCmd `cmd:"" help:"Convert recordings below a watched folder now."`
	Retry  jobsRetryCmd  `cmd:"" help:"Run ended jobs again: what is missing of them, or all of it."`
	Cancel jobsCancelCmd `cmd:"" help:"Cancel jobs. What was converted stays."`
	Watch  jobsWatchCmd  `cmd:"" help:"Print events until interrupted, or until a job has ended."`
	Pause  jobsPauseCmd  `cmd:"" help:"Stop taking new jobs."`
	Resume jobsResumeCmd `cmd:"" help:"Take jobs again."`
	Reload jobsReloadCmd `cmd:"" help:"Reload the configuration."`
	Status jobsStatusCmd `cmd:"" help:"Print an overview of the daemon; status 1 if it cannot work right now."`
}

func (cmd *jobsCmd) client() (*api.Client, error) {
	client := &api.Client{Address: cmd.Address}
	if !strings.Contains(client.Address, "://") {
		client.Address = "http://" + client.Address
	}
	if cmd.TokenFile != "" {
		token, err := os.ReadFile(cmd.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("the token cannot be read: %w", err)
		}
		client.Token = strings.TrimSpace(string(token))
	}
	return client, nil
}

// AfterApply gives the commands below a client.
func (cmd *jobsCmd) AfterApply(k *kong.Context) error {
	client, err := cmd.client()
	if err == nil {
		k.Bind(client)
	}
	return err
}

type jobsListCmd struct {
	State   []string `placeholder:"STATE" help:"Only these: queued, running, delivering, done, empty, failed, canceled."`
	Folder  string   `placeholder:"NAME" help:"Only those of this watch folder."`
	Kind    string   `enum:",room,participant" default:"" placeholder:"KIND" help:"Only those of whole rooms (room), or of participants (participant)."`
	Text    string   `placeholder:"TEXT" help:"Only those with this text in their recording, participant, room, user or files."`
	User    string   `placeholder:"USER" help:"Only those of this person, as named in the recordings."`
	Warning string   `placeholder:"CODE" help:"Only those with this warning (see docs/warnings.md), or any."`
	Since   string   `placeholder:"TIME" help:"Only those recorded from this time on: 2026-01-31, or 2026-01-31T18:00:00."`
	Until   string   `placeholder:"TIME" help:"Only those recorded before this time."`
	Sort    string   `enum:",oldest,recorded,longest" default:"" placeholder:"BY" help:"By oldest, recorded (latest first) or longest, not newest first."`
	Limit   int      `default:"50" placeholder:"N" help:"At most this many (${default})."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

// timeIn reads a day or a time, of the zone of place unless it names one; "" is no time.
func timeIn(text string, place *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, place); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 2026-01-31, 2026-01-31T18:00:00 or 2026-01-31T18:00:00Z", text)
}

func (cmd *jobsListCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	if cmd.Limit < 1 || cmd.Limit > 1000 {
		return usageError{fmt.Errorf("--limit=%d: from 1 to 1000", cmd.Limit)}
	}
	f := queue.Filter{Watch: cmd.Folder, Kind: cmd.Kind, Text: cmd.Text, User: cmd.User, Warning: cmd.Warning,
		Sort: queue.Sort(cmd.Sort), Limit: cmd.Limit}
	for _, t := range []struct {
		flag, text string
		to         *time.Time
	}{{"since", cmd.Since, &f.From}, {"until", cmd.Until, &f.Until}} {
		var err error
		if *t.to, err = timeIn(t.text, c.location); err != nil {
			return usageError{fmt.Errorf("--%s: %w", t.flag, err)}
		}
	}
	for _, s := range cmd.State {
		if !slices.Contains(jobs.States, jobs.State(s)) {
			return usageError{fmt.Errorf("--state: %q is none of %s", s, joined(jobs.States))}
		}
		f.States = append(f.States, jobs.State(s))
	}
	list, err := client.List(ctx, f)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(c.stdout, list)
	}
	if len(list.Jobs) == 0 {
		fmt.Fprintln(c.stdout, "no jobs")
		return nil
	}
	ids := shortIDs(list.Jobs)
	rows := [][]string{{"job", "state", "submitted", "recording", "media", "what"}}
	for i, r := range list.Jobs {
		rows = append(rows, []string{
			ids[i], string(r.State), r.Spec.Submitted.In(c.location).Format("2006-01-02 15:04:05"),
			human.Line(subject(r)), mediaOf(r), human.Line(what(r)),
		})
	}
	for _, line := range columns(rows, []bool{false, false, false, false, true, false}) {
		fmt.Fprintln(c.stdout, human.Head(line, listWidth-1))
	}
	if list.Total > len(list.Jobs) {
		fmt.Fprintf(c.stdout, "%d of %d\n", len(list.Jobs), list.Total)
	}
	return nil
}

// listWidth is how many columns a list has: what is longer is cut off, and show has all of it.
const listWidth = 120

// shortIDs are beginnings of ids that are enough to tell these jobs apart, of at least eight digits.
func shortIDs(list []*jobs.Record) []string {
	const least = 8
	length := least
	for seen := map[string]bool{}; ; length++ {
		clear(seen)
		for _, r := range list {
			seen[r.Spec.ID[:min(length, len(r.Spec.ID))]] = true
		}
		if len(seen) == len(list) || length > 32 {
			break
		}
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.Spec.ID[:min(length, len(r.Spec.ID))]
	}
	return ids
}

// joined is a list of states as part of a sentence.
func joined(states []jobs.State) string {
	var names []string
	for _, s := range states {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// subject is what a job is about.
func subject(r *jobs.Record) string {
	if n := len(r.People); n > 0 {
		return fmt.Sprintf("%s, %d people", r.Spec.About(), n)
	}
	return r.Spec.About()
}

func mediaOf(r *jobs.Record) string {
	if r.MediaMs == 0 {
		return ""
	}
	return human.ClockMs(r.MediaMs)
}

// what says in a few words what came of a job, or what it waits for.
func what(r *jobs.Record) string {
	switch {
	case r.Reason != "":
		return r.Reason
	case len(r.Outputs) > 0:
		text := r.Outputs[0].File
		if r.Outputs[0].URL != "" {
			text = r.Outputs[0].URL
		}
		if n := len(r.Outputs) - 1; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		return text
	}
	return ""
}

type jobsShowCmd struct {
	ID  string `arg:"" help:"Id of the job, as list shows it; its beginning is enough."`
	Log bool   `help:"Print the log of the last attempt instead."`
}

func (cmd *jobsShowCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	id, err := findJob(ctx, client, cmd.ID)
	if err != nil {
		return err
	}
	r, err := client.Show(ctx, id)
	if err != nil {
		return err
	}
	if !cmd.Log {
		return writeJSON(c.stdout, r)
	}
	if len(r.Attempts) == 0 {
		return fmt.Errorf("%s was not tried yet", id)
	}
	for line := range strings.Lines(r.Attempts[len(r.Attempts)-1].Log) {
		fmt.Fprintln(c.stdout, human.Line(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    ")))
	}
	return nil
}

// allJobs asks for every page of a list.
func allJobs(ctx context.Context, client *api.Client, f queue.Filter) (all []*jobs.Record, err error) {
	f.Limit = 1000
	for f.Offset = 0; ; f.Offset += f.Limit {
		list, err := client.List(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, list.Jobs...)
		if f.Offset+f.Limit >= list.Total {
			return all, nil
		}
	}
}

// findJob completes the beginning of an id.
func findJob(ctx context.Context, client *api.Client, id string) (string, error) {
	const whole = 32
	if len(id) >= whole {
		return id, nil
	}
	all, err := allJobs(ctx, client, queue.Filter{})
	if err != nil {
		return "", err
	}
	var found []string
	for _, r := range all {
		// pages overlap if a job comes meanwhile
		if strings.HasPrefix(r.Spec.ID, strings.ToLower(id)) && !slices.Contains(found, r.Spec.ID) {
			found = append(found, r.Spec.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("there is no job whose id begins with %q", id)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%d jobs have an id that begins with %q: write more of it", len(found), id)
}

type jobsSubmitCmd struct {
	Paths    []string `arg:"" help:"Files or folders below the watched folder."`
	Folder   string   `placeholder:"NAME" help:"Watch folder whose output and profile are used; needed if there are several."`
	Priority string   `enum:"high,normal,low" default:"high" placeholder:"WHICH" help:"${enum} (${default})."`
	Again    bool     `help:"Also what was converted before."`
}

func (cmd *jobsSubmitCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	var paths []string
	for _, path := range cmd.Paths {
		if _, err := os.Stat(path); err == nil { // what is not here may be where the daemon is
			if path, err = filepath.Abs(path); err != nil {
				return err
			}
		}
		paths = append(paths, path)
	}
	made, err := client.Submit(ctx,
		api.Submission{Paths: paths, Watch: cmd.Folder, Priority: jobs.Priority(cmd.Priority), Again: cmd.Again})
	for _, m := range made {
		note := ""
		switch {
		case m.Again:
			note = " (again)"
		case !m.Created:
			note = " (known)"
		}
		fmt.Fprintf(c.stdout, "%s %s%s\n", m.ID, human.Line(m.Name), note)
	}
	return err
}

type jobsRetryCmd struct {
	IDs    []string `arg:"" optional:"" name:"id" help:"Ids of the jobs."`
	Failed bool     `help:"All that have failed."`
}

func (cmd *jobsRetryCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	ids := cmd.IDs
	switch {
	case cmd.Failed == (len(ids) > 0):
		return usageError{errors.New("say which jobs, or --failed")}
	case cmd.Failed:
		list, err := allJobs(ctx, client, queue.Filter{States: []jobs.State{jobs.Failed}})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintln(c.stdout, "no job has failed")
		}
		for _, r := range list {
			ids = append(ids, r.Spec.ID)
		}
	}
	return changeJobs(ctx, c, client, ids, "retry")
}

type jobsCancelCmd struct {
	IDs []string `arg:"" name:"id" help:"Ids of the jobs."`
}

func (cmd *jobsCancelCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	return changeJobs(ctx, c, client, cmd.IDs, "cancel")
}

func changeJobs(ctx context.Context, c *console, client *api.Client, ids []string, verb string) error {
	var failed []error
	for _, id := range ids {
		id, err := findJob(ctx, client, id)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		r, err := client.Change(ctx, id, verb)
		if err != nil {
			failed = append(failed, err) // which has the id
			continue
		}
		fmt.Fprintf(c.stdout, "%s %s\n", id, r.State)
	}
	return errors.Join(failed...)
}

type jobsWatchCmd struct {
	ID   string `arg:"" optional:"" help:"Only this job, until it has ended."`
	JSON bool   `name:"json" help:"Print JSON, a line per event."`
}

func (cmd *jobsWatchCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	id := ""
	if cmd.ID != "" {
		var err error
		if id, err = findJob(ctx, client, cmd.ID); err != nil {
			return err
		}
	}
	lines := json.NewEncoder(c.stdout)
	var end error
	tell := func(e jobs.Event) bool {
		switch {
		case cmd.JSON:
			_ = lines.Encode(e)
		case e.Progress != nil:
			p := e.Progress
			share := ""
			if p.TotalMs > 0 {
				share = fmt.Sprintf(" %3.0f %%", 100*p.DoneMs/p.TotalMs)
			}
			fmt.Fprintf(c.stdout, "%s %s%s\n", e.ID, p.Stage, share)
		case e.Record != nil:
			fmt.Fprintf(c.stdout, "%s %s %s %s\n", e.ID, e.Record.State, human.Line(subject(e.Record)),
				human.Line(what(e.Record)))
		}
		if id == "" || e.Record == nil || !e.Record.State.Ended() {
			return true
		}
		if e.Record.State != jobs.Done && e.Record.State != jobs.Empty {
			end = exitStatus(exitFailed)
		}
		return false
	}
	for heard := false; ; {
		err := client.Events(ctx, id, tell)
		heard = heard || errors.Is(err, api.ErrDisconnected)
		switch {
		case ctx.Err() != nil:
			return nil // by a signal, which main passes on
		case err == nil:
			return end
		case !heard, errors.As(err, new(*api.Error)):
			return err
		}
		select { // the daemon is being restarted
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

type (
	jobsPauseCmd  struct{}
	jobsResumeCmd struct{}
	jobsReloadCmd struct{}
)

func (*jobsPauseCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	return control(ctx, c, client, "pause", "paused: jobs under way go on, no new ones are begun")
}

func (*jobsResumeCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	return control(ctx, c, client, "resume", "resumed")
}

func (*jobsReloadCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	return control(ctx, c, client, "reload", "the configuration is in force")
}

func control(ctx context.Context, c *console, client *api.Client, verb, done string) error {
	err := client.Do(ctx, verb)
	if err == nil {
		fmt.Fprintln(c.stdout, done)
	}
	return err
}

type jobsStatusCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (cmd *jobsStatusCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	s, err := client.Status(ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		err = writeJSON(c.stdout, s)
	} else {
		writeStatus(c, s)
	}
	if err == nil && !s.Ready {
		return exitStatus(exitFailed)
	}
	return err
}

func writeStatus(c *console, s api.Status) {
	state := "ready"
	switch {
	case !s.Ready:
		state = "not ready: " + s.NotReady
	case s.Paused:
		state = "paused"
	}
	fmt.Fprintf(c.stdout, "%s, %s, since %s\n", s.Version, human.Line(state),
		s.Started.In(c.location).Format("2006-01-02 15:04:05"))
	var parts []string
	for _, state := range jobs.States {
		if n := s.Stats.States[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(parts) > 0 {
		fmt.Fprintf(c.stdout, "jobs: %s; %d of %d cores at work\n", strings.Join(parts, ", "), s.Busy, s.Workers)
	}
	if s.ReloadErr != "" {
		fmt.Fprintf(c.stdout, "the configuration was refused, the one from before is in force: %s\n",
			human.Line(s.ReloadErr))
	}
	for _, f := range s.Folders {
		fmt.Fprintf(c.stdout, "%s: %s -> %s: %s, %d not ready\n", human.Line(f.Name), human.Line(f.Folder),
			human.Line(f.Output), human.Count(f.Recordings, "recording"), len(f.Pending))
		if f.Error != "" {
			fmt.Fprintf(c.stdout, "  cannot be watched: %s\n", human.Line(f.Error))
		}
		for _, p := range f.Pending {
			fmt.Fprintf(c.stdout, "  not ready: %s: %s\n", human.Line(p.Name), human.Line(p.Why))
		}
	}
}
