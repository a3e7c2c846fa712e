package api

import (
	"net/http"
	"net/url"
	"strings"
)

// Root is the way from a request's address to that of the overview, "./" or "../" as often as it takes. What is linked
// relative to it is found below whatever path a proxy has put the daemon.
func Root(q *http.Request) string {
	depth := strings.Count(strings.TrimPrefix(q.URL.EscapedPath(), "/"), "/")
	if depth == 0 {
		return "./"
	}
	return strings.Repeat("../", depth)
}

// Redirect sends a browser that has sent a form, or is to sign in first, to a page: a path relative to Root, which
// cannot lead elsewhere.
func Redirect(w http.ResponseWriter, q *http.Request, to string) {
	w.Header().Set("Location", Root(q)+local(to))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
}

// local makes an address one of ours: a path below Root, and a query. What it cannot be is the overview.
func local(to string) string {
	u, err := url.Parse(strings.TrimLeft(to, `/\`))
	if err != nil || u.Scheme != "" || u.Host != "" || strings.Contains("/"+u.Path+"/", "/../") {
		return ""
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
}
