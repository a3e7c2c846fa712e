package api_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
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
		auth := []string{"Authorization", "Bearer " + token}
		if token != "" {
			auth = []string{"Cookie", session(w)}
		}
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
		{"Cookie", "upright-session=secret"}, {"Cookie", "upright-session="}, {"Cookie", "upright-token=secret"},
		{"Authorization", "Bearer wrong", "Cookie", session(w)},
	} {
		a := w.do("GET", "/api/v1/status", "", headers...)
		w.fails(http.StatusUnauthorized, "token", a)
		require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
		for _, path := range []string{"/", "/metrics", "/api/v1/events", "/api/v1/openapi.json"} {
			require.Equal(t, http.StatusUnauthorized, w.do("GET", path, "", headers...).status, path)
		}
	}
	for _, headers := range [][]string{{"Authorization", "Bearer secret"}, {"Cookie", session(w)},
		{"Authorization", "Bearer secret", "Host", "any.example"}} {
		require.Equal(t, http.StatusOK, w.do("GET", "/api/v1/status", "", headers...).status, headers)
		require.Equal(t, http.StatusOK, w.do("GET", "/metrics", "", headers...).status, headers)
	}
	require.Equal(t, http.StatusUnauthorized, w.do("POST", "/api/v1/pause?token=secret", "").status,
		"an address is no place for it")
}

var form = []string{"Content-Type", "application/x-www-form-urlencoded"}

// session signs in, and returns the cookie.
func session(w *world) string {
	w.t.Helper()
	a := w.do("POST", "/sign-in", url.Values{"token": {w.token + "\n"}}.Encode(), form...)
	require.Equal(w.t, http.StatusSeeOther, a.status, a.body)
	value, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	require.NotContains(w.t, value, w.token, "a cookie is a session, and not the token")
	return value
}

// A browser that comes without a session is sent to a page that asks for the token, and back to where it wanted to go.
func TestBrowserSignsIn(t *testing.T) {
	w := start(t, api.Options{Token: "secret"})
	a := w.do("GET", "/jobs/0?a=b&c", "", "Accept", "text/html,*/*")
	require.Equal(t, http.StatusSeeOther, a.status)
	require.Equal(t, "../sign-in?to=jobs%2F0%3Fa%3Db%26c", a.header.Get("Location"))
	a = w.do("GET", "/sign-in?to=jobs%2F0%3Fa%3Db%26c", "")
	require.Equal(t, http.StatusOK, a.status, "it is no error to come for the first time")
	require.Contains(t, a.body, `action="sign-in?to=jobs%2F0%3Fa%3Db%26c"`)
	require.NotContains(t, a.body, "alarm")

	for _, body := range []string{"token=wrong", "", "token=" + strings.Repeat("x", 1<<20)} {
		a = w.do("POST", "/sign-in?to=jobs", body, form...)
		require.Equal(t, http.StatusUnauthorized, a.status)
		require.Contains(t, a.body, "This is not the token.")
		require.Contains(t, a.body, `action="sign-in?to=jobs"`, "another try leads there, too")
		require.Empty(t, a.header.Get("Set-Cookie"))
	}
	a = w.do("POST", "/sign-in?to=jobs%2F0%3Fa%3Db", "token=secret", form...)
	require.Equal(t, "./jobs/0?a=b", a.header.Get("Location"))
	set := a.header.Get("Set-Cookie")
	for _, attribute := range []string{"; HttpOnly", "; SameSite=Lax", "; Max-Age=2592000"} {
		require.Contains(t, set, attribute)
	}
	require.NotContains(t, set, "Path=", "it is for where the daemon is, which only a proxy knows")
	require.NotContains(t, set, "Secure", "there is no encryption")
	value, _, _ := strings.Cut(set, ";")
	require.Equal(t, http.StatusOK, w.do("GET", "/jobs", "", "Cookie", value).status)
	require.Equal(t, http.StatusOK, w.do("GET", "/jobs", "", "Cookie", "upright-session=old; "+value).status)
	require.Equal(t, "./jobs", w.do("GET", "/sign-in?to=jobs", "", "Cookie", value).header.Get("Location"))
}

