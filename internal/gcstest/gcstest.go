// Package gcstest is as much of Google Cloud Storage as uploading needs, in memory, for tests: objects of the JSON API
// with preconditions, and uploads at once and in parts.
package gcstest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/storage/v1"
)

// Server is a running stand-in for Google.
type Server struct {
	*httptest.Server
	// Before is called for every request, with nothing locked. It has answered by itself if it returns true.
	Before func(http.ResponseWriter, *http.Request) bool

	mu       sync.Mutex
	objects  map[string]*Object // by bucket/key
	buckets  map[string]bool
	sessions map[string]*session
}

// Object is what is stored.
type Object struct {
	storage.Object
	Content []byte
}

// session is an upload in parts.
type session struct {
	name   string // bucket/key
	object *Object
	fresh  bool // there must be none
}

// Start starts a server with buckets of these names.
func Start(t testing.TB, buckets ...string) *Server {
	s := &Server{objects: map[string]*Object{}, buckets: map[string]bool{}, sessions: map[string]*session{}}
	for _, b := range buckets {
		s.AddBucket(b)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

// Emulate has this process, and those that it starts, take the server for Google.
func (s *Server) Emulate(t testing.TB) {
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(s.URL, "http://"))
}

// AddBucket makes a bucket.
func (s *Server) AddBucket(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[name] = true
}

// Object returns an object, nil if there is none.
func (s *Server) Object(bucket, key string) *Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[bucket+"/"+key]
}

// Put stores an object.
func (s *Server) Put(bucket, key string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(bucket+"/"+key, &Object{Content: content})
}

func (s *Server) store(name string, o *Object) {
	_, o.Name, _ = strings.Cut(name, "/")
	o.Size, o.Updated = uint64(len(o.Content)), time.Now().UTC().Format(time.RFC3339Nano)
	s.objects[name] = o
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.Before != nil && s.Before(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/upload/storage/v1/b/"); ok {
		s.upload(w, r, strings.TrimSuffix(rest, "/o"))
		return
	}
	bucket, rest, _ := strings.Cut(strings.TrimPrefix(path, "/storage/v1/b/"), "/o")
	key, err := url.PathUnescape(strings.TrimPrefix(rest, "/"))
	switch {
	case err != nil || !strings.HasPrefix(path, "/storage/v1/b/"):
		fail(w, http.StatusBadRequest, "what is "+path+"?")
	case !s.buckets[bucket]:
		fail(w, http.StatusNotFound, "The specified bucket does not exist.")
	case key == "":
		s.list(w, r, bucket)
	case s.objects[bucket+"/"+key] == nil:
		fail(w, http.StatusNotFound, "No such object: "+bucket+"/"+key)
	case r.Method == http.MethodDelete:
		delete(s.objects, bucket+"/"+key)
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Query().Get("alt") == "media":
		o := s.objects[bucket+"/"+key]
		w.Header().Set("Content-Type", o.ContentType)
		http.ServeContent(w, r, "", time.Now(), strings.NewReader(string(o.Content)))
	default:
		answer(w, &s.objects[bucket+"/"+key].Object)
	}
}

// fail answers as Google does.
func fail(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error": {"code": %d, "message": %q}}`, status, text)
}

func answer(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}

// list answers with two objects at a time, so that whoever lists them has to ask again.
func (s *Server) list(w http.ResponseWriter, r *http.Request, bucket string) {
	var names []string
	q := r.URL.Query()
	for name := range s.objects {
		key, ok := strings.CutPrefix(name, bucket+"/")
		if ok && strings.HasPrefix(key, q.Get("prefix")) && key > q.Get("pageToken") {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	page := storage.Objects{}
	for _, key := range names[:min(len(names), 2)] {
		page.Items = append(page.Items, &s.objects[bucket+"/"+key].Object)
	}
	if len(names) > 2 {
		page.NextPageToken = names[1]
	}
	answer(w, page)
}

// upload takes an object, or a part of one.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, bucket string) {
	q := r.URL.Query()
	if id := q.Get("upload_id"); id != "" {
		s.part(w, r, s.sessions[id])
		return
	}
	if !s.buckets[bucket] {
		fail(w, http.StatusNotFound, "The specified bucket does not exist.")
		return
	}
	u := &session{object: &Object{}, fresh: q.Get("ifGenerationMatch") == "0"}
	var err error
	switch q.Get("uploadType") {
	case "resumable":
		err = json.NewDecoder(r.Body).Decode(&u.object.Object)
	case "multipart":
		err = readMultipart(r, u.object)
	default:
		err = fmt.Errorf("no such type of upload")
	}
	u.name = bucket + "/" + u.object.Name
	switch {
	case err != nil:
		fail(w, http.StatusBadRequest, err.Error())
	case u.fresh && s.objects[u.name] != nil:
		fail(w, http.StatusPreconditionFailed, "At least one of the pre-conditions you specified did not hold.")
	case q.Get("uploadType") == "multipart":
		s.store(u.name, u.object)
		answer(w, &u.object.Object)
	default:
		id := fmt.Sprint(len(s.sessions) + 1)
		s.sessions[id] = u
		w.Header().Set("Location", s.URL+r.URL.Path+"?upload_id="+id)
	}
}

// readMultipart reads an object and its content (RFC 2387).
func readMultipart(r *http.Request, o *Object) error {
	_, p, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	parts := multipart.NewReader(r.Body, p["boundary"])
	head, err := parts.NextPart()
	if err != nil {
		return err
	}
	if err := json.NewDecoder(head).Decode(&o.Object); err != nil {
		return err
	}
	body, err := parts.NextPart()
	if err != nil {
		return err
	}
	o.Content, err = io.ReadAll(body)
	return err
}

// part takes a part of an object. The last one says how many bytes there are.
func (s *Server) part(w http.ResponseWriter, r *http.Request, u *session) {
	if u == nil {
		fail(w, http.StatusNotFound, "no such upload")
		return
	}
	from, whole, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Content-Range"), "bytes "), "/")
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if begin, _, ok := strings.Cut(from, "-"); ok && begin != fmt.Sprint(len(u.object.Content)) {
		fail(w, http.StatusServiceUnavailable, "expected byte "+fmt.Sprint(len(u.object.Content)))
		return
	}
	u.object.Content = append(u.object.Content, content...)
	switch {
	case whole == "*":
		// Clients that cannot bear a 308 say so.
		w.Header().Set("X-Http-Status-Code-Override", "308")
		w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", len(u.object.Content)-1))
		if r.Header.Get("X-GUploader-No-308") != "yes" {
			w.WriteHeader(http.StatusPermanentRedirect)
		}
	case whole != fmt.Sprint(len(u.object.Content)):
		fail(w, http.StatusBadRequest, "there are not as many bytes as it says")
	case u.fresh && s.objects[u.name] != nil:
		fail(w, http.StatusPreconditionFailed, "At least one of the pre-conditions you specified did not hold.")
	default:
		s.store(u.name, u.object)
		answer(w, &u.object.Object)
	}
}
