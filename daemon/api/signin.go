package api

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// signIn is how a browser gets a session: it shows the token once, in a form or in a link.
type signIn struct {
	options  Options
	sessions *sessions
	log      *slog.Logger
}

// show is the page that asks for the token.
func (s *signIn) show(w http.ResponseWriter, q *http.Request) {
	v := q.URL.Query()
	switch {
	case v.Has("token"):
		s.give(w, q, v.Get("token"), v.Get("to"))
	case s.sessions.of(q) != "":
		Redirect(w, q, v.Get("to"))
	case v.Has("out"):
		s.write(w, q, http.StatusOK, "You are signed out.", false)
	default:
		s.write(w, q, http.StatusOK, "", false)
	}
}

// enter takes the page's form.
func (s *signIn) enter(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, q.Body, 64<<10)
	s.give(w, q, strings.TrimSpace(q.PostFormValue("token")), q.URL.Query().Get("to"))
}

// link takes a token out of an address, which is kept in histories and logs. A cookie is for the folder of where it was
// set, so that is left to the sign-in page.
func (s *signIn) link(w http.ResponseWriter, q *http.Request) {
	u := *q.URL
	v := u.Query()
	given := v.Get("token")
	v.Del("token")
	u.RawQuery, u.Scheme, u.Host = v.Encode(), "", ""
	Redirect(w, q, "sign-in?"+url.Values{"token": {given}, "to": {local(u.RequestURI())}}.Encode())
}

// give gives a browser that knows the token a session, and sends it on.
func (s *signIn) give(w http.ResponseWriter, q *http.Request, given, to string) {
	if !same(given, s.options.Token) {
		s.write(w, q, http.StatusUnauthorized, "This is not the token.", true)
		return
	}
	s.sessions.set(w, q, s.options, s.sessions.begin())
	Redirect(w, q, to)
}

// leave ends the session.
func (s *signIn) leave(w http.ResponseWriter, q *http.Request) {
	if err := s.sessions.end(s.sessions.of(q)); err != nil {
		s.log.Warn(err.Error())
	}
	s.sessions.set(w, q, s.options, "")
	Redirect(w, q, "sign-in?out")
}

func (s *signIn) write(w http.ResponseWriter, q *http.Request, status int, text string, wrong bool) {
	WritePage(w, status, signInPage(q.URL.Query().Get("to"), text, wrong), s.log)
}
