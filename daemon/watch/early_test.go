package watch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/e2e/opens"
)

// A file is not even read for its header while it is being written: it is known by its name only. Its siblings wait for
// it all the same.
func TestNothingIsOpenedEarly(t *testing.T) {
	const (
		video = "videoroom-1234-user-1001-1795235572557737-video-1.mjr"
		audio = "videoroom-1234-user-1001-1795235572557674-audio-0.mjr"
		late  = "videoroom-1234-user-1001-1795235573657737-video-2.mjr"
	)
	for _, ext := range []string{"", ".tmp"} {
		b := newBench(t)
		l := opens.Watch(t, b.root)
		var writers []*os.File
		var holders []*exec.Cmd
		begin := func(name string) {
			f, err := os.Create(filepath.Join(b.root, name+ext))
			require.NoError(t, err)
			data, err := os.ReadFile(filepath.Join("../../testdata/rot-h264-90", name[:len(name)-len("N.mjr")]+"1.mjr"))
			if os.IsNotExist(err) {
				data, err = os.ReadFile("../../testdata/rot-h264-90/" + audio)
			}
			require.NoError(t, err)
			_, err = f.Write(data)
			require.NoError(t, err)
			holder := exec.Command("sleep", "600") // a watcher does not look for itself
			holder.ExtraFiles = []*os.File{f}
			require.NoError(t, holder.Start())
			t.Cleanup(func() { _ = holder.Process.Kill() })
			writers, holders = append(writers, f), append(holders, holder)
		}
		finish := func(i int) {
			path := writers[i].Name()
			require.NoError(t, os.Rename(path, finalPath(path)))
			require.NoError(t, writers[i].Close())
			require.NoError(t, holders[i].Process.Kill())
			_ = holders[i].Wait()
		}
		begin(audio)
		b.scan()
		begin(video)
		b.scan()
		b.pass(20 * settle) // quiet for long, but open
		b.scan()
		_, err := writers[1].WriteString("MEET")
		require.NoError(t, err)
		b.scan()
		require.Len(t, b.Status().Pending, 1, "one participant, by their names")
		finish(0)
		b.pass(2 * settle)
		b.scan() // the audio is complete and waits for the video
		begin(late)
		b.scan()
		b.pass(2 * settle)
		b.scan()
		finish(1)
		finish(2)
		require.Eventually(t, func() bool { return len(l.Written()) == 3 }, 2*time.Minute, 5*time.Millisecond)
		require.Empty(t, l.Early())
		b.pass(2 * settle)
		b.scan(audio + " " + video + " " + late)
	}
}
