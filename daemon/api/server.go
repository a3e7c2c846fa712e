package api

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ErrBadRequest is what Backend.Submit returns, wrapped, if the user has to ask for something else.
var ErrBadRequest = errors.New("bad request")

// Server is a running API.
type Server struct {
	http     *http.Server
	listener net.Listener
	stop     context.CancelFunc
}

// Start serves the API, and what pages has, until Close. pages may be nil.
func Start(o Options, b Backend, registry *prometheus.Registry, pages http.Handler, log *slog.Logger) (*Server, error) {
	if o.Token == "" && !loopback(o.Listen) {
		return nil, fmt.Errorf("the address %s can be reached by others, so a token is needed (http.token_file)", o.Listen)
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("the address for API and page cannot be used: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{listener: listener, stop: stop, http: &http.Server{
		Handler:           Handler(o, b, registry, pages, log),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("API and page are not served any more", "error", err)
		}
	}()
	return s, nil
}

// Address is where the server listens, as http://host:port.
func (s *Server) Address() string { return "http://" + s.listener.Addr().String() }

// Close ends the server. Requests that are short may end, streams of events are cut.
func (s *Server) Close() {
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}

// Handler is everything that Start serves.
func Handler(o Options, b Backend, registry *prometheus.Registry, pages http.Handler, log *slog.Logger) http.Handler {
	s := &service{backend: b, log: log}
	inner := http.NewServeMux()
	for _, r := range routes {
		inner.HandleFunc(r.pattern, func(w http.ResponseWriter, q *http.Request) { r.serve(s, w, q) })
	}
	inner.HandleFunc("/api/", func(w http.ResponseWriter, q *http.Request) {
		s.fail(w, http.StatusNotFound, fmt.Errorf("%s %s is not part of the API: /api/v1/openapi.json describes it", q.Method, q.URL.Path))
	})
	inner.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	if o.Pprof {
		inner.HandleFunc("/debug/pprof/", pprof.Index)
		inner.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		inner.HandleFunc("/debug/pprof/profile", pprof.Profile)
		inner.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		inner.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	if pages != nil {
		inner.Handle("/", pages)
	}
	outer := http.NewServeMux()
	// Whether it lives is nobody's secret, and those who ask have no token.
	outer.HandleFunc("GET /healthz", s.healthy)
	outer.HandleFunc("GET /readyz", s.ready)
	outer.Handle("/", guard(o, inner))
	return secure(outer)
}

// secure adds what every answer of a page should have.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		next.ServeHTTP(w, q)
	})
}

// cookie holds the token of a browser: it cannot send headers of its own with a page.
const cookie = "upright-token"

// guard lets in who has the token. Without one, as on a loopback address, it lets in who asks by a name of this machine: a
// page of somebody else's that a browser here shows must not reach us under a name that leads here (DNS rebinding).
// Requests that change something must not come from pages of others either (CrossOriginProtection).
func guard(o Options, next http.Handler) http.Handler {
	checked := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if o.Token == "" {
			if !loopback(q.Host) {
				http.Error(w, fmt.Sprintf("this server is called localhost, not %q", q.Host), http.StatusMisdirectedRequest)
				return
			}
			checked.ServeHTTP(w, q)
			return
		}
		if given := q.URL.Query().Get("token"); q.Method == http.MethodGet && same(given, o.Token) {
			// The token goes into a cookie and out of the address, which is kept in histories and logs.
			http.SetCookie(w, &http.Cookie{
				Name: cookie, Value: o.Token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: q.TLS != nil, MaxAge: 30 * 24 * 3600,
			})
			u := *q.URL
			v := u.Query()
			v.Del("token")
			u.RawQuery, u.Scheme, u.Host = v.Encode(), "", ""
			http.Redirect(w, q, "/"+strings.TrimLeft(u.RequestURI(), "/"), http.StatusSeeOther)
			return
		}
		given, bearer := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
		if c, err := q.Cookie(cookie); !bearer && err == nil {
			given = c.Value
		}
		if !same(given, o.Token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a token is needed: as the header 'Authorization: Bearer …', or once as ?token=… in a browser", http.StatusUnauthorized)
			return
		}
		checked.ServeHTTP(w, q)
	})
}

func same(a, b string) bool { return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// loopback says whether an address can be reached from this machine only.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
