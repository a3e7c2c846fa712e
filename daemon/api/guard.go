package api

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// policy keeps a page from loading anything from elsewhere, and from running a script that is not a file of ours,
// whatever the name of a recording holds. Attributes may have style: positions on a time line are written so.
const policy = "default-src 'self'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; " +
	"object-src 'none'; " +
	"frame-ancestors 'none'; base-uri 'self'; form-action 'self'"

// secure adds what every answer should have.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", policy)
		next.ServeHTTP(w, q)
	})
}

// guard lets in who has the token. Without one, as on a loopback address, it lets in who asks by a name of this
// machine: a page of somebody else's that a browser here shows must not reach us under a name that leads here (DNS
// rebinding). Requests that change something must not come from pages of others either (CrossOriginProtection).
func guard(o Options, s *sessions, log *slog.Logger, next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	if o.Token == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if !trusted(o, s, q) {
				refuse(w, q, http.StatusMisdirectedRequest, fmt.Sprintf(
					"this daemon asks for no token, so it answers only if it is called localhost, 127.0.0.1 or "+
						"[::1], not %q: set http.token_file to use other names", q.Host))
				return
			}
			next.ServeHTTP(w, q)
		})
	}
	mux := http.NewServeMux()
	signIn := &signIn{o, s, log}
	mux.HandleFunc("GET /sign-in", signIn.show)
	mux.Handle("POST /sign-in", http.NewCrossOriginProtection().Handler(http.HandlerFunc(signIn.enter)))
	mux.Handle("POST /sign-out", http.NewCrossOriginProtection().Handler(http.HandlerFunc(signIn.leave)))
	mux.Handle("GET /assets/", next) // what the page looks like is nobody's secret
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		switch {
		case q.Method == http.MethodGet && q.URL.Query().Has("token"):
			signIn.link(w, q)
		case trusted(o, s, q):
			if s.of(q) != "" {
				q = q.WithContext(context.WithValue(q.Context(), signedIn{}, true))
			}
			next.ServeHTTP(w, q)
		case q.Method == http.MethodGet && strings.Contains(q.Header.Get("Accept"), "text/html"):
			Redirect(w, q, "sign-in?"+url.Values{"to": {local(q.URL.RequestURI())}}.Encode())
		default:
			refuseToken(w, q)
		}
	})
	return mux
}

// signedIn is the key under which a request's context says that it came with a session.
type signedIn struct{}

// SignedIn says whether who asks has signed in, and so may sign out.
func SignedIn(q *http.Request) bool { return q.Context().Value(signedIn{}) != nil }

// trusted says whether a request has the token or, if there is none, comes by a name of this machine.
func trusted(o Options, s *sessions, q *http.Request) bool {
	if o.Token == "" {
		return loopback(q.Host)
	}
	if given, bearer := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer "); bearer {
		return same(given, o.Token)
	}
	return s.of(q) != ""
}

func refuseToken(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	w.Header().Set("Cache-Control", "no-store")
	refuse(w, q, http.StatusUnauthorized,
		"the token is missing or wrong: it is the content of the daemon's http.token_file, as the header "+
			"'Authorization: Bearer …'")
}

// refuse says why as the API says it, or to others as text.
func refuse(w http.ResponseWriter, q *http.Request, status int, why string) {
	if !strings.HasPrefix(q.URL.Path, "/api/") {
		http.Error(w, why, status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": why})
}

func same(a, b string) bool { return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// loopback says whether an address, with or without a port, can be reached from this machine only.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
