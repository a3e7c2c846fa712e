package queue

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// An artifact lies compressed in a stream, since it may be larger than a message: chunks below a subject of their own,
// and a header that says how many, published last. What is small is in the header itself: every subject takes memory.
// What is put a second time replaces the first at once and as a whole.
const (
	chunkBytes       = 256 << 10
	smallBytes       = 32 << 10
	maxArtifactBytes = 64 << 20 // uncompressed
)

// artifactHeader is the message that makes an artifact complete.
type artifactHeader struct {
	Version string `json:"version"` // last token but one of the chunks' subjects
	Chunks  int    `json:"chunks"`
	SHA256  string `json:"sha256"`         // of what was put
	Data    []byte `json:"data,omitempty"` // compressed, in place of chunks
}

func (q *Queue) artifactSubject(id string, attempt int, name string) (string, error) {
	if _, ok := parseID(id); !ok {
		return "", ErrNotFound
	}
	if name == "" || len(name) > 255 {
		return "", fmt.Errorf("artifact name %q: it has to have 1 to 255 bytes", name)
	}
	return q.names.artifact(id) + "." + strconv.Itoa(attempt) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(name)), nil
}

// PutArtifact implements Interface.
func (q *Queue) PutArtifact(ctx context.Context, id string, attempt int, name string, data []byte) error {
	subject, err := q.artifactSubject(id, attempt, name)
	if err != nil {
		return err
	}
	if !q.Known(id) {
		return ErrNotFound
	}
	if len(data) > maxArtifactBytes {
		return fmt.Errorf("artifact %s of job %s has %d bytes, more than the %d that are kept", name, id, len(data),
			maxArtifactBytes)
	}
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	_, _ = w.Write(data) // into memory
	_ = w.Close()
	sum := sha256.Sum256(data)
	h := artifactHeader{Version: rand.Text(), SHA256: hex.EncodeToString(sum[:])}
	if packed.Len() <= smallBytes {
		h.Data = packed.Next(smallBytes)
	}
	return q.do(ctx, func(ctx context.Context) error {
		for packed.Len() > 0 {
			if err := q.store(ctx, subject+"."+h.Version+"."+strconv.Itoa(h.Chunks),
				packed.Next(chunkBytes)); err != nil {
				return err
			}
			h.Chunks++
		}
		old, _ := q.artifactHeader(ctx, subject)
		header, err := json.Marshal(h)
		if err != nil {
			return err
		}
		if err := q.store(ctx, subject, header); err != nil || old == nil || old.Chunks == 0 {
			return err
		}
		return q.purgeArtifacts(ctx, subject+"."+old.Version+".>")
	})
}

func (q *Queue) store(ctx context.Context, subject string, data []byte) error {
	return retry(ctx, q.opts.Log, "writing an artifact", func(ctx context.Context) error {
		_, err := q.js.Publish(ctx, subject, data)
		q.noteWrite(err)
		return err
	})
}

func (q *Queue) load(ctx context.Context, subject string) (data []byte, err error) {
	err = retry(ctx, q.opts.Log, "reading an artifact", func(ctx context.Context) error {
		msg, err := q.artifacts.GetLastMsgForSubject(ctx, subject)
		if err == nil {
			data = msg.Data
		}
		return err
	})
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = ErrNotFound
	}
	return data, err
}

func (q *Queue) artifactHeader(ctx context.Context, subject string) (*artifactHeader, error) {
	data, err := q.load(ctx, subject)
	if err != nil {
		return nil, err
	}
	h := new(artifactHeader)
	if err := json.Unmarshal(data, h); err != nil {
		return nil, fmt.Errorf("an artifact cannot be read: %w", err)
	}
	return h, nil
}

// Artifact implements Interface.
func (q *Queue) Artifact(ctx context.Context, id string, attempt int, name string) (data []byte, err error) {
	subject, err := q.artifactSubject(id, attempt, name)
	if err != nil {
		return nil, err
	}
	err = q.do(ctx, func(ctx context.Context) error {
		for tries := 0; ; tries++ {
			if data, err = q.artifact(ctx, subject); !errors.Is(err, ErrNotFound) || tries == 2 {
				return err
			}
			// It may have been replaced while it was read.
		}
	})
	return data, err
}

func (q *Queue) artifact(ctx context.Context, subject string) ([]byte, error) {
	h, err := q.artifactHeader(ctx, subject)
	if err != nil {
		return nil, err
	}
	packed := *bytes.NewBuffer(h.Data)
	for i := range h.Chunks {
		chunk, err := q.load(ctx, subject+"."+h.Version+"."+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		packed.Write(chunk)
	}
	r, err := gzip.NewReader(&packed)
	if err != nil {
		return nil, fmt.Errorf("an artifact is damaged: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxArtifactBytes))
	if err != nil {
		return nil, fmt.Errorf("an artifact is damaged: %w", err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != h.SHA256 {
		return nil, errors.New("an artifact is damaged: its checksum differs")
	}
	return data, nil
}

func (q *Queue) purgeArtifacts(ctx context.Context, subject string) error {
	return retry(ctx, q.opts.Log, "removing artifacts", func(ctx context.Context) error {
		return q.artifacts.Purge(ctx, jetstream.WithPurgeSubject(subject))
	})
}

func (q *Queue) removeArtifacts(ctx context.Context, id string) error {
	return q.purgeArtifacts(ctx, q.names.artifact(id)+".>")
}

// sweepArtifacts removes what belongs to no job: it was put while the job was forgotten.
func (q *Queue) sweepArtifacts(ctx context.Context) error {
	prefix := q.names.artifact("")
	info, err := q.artifacts.Info(ctx, jetstream.WithSubjectFilter(prefix+">"))
	if err != nil {
		return err
	}
	looked := map[string]bool{}
	for subject := range info.State.Subjects {
		id, _, _ := strings.Cut(strings.TrimPrefix(subject, prefix), ".")
		if looked[id] || q.Known(id) {
			continue
		}
		looked[id] = true
		if _, _, _, err := q.get(ctx, id); errors.Is(err, ErrNotFound) {
			err = q.removeArtifacts(ctx, id)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
