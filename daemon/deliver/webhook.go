package deliver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/files"
)

const (
	webhookTimeout = 30 * time.Second
	webhookTail    = 300      // bytes of an answer that go into the step's error
	maxAnswer      = 64 << 10 // bytes of an answer that are read
	maxSecret      = 64 << 10
)

// webhookClient follows no redirect: the message is for the address in the configuration and nobody else.
var webhookClient = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// webhook tells an address how the job ended.
func (d *delivery) webhook(ctx context.Context) error {
	w := d.rec.Spec.Delivery.Webhook
	u, err := url.Parse(w.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return final("the webhook's URL is not one of http or https")
	}
	who := u.Scheme + "://" + u.Host // the rest may have a token in it
	p := d.payload()
	body, err := p.json()
	if err != nil {
		return err
	}
	timeout := job.FromMs(w.TimeoutMs)
	if timeout <= 0 {
		timeout = webhookTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return final("the webhook %s cannot be called: %w", who, plain(err))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Upright")
	req.Header.Set("Upright-Event", p.Event)
	req.Header.Set("Upright-Delivery", p.Delivery)
	now := d.Now()
	req.Header.Set(standardwebhooks.HeaderWebhookID, p.Delivery)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	if w.SecretFile != "" {
		secret, err := readSecret(w.SecretFile)
		if err != nil {
			return fmt.Errorf("the webhook %s is not called without a signature: %w", who, err)
		}
		signature, err := sign(secret, p.Delivery, now, body)
		if err != nil {
			return fmt.Errorf("the webhook %s is not called without a signature: %w", who, err)
		}
		req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
		req.Header.Set("Upright-Signature", Sign(secret, now, body))
	}
	resp, err := webhookClient.Do(req)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return fmt.Errorf("the webhook %s did not answer within %v", who, timeout)
		}
		return fmt.Errorf("the webhook %s cannot be reached: %w", who, plain(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 == 2 {
		return nil
	}
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	failure := fmt.Errorf("the webhook %s answered %d %s", who, resp.StatusCode, http.StatusText(resp.StatusCode))
	if resp.StatusCode/100 == 3 {
		failure = fmt.Errorf("%w: redirects are not followed, put the address that it leads to into the configuration",
			failure)
	} else if text := tail(string(said), webhookTail); text != "" {
		failure = fmt.Errorf("%w: %s", failure, text)
	}
	switch resp.StatusCode {
	case http.StatusGone:
		return &finalError{failure}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if until, ok := retryAfter(resp.Header.Get("Retry-After"), d.Now()); ok {
			return &laterError{failure, until}
		}
	}
	return failure
}

// sign is the value of the header webhook-signature (Standard Webhooks, standardwebhooks.com). A secret that begins
// with whsec_ holds the key in base64; any other is the key.
func sign(secret []byte, id string, at time.Time, body []byte) (string, error) {
	if bytes.HasPrefix(secret, []byte("whsec_")) {
		w, err := standardwebhooks.NewWebhook(string(secret))
		if err != nil {
			return "", errors.New("the secret begins with whsec_, and what follows is not base64")
		}
		return w.Sign(id, at, body)
	}
	w, err := standardwebhooks.NewWebhookRaw(secret)
	if err != nil {
		return "", err
	}
	return w.Sign(id, at, body)
}

// Sign is the value of the header Upright-Signature, which the next version does without: "t=<seconds since
// 1970>,v1=<HMAC-SHA256 of "t.body", hexadecimal>". The time is signed so that an old message cannot be sent again
// by somebody else.
func Sign(secret []byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// readSecret reads the secret at each call, so that it can be changed without a restart. White space around it does not
// count.
func readSecret(file string) ([]byte, error) {
	secret, err := files.Read(file, maxSecret)
	if err != nil {
		return nil, fmt.Errorf("the secret %s cannot be read: %w", file, plain(err))
	}
	if secret = bytes.TrimSpace(secret); len(secret) == 0 {
		return nil, fmt.Errorf("the secret %s is empty", file)
	}
	return secret, nil
}

// retryAfter reads that header: seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(value string, now time.Time) (time.Time, bool) {
	value = strings.TrimSpace(value)
	if s, err := strconv.ParseUint(value, 10, 31); err == nil {
		return now.Add(time.Duration(s) * time.Second), true
	}
	if t, err := http.ParseTime(value); err == nil {
		return t, true
	}
	return time.Time{}, false
}
