package api_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	d, err := openapi3.NewLoader().LoadFromData(api.Document)
	require.NoError(t, err)
	require.NoError(t, d.Validate(t.Context()))
	return d
}

// Every route is in the document, and nothing else is.
func TestDocumentHasAllRoutes(t *testing.T) {
	var described []string
	for path, item := range document(t).Paths.Map() {
		for method, operation := range item.Operations() {
			described = append(described, method+" "+path)
			require.NotEmpty(t, operation.OperationID)
			require.NotEmpty(t, operation.Summary, path)
		}
	}
	require.ElementsMatch(t, api.Routes(), described)
}

// docs/api.md has every route, too.
func TestManualHasAllRoutes(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	require.NoError(t, err)
	var described []string
	for line := range strings.Lines(string(text)) {
		for _, method := range []string{"GET", "POST"} {
			if rest, ok := strings.CutPrefix(line, "| `"+method+" /api/"); ok {
				path, _, _ := strings.Cut(rest, "`")
				described = append(described, method+" /api/"+path)
			}
		}
	}
	require.ElementsMatch(t, api.Routes(), described)
}

// Schemas have exactly the fields of the types.
func TestSchemasHaveAllFields(t *testing.T) {
	d := document(t)
	for name, v := range map[string]any{
		"Submission": api.Submission{}, "Submitted": api.Submitted{}, "Status": api.Status{}, "Stats": queue.Stats{},
		"Folder":  watch.Status{},
		"Pending": watch.Pending{}, "Rejected": watch.Rejected{}, "Job": job.Record{}, "Spec": job.Spec{},
		"Settings": job.Settings{},
		"Delivery": job.Delivery{}, "Source": job.Source{}, "Output": job.Output{}, "Attempt": job.Attempt{},
		"Step":     job.Step{},
		"Progress": job.Progress{}, "Event": job.Event{}, "Part": job.Part{}, "Person": job.Person{},
		"Video": job.Video{}, "Room": api.Room{}, "RoomJob": api.RoomJob{}, "Composition": api.Composition{},
		"Composed": api.Composed{},
	} {
		schema := d.Components.Schemas[name]
		require.NotNil(t, schema, name)
		want, always := fields(t, v)
		var have []string
		for field := range schema.Value.Properties {
			have = append(have, field)
		}
		require.ElementsMatch(t, want, have, name)
		if name != "Submission" && name != "Composition" { // which is asked for, not answered
			require.ElementsMatch(t, always, schema.Value.Required, "what is always there: %s", name)
		}
	}
	for _, s := range job.States {
		require.Contains(t, d.Components.Schemas["Job"].Value.Properties["state"].Value.Enum, any(string(s)))
	}
}

// fields are those that a value may have in JSON, and those that it always has.
func fields(t *testing.T, v any) (all, always []string) {
	t.Helper()
	typ := reflect.TypeOf(v)
	if _, ok := v.(job.Settings); ok { // whose JSON has other names than its fields
		full := reflect.New(typ).Elem()
		for i := range typ.NumField() {
			switch f := full.Field(i); f.Kind() {
			case reflect.String:
				f.SetString("x")
			case reflect.Bool:
				f.SetBool(true)
			default:
				f.SetInt(1)
			}
		}
		return written(t, full.Interface()), written(t, v)
	}
	for i := range typ.NumField() {
		field, options, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if field == "-" {
			continue
		}
		all = append(all, field)
		if !strings.Contains(options, "omit") {
			always = append(always, field)
		}
	}
	return all, always
}

// written are the fields of a value's JSON.
func written(t *testing.T, v any) []string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var m map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &m))
	return slices.Collect(maps.Keys(m))
}

