package deliver

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestExpire(t *testing.T) {
	w := newWorld(t, job.Delivery{})
	w.write(w.output, "1234/bystander.mp4", "a film of hers")
	rec := w.rec()
	removed, err := Expire(t.Context(), rec)
	require.NoError(t, err)
	require.Equal(t, []string{rec.Outputs[0].File, rec.Outputs[1].File}, removed)
	require.Equal(t, map[string]string{"1234/1001.json": `{"schema":1}`, "1234/bystander.mp4": "a film of hers"},
		tree(t, w.output))
	require.Equal(t, allSources, tree(t, w.watch))

	// The daemon died before it could mark them.
	removed, err = Expire(t.Context(), rec)
	require.NoError(t, err)
	require.Len(t, removed, 2)

	rec.Outputs[0].Removed = true
	removed, err = Expire(t.Context(), rec)
	require.NoError(t, err)
	require.Equal(t, []string{rec.Outputs[1].File}, removed)
}

func TestExpireLeavesWhatIsNotTheRecords(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *world, file string)
		want  string
	}{
		"another content": {func(w *world, file string) {
			info, _ := os.Stat(file)
			os.WriteFile(file, make([]byte, info.Size()), 0o644)
		}, "has changed since it was verified"},
		"another size": {func(_ *world, file string) { os.Truncate(file, 1) }, "has 1 bytes instead of"},
		"a link": {func(_ *world, file string) {
			os.Rename(file, file+".x")
			os.Symlink(filepath.Base(file)+".x", file)
		}, "is not a regular file"},
		"a folder that is a link": {func(w *world, _ string) {
			os.Rename(filepath.Join(w.output, "1234"), filepath.Join(w.output, "x"))
			os.Symlink("x", filepath.Join(w.output, "1234"))
		}, "is not a folder"},
		"elsewhere": {func(w *world, _ string) {
			w.change(func(r *job.Record) { r.Outputs[0].File = w.write(w.dir, "precious.mp4", "a film of hers") })
		}, "does not lie in"},
		"above": {func(w *world, _ string) {
			w.write(w.dir, "precious.mp4", "a film of hers")
			w.change(func(r *job.Record) { r.Outputs[0].File = w.output + "/../precious.mp4" })
		}, "does not lie in"},
		"the folder itself": {func(w *world, _ string) {
			w.change(func(r *job.Record) { r.Outputs[0].File = w.output })
		}, "does not lie in"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, job.Delivery{})
			w.change(func(r *job.Record) { r.Outputs = r.Outputs[:1] })
			c.spoil(w, w.rec().Outputs[0].File)
			before := tree(t, w.dir)
			removed, err := Expire(t.Context(), w.rec())
			require.ErrorContains(t, err, c.want)
			require.Empty(t, removed)
			require.Equal(t, before, tree(t, w.dir))
		})
	}
}

// One that cannot be deleted does not keep the others, and what is not mounted has not been deleted.
func TestExpireGoesOn(t *testing.T) {
	w := newWorld(t, job.Delivery{})
	rec := w.rec()
	require.NoError(t, os.Truncate(rec.Outputs[0].File, 0))
	removed, err := Expire(t.Context(), rec)
	require.ErrorContains(t, err, rec.Outputs[0].File)
	require.Equal(t, []string{rec.Outputs[1].File}, removed)

	w = newWorld(t, job.Delivery{})
	require.NoError(t, os.Rename(w.output, w.output+".x"))
	removed, err = Expire(t.Context(), w.rec())
	require.ErrorContains(t, err, "no such file or directory")
	require.Empty(t, removed)
	require.NoError(t, os.Mkdir(w.output, 0o755)) // where it is to be mounted
	removed, err = Expire(t.Context(), w.rec())
	require.NoError(t, err)
	require.Empty(t, removed)
}
