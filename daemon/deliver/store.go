package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/upright-media/upright/internal/files"
)

const (
	// stallTimeout is how long an upload may make no progress. What is read is sent in parts of partSize, during which
	// no progress is seen: at 100 kB/s two of them take three minutes.
	stallTimeout  = 5 * time.Minute
	partSize      = 8 << 20 // bytes; those of S3 are at least 5 MiB
	partsInFlight = 2
	maxParts      = 9000 // S3 takes 10,000

	metaJob    = "upright-job"
	metaSHA256 = "upright-sha256"
)

// store is the bucket that a job's outputs are uploaded to.
type store struct {
	bucket *blob.Bucket
	url    *url.URL // without what is not public
	prefix string   // of all keys, out of the URL
	job    string   // id
	stall  time.Duration
}

// object is one file on its way to a store.
type object struct {
	file   string // absolute
	rel    string // below the output folder
	key    string
	size   int64
	sha256 string // hexadecimal
	output int    // index in job.Record.Outputs, -1: the report
}

var (
	errTaken  = errors.New("another object has this key")
	errDiffer = errors.New("what was read back is not what was sent")
)

// openStore opens a bucket by its URL. Credentials are those of the provider's usual places (environment, files, the
// machine's role), never of the URL.
func openStore(ctx context.Context, address, job string, stall time.Duration) (*store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, final("the upload's URL cannot be understood: %w", plain(err))
	}
	if !blob.DefaultURLMux().ValidBucketScheme(u.Scheme) {
		return nil, final("nothing can be uploaded to %s://…: use s3, gs, azblob or file", u.Scheme)
	}
	query := u.Query()
	s := &store{url: &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}, prefix: query.Get("prefix"), job: job,
		stall: stall}
	if u.Scheme == "file" {
		// Its temporary files have to lie on the file system of the folder, to be renamed in the end; and a folder for
		// people has no files that describe other files, unless somebody wants them.
		query.Set("no_tmp_dir", "true")
		switch query.Get("metadata") {
		case "":
			query.Set("metadata", "skip")
		case "sidecar":
			query.Del("metadata")
		}
		u.RawQuery = query.Encode()
	}
	if u.Scheme == "s3" && !query.Has("response_checksum_validation") {
		// Its SDK can check few of the checksums that S3 has, and complains of each other one. prove checks all of
		// them.
		query.Set("response_checksum_validation", "when_required")
		u.RawQuery = query.Encode()
	}
	if s.bucket, err = blob.OpenBucket(ctx, u.String()); err != nil {
		return nil, s.explain(err, "opened")
	}
	return s, nil
}

func (s *store) Close() error { return s.bucket.Close() }

// address is the URL of an object.
func (s *store) address(key string) string {
	u := *s.url
	u.Path = strings.TrimSuffix(u.Path, "/") + "/" + s.prefix + key
	return u.String()
}

// explain is a provider's error in one sentence.
func (s *store) explain(err error, verb string) error {
	what := fmt.Sprintf("%s cannot be %s", s.url, verb)
	switch {
	case errors.Is(err, errStalled):
		return fmt.Errorf("%s: it does not answer", what)
	case gcerrors.Code(err) == gcerrors.NotFound:
		return fmt.Errorf("%s: the bucket, container or folder does not exist (%s)", what, reason(err))
	case gcerrors.Code(err) == gcerrors.PermissionDenied:
		return fmt.Errorf("%s: access was denied (%s)", what, reason(err))
	}
	return fmt.Errorf("%s: %s", what, reason(err))
}

// reason is the part of a provider's error that says why.
func reason(err error) string {
	var api interface {
		error
		ErrorCode() string
		ErrorMessage() string
	}
	if errors.As(err, &api) {
		return strings.Trim(api.ErrorCode()+": "+api.ErrorMessage(), ": ")
	}
	text := plain(err).Error()
	if _, after, ok := strings.Cut(text, "): "); ok && strings.HasPrefix(text, "blob (") {
		text = after // what went before is the key
	}
	if strings.Contains(text, "credentials") {
		text = "there are no credentials in the environment, nor where the provider keeps them else: " + text
	}
	return tail(text, 400)
}

// found is what has a key already.
type found int

const (
	free   found = iota
	ours         // the same job put the same content there, by what it says of itself
	broken       // the same, but of another size
	theirs       // anything else: never to be touched
)

// look says what has an object's key.
func (s *store) look(ctx context.Context, o *object) (found, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, min(s.stall, time.Minute), errStalled)
	defer cancel()
	attrs, err := s.bucket.Attributes(ctx, o.key)
	switch {
	case err != nil && gcerrors.Code(err) == gcerrors.NotFound:
		return free, nil
	case err != nil:
		return theirs, s.explain(because(ctx, err), "reached")
	case attrs.Metadata[metaJob] == s.job && strings.EqualFold(attrs.Metadata[metaSHA256], o.sha256):
		if attrs.Size != o.size {
			return broken, nil
		}
		return ours, nil
	case attrs.Metadata[metaJob] != "" || attrs.Size != o.size:
		return theirs, nil
	}
	// Some stores keep no metadata: then the content says it.
	if err := s.prove(ctx, o); errors.Is(err, errDiffer) {
		return theirs, nil
	} else if err != nil {
		return theirs, err
	}
	return ours, nil
}

