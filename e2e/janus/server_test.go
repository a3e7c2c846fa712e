package janus

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/process"
)

// patience is how long anything but media may take on a busy machine.
const patience = 2 * time.Minute

// findJanus says what to install if there is no Janus.
func findJanus() error {
	if _, err := exec.LookPath("janus"); err != nil {
		return fmt.Errorf("these tests need Janus: run scripts/setup test, or install the package janus")
	}
	if matches, _ := filepath.Glob(plugins); len(matches) == 0 {
		return fmt.Errorf("there are no plugins of Janus in %s: these tests know where Debian and Ubuntu put them", plugins)
	}
	return nil
}

const plugins = "/usr/lib/*/janus/plugins"

// server is a running Janus.
type server struct {
	dir     string // its configuration and working folder
	socket  string
	process *process.Child
	log     log

	mu    sync.Mutex
	conns []net.Conn // see attach
}

var configuration = template.Must(template.New("").Parse(`
general: {
	configs_folder = "{{.Dir}}"
	plugins_folder = "{{.Lib}}/plugins"
	transports_folder = "{{.Lib}}/transports"
	events_folder = "{{.Lib}}/events"
	loggers_folder = "{{.Lib}}/loggers"
	debug_level = 4
	debug_colors = false
	session_timeout = 0
	{{if .Ext}}recordings_tmp_ext = "{{.Ext}}"{{end}}
}
media: { ipv6 = false }
nat: {
	ice_enforce_list = "{{.Interface}}"
	ignore_mdns = true
}
plugins: { disable = "{{.Disable}}" }
transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_rabbitmq.so,libjanus_websockets.so" }
`))

// startJanus starts a Janus that gives the files it records this extension while they are open; "" for none.
func startJanus(t *testing.T, ext string) *server {
	t.Helper()
	lib, _ := filepath.Glob(plugins)
	// Names of sockets are short.
	dir, err := os.MkdirTemp("", "janus-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &server{dir: dir, socket: filepath.Join(dir, "api")}
	var disable []string
	all, _ := filepath.Glob(filepath.Join(lib[0], "*.so*"))
	for _, path := range all {
		if !strings.Contains(path, "videoroom") && !strings.Contains(path, "echotest") &&
			!strings.Contains(path, "recordplay") {
			disable = append(disable, filepath.Base(path))
		}
	}
	var text bytes.Buffer
	require.NoError(t, configuration.Execute(&text, map[string]string{
		"Dir": dir, "Lib": filepath.Dir(lib[0]), "Ext": ext, "Interface": serverInterface,
		"Disable": strings.Join(disable, ","),
	}))
	for name, text := range map[string]string{
		"janus.jcfg":                   text.String(),
		"janus.plugin.videoroom.jcfg":  "general: {}\n",
		"janus.plugin.echotest.jcfg":   "general: {}\n",
		"janus.plugin.recordplay.jcfg": fmt.Sprintf("general: { path = %q }\n", dir),
		"janus.transport.pfunix.jcfg": fmt.Sprintf("general: { enabled = true, path = %q, type = \"SOCK_SEQPACKET\", "+
			"json = \"compact\" }\n", s.socket),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	t.Cleanup(func() {
		s.kill()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range s.conns {
			c.Close()
		}
		if t.Failed() {
			t.Logf("the log of Janus:\n%s", &s.log)
		}
	})
	// On a busy machine the thread of this transport may end before it begins, as it takes itself for not initialised yet,
	// and Janus 1.1.2 with it.
	for try := 0; !s.start(t); try++ {
		require.Less(t, try, 20, "Janus does not start")
	}
	return s
}

// start starts Janus, and says whether it is there to stay.
func (s *server) start(t *testing.T) bool {
	t.Helper()
	s.log.reset()
	command := inNamespace("janus", "-F", s.dir, "-C", filepath.Join(s.dir, "janus.jcfg"))
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &s.log, &s.log
	var err error
	s.process, err = process.Start(cmd, process.Options{})
	require.NoError(t, err)
	for began := time.Now(); time.Since(began) < patience; time.Sleep(20 * time.Millisecond) {
		select {
		case <-s.process.Exited():
			return false
		default:
		}
		_, err := os.Stat(s.socket)
		if err == nil && strings.Contains(s.log.String(), "Sockets transport plugin initialized") {
			return true
		}
	}
	require.FailNow(t, "Janus does not start")
	return false
}

// kill ends Janus as a crash would.
func (s *server) kill() {
	if s.process == nil {
		return
	}
	s.process.Kill()
	<-s.process.Exited()
}

type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
