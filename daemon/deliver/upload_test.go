package deliver

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// withUpload is a job that uploads to a folder; query is put behind the folder's URL.
func withUpload(t *testing.T, query string) *world {
	w := newWorld(t, job.Delivery{})
	fileUpload(w, false)
	w.change(func(r *job.Record) { r.Spec.Delivery.Upload.URL += query })
	return w
}

func TestUploadsToAFolder(t *testing.T) {
	w := withUpload(t, "")
	require.True(t, w.run().Finished)
	require.Equal(t, allUploads, tree(t, w.uploads),
		"and nothing else: no temporary files, no files that describe files")
	require.Equal(t, allOutputs, tree(t, w.output), "unless remove_local is set")
	for _, o := range w.rec().Outputs {
		require.False(t, o.Removed)
	}
}

func TestUploadOverwritesNothing(t *testing.T) {
	for _, query := range []string{"", "?metadata=sidecar"} {
		w := withUpload(t, query)
		w.write(w.uploads, "videos/1234/1001.mp4", "something else")
		w.write(w.uploads, "videos/1234/1001.2.json", `{"schema":2}`)
		require.True(t, w.run().Finished)
		require.Equal(t, StepDone, w.step(StepUpload).State, w.step(StepUpload).Error)
		files := tree(t, w.uploads)
		for name, want := range map[string]string{
			"1001.mp4": "something else", "1001.2.json": `{"schema":2}`,
			// all with one number
			"1001.3.mp4": "a film of hers", "1001-screen.3.mp4": "a film of her screen", "1001.3.json": `{"schema":1}`,
		} {
			require.Equal(t, want, files["videos/1234/"+name], name)
		}
		require.NotContains(t, files, "videos/1234/1001.2.mp4")
		for _, o := range w.rec().Outputs {
			require.Contains(t, o.URL, ".3.mp4")
		}
	}
}

// Another job's upload of the same content is another job's.
func TestUploadBelongsToItsJob(t *testing.T) {
	w := withUpload(t, "?metadata=sidecar")
	require.True(t, w.run().Finished)
	again := func(id string) {
		w.change(func(r *job.Record) {
			r.Spec.ID, r.Steps = id, nil
			for i := range r.Outputs {
				r.Outputs[i].URL = ""
			}
		})
		require.True(t, w.run().Finished)
		require.Equal(t, StepDone, w.step(StepUpload).State, w.step(StepUpload).Error)
	}
	before := tree(t, w.uploads)
	again(jobID)
	require.Equal(t, before, tree(t, w.uploads), "what is there is found")
	again("another")
	require.Len(t, tree(t, w.uploads), 2*len(before))
	require.Contains(t, w.rec().Outputs[0].URL, ".2.mp4")
}

// An upload that says of itself that it is ours and is not what was sent is replaced.
func TestBrokenUploadIsReplaced(t *testing.T) {
	for _, content := range []string{"a film of his!", "short"} {
		w := withUpload(t, "?metadata=sidecar")
		w.change(func(r *job.Record) { r.Spec.Delivery.Upload.RemoveLocal = true })
		w.kill = func(n int, store func()) error {
			if n == 3 { // uploaded and proven, not written down
				return fmt.Errorf("killed")
			}
			store()
			return nil
		}
		require.Error(t, w.run().Err)
		w.kill = nil
		before := tree(t, w.uploads)
		require.Len(t, before, 6)
		w.write(w.uploads, "videos/1234/1001.mp4", content)
		require.True(t, w.run().Finished)
		require.Equal(t, StepDone, w.step(StepUpload).State, w.step(StepUpload).Error)
		after := tree(t, w.uploads)
		require.Len(t, after, 6)
		require.Equal(t, "a film of hers", after["videos/1234/1001.mp4"])
		require.Len(t, tree(t, w.output), 1)
	}
}

// What a killed daemon has left behind is swept up; what belongs to others is not.
func TestUploadSweepsUpAfterItself(t *testing.T) {
	w := withUpload(t, "")
	w.write(w.uploads, "videos/1234/1001.mp4.18a3f00dbeef0000.tmp", "half a fi")
	w.write(w.uploads, "videos/1234/1001.mp4.mine.tmp", "a user's")
	w.write(w.uploads, "videos/1234/1002.mp4.18a3f00dbeef0000.tmp", "another job's")
	require.True(t, w.run().Finished)
	files := tree(t, w.uploads)
	require.Len(t, files, len(allUploads)+2)
	require.NotContains(t, files, "videos/1234/1001.mp4.18a3f00dbeef0000.tmp")
}

