package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

const (
	// cookie holds the session of a browser, which cannot send headers of its own with a page.
	cookie = "upright-session"
	// sessionTime is how long a session lasts.
	sessionTime = 30 * 24 * time.Hour
)

// sessions are those of browsers that have shown the token. A session is signed with a key that follows from the
// token: it is good for all daemons that have the same one, and over restarts, and ends with the token. The token
// cannot be found from it.
type sessions struct {
	key   []byte
	now   func() time.Time
	ended *ended
}

func newSessions(token string, over *ended) *sessions {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("upright session 1"))
	return &sessions{key: mac.Sum(nil), now: time.Now, ended: over}
}

// A session is when it ends (8 bytes, seconds since 1970), what tells it from others (16 bytes) and the HMAC-SHA256 of
// both, in base64url.
const (
	sessionBody = 8 + 16
	sessionSize = sessionBody + sha256.Size
)

func (s *sessions) begin() string {
	body := binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(sessionTime).Unix()))
	body = append(body, make([]byte, 16)...)
	_, _ = rand.Read(body[8:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(append(body, s.sign(body)...))
}

func (s *sessions) sign(body []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(body)
	return mac.Sum(nil)
}

// good says whether a session was begun here and has not ended, and when it does.
func (s *sessions) good(value string) (until time.Time, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil || len(raw) != sessionSize || !hmac.Equal(raw[sessionBody:], s.sign(raw[:sessionBody])) {
		return time.Time{}, false
	}
	until = time.Unix(int64(binary.BigEndian.Uint64(raw)), 0)
	return until, s.now().Before(until) && !s.ended.has(value, until)
}

// end ends a session before its time.
func (s *sessions) end(value string) error {
	until, ok := s.good(value)
	if !ok {
		return nil
	}
	return s.ended.add(value, until, s.now())
}

// of is the session that a request brings, "" if it has no good one.
func (s *sessions) of(q *http.Request) string {
	for _, c := range q.CookiesNamed(cookie) { // one of another path may be there, too
		if _, ok := s.good(c.Value); ok {
			return c.Value
		}
	}
	return ""
}

// set has a browser keep a session, or with "" forget it. It has no path of its own: it is then for where the
// sign-in page is and all below, which is the daemon, wherever a proxy has put it.
func (s *sessions) set(w http.ResponseWriter, q *http.Request, o Options, value string) {
	c := &http.Cookie{Name: cookie, Value: value, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: encrypted(q, o), MaxAge: int(sessionTime / time.Second)}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// encrypted says whether the browser asks over HTTPS, as far as a proxy says so that may be believed.
func encrypted(q *http.Request, o Options) bool {
	if q.TLS != nil {
		return true
	}
	proto, _, _ := strings.Cut(q.Header.Get("X-Forwarded-Proto"), ",")
	return strings.EqualFold(strings.TrimSpace(proto), "https") && fromProxy(q.RemoteAddr, o.Proxies)
}

// fromProxy says whether an address is this machine's or one of a proxy.
func fromProxy(remote string, proxies []netip.Prefix) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	for _, p := range proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return ip.IsLoopback()
}
