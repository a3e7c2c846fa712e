package deliver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/loopback"
)

func webhookWorld(t *testing.T, h job.Webhook) *world {
	return newWorld(t, job.Delivery{Webhook: &h})
}

func TestWebhookMessage(t *testing.T) {
	r := newReceiver(t, nil)
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("  hush\n"), 0o600))
	w := webhookWorld(t, job.Webhook{URL: r.URL + "/in?token=geheim", SecretFile: secret})
	w.change(func(rec *job.Record) {
		rec.Spec.Delivery.Hook = &job.Hook{Command: []string{"true", "geheim"}}
		rec.Outputs[0].URL = "s3://bucket/x.mp4"
		rec.Report = json.RawMessage(`{"schema":1}`)
	})
	require.True(t, w.run().Finished)
	require.Len(t, r.requests, 1)
	req, body := r.requests[0], r.bodies[0]
	require.Equal(t, http.MethodPost, req.Method)
	require.Equal(t, "/in?token=geheim", req.RequestURI)
	require.Equal(t, "application/json", req.Header.Get("Content-Type"))
	require.Equal(t, "job.done", req.Header.Get("Upright-Event"))
	require.Regexp(t, "^[0-9a-f]{32}$", req.Header.Get("Upright-Delivery"))

	// As docs/delivery.md tells receivers to check it.
	at, mac, ok := strings.Cut(req.Header.Get("Upright-Signature"), ",v1=")
	require.True(t, ok)
	at = strings.TrimPrefix(at, "t=")
	require.Equal(t, fmt.Sprint(w.now.Unix()), at)
	h := hmac.New(sha256.New, []byte("hush"))
	h.Write([]byte(at + "." + body))
	require.Equal(t, hex.EncodeToString(h.Sum(nil)), mac)

	receiver, err := standardwebhooks.NewWebhookRaw([]byte("hush"))
	require.NoError(t, err)
	require.NoError(t, receiver.VerifyIgnoringTimestamp([]byte(body), req.Header), "as Standard Webhooks do it")
	require.Equal(t, at, req.Header.Get("webhook-timestamp"))
	require.Equal(t, req.Header.Get("Upright-Delivery"), req.Header.Get("webhook-id"))
	req.Header.Set("webhook-id", "another")
	require.Error(t, receiver.VerifyIgnoringTimestamp([]byte(body), req.Header))

	var p Payload
	require.NoError(t, json.Unmarshal([]byte(body), &p))
	require.Equal(t, "job.done", p.Event)
	require.Equal(t, jobID, p.ID)
	require.Equal(t, req.Header.Get("Upright-Delivery"), p.Delivery)
	require.Equal(t, job.Done, p.Job.State)
	require.Equal(t, "1234", p.Job.Spec.Room)
	require.Equal(t, w.rec().Outputs, p.Job.Outputs)
	require.JSONEq(t, `{"schema":1}`, string(p.Job.Report))
	require.NotContains(t, body, "geheim", "nor what else concerns only the operator")
	require.NotContains(t, body, "a secret log")
	require.Equal(t, "a secret log", w.rec().Attempts[0].Log, "it is left out of the message only")
}

