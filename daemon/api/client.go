package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

// Client asks a daemon over HTTP.
type Client struct {
	Address string // http://host:port
	Token   string
}

// Error is what a daemon answered instead of what it was asked for.
type Error struct {
	Address string
	Status  int // of HTTP
	Text    string
}

func (e *Error) Error() string { return fmt.Sprintf("the daemon at %s says: %s", e.Address, e.Text) }

// ErrDisconnected ends a stream of events that the daemon, or the network, has cut.
var ErrDisconnected = errors.New("the connection to the daemon is lost")

// Status asks how the daemon is.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.call(ctx, http.MethodGet, "/api/v1/status", nil, &s)
}

// List asks for jobs.
func (c *Client) List(ctx context.Context, f queue.Filter) (l List, err error) {
	v := url.Values{}
	for _, s := range f.States {
		v.Add("state", string(s))
	}
	for name, text := range map[string]string{"watch": f.Watch, "kind": f.Kind, "text": f.Text, "user": f.User,
		"warning": f.Warning, "sort": string(f.Sort)} {
		if text != "" {
			v.Set(name, text)
		}
	}
	for name, t := range map[string]time.Time{"from": f.From, "until": f.Until} {
		if !t.IsZero() {
			v.Set(name, t.Format(time.RFC3339Nano))
		}
	}
	if f.Limit > 0 {
		v.Set("limit", strconv.Itoa(f.Limit))
	}
	v.Set("offset", strconv.Itoa(f.Offset))
	return l, c.call(ctx, http.MethodGet, "/api/v1/jobs?"+v.Encode(), nil, &l)
}

// Show asks for one job.
func (c *Client) Show(ctx context.Context, id string) (r *job.Record, err error) {
	return r, c.call(ctx, http.MethodGet, "/api/v1/jobs/"+url.PathEscape(id), nil, &r)
}

// Change has a job canceled or retried: verb is "cancel", "retry" or "again".
func (c *Client) Change(ctx context.Context, id, verb string) (r *job.Record, err error) {
	return r, c.call(ctx, http.MethodPost, "/api/v1/jobs/"+url.PathEscape(id)+"/"+verb, nil, &r)
}

// Submit has recordings converted.
func (c *Client) Submit(ctx context.Context, s Submission) ([]Submitted, error) {
	var answer struct {
		Jobs []Submitted `json:"jobs"`
	}
	return answer.Jobs, c.call(ctx, http.MethodPost, "/api/v1/jobs", s, &answer)
}

// Do has the daemon pause, resume or reload.
func (c *Client) Do(ctx context.Context, verb string) error {
	return c.call(ctx, http.MethodPost, "/api/v1/"+verb, nil, nil)
}

// Events calls each with what happens to jobs, until ctx ends, the connection does (ErrDisconnected), or each returns
// false. With an id it is about one job, and begins with the job as it is.
func (c *Client) Events(ctx context.Context, id string, each func(job.Event) bool) error {
	path := "/api/v1/events"
	if id != "" {
		path += "?id=" + url.QueryEscape(id)
	}
	answer, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return ErrDisconnected
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var e job.Event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return fmt.Errorf("the daemon at %s sent something that is no event: %w", c.Address, err)
		}
		if !each(e) {
			return nil
		}
	}
}

func (c *Client) call(ctx context.Context, method, path string, body, answer any) error {
	response, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("what answers at %s does not do so as upright serve would: %w", c.Address, err)
	}
	return nil
}

// send returns an answer that is a success.
func (c *Client) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(b)
	}
	q, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Address, "/")+path, reader)
	if err != nil {
		return nil, err
	}
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		q.Header.Set("Authorization", "Bearer "+c.Token)
	}
	response, err := http.DefaultClient.Do(q)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, fmt.Errorf("no daemon answers at %s: %w", c.Address, err)
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(text, &said) != nil || said.Error == "" {
		return nil, fmt.Errorf("what answers at %s (%s) is not upright serve", c.Address, response.Status)
	}
	return nil, &Error{c.Address, response.StatusCode, said.Error}
}
