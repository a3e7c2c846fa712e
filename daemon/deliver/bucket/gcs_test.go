package bucket_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/internal/gcstest"
)

func TestGCS(t *testing.T) {
	s := gcstest.Start(t, "media")
	s.Emulate(t)
	var busy atomic.Int32
	s.Before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("upload_id") == "" || busy.Add(1) != 2 {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable) // once, in the middle: the part is sent again
		return true
	}
	u := newUploader(t, "gs://media", 20<<20+1, 0, 300_000) // in parts; empty; at once
	u.requireUploaded()
	require.Greater(t, busy.Load(), int32(3))
	for i, name := range []string{"a+b.mp4", "c.mp4", "d.webm"} {
		o := s.Object("media", "videos/größe 1/"+name)
		require.NotNil(t, o, name)
		sum := sha256.Sum256(o.Content)
		require.Equal(t, u.rec.Outputs[i].SHA256, hex.EncodeToString(sum[:]))
		require.Equal(t, []string{"video/mp4", "video/mp4", "video/webm"}[i], o.ContentType)
		require.Equal(t, map[string]string{"upright-job": u.rec.Spec.ID, "upright-sha256": u.rec.Outputs[i].SHA256},
			o.Metadata)
		require.Equal(t, "gs://media/videos/gr%C3%B6%C3%9Fe%201/"+name, u.rec.Outputs[i].URL)
	}
	require.Equal(t, "application/json", s.Object("media", "videos/größe 1/a+b.json").ContentType)
}

// What is in the way is left alone, also if it comes between looking and writing.
func TestGCSOverwritesNothing(t *testing.T) {
	for _, size := range []int{1000, 20 << 20} {
		s := gcstest.Start(t, "media")
		s.Emulate(t)
		key := "videos/größe 1/a+b.mp4"
		var late atomic.Bool
		s.Before = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost && late.CompareAndSwap(false, true) {
				s.Put("media", key, []byte("somebody else's"))
			}
			return false
		}
		u := newUploader(t, "gs://media", size)
		u.requireUploaded()
		require.Equal(t, "somebody else's", string(s.Object("media", key).Content))
		require.True(t, strings.HasSuffix(u.rec.Outputs[0].URL, "a+b.2.mp4"), u.rec.Outputs[0].URL)
		require.NotNil(t, s.Object("media", "videos/größe 1/a+b.2.json"))
	}
}

func TestGCSRecovers(t *testing.T) {
	s := gcstest.Start(t, "other")
	s.Emulate(t)
	u := newUploader(t, "gs://media", 9<<20)
	u.requireError("gs://media cannot be written to: the bucket, container or folder does not exist (googleapi: Error 404: " +
		"The specified bucket does not exist.")
	s.AddBucket("media")
	s.Before = func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	u.requireError("gs://media cannot be reached: access was denied")
	s.Before = nil
	t.Setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:9") // where nobody is
	u.requireError("gs://media cannot be reached: ")
	t.Setenv("STORAGE_EMULATOR_HOST", "")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json")
	u.requireError("gs://media cannot be opened: there are no credentials in the environment")
	s.Emulate(t)
	u.requireUploaded()
}

// An output that changes while it is sent is not stored.
func TestGCSSendsNothingElse(t *testing.T) {
	for _, size := range []int{1000, 20 << 20} {
		s := gcstest.Start(t, "media")
		s.Emulate(t)
		u := newUploader(t, "gs://media", size)
		file := u.rec.Outputs[0].File
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		content[size-1] ^= 1
		require.NoError(t, os.WriteFile(file, content, 0o644))
		require.True(t, u.run().Finished)
		require.Equal(t, deliver.StepFailed, u.rec.Steps[0].State)
		require.Contains(t, u.rec.Steps[0].Error, "has changed since it was verified and is not uploaded")
		require.Nil(t, s.Object("media", "videos/größe 1/a+b.mp4"))
		require.FileExists(t, file)
	}
}
