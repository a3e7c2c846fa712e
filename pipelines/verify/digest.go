package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"runtime"

	"github.com/upright-media/upright/internal/stages"
)

// digesting is the reading of a file for its digest, while it is checked otherwise: that takes half as long, and goes
// on beside it where there is more than one processor.
type digesting struct {
	cancel context.CancelFunc
	done   chan struct{} // closed when the others are there
	bytes  int64
	sum    string
	err    error
}

func beginDigest(ctx context.Context, path string) *digesting {
	d := &digesting{done: make(chan struct{})}
	ctx, d.cancel = context.WithCancel(ctx)
	go func() {
		defer close(d.done)
		d.bytes, d.sum, d.err = Digest(ctx, path)
	}()
	return d
}

// wait is the result of Digest.
func (d *digesting) wait() (n int64, sum string, err error) {
	<-d.done
	return d.bytes, d.sum, d.err
}

// stop ends it, if it goes on. Nothing reads the file then.
func (d *digesting) stop() {
	d.cancel()
	<-d.done
}

// Digest returns size and SHA-256 of a file.
func Digest(ctx context.Context, path string) (n int64, sum string, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer stages.OfThread(stages.Hash)()
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	b := make([]byte, 128<<10)
	for {
		if err := ctx.Err(); err != nil {
			return 0, "", err
		}
		m, err := f.Read(b)
		n += int64(m)
		h.Write(b[:m])
		if errors.Is(err, io.EOF) {
			return n, hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return 0, "", err
		}
	}
}