// The codes of failures are public: programs decide by them.
func TestDocumentHasAllCodes(t *testing.T) {
	source, err := os.ReadFile("../job/types.go")
	require.NoError(t, err)
	codes := regexp.MustCompile(`(?m)^\tCode\w+ += "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(codes), 10)
	text := document(t).Components.Schemas["Job"].Value.Properties["code"].Value.Description
	for _, c := range codes {
		require.Contains(t, regexp.MustCompile(`\w+`).FindAllString(text, -1), c[1])
	}
}

// Answers are what the document says.
func TestAnswersAreAsDescribed(t *testing.T) {
	w := start(t, api.Options{})
	d := document(t)
	d.Servers = openapi3.Servers{{URL: w.url}}
	router, err := legacy.NewRouter(d)
	require.NoError(t, err)

	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.mp4"), "0123456789")
	w.add(1, failed)
	w.add(2, func(r *job.Record) {
		video(dir, "a.mp4")(r)
		r.Outputs[0].Poster = true
		r.Report, r.Mode, r.Warnings = json.RawMessage(`{"schema":1}`), "copy", []string{"LOSS"}
	})
	w.add(4, composed(dir, "a.mp4"))
	w.add(3, nil)
	w.backend.rooms = []watch.Room{{ID: "aa", Name: "1234", Title: "1234", Room: "1234", Watch: "calls",
		People: []string{"1"}, First: time.Unix(1_800_000_000, 0), Last: time.Unix(1_800_000_060, 0)}}
	require.NoError(t, w.backend.queue.PutArtifact(t.Context(), id(1), 1, job.GraphName, []byte("digraph {}")))
	require.NoError(t, w.backend.queue.PutArtifact(t.Context(), id(2), job.PosterAttempt, job.PosterName(0),
		[]byte("\xff\xd8")))
	one := "/api/v1/jobs/" + id(1)
	asked := map[string]bool{}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/api/v1/status", "", 200},
		{"GET", "/api/v1/jobs?limit=2", "", 200},
		{"GET", "/api/v1/jobs?state=wrong", "", 400},
		{"POST", "/api/v1/jobs", `{"paths": ["a"], "priority": "low", "watch": "calls", "again": false}`, 202},
		{"GET", one, "", 200},
		{"GET", "/api/v1/jobs/" + id(2), "", 200},
		{"GET", "/api/v1/jobs/" + id(3), "", 200},
		{"GET", "/api/v1/jobs/" + id(9), "", 404},
		{"GET", one + "/report", "", 200},
		{"GET", "/api/v1/jobs/" + id(3) + "/report", "", 404},
		{"GET", "/api/v1/jobs/" + id(2) + "/outputs/0", "", 200},
		{"GET", one + "/outputs/0", "", 404},
		{"GET", "/api/v1/jobs/" + id(2) + "/outputs/0/poster", "", 200},
		{"GET", "/api/v1/jobs/" + id(2) + "/outputs/1/poster", "", 404},
		{"GET", "/api/v1/jobs/" + id(4) + "/outputs/0/poster", "", 404},
		{"GET", one + "/attempts/1/graph", "", 200},
		{"POST", one + "/cancel", "", 409},
		{"POST", one + "/retry", "", 200},
		{"POST", "/api/v1/jobs/" + id(3) + "/cancel", "", 200},
		{"POST", "/api/v1/jobs/" + id(3) + "/again", "", 200},
		{"GET", "/api/v1/jobs/" + id(4), "", 200},
		{"GET", "/api/v1/rooms?limit=5", "", 200},
		{"GET", "/api/v1/rooms/1234", "", 200},
		{"GET", "/api/v1/rooms/9999", "", 404},
		{"POST", "/api/v1/rooms/1234/compose", `{"layout": "grid"}`, 202},
		{"POST", "/api/v1/rooms/9999/compose", "", 404},
		{"POST", "/api/v1/pause", "", 200},
		{"POST", "/api/v1/resume", "", 200},
		{"POST", "/api/v1/reload", "", 200},
		{"GET", "/api/v1/openapi.json", "", 200},
	} {
		a := w.do(c.method, c.path, c.body, "Content-Type", "application/json")
		require.Equal(t, c.status, a.status, "%s %s: %s", c.method, c.path, a.body)
		asked[described(t, router, w.url, c.method, c.path, c.body, a)] = true
	}
	asked["GET /api/v1/events"] = true // TestEvents
	for _, r := range api.Routes() {
		require.True(t, asked[r], "%s was not asked", r)
	}
}

// described checks an answer, and returns the route.
func described(t *testing.T, router routers.Router, url, method, path, body string, a answer) string {
	t.Helper()
	q, err := http.NewRequestWithContext(context.Background(), method, url+path, strings.NewReader(body))
	require.NoError(t, err)
	q.Header.Set("Content-Type", "application/json")
	route, params, err := router.FindRoute(q)
	require.NoError(t, err, "%s %s", method, path)
	in := &openapi3filter.RequestValidationInput{
		Request: q, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if a.status < 400 {
		require.NoError(t, openapi3filter.ValidateRequest(context.Background(), in), "%s %s", method, path)
	}
	media := a.header.Get("Content-Type")
	if !slices.Contains([]string{"application/json"}, media) {
		in.Options.ExcludeResponseBody = true
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.status, Header: a.header,
		Options: in.Options}
	out.SetBodyBytes([]byte(a.body))
	require.NoError(t, openapi3filter.ValidateResponse(context.Background(), out), "%s %s: %s", method, path, a.body)
	return method + " " + route.Path
}
