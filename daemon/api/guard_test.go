package api_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
)

func TestNoTokenOnlyOnLoopback(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:7188", "example.com:7188", "127.evil:1"} {
		_, err := api.Start(api.Options{Listen: listen}, &backend{}, prometheus.NewRegistry(), nil,
			slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, "token", listen)
	}
	w := start(t, api.Options{Listen: "0.0.0.0:0", Token: "secret"})
	require.True(t, strings.HasPrefix(w.url, "http://localhost:"), w.url)
	require.Equal(t, http.StatusUnauthorized, w.do("GET", "/api/v1/status", "").status)
	_, err := api.Start(api.Options{Listen: "127.0.0.1:" + w.url[strings.LastIndex(w.url, ":")+1:]}, &backend{},
		prometheus.NewRegistry(), nil, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "cannot be used")
}

// Without a token the name under which it is asked must be this machine's: DNS rebinding.
func TestHostWithoutToken(t *testing.T) {
	w := start(t, api.Options{})
	for _, host := range []string{"localhost", "LOCALHOST:7188", "127.0.0.1:1", "127.1.2.3", "[::1]:7188", "[::1]"} {
		require.Equal(t, http.StatusOK, w.do("GET", "/api/v1/status", "", "Host", host).status, host)
	}
	for _, host := range []string{"evil.example", "127.0.0.1.evil.example:7188", "localhost.evil.example", "10.0.0.1",
		"evil-localhost", "127.0.0.1.:1"} {
		w.fails(http.StatusMisdirectedRequest, "token_file", w.do("GET", "/api/v1/status", "", "Host", host))
		for _, path := range []string{"/", "/metrics"} {
			require.Equal(t, http.StatusMisdirectedRequest, w.do("GET", path, "", "Host", host).status, host)
		}
	}
}

// Pages of others must not change anything.
func TestCrossOrigin(t *testing.T) {
	for _, token := range []string{"", "secret"} {
		w := start(t, api.Options{Token: token})
		auth := []string{"Cookie", "upright-token=" + token}
		for _, headers := range [][]string{{"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}} {
			require.Equal(t, http.StatusForbidden,
				w.do("POST", "/api/v1/pause", "", append(headers, auth...)...).status, headers)
			require.Equal(t, http.StatusForbidden, w.do("POST", "/pause", "", append(headers, auth...)...).status,
				headers)
		}
		require.False(t, w.backend.queue.Paused())
		for _, headers := range [][]string{{}, {"Origin", w.url}, {"Sec-Fetch-Site", "same-origin"}} {
			require.Equal(t, http.StatusOK, w.do("POST", "/api/v1/pause", "", append(headers, auth...)...).status,
				headers)
		}
	}
}

func TestToken(t *testing.T) {
	w := start(t, api.Options{Token: "secret"})
	for _, headers := range [][]string{
		{}, {"Authorization", "Bearer wrong"}, {"Authorization", "Bearer "}, {"Authorization", "Basic c2VjcmV0"},
		{"Authorization", "secret"},
		{"Cookie", "upright-token=wrong"}, {"Cookie", "upright-token="},
		{"Authorization", "Bearer wrong", "Cookie", "upright-token=secret"},
	} {
		a := w.do("GET", "/api/v1/status", "", headers...)
		w.fails(http.StatusUnauthorized, "token", a)
		require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
		for _, path := range []string{"/", "/metrics", "/api/v1/events", "/api/v1/openapi.json", "/assets/page.js",
			"/?token=wrong", "/?token="} {
			require.Equal(t, http.StatusUnauthorized, w.do("GET", path, "", headers...).status, path)
		}
	}
	for _, headers := range [][]string{{"Authorization", "Bearer secret"}, {"Cookie", "upright-token=secret"},
		{"Authorization", "Bearer secret", "Host", "any.example"}} {
		require.Equal(t, http.StatusOK, w.do("GET", "/api/v1/status", "", headers...).status, headers)
		require.Equal(t, http.StatusOK, w.do("GET", "/metrics", "", headers...).status, headers)
	}
	require.Equal(t, http.StatusUnauthorized, w.do("POST", "/api/v1/pause?token=secret", "").status,
		"an address is no place for it")
}

// A browser gets in with the token in the address, once, or by a form.
func TestBrowserSignsIn(t *testing.T) {
	w := start(t, api.Options{Token: "secret"})
	a := w.do("GET", "/jobs?state=failed", "", "Accept", "text/html,*/*")
	require.Equal(t, http.StatusUnauthorized, a.status)
	require.Contains(t, a.body, `action="/sign-in"`)

	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	require.Equal(t, http.StatusUnauthorized, w.do("POST", "/sign-in", "token=wrong", form...).status)
	require.Equal(t, http.StatusUnauthorized, w.do("POST", "/sign-in", "", form...).status)
	require.Equal(t, http.StatusUnauthorized,
		w.do("POST", "/sign-in", "token="+strings.Repeat("x", 1<<20), form...).status)
	for _, a := range []answer{
		w.do("POST", "/sign-in", url.Values{"token": {"secret\n"}}.Encode(), form...),
		w.do("GET", "/jobs?token=secret&state=failed", ""),
	} {
		require.Equal(t, http.StatusSeeOther, a.status, a.body)
		to := a.header.Get("Location")
		require.Regexp(t, `^/($|[^/\\])`, to, "it stays here")
		require.NotContains(t, to, "secret")
		set := a.header.Get("Set-Cookie")
		require.Contains(t, set, "HttpOnly")
		require.Contains(t, set, "SameSite=Strict")
		value, _, _ := strings.Cut(set, ";")
		require.Equal(t, http.StatusOK, w.do("GET", "/jobs", "", "Cookie", value).status)
	}
	require.Equal(t, "/jobs?state=failed", w.do("GET", "/jobs?token=secret&state=failed", "").header.Get("Location"))
}

func TestHeaders(t *testing.T) {
	w := start(t, api.Options{})
	for _, path := range []string{"/", "/healthz", "/api/v1/status", "/api/v1/nothing"} {
		h := w.do("GET", path, "").header
		require.Equal(t, api.Policy, h.Get("Content-Security-Policy"), path)
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "DENY", h.Get("X-Frame-Options"), path)
	}
}