func TestSecretIsReadEachTime(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, n int) {
		if n == 1 {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	secret := filepath.Join(t.TempDir(), "secret")
	w := webhookWorld(t, job.Webhook{URL: r.URL, SecretFile: secret})
	again := func() string {
		w.now = w.now.Add(time.Minute)
		w.run()
		return w.step(StepWebhook).Error
	}
	require.Contains(t, again(),
		"is not called without a signature: the secret "+secret+" cannot be read: no such file or directory")
	require.NoError(t, os.WriteFile(secret, []byte("\n"), 0o600))
	require.Contains(t, again(), "is empty")
	require.Empty(t, r.requests, "nothing goes out unsigned")
	require.NoError(t, os.WriteFile(secret, []byte("old"), 0o600))
	require.Contains(t, again(), "answered 401 Unauthorized")
	require.NoError(t, os.WriteFile(secret, []byte("new"), 0o600))
	require.Empty(t, again())
	require.Equal(t, StepDone, w.step(StepWebhook).State)
	require.Equal(t, Sign([]byte("new"), w.now, []byte(r.bodies[1])), r.requests[1].Header.Get("Upright-Signature"))
	require.Len(t, r.deliveries(), 1, "all attempts have one id")
}

// The signature of a known message, computed with another tool:
// printf '1767323045.{"a":1}' | openssl dgst -sha256 -hmac hush
func TestSign(t *testing.T) {
	require.Equal(t, "t=1767323045,v1=73b66e8ee243ef631ffd6ae09f46d9f995febe3528fad19664215c8329527217",
		Sign([]byte("hush"), time.Unix(1767323045, 999), []byte(`{"a":1}`)))
}

// The same for Standard Webhooks, with the key as it is and in base64:
// printf 'msg_1.1767323045.{"a":1}' | openssl dgst -sha256 -hmac hush -binary | base64
func TestSignStandard(t *testing.T) {
	for _, secret := range []string{"hush", "whsec_aHVzaA=="} {
		got, err := sign([]byte(secret), "msg_1", time.Unix(1767323045, 999), []byte(`{"a":1}`))
		require.NoError(t, err)
		require.Equal(t, "v1,QWItnjcfPoxLdtsBc2VSavbiJUrIp8pLO+eH3asMdfU=", got, secret)
	}
	_, err := sign([]byte("whsec_!"), "msg_1", time.Unix(1767323045, 0), nil)
	require.ErrorContains(t, err, "not base64")
}

func TestWebhookAnswers(t *testing.T) {
	elsewhere := newReceiver(t, nil)
	date := time.Date(2026, 1, 2, 3, 34, 5, 0, time.UTC) // half an hour after the world's now
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		state  string
		want   string
		after  time.Duration
	}{
		"200": {func(w http.ResponseWriter) { w.WriteHeader(200) }, StepDone, "", 0},
		"204": {func(w http.ResponseWriter) { w.WriteHeader(204) }, StepDone, "", 0},
		"302": {func(w http.ResponseWriter) { w.Header().Set("Location", elsewhere.URL); w.WriteHeader(302) },
			StepWaiting,
			"answered 302 Found: redirects are not followed", time.Second},
		"307": {func(w http.ResponseWriter) { w.Header().Set("Location", elsewhere.URL); w.WriteHeader(307) },
			StepWaiting, "answered 307", time.Second},
		"404": {func(w http.ResponseWriter) { http.Error(w, "no such\x07\n page", 404) }, StepWaiting,
			"answered 404 Not Found: no such\ufffd page", time.Second},
		"410": {func(w http.ResponseWriter) { http.Error(w, "moved out", http.StatusGone) }, StepFailed,
			"answered 410 Gone: moved out", 0},
		"429": {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "120"); w.WriteHeader(429) }, StepWaiting,
			"answered 429", 2 * time.Minute},
		"503 with a date": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", date.Format(http.TimeFormat))
			w.WriteHeader(503)
		},
			StepWaiting, "answered 503", 30 * time.Minute},
		"503 for ever": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After",
				"1000000000")
			w.WriteHeader(503)
		}, StepWaiting, "503", 24 * time.Hour},
		"503 in the past": {func(w http.ResponseWriter) { w.Header().Set("Retry-After", "0"); w.WriteHeader(503) },
			StepWaiting, "503", time.Second},
		"503 nonsense": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After",
				"-5 minutes")
			w.WriteHeader(503)
		}, StepWaiting, "503", time.Second},
		"500 and a Retry-After that means nothing": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After",
				"120")
			w.WriteHeader(500)
		},
			StepWaiting, "500", time.Second},
		"500 at length": {func(w http.ResponseWriter) {
			w.WriteHeader(500)
			for range 5000 {
				fmt.Fprint(w, "bla bla bla bla bla ")
			}
		}, StepWaiting, "answered 500 Internal Server Error: … ", time.Second},
		"cut off": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, StepWaiting, "cannot be reached: EOF",
			time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, func(w http.ResponseWriter, _ int) { c.answer(w) })
			w := webhookWorld(t, job.Webhook{URL: r.URL})
			res := w.run()
			require.NoError(t, res.Err)
			s := w.step(StepWebhook)
			require.Equal(t, c.state, s.State, s.Error)
			require.Contains(t, s.Error, c.want)
			require.Less(t, len(s.Error), 600)
			require.Equal(t, c.state != StepWaiting, res.Finished)
			if c.state == StepWaiting {
				require.Equal(t, w.now.Add(c.after), res.Next)
			}
		})
	}
	require.Empty(t, elsewhere.requests)
}

