package queue

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestRecordsAreBounded(t *testing.T) {
	t.Parallel()
	s, err := newStored(spec(1))
	require.NoError(t, err)
	s.Report = json.RawMessage(`"` + strings.Repeat("x", job.MaxReportBytes) + `"`)
	for i := range 3 * job.MaxAttemptsKept {
		s.Attempts = append(s.Attempts, job.Attempt{Number: i, Log: strings.Repeat("ä", job.MaxLogBytes)})
	}
	data, err := s.encode(1 << 20)
	require.NoError(t, err)
	got, err := decode(data)
	require.NoError(t, err)
	require.Nil(t, got.Report)
	require.Len(t, got.Attempts, job.MaxAttemptsKept)
	require.Equal(t, 3*job.MaxAttemptsKept-1, got.Attempts[job.MaxAttemptsKept-1].Number, "the last are kept")
	for _, a := range got.Attempts {
		require.LessOrEqual(t, len(a.Log), job.MaxLogBytes)
		require.True(t, utf8.ValidString(a.Log))
		require.NotEmpty(t, a.Log)
	}

	// Within the bounds and yet too large: logs of control characters.
	for i := range s.Attempts {
		s.Attempts[i].Log = strings.Repeat("\x01", job.MaxLogBytes)
	}
	data, err = s.encode(256 << 10)
	require.NoError(t, err)
	require.Less(t, len(data), 256<<10)
	for i := range 20_000 {
		s.Warnings = append(s.Warnings, strings.Repeat("w", i%50))
	}
	_, err = s.encode(256 << 10)
	require.ErrorContains(t, err, "bytes")
	s.MediaMs = math.NaN()
	_, err = s.encode(256 << 10)
	require.ErrorContains(t, err, "cannot be written")
}

// A record that an earlier version left is read, and stays readable for that version after a change.
func TestRecordsOfEarlierVersions(t *testing.T) {
	t.Parallel()
	spec := `{"id":"` + id(1) + `","settings":{"rejoin":30000000000},"delivery":{"sources":"keep",` +
		`"hook":{"command":["/bin/true"],"timeout":90000000000}}}`
	s, err := decode([]byte(`{"schema":1,"state":"queued","spec":` + spec + `,"claim":{"fence":3}}`))
	require.NoError(t, err)
	require.Equal(t, 30*time.Second, s.Record.Spec.Settings.Rejoin)
	require.InDelta(t, 90_000, s.Record.Spec.Delivery.Hook.TimeoutMs, 0)
	s.State = job.Running
	data, err := s.encode(1 << 20)
	require.NoError(t, err)
	require.Contains(t, string(data), spec)
}

// What a newer version added to a record is still there after a change, wherever an earlier one may look for it.
func TestRecordsOfNewerVersions(t *testing.T) {
	t.Parallel()
	const spec = `{"id":"5d11c85e6e95cf37d07b8400e728fe40","scale":[1]}`
	for name, more := range map[string]string{
		"a field":         `"colour":{"is":"red"}`,
		"another null":    `"colour":null`,
		"one of attempts": `"colour":1,"attempts":[{"number":1,"weight":2}]`,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := decode([]byte(`{"schema":2,` + more + `,"state":"queued","spec":` + spec + `,"claim":{"fence":3}}`))
			require.NoError(t, err)
			require.Len(t, s.rest, 1)
			s.State = job.Running
			data, err := s.encode(1 << 20)
			require.NoError(t, err)
			require.Contains(t, string(data), `"colour":`)
			require.Contains(t, string(data), spec)
			require.Contains(t, string(data), `"state":"running"`)
		})
	}
	for name, data := range map[string]string{
		"nothing": "", "half of it": `{"schema":1,"spec":{`, "more behind it": `{"schema":1,"spec":{}} {}`,
		"another type": `{"schema":"1","spec":{}}`, "a spec of another type": `{"schema":1,"spec":[]}`, "no spec": `{}`,
	} {
		_, err := decode([]byte(data))
		require.Error(t, err, name)
		require.Equal(t, !json.Valid([]byte(data)), errors.Is(err, errUnreadable), name)
	}
}

// BenchmarkDecode reads a record of a job that is done, with the report of a short call.
func BenchmarkDecode(b *testing.B) {
	s, err := newStored(spec(1))
	require.NoError(b, err)
	s.Report = json.RawMessage(`{"inputs":[` + strings.Repeat(`{"file":"a.mjr","orientation":[{"t_ms":0}]},`, 100) + `{}]}`)
	s.Attempts = []job.Attempt{{Number: 1, Owner: "host-1", Log: strings.Repeat("a line of a log\n", 20)}}
	data, err := s.encode(1 << 20)
	require.NoError(b, err)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_, err := decode(data)
		require.NoError(b, err)
	}
}

func TestMarksOfWrites(t *testing.T) {
	t.Parallel()
	var c claim
	for _, m := range []string{"a", "b", "c", "d", "e"} {
		c.mark(m)
	}
	require.Equal(t, []string{"b", "c", "d", "e"}, c.Writes)
}

// FuzzDecode reads what others may have written into the bucket, and what was read can be written and read again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"schema":1,"state":"queued","colour":"red","spec":{"id":"x","submitted":"2026-01-01T00:00:00Z","scale":[1]},"claim":{"fence":3}}`))
	f.Add([]byte(`{"spec":{}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x := newIndex()
		x.put(id(1), 1, data)
		s, err := decode(data)
		if err != nil {
			return
		}
		again, err := s.encode(1 << 20)
		if err != nil {
			return
		}
		s2, err := decode(again)
		require.NoError(t, err)
		require.Equal(t, s.claim, s2.claim)
		require.Equal(t, len(s.rest), len(s2.rest))
		require.Equal(t, s.State, s2.State)
	})
}

func FuzzParseID(f *testing.F) {
	f.Add(id(7))
	f.Add("paused")
	f.Fuzz(func(t *testing.T, s string) {
		if _, ok := parseID(s); ok {
			require.Regexp(t, "^[0-9a-f]{32}$", s)
		}
	})
}
