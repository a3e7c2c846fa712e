package api

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSessions(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	file := filepath.Join(t.TempDir(), "signed-out.json")
	begin := func(token string) *sessions {
		over, err := openEnded(file, now)
		require.NoError(t, err)
		return newSessions(token, over)
	}
	s, restarted, other := begin("secret"), begin("secret"), begin("another")
	for _, s := range []*sessions{s, restarted, other} {
		s.now = func() time.Time { return now }
	}
	good := func(s *sessions, value string) bool { _, ok := s.good(value); return ok }
	a, b := s.begin(), s.begin()
	require.NotEqual(t, a, b)
	require.True(t, good(s, a))
	require.True(t, good(restarted, a), "it outlives the daemon")
	require.False(t, good(other, a), "it ends with the token")
	for i := range a { // any change is noticed
		c := byte('A')
		if a[i] == c {
			c = 'B'
		}
		require.False(t, good(s, a[:i]+string(c)+a[i+1:]), i)
	}
	for _, value := range []string{"", a[:10], a + "A", a + a, "!"} {
		require.False(t, good(s, value), value)
	}
	require.NoError(t, s.end(a))
	require.NoError(t, s.end("nonsense"))
	restarted = begin("secret")
	restarted.now = s.now
	for _, s := range []*sessions{s, restarted} {
		require.False(t, good(s, a), "it stays ended")
		require.True(t, good(s, b))
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, string(text), a, "the file lets nobody in")
	now = now.Add(sessionTime - time.Second)
	require.True(t, good(s, b))
	now = now.Add(time.Second)
	require.False(t, good(s, b))
	require.NoError(t, s.end(s.begin()))
	require.Len(t, s.ended.until, 1, "those that are over are not remembered")
}

// Where nobody knows any more who has signed out, everybody has.
func TestDamagedListOfEndedSessions(t *testing.T) {
	now := time.Unix(1_800_000_000, 500)
	file := filepath.Join(t.TempDir(), "signed-out.json")
	before := newSessions("secret", &ended{}) // its list was lost
	before.now = func() time.Time { return now.Add(-2 * time.Second) }
	old := before.begin()
	require.NoError(t, os.WriteFile(file, []byte(`{"a":`), 0o600))
	over, err := openEnded(file, now)
	require.ErrorContains(t, err, "everybody has to sign in again")
	s := newSessions("secret", over)
	s.now = func() time.Time { return now }
	_, ok := s.good(old)
	require.False(t, ok)
	fresh := s.begin()
	_, ok = s.good(fresh)
	require.True(t, ok)
	require.NoError(t, s.end(fresh))
	_, err = openEnded(file, now)
	require.NoError(t, err, "it is whole again")

	over.path = filepath.Join(t.TempDir(), "gone", "signed-out.json")
	fresh = s.begin()
	require.ErrorContains(t, s.end(fresh), "after a restart")
	_, ok = s.good(fresh)
	require.False(t, ok)
}
