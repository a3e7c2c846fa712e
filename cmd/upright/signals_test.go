package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Ctrl-C leaves what was finished, and nothing half done.
func TestInterrupt(t *testing.T) {
	files := map[string]string{}
	from := oneFile(t, recordingOf("rot-change-h264-libwebrtc")+"/*video-1.mjr") // has to be encoded, which takes a while
	for i := range 12 {
		files[fmt.Sprintf("echotest-%02d-video.mjr", i)] = from
	}
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		if signal.Ignored(sent) {
			t.Logf("%v is ignored here, so upright ignores it, too", sent)
			continue
		}
		dir := t.TempDir()
		cmd := program(t, "convert", recordingWith(t, files), "-o", dir, "--progress", "json")
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(stdout)
		for starts := 0; starts < 2 && lines.Scan(); {
			if strings.Contains(lines.Text(), `"start"`) {
				starts++
			}
		}
		require.NoError(t, cmd.Process.Signal(sent))
		var last event
		for lines.Scan() {
			require.NoError(t, json.Unmarshal(lines.Bytes(), &last))
		}
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Wait(), &exit)
		require.Equal(t, sent, exit.Sys().(syscall.WaitStatus).Signal(), "a shell has to see what stopped it")
		require.Equal(t, "end", last.Event)
		require.Less(t, last.Summary.Done, len(files))

		videos := 0
		for _, name := range listed(t, dir) {
			require.False(t, strings.HasPrefix(name, "."), name)
			if strings.HasSuffix(name, ".mp4") {
				videos++
				require.FileExists(t, filepath.Join(dir, strings.TrimSuffix(name, ".mp4")+".json"))
			}
		}
		require.Equal(t, last.Summary.Done, videos)
	}
}

// A shell script has what it runs in the background ignore SIGINT: Ctrl-C is not for them.
func TestIgnoredSignalStaysIgnored(t *testing.T) {
	cmd := program(t, "convert", recordingOf("rot-change-h264-libwebrtc"), "-o", t.TempDir(), "--progress", "json")
	cmd.Args = append([]string{"sh", "-c", `trap "" INT; exec "$@"`, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan())
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	var last event
	for lines.Scan() {
		require.NoError(t, json.Unmarshal(lines.Bytes(), &last))
	}
	require.NoError(t, cmd.Wait())
	require.Equal(t, &summary{Done: 1}, last.Summary)
}

// deaf is a program that does not stop when it is asked to.
func deaf() {
	ctx, _ := cancelOnSignal(context.Background())
	fmt.Println("running")
	<-ctx.Done()
	fmt.Println("asked")
	time.Sleep(time.Minute)
}

func TestSecondSignalKills(t *testing.T) {
	cmd := program(t)
	cmd.Env = append(cmd.Env, asProgram+"=deaf")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stdout)
	for _, want := range []string{"running", "asked"} {
		require.True(t, lines.Scan())
		require.Equal(t, want, lines.Text())
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	}
	_, _ = io.Copy(io.Discard, stdout)
	var exit *exec.ExitError
	require.True(t, errors.As(cmd.Wait(), &exit))
	require.Equal(t, syscall.SIGTERM, exit.Sys().(syscall.WaitStatus).Signal())
}
