package janus

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// people parses names, resolves them together, and returns "room/user" of each.
func people(bases ...string) []string {
	var names []*Name
	for _, base := range bases {
		n := ParseName(base)
		names = append(names, &n)
	}
	resolve(names)
	var all []string
	for _, n := range names {
		all = append(all, n.Room+"/"+n.User)
	}
	return all
}

func TestResolveRooms(t *testing.T) {
	const ending = "-1767323045123456-audio-0.mjr"
	for _, tt := range []struct{ bases, want []string }{
		{[]string{"a-user-b"}, []string{"a/b"}},
		{[]string{"a-user-b-user-c"}, []string{"a-user-b/c"}}, // alone: the last one
		{[]string{"a-user-b-user-c", "a-user-d-user-e"}, []string{"a/b-user-c", "a/d-user-e"}},
		{[]string{"a-user-b-user-c", "a-user-d"}, []string{"a/b-user-c", "a/d"}},
		{[]string{"a-user-b-user-c", "a-user-b-user-d"}, []string{"a-user-b/c", "a-user-b/d"}}, // the longest that two share
		// one user's files prove nothing
		{[]string{"a-user-b-user-c", "a-user-b-user-c"}, []string{"a-user-b/c", "a-user-b/c"}},
		{[]string{"a-user-b-user-c", "x-user-y"}, []string{"a-user-b/c", "x/y"}},
		{[]string{"r-user-user-b", "r-user-user-c"}, []string{"r-user/b", "r-user/c"}},
	} {
		var bases []string
		for _, b := range tt.bases {
			bases = append(bases, "videoroom-"+b+ending)
		}
		require.Equal(t, tt.want, people(bases...), tt.bases)
	}
	// Rooms of two plugins have nothing to do with each other.
	require.Equal(t, []string{"a-user-b/c", "a-user-d/e"},
		people("videoroom-a-user-b-user-c"+ending, "audiobridge-a-user-d-user-e"+ending))
}

func TestResolvePairs(t *testing.T) {
	const ending = "-1767323045123456-audio.mjr"
	require.Equal(t, []string{"a-b/a", "a-b/b"}, people("videocall-a-b"+ending, "videocall-b-a"+ending))
	require.Equal(t, []string{"a-b-c/a-b", "a-b-c/c"}, people("videocall-a-b-c"+ending, "videocall-c-a-b"+ending))
	require.Equal(t, []string{"a-b/a", "a-c/a"}, people("videocall-a-b"+ending, "videocall-a-c"+ending))
}

func TestResolveLongNames(t *testing.T) {
	began := time.Now()
	people("videoroom-a" + strings.Repeat("-user-", 20000) + "b-audio-0.mjr")
	people("videocall-a"+strings.Repeat("-b", 50000)+"-1767323045123456-audio.mjr",
		"videocall-b-a-1767323045123456-audio.mjr")
	require.Less(t, time.Since(began), 20*time.Second, "names come from others: they must not cost more than their length")
}
