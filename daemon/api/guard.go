package api

import (
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// policy keeps a page from loading anything from elsewhere, and from running a script that is not a file of ours,
// whatever the name of a recording holds. Attributes may have style: positions on a time line are written so.
const policy = "default-src 'self'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; " +
	"object-src 'none'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

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

// cookie holds the token of a browser: it cannot send headers of its own with a page.
const cookie = "upright-token"

//go:embed signin.html
var signIn string

// guard lets in who has the token. Without one, as on a loopback address, it lets in who asks by a name of this
// machine: a page of somebody else's that a browser here shows must not reach us under a name that leads here (DNS
// rebinding). Requests that change something must not come from pages of others either (CrossOriginProtection).
func guard(o Options, next http.Handler) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	if o.Token == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if !trusted(o, q) {
				refuse(w, q, http.StatusMisdirectedRequest, fmt.Sprintf(
					"this daemon asks for no token, so it answers only if it is called localhost, 127.0.0.1 or "+
						"[::1], not %q: set http.token_file to use other names", q.Host))
				return
			}
			next.ServeHTTP(w, q)
		})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sign-in", func(w http.ResponseWriter, q *http.Request) {
		q.Body = http.MaxBytesReader(w, q.Body, 64<<10)
		enter(w, q, o, strings.TrimSpace(q.PostFormValue("token")), "/")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodGet && q.URL.Query().Has("token") {
			// The token goes into a cookie and out of the address, which is kept in histories and logs.
			u := *q.URL
			v := u.Query()
			given := v.Get("token")
			v.Del("token")
			u.RawQuery, u.Scheme, u.Host = v.Encode(), "", ""
			enter(w, q, o, given, "/"+strings.TrimLeft(u.RequestURI(), `/\`))
			return
		}
		if !trusted(o, q) {
			refuseToken(w, q)
			return
		}
		next.ServeHTTP(w, q)
	})
	return mux
}

// trusted says whether a request has the token or, if there is none, comes by a name of this machine.
func trusted(o Options, q *http.Request) bool {
	if o.Token == "" {
		return loopback(q.Host)
	}
	given, bearer := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		given = ""
		if c, err := q.Cookie(cookie); err == nil {
			given = c.Value
		}
	}
	return same(given, o.Token)
}

// enter gives a browser that knows the token a cookie, and sends it on.
func enter(w http.ResponseWriter, q *http.Request, o Options, given, to string) {
	if !same(given, o.Token) {
		refuseToken(w, q)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: o.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: q.TLS != nil, MaxAge: 30 * 24 * 3600,
	})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, q, to, http.StatusSeeOther)
}

func refuseToken(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	w.Header().Set("Cache-Control", "no-store")
	if strings.Contains(q.Header.Get("Accept"), "text/html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(signIn))
		return
	}
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
