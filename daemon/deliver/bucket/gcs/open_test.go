package gcs

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
	"google.golang.org/api/option"
	"google.golang.org/api/storage/v1"

	"github.com/upright-media/upright/internal/gcstest"
)

// keyFile writes a service account's key, whose tokens come from some address.
func keyFile(t *testing.T, tokens string) string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "upright@example.iam.gserviceaccount.com", "private_key_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": tokens,
	})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "key.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// Application Default Credentials, here those of a file that the environment names, are exchanged for a token, and this
// goes along with every request.
func TestCredentials(t *testing.T) {
	s := gcstest.Start(t, "media")
	var mu sync.Mutex
	var seen []string
	s.Before = func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"access_token": "the-token", "token_type": "Bearer", "expires_in": 3600}`)
			return true
		}
		seen = append(seen, r.Header.Get("Authorization"))
		return false
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", keyFile(t, s.URL+"/token"))
	for query, want := range map[string]string{"": "Bearer the-token", "anonymous=true": "", "access_id=-": ""} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		options, err := optionsOf(values, "")
		require.NoError(t, err)
		service, err := storage.NewService(t.Context(), append(options, option.WithEndpoint(s.URL+"/storage/v1/"))...)
		require.NoError(t, err)
		b := blob.NewBucket(&bucket{objects: service.Objects, name: "media"})
		seen = nil
		require.NoError(t, b.WriteAll(t.Context(), "key", []byte("content"), nil))
		require.Equal(t, []string{want}, seen, query)
	}
}

func TestParameters(t *testing.T) {
	for query, want := range map[string]string{
		"":                         "",
		"access_id=me":             "",
		"private_key_path=/x":      "",
		"universe_domain=x.cloud":  "",
		"grpc=false":               "",
		"anonymous=maybe":          "anonymous=maybe is neither true nor false",
		"grpc=true":                "grpc=true is not supported",
		"zonal=1":                  "zonal=1 is not supported",
		"anonymous=true&colour=no": `there is no parameter "colour"`,
	} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		_, err = optionsOf(values, "")
		if want == "" {
			require.NoError(t, err, query)
		} else {
			require.ErrorContains(t, err, want, query)
		}
	}
	_, err := blob.OpenBucket(t.Context(), "gs://?anonymous=true")
	require.ErrorContains(t, err, "the name of the bucket is missing")
}

// What a bucket can do, by the interface that all kinds of buckets have.
func TestBucket(t *testing.T) {
	s := gcstest.Start(t, "media")
	s.Emulate(t)
	ctx := t.Context()
	b, err := blob.OpenBucket(ctx, "gs://media?prefix=in/")
	require.NoError(t, err)
	defer b.Close()
	_, err = b.Attributes(ctx, "nothing")
	require.Equal(t, gcerrors.NotFound, gcerrors.Code(err))
	require.Equal(t, gcerrors.NotFound, gcerrors.Code(b.Delete(ctx, "nothing")))

	text := strings.Repeat("0123456789", 100)
	for _, key := range []string{"a", "b", "c", "d/e"} {
		require.NoError(t, b.WriteAll(ctx, key, []byte(text), &blob.WriterOptions{ContentType: "text/plain"}))
	}
	err = b.WriteAll(ctx, "a", []byte("x"), &blob.WriterOptions{IfNotExist: true})
	require.Equal(t, gcerrors.FailedPrecondition, gcerrors.Code(err))
	attributes, err := b.Attributes(ctx, "a")
	require.NoError(t, err)
	require.EqualValues(t, 1000, attributes.Size)
	require.Equal(t, "text/plain", attributes.ContentType)
	require.False(t, attributes.ModTime.IsZero())

	for _, c := range []struct{ offset, length int64 }{{0, -1}, {0, 1}, {10, 5}, {995, -1}, {3, 0}} {
		r, err := b.NewRangeReader(ctx, "a", c.offset, c.length, nil)
		require.NoError(t, err)
		want := text[c.offset:]
		if c.length >= 0 {
			want = want[:c.length]
		}
		got := make([]byte, 2000)
		n := 0
		for n < len(want) {
			m, err := r.Read(got[n:])
			n += m
			if err != nil {
				break
			}
		}
		require.Equal(t, want, string(got[:n]), c)
		require.EqualValues(t, 1000, r.Size(), c)
		require.NoError(t, r.Close())
	}

	var keys []string
	list := b.List(nil)
	for o, err := list.Next(ctx); err == nil; o, err = list.Next(ctx) {
		keys = append(keys, o.Key)
	}
	require.Equal(t, []string{"a", "b", "c", "d/e"}, keys)
	require.NoError(t, b.Delete(ctx, "a"))
	require.Nil(t, s.Object("media", "in/a"))

	// A writer that is given up leaves nothing behind.
	w, err := b.NewWriter(ctx, "half", &blob.WriterOptions{ContentType: "text/plain"})
	require.NoError(t, err)
	_, err = w.Write([]byte("half a"))
	require.NoError(t, err)
	s.Before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusForbidden); return true }
	require.Error(t, w.Close())
	require.Nil(t, s.Object("media", "in/half"))

	require.Equal(t, gcerrors.Unimplemented, gcerrors.Code(b.Copy(ctx, "x", "b", nil)))
	_, err = b.SignedURL(ctx, "b", nil)
	require.Equal(t, gcerrors.Unimplemented, gcerrors.Code(err))
}
