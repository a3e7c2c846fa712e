package queue

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArtifacts(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	big := make([]byte, 3<<20) // does not compress
	for i, x := 0, uint32(1); i < len(big); i++ {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		big[i] = byte(x)
	}
	for name, data := range map[string][]byte{"graph.dot": []byte("digraph {}"), "a b/../c.*.>": big, "empty": {}} {
		require.NoError(t, q.PutArtifact(background(t), id(1), 2, name, data))
		got, err := q.Artifact(background(t), id(1), 2, name)
		require.NoError(t, err)
		require.Equal(t, len(data), len(got))
		require.True(t, string(data) == string(got))
		_, err = q.Artifact(background(t), id(1), 1, name)
		require.ErrorIs(t, err, ErrNotFound, "of another attempt")
	}
	before, err := q.artifacts.Info(background(t))
	require.NoError(t, err)
	require.NoError(t, q.PutArtifact(background(t), id(1), 2, "a b/../c.*.>", big[:2<<20]))
	got, err := q.Artifact(background(t), id(1), 2, "a b/../c.*.>")
	require.NoError(t, err)
	require.Len(t, got, 2<<20)
	after, err := q.artifacts.Info(background(t))
	require.NoError(t, err)
	require.Less(t, after.State.Bytes, before.State.Bytes, "the old version goes")
	require.NoError(t, q.PutArtifact(background(t), id(1), 2, "a b/../c.*.>", []byte("small")))
	got, err = q.Artifact(background(t), id(1), 2, "a b/../c.*.>")
	require.NoError(t, err)
	require.Equal(t, "small", string(got))
	after, err = q.artifacts.Info(background(t))
	require.NoError(t, err)
	require.Less(t, after.State.Bytes, uint64(10_000), "nothing of the large one is left")
	require.NoError(t, q.PutArtifact(background(t), id(1), 2, "a b/../c.*.>", big))
	got, err = q.Artifact(background(t), id(1), 2, "a b/../c.*.>")
	require.NoError(t, err)
	require.Len(t, got, len(big), "and large again")
	require.ErrorIs(t, q.PutArtifact(background(t), id(2), 1, "graph.dot", nil), ErrNotFound)
	require.Error(t, q.PutArtifact(background(t), id(1), 1, "huge", make([]byte, maxArtifactBytes+1)))

	// What was put while the job was forgotten is removed later.
	require.NoError(t, q.store(background(t), q.names.artifact(id(9))+".1.x", []byte("{}")))
	require.NoError(t, q.sweepArtifacts(background(t)))
	_, err = q.load(background(t), q.names.artifact(id(9))+".1.x")
	require.ErrorIs(t, err, ErrNotFound)
	_, err = q.Artifact(background(t), id(1), 2, "graph.dot")
	require.NoError(t, err)
}