// The token in a link is taken out of the address.
func TestLinkWithToken(t *testing.T) {
	w := start(t, api.Options{Token: "secret"})
	a := w.do("GET", "/jobs/0?token=secret&state=failed", "")
	require.Equal(t, http.StatusSeeOther, a.status)
	require.Equal(t, "../sign-in?to=jobs%2F0%3Fstate%3Dfailed&token=secret", a.header.Get("Location"))
	a = w.do("GET", strings.TrimPrefix(a.header.Get("Location"), ".."), "")
	require.Equal(t, "./jobs/0?state=failed", a.header.Get("Location"))
	require.NotEmpty(t, a.header.Get("Set-Cookie"))
	require.Equal(t, http.StatusUnauthorized, w.do("GET", "/sign-in?token=wrong", "").status)
}

// Whatever it is asked to go on to, it is a page of this daemon.
func TestSignInLeadsNowhereElse(t *testing.T) {
	w := start(t, api.Options{Token: "secret"})
	base, err := url.Parse("https://videos.example/upright/sign-in")
	require.NoError(t, err)
	for _, to := range []string{"//evil.example", "https://evil.example/", `\\evil.example`, "/\\evil.example", "javascript:alert(1)",
		"../../evil", "a/../../../evil", "%2e%2e/evil", "jobs\r\nX: y", "jobs/%2e%2e/%2e%2e/evil", "..", "https:evil.example"} {
		a := w.do("POST", "/sign-in?"+url.Values{"to": {to}}.Encode(), "token=secret", form...)
		require.Equal(t, http.StatusSeeOther, a.status, to)
		there, err := base.Parse(a.header.Get("Location"))
		require.NoError(t, err)
		require.Equal(t, "https://videos.example", there.Scheme+"://"+there.Host, to)
		require.True(t, strings.HasPrefix(there.Path, "/upright/"), "%s leads to %s", to, there)
		require.Empty(t, a.header.Get("X"))
	}
	for _, to := range []string{"javascript:alert(1)", `"><script>alert(1)</script>`, "' onclick='x", "a&b=c#d", "jobs/0?a=b"} {
		form := `<form method="post" action="sign-in?` + url.Values{"to": {to}}.Encode() + `">`
		require.Contains(t, w.do("GET", "/sign-in?"+url.Values{"to": {to}}.Encode(), "").body, form)
	}
}

func TestSignOut(t *testing.T) {
	w := start(t, api.Options{Token: "secret"})
	value, other := session(w), session(w)
	require.Equal(t, http.StatusForbidden, w.do("POST", "/sign-out", "", "Cookie", value, "Sec-Fetch-Site", "cross-site").status)
	a := w.do("POST", "/sign-out", "", "Cookie", value)
	require.Equal(t, "./sign-in?out", a.header.Get("Location"))
	require.Contains(t, a.header.Get("Set-Cookie"), "Max-Age=0")
	require.Equal(t, http.StatusUnauthorized, w.do("GET", "/jobs", "", "Cookie", value).status, "also if somebody kept it")
	require.Equal(t, http.StatusOK, w.do("GET", "/jobs", "", "Cookie", other).status)
	require.Contains(t, w.do("GET", "/sign-in?out", "").body, "You are signed out.")
}

// A cookie is sent over HTTPS only, if that is how the browser came: a proxy says so, and nobody else.
func TestSecureCookie(t *testing.T) {
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		remote, proto string
		proxies       []netip.Prefix
		want          bool
	}{
		{"127.0.0.1:4", "https", nil, true}, {"[::1]:4", "https", nil, true}, {"[::ffff:127.0.0.1]:4", "https", nil, true},
		{"127.0.0.1:4", "http", nil, false}, {"127.0.0.1:4", "", nil, false}, {"127.0.0.1:4", "HTTPS, http", nil, true},
		{"127.0.0.1:4", "http, https", nil, false},
		{"10.1.2.3:4", "https", nil, false}, {"10.1.2.3:4", "https", proxy, true}, {"[::ffff:10.1.2.3]:4", "https", proxy, true},
		{"11.1.2.3:4", "https", proxy, false}, {"", "https", proxy, false},
	} {
		q := httptest.NewRequest(http.MethodPost, "/sign-in", nil)
		q.RemoteAddr = c.remote
		q.Header.Set("X-Forwarded-Proto", c.proto)
		require.Equal(t, c.want, api.Encrypted(q, api.Options{Proxies: c.proxies}), c)
	}
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
