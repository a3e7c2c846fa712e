package gcs

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gocloud.dev/blob/driver"
	"gocloud.dev/gcerrors"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/storage/v1"
)

// bucket is a driver.Bucket.
type bucket struct {
	objects *storage.ObjectsService
	name    string
}

var errNotSupported = errors.New("not supported for buckets of Google Cloud Storage")

func (*bucket) Close() error { return nil }

// ErrorCode is what kind of error one of Google's is.
func (*bucket) ErrorCode(err error) gcerrors.ErrorCode {
	var api *googleapi.Error
	switch {
	case errors.Is(err, errNotSupported):
		return gcerrors.Unimplemented
	case errors.Is(err, context.Canceled):
		return gcerrors.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return gcerrors.DeadlineExceeded
	case !errors.As(err, &api):
		return gcerrors.Unknown
	}
	switch api.Code {
	// "denied on resource (or it may not exist)": nobody can tell them apart.
	case http.StatusNotFound, http.StatusForbidden:
		return gcerrors.NotFound
	case http.StatusUnauthorized:
		return gcerrors.PermissionDenied
	case http.StatusPreconditionFailed:
		return gcerrors.FailedPrecondition
	case http.StatusTooManyRequests:
		return gcerrors.ResourceExhausted
	}
	return gcerrors.Unknown
}

// As gives the service that the bucket is reached by.
func (b *bucket) As(target any) bool {
	p, ok := target.(**storage.ObjectsService)
	if ok {
		*p = b.objects
	}
	return ok
}

// ErrorAs gives Google's own error.
func (*bucket) ErrorAs(err error, target any) bool {
	p, ok := target.(**googleapi.Error)
	return ok && errors.As(err, p)
}

// Attributes asks for what is known of an object.
func (b *bucket) Attributes(ctx context.Context, key string) (*driver.Attributes, error) {
	o, err := b.objects.Get(b.name, key).Context(ctx).Do()
	if err != nil {
		return nil, err
	}
	return &driver.Attributes{
		CacheControl: o.CacheControl, ContentDisposition: o.ContentDisposition, ContentEncoding: o.ContentEncoding,
		ContentLanguage: o.ContentLanguage, ContentType: o.ContentType, Metadata: o.Metadata,
		CreateTime: when(o.TimeCreated), ModTime: when(o.Updated), Size: int64(o.Size), MD5: sum(o.Md5Hash), ETag: o.Etag,
	}, nil
}

// when reads a time, zero if it is none.
func when(text string) time.Time {
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

// sum reads a checksum, nil if it is none: composite objects have no MD5.
func sum(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) == 0 {
		return nil
	}
	return b
}

// ListPaged lists objects, and what is common to many up to a delimiter as a folder.
func (b *bucket) ListPaged(ctx context.Context, o *driver.ListOptions) (*driver.ListPage, error) {
	call := b.objects.List(b.name).Context(ctx).Prefix(o.Prefix).Delimiter(o.Delimiter).PageToken(string(o.PageToken))
	if o.PageSize > 0 {
		call.MaxResults(int64(o.PageSize))
	}
	found, err := call.Do()
	if err != nil {
		return nil, err
	}
	page := &driver.ListPage{NextPageToken: []byte(found.NextPageToken)}
	for _, i := range found.Items {
		page.Objects = append(page.Objects,
			&driver.ListObject{Key: i.Name, ModTime: when(i.Updated), Size: int64(i.Size), MD5: sum(i.Md5Hash)})
	}
	for _, folder := range found.Prefixes {
		page.Objects = append(page.Objects, &driver.ListObject{Key: folder, IsDir: true})
	}
	slices.SortFunc(page.Objects, func(a, b *driver.ListObject) int { return cmp.Compare(a.Key, b.Key) })
	return page, nil
}

// Copy is something that nobody here asks for.
func (*bucket) Copy(context.Context, string, string, *driver.CopyOptions) error {
	return errNotSupported
}

// SignedURL is something that nobody here asks for.
func (*bucket) SignedURL(context.Context, string, *driver.SignedURLOptions) (string, error) {
	return "", errNotSupported
}

// Delete deletes an object.
func (b *bucket) Delete(ctx context.Context, key string, _ *driver.DeleteOptions) error {
	return b.objects.Delete(b.name, key).Context(ctx).Do()
}

// reader is a driver.Reader.
type reader struct {
	io.ReadCloser
	attributes driver.ReaderAttributes
}

func (r *reader) Attributes() *driver.ReaderAttributes { return &r.attributes }

func (*reader) As(any) bool { return false }

// NewRangeReader reads length bytes (below 0: all) of an object from offset on.
func (b *bucket) NewRangeReader(ctx context.Context, key string, offset, length int64, _ *driver.ReaderOptions) (
	driver.Reader, error) {
	if length == 0 { // no range says so
		a, err := b.Attributes(ctx, key)
		if err != nil {
			return nil, err
		}
		return &reader{io.NopCloser(strings.NewReader("")),
			driver.ReaderAttributes{ContentType: a.ContentType, ModTime: a.ModTime, Size: a.Size}}, nil
	}
	call := b.objects.Get(b.name, key).Context(ctx)
	switch {
	case length > 0:
		call.Header().Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+length-1))
	case offset > 0:
		call.Header().Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	answer, err := call.Download()
	if err != nil {
		return nil, err
	}
	modified, _ := http.ParseTime(answer.Header.Get("Last-Modified"))
	return &reader{answer.Body, driver.ReaderAttributes{ContentType: answer.Header.Get("Content-Type"), ModTime: modified,
		Size: sizeOf(answer)}}, nil
}

// sizeOf is the size of the whole object that an answer is a part of (RFC 9110, 14.4).
func sizeOf(answer *http.Response) int64 {
	if _, whole, ok := strings.Cut(answer.Header.Get("Content-Range"), "/"); ok {
		if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
			return n
		}
	}
	return max(answer.ContentLength, 0)
}