// prove reads an object back, all of it. That its size and SHA-256 are those of the file is the only proof that is the
// same with every provider: checksums that a provider states may be those of parts, or only what it was told.
func (s *store) prove(ctx context.Context, o *object) error {
	ctx, alive, cancel := watchdog(ctx, s.stall)
	defer cancel()
	r, err := s.bucket.NewReader(ctx, o.key, nil)
	if err != nil {
		if gcerrors.Code(err) == gcerrors.NotFound {
			return fmt.Errorf("%s is not there: %w", s.address(o.key), errDiffer)
		}
		return s.explain(because(ctx, err), "read")
	}
	defer r.Close()
	if err := persist(r); err != nil {
		return fmt.Errorf("%s cannot be written to disk: %w", s.address(o.key), plain(err))
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(&aliveReader{r, alive}, o.size+1))
	if err != nil {
		return s.explain(because(ctx, err), "read")
	}
	if n != o.size || !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), o.sha256) {
		return fmt.Errorf("%s: %w", s.address(o.key), errDiffer)
	}
	return nil
}

// persist has an object that is a file here written to its disk, before anything else is deleted because of it.
func persist(r *blob.Reader) error {
	var inner io.Reader
	if !r.As(&inner) {
		return nil
	}
	file, ok := inner.(*os.File)
	if !ok {
		return nil
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return files.SyncFolder(filepath.Dir(file.Name()))
}

// put sends a file. It gets its final name only if it arrives as a whole and is what the record says. errTaken:
// something has the key, and replace is not set.
func (s *store) put(ctx context.Context, dir *folder, o *object, replace bool) error {
	file, info, err := dir.open(o.rel)
	switch {
	case errors.Is(err, errOther):
		return final("%w", err)
	case err != nil:
		return fmt.Errorf("%s cannot be read: %w", o.file, plain(err))
	}
	defer file.Close()
	if info.Size() != o.size {
		return final("%s has %d bytes instead of %d: it has changed since it was verified and is not uploaded", o.file,
			info.Size(), o.size)
	}
	s.sweep(ctx, o.key)
	ctx, alive, cancel := watchdog(ctx, s.stall)
	defer cancel()
	source := &source{r: file, alive: alive, sum: sha256.New(), object: o}
	err = s.bucket.Upload(ctx, o.key, source, &blob.WriterOptions{
		ContentType:    contentType(o.file),
		Metadata:       map[string]string{metaJob: s.job, metaSHA256: o.sha256},
		BufferSize:     int(max(partSize, o.size/maxParts)),
		MaxConcurrency: partsInFlight,
		IfNotExist:     !replace,
		BeforeWrite: func(as func(any) bool) error {
			as(&source.temp) // only if the store is a folder
			return nil
		},
	})
	switch {
	case source.err != nil:
		return source.err
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.FailedPrecondition && !replace:
		return errTaken
	case unconditional(err) && !replace:
		return s.put(ctx, dir, o, true) // it was free when it was looked at
	}
	return s.explain(s.cause(because(ctx, err)), "written to")
}

// cause is why a write really failed. A server that wants nothing of a file answers before it has read it and hangs up:
// then the writer may see a broken connection and not the answer. A question that has no body gets it.
func (s *store) cause(err error) error {
	if gcerrors.Code(err) != gcerrors.Unknown || errors.Is(err, errStalled) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), min(s.stall, 10*time.Second))
	defer cancel()
	_, listed := s.bucket.List(nil).Next(ctx)
	if gcerrors.Code(listed) == gcerrors.NotFound {
		return listed
	}
	return err // not everybody who may write may list
}

// unconditional says that a store does not know writing only what is new.
func unconditional(err error) bool {
	var api interface {
		error
		ErrorCode() string
	}
	return gcerrors.Code(err) == gcerrors.Unimplemented || errors.As(err, &api) && api.ErrorCode() == "NotImplemented"
}

var leftBehind = regexp.MustCompile(`^\.[0-9a-f]{8,16}\.tmp$`)

// sweep deletes what uploads to the same key have left behind in a folder when their daemon was killed.
func (s *store) sweep(ctx context.Context, key string) {
	if s.url.Scheme != "file" {
		return
	}
	list := s.bucket.List(&blob.ListOptions{Prefix: key})
	for {
		o, err := list.Next(ctx)
		if err != nil {
			return
		}
		if leftBehind.MatchString(strings.TrimPrefix(o.Key, key)) {
			_ = s.bucket.Delete(ctx, o.Key) // it is in nobody's way
		}
	}
}

// source is a file that is sent. Its end is an error unless it is what the record says: then it is not stored.
type source struct {
	r      io.Reader
	alive  func()
	sum    hash.Hash
	n      int64
	object *object
	temp   *os.File // where a folder's store writes it
	err    error
}

func (s *source) Read(p []byte) (int, error) {
	s.alive()
	n, err := s.r.Read(p)
	s.n += int64(n)
	s.sum.Write(p[:n])
	switch {
	case err == io.EOF && (s.n != s.object.size ||
		!strings.EqualFold(hex.EncodeToString(s.sum.Sum(nil)), s.object.sha256)):
		s.err = final("%s has changed since it was verified and is not uploaded", s.object.file)
	case err == io.EOF && s.temp != nil:
		if e := s.temp.Sync(); e != nil {
			s.err = fmt.Errorf("%s cannot be uploaded: %w", s.object.file, plain(e))
		}
	case err != nil && err != io.EOF:
		s.err = fmt.Errorf("%s cannot be read: %w", s.object.file, plain(err))
	}
	if s.err != nil {
		return 0, s.err
	}
	return n, err
}

func contentType(file string) string {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".mp4":
		return "video/mp4"
	case ".mkv":
		return "video/x-matroska"
	case ".webm":
		return "video/webm"
	case ".m4a":
		return "audio/mp4"
	case ".mka":
		return "audio/x-matroska"
	case ".srt":
		return "application/x-subrip"
	case ".vtt":
		return "text/vtt"
	case ".jpg":
		return "image/jpeg"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}
