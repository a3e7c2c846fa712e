package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ErrBadRequest is what Backend.Submit returns, wrapped, if the user has to ask for something else.
var ErrBadRequest = errors.New("bad request")

// answer is Options.Answer by default.
const answer = 10 * time.Second

// unhurried are the routes that see to it themselves that the queue does not keep them waiting. Downloads are not among
// them: they ask it before they begin.
var unhurried = map[string]bool{"GET /api/v1/events": true, "POST /api/v1/jobs": true,
	"POST /api/v1/rooms/{room}/compose": true}

// hurry gives a request a deadline for what it asks others for.
func (s *service) hurry(q *http.Request) (*http.Request, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(q.Context(), s.answers)
	return q.WithContext(ctx), cancel
}

// Server is a running API.
type Server struct {
	http     *http.Server
	listener net.Listener
	close    func()
	served   chan struct{}
}

// Start serves the API, and what pages has, until Close. pages may be nil.
func Start(o Options, b Backend, registry *prometheus.Registry, pages http.Handler, log *slog.Logger) (*Server, error) {
	if o.Token == "" && !loopback(o.Listen) {
		return nil, fmt.Errorf("the address %s can be reached by others, so a token is needed (http.token_file)",
			o.Listen)
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("the address for API and page cannot be used: %w", err)
	}
	gate := newGate(listener, o.Connections, o.PerAddress)
	o.Connections, o.PerAddress = gate.most, gate.perAddress
	closing := make(chan struct{})
	s := &Server{listener: listener, close: sync.OnceFunc(func() { close(closing) }), served: make(chan struct{}),
		http: &http.Server{
			Handler:           handler(o, b, registry, pages, log, closing),
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       time.Minute,
			IdleTimeout:       2 * time.Minute,
			ConnContext:       connContext,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		}}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(gate); !errors.Is(err, http.ErrServerClosed) {
			log.Error("API and page are not served any more", "error", err)
		}
	}()
	return s, nil
}

// Address is where the server can be reached from this machine, as http://host:port.
func (s *Server) Address() string {
	address := s.listener.Addr().String()
	if a, ok := s.listener.Addr().(*net.TCPAddr); ok && a.IP.IsUnspecified() {
		address = fmt.Sprintf("localhost:%d", a.Port)
	}
	return "http://" + address
}

// Close ends the server. Requests that are short may end, streams of events end now, what takes longer is cut.
func (s *Server) Close() {
	s.close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
	<-s.served
}

// handler is everything that Start serves, until closing is closed.
func handler(o Options, b Backend, registry *prometheus.Registry, pages http.Handler, log *slog.Logger,
	closing <-chan struct{}) http.Handler {
	s := &service{backend: b, log: log, answers: o.Answer, closing: closing,
		streams: newStreams(o.Connections/2, o.PerAddress/2)}
	if s.answers <= 0 {
		s.answers = answer
	}
	inner := http.NewServeMux()
	methods := map[string][]string{}
	for _, r := range routes {
		method, path, _ := strings.Cut(r.pattern, " ")
		methods[path] = append(methods[path], method)
		inner.HandleFunc(r.pattern, func(w http.ResponseWriter, q *http.Request) {
			if !unhurried[r.pattern] {
				var cancel context.CancelFunc
				q, cancel = s.hurry(q)
				defer cancel()
			}
			r.serve(s, w, q)
		})
	}
	for path, allowed := range methods { // ServeMux would say so by itself, but for the pattern below
		inner.HandleFunc(path, func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			s.fail(w, http.StatusMethodNotAllowed,
				fmt.Errorf("%s is for %s", q.URL.Path, strings.Join(allowed, " and ")))
		})
	}
	inner.HandleFunc("/api/", func(w http.ResponseWriter, q *http.Request) {
		s.fail(w, http.StatusNotFound, fmt.Errorf("%s is not part of the API: /api/v1/openapi.json describes it",
			q.URL.Path))
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
		inner.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
			q, cancel := s.hurry(q)
			defer cancel()
			pages.ServeHTTP(w, q)
		})
	}
	over, err := openEnded(o.SignedOut, time.Now())
	if err != nil {
		log.Warn(err.Error())
	}
	outer, signed := http.NewServeMux(), newSessions(o.Token, over)
	// Whether it lives is nobody's secret, and those who ask have no token.
	outer.HandleFunc("GET /healthz", s.healthy)
	outer.HandleFunc("GET /readyz", func(w http.ResponseWriter, q *http.Request) { s.ready(w, trusted(o, signed, q)) })
	outer.Handle("/", guard(o, signed, log, inner))
	return attended(s.bounded(secure(outer)))
}