func TestUploadWithoutReport(t *testing.T) {
	w := withUpload(t, "")
	require.NoError(t, os.Remove(w.rec().ReportFile))
	require.True(t, w.run().Finished)
	require.Equal(t, StepDone, w.step(StepUpload).State)
	require.Len(t, tree(t, w.uploads), 2)
}

func TestUploadWaitsForItsFiles(t *testing.T) {
	w := withUpload(t, "")
	require.NoError(t, os.Rename(w.output, w.output+".x"))
	require.False(t, w.run().Finished)
	require.Contains(t, w.step(StepUpload).Error, "the folder "+w.output+" cannot be used: no such file or directory")
	require.NoError(t, os.Mkdir(w.output, 0o755)) // where it is to be mounted
	w.now = w.now.Add(time.Minute)
	require.False(t, w.run().Finished)
	require.Contains(t, w.step(StepUpload).Error, "no such file or directory")
	require.Empty(t, tree(t, w.uploads))
	require.NoError(t, os.Remove(w.output))
	require.NoError(t, os.Rename(w.output+".x", w.output))
	w.now = w.now.Add(time.Minute)
	require.True(t, w.run().Finished)
	require.Equal(t, allUploads, tree(t, w.uploads))
}

func TestUploadRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*world)
		want  string
	}{
		"an output that has changed": {func(w *world) {
			o := w.rec().Outputs[0]
			os.WriteFile(o.File, make([]byte, o.Bytes), 0o644)
		}, "has changed since it was verified and is not uploaded"},
		"an output that is a link": {func(w *world) {
			o := w.rec().Outputs[0]
			os.Rename(o.File, filepath.Join(w.dir, "x"))
			os.Symlink(filepath.Join(w.dir, "x"), o.File)
		}, "is not a regular file"},
		"an output from elsewhere": {func(w *world) {
			w.change(func(r *job.Record) { r.Outputs[0].File = "/etc/passwd" })
		}, "does not lie in"},
		"a report from elsewhere": {func(w *world) {
			w.change(func(r *job.Record) { r.ReportFile = "/etc/passwd" })
		}, "does not lie in"},
		"no output": {func(w *world) {
			w.change(func(r *job.Record) { r.Outputs = nil })
		}, "has no output"},
		"a service that there is not": {func(w *world) {
			w.change(func(r *job.Record) { r.Spec.Delivery.Upload.URL = "ftp://me:geheim@host/" })
		}, "nothing can be uploaded to ftp://…: use s3, gs, azblob or file"},
		"no URL": {func(w *world) {
			w.change(func(r *job.Record) { r.Spec.Delivery.Upload.URL = "s3://geheim:%zz" })
		}, "the upload's URL cannot be understood"},
	} {
		t.Run(name, func(t *testing.T) {
			w := withUpload(t, "")
			c.spoil(w)
			before := tree(t, w.output)
			require.True(t, w.run().Finished)
			s := w.step(StepUpload)
			require.Equal(t, StepFailed, s.State)
			require.Contains(t, s.Error, c.want)
			require.NotContains(t, s.Error, "geheim")
			require.Equal(t, before, tree(t, w.output))
			for name := range tree(t, w.uploads) {
				require.NotContains(t, name, filepath.Base(w.rec().Spec.Output)+"/passwd")
			}
		})
	}
}

// The local file is removed only if it is the one that was uploaded.
func TestRemovesOnlyWhatWasUploaded(t *testing.T) {
	w := withUpload(t, "")
	w.change(func(r *job.Record) { r.Spec.Delivery.Upload.RemoveLocal = true })
	file := w.rec().Outputs[1].File
	w.kill = func(n int, store func()) error {
		store()
		if n == 3 { // proven; before removal
			require.NoError(t, os.WriteFile(file, []byte("a newer film"), 0o644))
		}
		return nil
	}
	require.True(t, w.run().Finished)
	require.Equal(t, StepFailed, w.step(StepUpload).State)
	require.Contains(t, w.step(StepUpload).Error, "was uploaded, and the local file stays")
	require.FileExists(t, file)
	require.False(t, w.rec().Outputs[1].Removed)
	require.True(t, w.rec().Outputs[0].Removed)
}

func TestObjectKey(t *testing.T) {
	for _, c := range []struct {
		prefix, rel string
		n           int
		want        string
	}{
		{"", "a/b.mp4", 1, "a/b.mp4"},
		{"videos", "a/b.mp4", 1, "videos/a/b.mp4"},
		{"/videos/2026/", "b.mp4", 2, "videos/2026/b.2.mp4"},
		{"", "v1.2/b", 3, "v1.2/b.3"},
	} {
		require.Equal(t, c.want, objectKey(c.prefix, c.rel, c.n))
	}
}
