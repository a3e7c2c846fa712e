package janus

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/e2e/opens"
	"github.com/upright-media/upright/internal/scene"
)

const (
	// settle is that of folders whose files Janus does not rename.
	settle = 1500 * time.Millisecond
	// never is longer than any of these tests takes: what it stands for must not have been waited for.
	never = 10 * time.Minute
	// adoptAfter is that of folders whose Janus is killed.
	adoptAfter = 3 * time.Second
)

// mode is how a Janus is set up.
type mode struct {
	name   string
	ext    string // recordings_tmp_ext
	settle time.Duration
}

var modes = []mode{
	{"renamed", "tmp", never}, // the name says that a file is complete, nothing else is needed
	{"plain", "", settle},
}

// world is a daemon, and a Janus of each kind, that all tests share.
type world struct {
	*e2e.Daemon
	dir     string
	servers map[string]*server
}

// watch is the watch folder of a test in a mode.
func watch(test string, m mode) string { return test + "-" + m.name }

func (w *world) folder(name string) string { return filepath.Join(w.dir, "recordings", name) }
func (w *world) output(name string) string { return filepath.Join(w.dir, "videos", name) }

// One daemon watches what two Januses record; a rescan never comes, so it is the file system's events that tell.
func TestJanus(t *testing.T) {
	need(t)
	scene.NeedDecoder(t)
	w := &world{dir: t.TempDir(), servers: map[string]*server{}}
	tests := map[string]func(t *testing.T, w *world, m mode, name string){
		"call": testCall, "people": testPeople, "killed": testKilled, "echo": testEcho,
	}
	var folders []e2e.Watch
	for test := range tests {
		for _, m := range modes {
			name := watch(test, m)
			require.NoError(t, os.MkdirAll(w.folder(name), 0o755))
			f := e2e.Watch{
				Name: name, Folder: w.folder(name), Output: w.output(name), Template: "{name}", Settle: m.settle, AdoptAfter: never,
				Rescan: never,
			}
			if test == "killed" {
				f.AdoptAfter, f.Settle = adoptAfter, settle
			}
			folders = append(folders, f)
		}
	}
	w.Daemon = e2e.Start(t, e2e.Config(t, w.dir, nil, folders...), e2e.Options{})
	for _, m := range modes {
		w.servers[m.name] = startJanus(t, m.ext)
	}
	t.Run("all", func(t *testing.T) { // so that the daemon lives until the last of the parallel ones is done
		for test, run := range tests {
			for _, m := range modes {
				t.Run(test+"/"+m.name, func(t *testing.T) {
					t.Parallel()
					run(t, w, m, watch(test, m))
				})
			}
		}
	})
	w.Stop()
}

// Somebody holds a phone upright, publishes to a room, and hangs up.
func testCall(t *testing.T, w *world, m mode, name string) {
	const room = 1234
	server := w.servers[m.name]
	log := opens.Watch(t, w.folder(name))
	server.createRoom(t, room, w.folder(name))
	video, audio := load(t, "rot-h264-90", "video"), load(t, "rot-h264-90", "audio")
	c := newClient(t, server.attach(t, "janus.plugin.videoroom"), audio, video)
	took := c.publish(context.Background(), room, 1001)
	require.Empty(t, w.videos(t, name), "the call goes on")
	require.Equal(t, 2, log.Made())

	hungUp := time.Now()
	if m.ext != "" {
		c.message("event", map[string]any{"request": "unpublish"}, nil)
	} else {
		require.NoError(t, c.pc.Close()) // as when the page is closed
	}
	var appeared time.Time
	require.Eventually(t, func() bool {
		appeared = time.Now()
		return len(w.videos(t, name)) > 0
	}, 2*patience, 10*time.Millisecond, "no video")
	jobs := w.AwaitIn(t, name, patience, 1, job.Done)
	require.Len(t, jobs[0].Spec.Sources, 2)
	early(t, log, 2)

	film := watchFilm(t, filepath.Join(w.output(name), "1234-1001.mp4"))
	film.upright(t, 180, 320)
	film.whole(t, video.pictures(), 0)
	film.inSync(t, 5)
	film.lasts(t, took)

	// How long a conversion takes here and now, for a bound that does not depend on the machine.
	began := time.Now()
	again := t.TempDir()
	runUpright(t, "convert", w.folder(name), "-o", again)
	conversion := time.Since(began)
	waited := appeared.Sub(hungUp)
	bound := settle + 4*conversion + 10*time.Second
	t.Logf("the video was there %.2f s after the hang-up, %.2f s after the last file was complete; its conversion took "+
		"%.2f s in the daemon and %.2f s by hand",
		waited.Seconds(), appeared.Sub(last(log)).Seconds(), jobs[0].WallMs/1000, conversion.Seconds())
	require.Less(t, waited, bound)
	if m.ext == "" {
		require.Greater(t, appeared.Sub(last(log)), settle, "nobody waited until the files were quiet")
	}
}

