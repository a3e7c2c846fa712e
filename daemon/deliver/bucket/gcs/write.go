package gcs

import (
	"context"
	"encoding/base64"
	"io"
	"strings"

	"gocloud.dev/blob/driver"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/storage/v1"
)

// defaultPart is how many bytes are sent at a time unless the caller says: each part is kept until Google has it.
const defaultPart = 16 << 20

// NewTypedWriter writes an object, in parts, of which each is sent again if Google was out of order. It is there as a
// whole when it is closed, or not at all.
func (b *bucket) NewTypedWriter(ctx context.Context, key, contentType string, o *driver.WriterOptions) (driver.Writer,
	error) {
	object := &storage.Object{
		Name: key, ContentType: contentType, CacheControl: o.CacheControl, ContentDisposition: o.ContentDisposition,
		ContentEncoding: o.ContentEncoding, ContentLanguage: o.ContentLanguage, Metadata: o.Metadata,
	}
	if len(o.ContentMD5) > 0 {
		object.Md5Hash = base64.StdEncoding.EncodeToString(o.ContentMD5)
	}
	if o.BeforeWrite != nil {
		if err := o.BeforeWrite(func(any) bool { return false }); err != nil {
			return nil, err
		}
	}
	part := o.BufferSize
	if part <= 0 {
		part = defaultPart
	}
	return &writer{send: func(r io.Reader) error {
		call := b.objects.Insert(b.name, object).Context(ctx)
		if o.IfNotExist {
			call.IfGenerationMatch(0) // none that lives
		}
		_, err := call.Media(r, googleapi.ContentType(contentType), googleapi.ChunkSize(part)).Do()
		return err
	}}, nil
}

// writer is a driver.Writer and a driver.Uploader.
type writer struct {
	send func(io.Reader) error
	pipe *io.PipeWriter // to send, once there is something
	sent chan error
}

// Upload sends all that a reader gives.
func (w *writer) Upload(r io.Reader) error {
	w.sent = make(chan error, 1)
	w.sent <- w.send(r)
	return nil
}

func (w *writer) Write(p []byte) (int, error) {
	if w.pipe == nil {
		r, pipe := io.Pipe()
		w.pipe, w.sent = pipe, make(chan error, 1)
		go func() {
			err := w.send(r)
			_ = r.CloseWithError(err) // it never fails
			w.sent <- err
		}()
	}
	return w.pipe.Write(p)
}

// Close waits until Google has everything, and says whether it has.
func (w *writer) Close() error {
	switch {
	case w.pipe != nil:
		_ = w.pipe.Close() // it never fails
	case w.sent == nil:
		return w.send(strings.NewReader(""))
	}
	return <-w.sent
}