func TestWebhookOutOfReach(t *testing.T) {
	quiet, err := net.Listen("tcp", "127.0.0.1:0") // takes calls and says nothing
	require.NoError(t, err)
	defer quiet.Close()
	w := webhookWorld(t, job.Webhook{URL: "http://" + quiet.Addr().String() + "/?token=geheim",
		TimeoutMs: 100})
	w.run()
	require.Equal(t, "the webhook http://"+quiet.Addr().String()+" did not answer within 100ms",
		w.step(StepWebhook).Error)

	w = webhookWorld(t, job.Webhook{URL: "http://me:geheim@" + loopback.Address(t) + "/geheim"})
	w.run()
	require.Contains(t, w.step(StepWebhook).Error, "connection refused")
	require.NotContains(t, w.step(StepWebhook).Error, "geheim")

	endless := newReceiver(t, func(w http.ResponseWriter, _ int) {
		w.WriteHeader(500)
		for {
			if _, err := fmt.Fprint(w, "and on "); err != nil {
				return
			}
		}
	})
	w = webhookWorld(t, job.Webhook{URL: endless.URL, TimeoutMs: 10_000})
	w.run()
	require.Contains(t, w.step(StepWebhook).Error, "and on and on")

	for _, url := range []string{"ftp://x/", "/path", "http://", "http://\x7f/"} {
		w = webhookWorld(t, job.Webhook{URL: url})
		require.True(t, w.run().Finished)
		require.Equal(t, "the webhook's URL is not one of http or https", w.step(StepWebhook).Error)
	}
}

func TestDeliveryID(t *testing.T) {
	id := func(change func(*job.Record)) string {
		w := webhookWorld(t, job.Webhook{})
		w.change(change)
		return newDelivery(w.rec(), w.opt).deliveryID()
	}
	plain := id(func(*job.Record) {})
	for _, change := range []func(*job.Record){
		func(r *job.Record) {
			r.Steps = []job.Step{{Name: StepWebhook,
				Attempts: 7}}
			r.Owner = "x"
		},
		// found again after the queue was lost
		func(r *job.Record) { r.Attempts = []job.Attempt{{Number: 2}} },
		func(r *job.Record) { r.Attempts, r.Adopted = nil, true },
		func(r *job.Record) { r.Outputs[0].Removed = true },
	} {
		require.Equal(t, plain, id(change))
	}
	again := id(func(r *job.Record) { r.Round = 1 })
	failed := id(func(r *job.Record) { r.Outcome = job.Failed })
	for n, change := range []func(*job.Record){
		func(r *job.Record) { r.Spec.ID = "x" },
		func(r *job.Record) { r.Outcome = job.Failed },
		func(r *job.Record) { r.Outputs[0].SHA256 = "0" },
		func(r *job.Record) { r.Outputs = r.Outputs[1:] },
		func(r *job.Record) { r.Round = 1 },
		func(r *job.Record) { r.Outcome, r.Attempts[0].Number = job.Failed, 2 },
		func(r *job.Record) { r.Round, r.Attempts[0].Number = 1, 2 },
	} {
		got := id(change)
		require.NotEqual(t, plain, got, n)
		require.True(t, n == 4 || got != again, n)
		require.True(t, n == 1 || got != failed, n)
	}
}