// Alice stays all the time. Bob comes later, turns his camera off and on again, and leaves first.
func testPeople(t *testing.T, w *world, m mode, name string) {
	const room = 77
	server := w.servers[m.name]
	log := opens.Watch(t, w.folder(name))
	server.createRoom(t, room, w.folder(name))
	const late, off, on, leaves = 1500 * time.Millisecond, 1 * time.Second, 3 * time.Second, 4500 * time.Millisecond
	aliceVideo, aliceAudio := load(t, "rot-h264-90", "video"), load(t, "rot-h264-90", "audio")
	bobVideo := load(t, "pion-vp8-opus", "video").pause(off, on).until(leaves)
	bobAudio := load(t, "pion-vp8-opus", "audio").until(leaves)
	alice := newClient(t, server.attach(t, "janus.plugin.videoroom"), aliceAudio, aliceVideo)
	bob := newClient(t, server.attach(t, "janus.plugin.videoroom"), bobAudio, bobVideo)
	var both sync.WaitGroup
	var aliceTook, bobTook time.Duration
	both.Go(func() {
		aliceTook = alice.publish(context.Background(), room, 1)
		alice.message("event", map[string]any{"request": "leave"}, nil)
		require.NoError(t, alice.pc.Close()) // until then Janus goes on recording her, which is nothing
	})
	both.Go(func() {
		time.Sleep(late) // it is what bob does
		bobTook = bob.publish(context.Background(), room, 2)
		bob.message("event", map[string]any{"request": "unpublish"}, nil)
	})
	both.Wait()
	w.AwaitIn(t, name, 2*patience, 2, job.Done)
	early(t, log, 4)

	film := watchFilm(t, filepath.Join(w.output(name), "77-1.mp4"))
	film.upright(t, 180, 320)
	film.whole(t, aliceVideo.pictures(), 0)
	film.inSync(t, 5)
	film.lasts(t, aliceTook)
	film = watchFilm(t, filepath.Join(w.output(name), "77-2.mp4"))
	film.upright(t, 320, 180)
	film.whole(t, bobVideo.pictures(), on-off)
	film.inSync(t, 3) // the camera was off for a whole number of seconds
	film.lasts(t, bobTook)
}

// Janus is killed in the middle of a call.
func testKilled(t *testing.T, w *world, m mode, name string) {
	const room = 99
	server := startJanus(t, m.ext)
	log := opens.Watch(t, w.folder(name))
	server.createRoom(t, room, w.folder(name))
	video, audio := load(t, "rot-h264-90", "video"), load(t, "rot-h264-90", "audio")
	c := newClient(t, server.attach(t, "janus.plugin.videoroom"), audio, video)
	ctx, hangUp := context.WithCancel(context.Background())
	killed := make(chan time.Time, 1)
	go func() {
		for began := time.Now(); log.Made() < 2 && time.Since(began) < patience; {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(5 * time.Second) // of media, of which all is in the files but what is in Janus' buffers, of 4 KiB each
		killed <- time.Now()
		server.kill()
		hangUp()
	}()
	took := c.publish(ctx, room, 1001)
	jobs := w.AwaitIn(t, name, 2*patience, 1, job.Done)
	early(t, log, 2)
	at := <-killed
	if m.ext != "" {
		for _, source := range jobs[0].Spec.Sources {
			require.Equal(t, ".tmp", filepath.Ext(source.Path))
			info, err := os.Stat(source.Path)
			require.NoError(t, err)
			require.GreaterOrEqual(t, jobs[0].Spec.Submitted.Sub(info.ModTime()), adoptAfter)
		}
	}
	require.Greater(t, jobs[0].Spec.Submitted, at)
	film := watchFilm(t, filepath.Join(w.output(name), "99-1001.mp4"))
	film.upright(t, 180, 320)
	film.inSync(t, 2)
	length := film.length(t)
	require.Less(t, length, took+time.Second)
	require.Greater(t, length, took-3*time.Second, "more is lost than what Janus had not written")
}

// The EchoTest does not say in its files which extension has the orientation.
func testEcho(t *testing.T, w *world, m mode, name string) {
	server := w.servers[m.name]
	log := opens.Watch(t, w.folder(name))
	video, audio := load(t, "rot-h264-90", "video").until(3*time.Second),
		load(t, "rot-h264-90", "audio").until(3*time.Second)
	c := newClient(t, server.attach(t, "janus.plugin.echotest"), audio, video)
	c.negotiate(map[string]any{
		"audio": true, "video": true, "videocodec": "h264", "record": true,
		"filename": filepath.Join(w.folder(name), "hello"),
	})
	took := c.send(context.Background())
	c.ask("success", map[string]any{"janus": "hangup"})
	w.AwaitIn(t, name, 2*patience, 1, job.Done)
	early(t, log, 2)
	film := watchFilm(t, filepath.Join(w.output(name), "hello.mp4"))
	film.upright(t, 180, 320)
	film.inSync(t, 2)
	film.lasts(t, took)
}
