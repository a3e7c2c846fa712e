package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/options"
)

// write makes files below a new folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestLoad(t *testing.T) {
	dir := write(t, map[string]string{
		"etc/upright.yaml": "\ufeff# A file from Windows\r\n" + `state: ../state
history: 30d
watch:
  - name: calls
    folder: ../rec
    output: ../out
    profile: webm
    template: "{room}/{user}"
    settle: 1m30s
    adopt_after: 1d12h
    rescan: 500ms
    priority: high
    audio: copy
    pauses: cut
    on_loss: keep
    head: trim
    subtitles: true
    orientation_id: -1
    sources: {move: ../done/}
    retention: 90d
    upload: {url: "s3://bucket?region=x", prefix: "a/"}
    hook: {command: [./hook.sh, "5", "a\nb"], timeout: 5s}
    webhook: {url: "https://u:p@example.com:8443/x?y", secret_file: secret, timeout: 3s}
queue:
  url: "nats://a:4222, tls://b"
  credentials: creds
  ca: ca.pem
  certificate: cert.pem
  key: key.pem
  replicas: 3
  name: up_2
workers: {jobs: 3, memory: 1.5GiB, time: 0, stall: 0, nice: 0, attempts: 1, retry: 1s, min_free: 0, encoder: va, strict: true, sessions: 2, drain: 0, max_length: 0, max_silence: 1h, max_pixels: 9, max_sizes: 0}
http: {listen: "[::1]:0", token_file: /abs/token, pprof: true, connections: 99, per_address: 9, proxies: [10.0.0.5, "fd00::/8"]}
log: {format: json, level: debug}
`,
	})
	file := filepath.Join(dir, "etc", "upright.yaml")
	c, _, err := Load(file, nil, known)
	require.NoError(t, err)
	at := func(s string) string { return filepath.Join(dir, s) }
	require.Equal(t, &Config{
		File: file, State: at("state"), History: 720 * time.Hour,
		Watch: []Watch{{
			Name: "calls", Folder: at("rec"), Output: at("out"), Profile: "webm", Template: "{room}/{user}",
			Settle:     90 * time.Second,
			AdoptAfter: 36 * time.Hour, Rescan: 500 * time.Millisecond, Priority: "high",
			Options: options.Options{Audio: "copy", Pauses: "cut", OnLoss: "keep", Head: "trim", Gap: "hold", Subtitles: true,
				OrientationID: -1},
			Sources: Sources{Move, at("done")}, Retention: 2160 * time.Hour,
			Upload: &Upload{URL: "s3://bucket?region=x", Prefix: "a/"},
			Hook:   &Hook{Command: []string{at("etc/hook.sh"), "5", "a\nb"}, Timeout: 5 * time.Second},
			Webhook: &Webhook{URL: "https://u:p@example.com:8443/x?y", SecretFile: at("etc/secret"),
				Timeout: 3 * time.Second},
		}},
		Queue: Queue{
			URL: "nats://a:4222, tls://b", Credentials: at("etc/creds"), CA: at("etc/ca.pem"),
			Certificate: at("etc/cert.pem"), Key: at("etc/key.pem"),
			Replicas: 3, Name: "up_2",
		},
		Workers: Workers{Jobs: 3, Memory: 3 << 29, Attempts: 1, Retry: time.Second, Encoder: "va", Strict: true,
			Sessions: 2, MaxSilence: time.Hour, MaxPixels: 9},
		HTTP: HTTP{Listen: "[::1]:0", TokenFile: "/abs/token", Pprof: true, Connections: 99, PerAddress: 9,
			Proxies: []string{"10.0.0.5", "fd00::/8"}},
		Log: Log{Format: "json", Level: "debug"},
	}, c)
	require.Equal(t, []string{"/abs/token", at("etc/ca.pem"), at("etc/cert.pem"), at("etc/creds"), at("etc/key.pem"),
		at("etc/secret"), file}, c.Files())
	require.Equal(t,
		"watch calls: "+at("rec")+" -> "+at("out")+"/{room}/{user}, profile webm, sources move to "+at("done")+", priority high, upload to s3://bucket?region=x, hook "+
			at("etc/hook.sh")+", webhook https://example.com:8443, outputs deleted after 2160h\n"+
			"queue nats://a:4222,tls://b, name up_2, replicas 3\nstate "+at("state")+
			"\nworkers 3 cores; a job: memory 1536MiB, time no limit, stall no limit, nice 0, attempts 1; disk space "+
			"that stays free: 0; drain: 0; bounds: length no limit, silence 1h, 9 pixels, no limit changes of size\n"+
			"http [::1]:0, with a token, with pprof\nlog json, debug\nhistory 720h", c.String())
}

func TestSharedSettings(t *testing.T) {
	c, _, err := Parse([]byte(`watch:
  - &usual
    folder: &f /a
    output: /out/a
    settle: 30s
    sources: keep
  - <<: *usual
    folder: /b
  - <<: [{settle: 5s, folder: /d}, *usual]
    folder: /c
    hook: {command: [*f]}
`), "/", nil, Known{})
	require.NoError(t, err)
	require.Equal(t, []string{"/a", "/b", "/c"}, []string{c.Watch[0].Folder, c.Watch[1].Folder, c.Watch[2].Folder})
	require.Equal(t, 30*time.Second, c.Watch[1].Settle)
	require.Equal(t, 5*time.Second, c.Watch[2].Settle)
	require.Equal(t, "/out/a", c.Watch[2].Output)
	require.Equal(t, []string{"/a"}, c.Watch[2].Hook.Command)
}

func TestOverrides(t *testing.T) {
	cwd, err := os.Getwd()
	require.NoError(t, err)
	env := []string{
		"UPRIGHT_STATE=state", "UPRIGHT_WATCH_FOLDER=/first", "UPRIGHT_WATCH_FOLDER=rec", "UPRIGHT_WATCH_OUTPUT=/out",
		"UPRIGHT_WATCH_ADOPT_AFTER=1h",
		"UPRIGHT_WATCH_SOURCES_MOVE=/done", "UPRIGHT_WATCH_NAME=2024", "UPRIGHT_WATCH_SUBTITLES=true",
		"UPRIGHT_WATCH_UPLOAD_URL=gs://b",
		"UPRIGHT_WATCH_WEBHOOK_URL=http://x", "UPRIGHT_QUEUE_URL=nats://a", "UPRIGHT_WORKERS_JOBS=7",
		"UPRIGHT_WORKERS_MIN_FREE=5GB",
		"UPRIGHT_HTTP_LISTEN=off", "UPRIGHT_LOG_FORMAT=json", "UPRIGHT_HISTORY=", "UPRIGHT_TEST_LEAKS=1", "UPRIGHT=1",
		"PATH=/bin",
	}
	want := Default()
	w := DefaultWatch()
	w.Name, w.Folder, w.Output, w.AdoptAfter, w.Subtitles = "2024", filepath.Join(cwd, "rec"), "/out", time.Hour, true
	w.Sources = Sources{Move, "/done"}
	w.Upload, w.Webhook = &Upload{URL: "gs://b"}, &Webhook{URL: "http://x", Timeout: 10 * time.Second}
	want.State, want.Watch, want.Queue.URL, want.HTTP.Listen, want.Log.Format = filepath.Join(cwd,
		"state"), []Watch{w}, "nats://a", "off", "json"
	want.Workers.Jobs, want.Workers.MinFree = 7, 5e9

	// Without a file, and over one.
	c, warnings, err := Load("", env, known)
	require.NoError(t, err)
	require.Equal(t, &want, c)
	require.Len(t, warnings, 1)
	require.Equal(t, `UPRIGHT_WATCH_FOLDER: the folder "`+cwd+`/rec" does not exist; the daemon waits for it`,
		warnings[0].String())

	dir := write(t,
		map[string]string{"u.yaml": "state: /else\nwatch:\n  - folder: x\n    output: y\n    sources: delete\nhttp: " +
			"{listen: '127.0.0.1:1'}\n"})
	want.File = filepath.Join(dir, "u.yaml")
	c, _, err = Load(want.File, env, known)
	require.NoError(t, err)
	require.Equal(t, &want, c)
}

func TestOverrideProblems(t *testing.T) {
	errs, warnings := problems(t, minimal, "UPRIGHT_WATCH_SETTLE=10", "UPRIGHT_WORKERS_JOBS=many",
		"UPRIGHT_HTTP_LISTEN=0.0.0.0:1", "UPRIGHT_WATCH_HOOK_COMMAND=x",
		"UPRIGHT_WATCH_SOURCES=move", "UPRIGHT_HTTP_PPROF=1", "UPRIGHT_HTTP_LISTENS=x", "UPRIGHT_QUEU_URL=x",
		"UPRIGHT_LOG_FILE_NAME_OF_MINE=x", "UPRIGHT_VERSION=1")
	require.Equal(t, []string{
		`UPRIGHT_HTTP_LISTEN: listen: anyone who can connect to all addresses of the machine could see the recordings and end jobs; give a token_file, or listen on 127.0.0.1`,
		`UPRIGHT_HTTP_PPROF: pprof: "1" is neither true nor false; write true`,
		`UPRIGHT_WATCH_HOOK_COMMAND: a list cannot be given by the environment; write it into the configuration file`,
		`UPRIGHT_WATCH_SETTLE: settle: "10" has no unit; write 10s if seconds are meant`,
		`UPRIGHT_WATCH_SOURCES: sources: where to? Write {move: FOLDER}`,
		`UPRIGHT_WORKERS_JOBS: jobs: "many" is no whole number; write it with digits, or auto`,
	}, errs)
	require.Equal(t, []string{
		`UPRIGHT_HTTP_LISTENS: there is no option of this name, so it changes nothing; did you mean UPRIGHT_HTTP_LISTEN?`,
		`UPRIGHT_LOG_FILE_NAME_OF_MINE: there is no option of this name, so it changes nothing; the names are in docs/configuration.md`,
		`UPRIGHT_QUEU_URL: there is no option of this name, so it changes nothing; did you mean UPRIGHT_QUEUE_URL?`,
	}, warnings)

	errs, _ = problems(t, minimal+"  - {folder: /b, output: /c}\n", "UPRIGHT_WATCH_OUTPUT=/d")
	require.Equal(t,
		[]string{`UPRIGHT_WATCH_OUTPUT: it can change only a single watch folder, and upright.yaml has 2; write it into the configuration file`}, errs)
	errs, _ = problems(t, "", "UPRIGHT_WATCH_OUTPUT=/d")
	require.Equal(t,
		[]string{`UPRIGHT_WATCH_OUTPUT: folder is missing: what is to be watched?; write folder: and the folder that Janus records to`}, errs)
}

// No two options have one variable.
func TestEnvNames(t *testing.T) {
	seen := map[string]string{}
	for _, l := range leaves(reflect.TypeFor[Config](), "") {
		name := EnvName(l.path)
		require.NotContains(t, seen, name)
		seen[name] = l.path
	}
	for _, name := range []string{"UPRIGHT_STATE", "UPRIGHT_HTTP_LISTEN", "UPRIGHT_QUEUE_URL", "UPRIGHT_WORKERS_JOBS",
		"UPRIGHT_LOG_FORMAT", "UPRIGHT_WATCH_FOLDER", "UPRIGHT_WATCH_OUTPUT"} {
		require.Contains(t, seen, name)
	}
}

func TestAllowed(t *testing.T) {
	for name, text := range map[string]string{
		"output inside": "watch:\n  - folder: /in\n    output: /in/out\n",
		"output around": "watch:\n  - folder: /data/in\n    output: /data\n",
		"state inside":  minimal + "state: /in/.state\n",
		"two profiles":  watching("name: a") + "  - {folder: /in, output: /out2, name: b, profile: webm}\n",
		"nested":        watching("name: a") + "  - {folder: /in/sub, output: /out2, name: b}\n",
		"excluded, so no rival": watching("name: a", "sources: delete") +
			"  - {folder: /out, output: /in/x, name: b}\n  - {folder: /in/x/y, output: /z, name: c}\n",
		"worker only":        "queue: {url: 'nats://a'}\n",
		"commented sections": minimal + "queue:\nworkers:\nhttp:\nlog:\n",
		"no delivery":        watching("upload:", "hook:", "webhook:"),
		"localhost":          minimal + "http: {listen: 'localhost:80'}\n",
		"loopback":           minimal + "http: {listen: '127.8.0.1:80'}\n",
		"token":              minimal + "http: {listen: ':80', token_file: t}\n",
		"no scheme":          minimal + "queue: {url: 'a:4222,b'}\n",
		"file bucket":        watching("upload: {url: 'file:///copies', remove_local: true}"),
		"name with a slash":  "watch:\n  - folder: /\n    output: /out\n    settle: 1s\n",
	} {
		t.Run(name, func(t *testing.T) {
			errs, warnings := problems(t, text)
			require.Empty(t, errs)
			require.Empty(t, warnings)
		})
	}
}

func TestWarnings(t *testing.T) {
	for text, want := range map[string]string{
		watching("sources: delete",
			"retention: 30d"): "upright.yaml:5:16: sources are deleted and so are outputs after 720h",
		minimal + "http: {listen: 'off', pprof: true}\n":        "4:30: pprof has no effect, since http.listen is off",
		"watch:\n  - folder: $HOME/in\n    output: /out\n":      `2:13: folder: variables are not expanded, so "$HOME/in" is a name with a dollar sign; the environment variable UPRIGHT_WATCH_FOLDER can`,
		minimal + "http: {listen: 'off', token_file: secret}\n": "token_file has no effect",
	} {
		errs, warnings := problems(t, text)
		require.Empty(t, errs)
		require.Len(t, warnings, 1, text)
		require.Contains(t, warnings[0], want)
	}
}

func TestLoadLooksAround(t *testing.T) {
	dir := write(t, map[string]string{
		"upright.yaml": `watch:
  - {folder: rec, output: out, hook: {command: [./missing.sh]}, webhook: {url: "http://x", secret_file: open}}
  - {folder: file, output: out, hook: {command: [sh]}, webhook: {url: "http://x", secret_file: good}}
  - {folder: gone, output: out}
http: {token_file: missing}
`, "open": "x", "good": "x", "rec/x": "", "file": "",
	})
	require.NoError(t, os.Chmod(filepath.Join(dir, "open"), 0o644))
	c, warnings, err := Load(filepath.Join(dir, "upright.yaml"), nil, known)
	require.NoError(t, err)
	require.Equal(t, "rec", c.Watch[0].Name)
	var got []string
	for _, w := range warnings {
		got = append(got, fmt.Sprintf("%d: %s", w.Line, strings.ReplaceAll(w.Text, dir, "")))
	}
	require.Equal(t, []string{
		`2: the command "/missing.sh" does not exist`,
		`2: everyone may read or write the secret in "/open"`,
		`3: "/file" is no folder`,
		`4: the folder "/gone" does not exist`,
		`5: the file "/missing" does not exist`,
	}, got)
}

// Links do not hide that two folders are one.
func TestLinks(t *testing.T) {
	dir := write(t,
		map[string]string{"upright.yaml": "watch:\n  - folder: rec\n    output: link/new/..\n    sources: {move: " +
			"link/new/done}\n", "rec/x": ""})
	require.NoError(t, os.Symlink("rec", filepath.Join(dir, "link")))
	_, _, err := Load(filepath.Join(dir, "upright.yaml"), nil, known)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Len(t, e.Problems, 2)
	require.Equal(t, "watch[0].output", e.Problems[0].Key)
	require.Equal(t, "watch[0].sources.move", e.Problems[1].Key)
}

func TestLoadUnreadable(t *testing.T) {
	dir := write(t, map[string]string{"large.yaml": strings.Repeat("#", MaxFileBytes+1)})
	_, _, err := Load(filepath.Join(dir, "none.yaml"), nil, known)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "cannot read the configuration "+dir)
	_, _, err = Load(dir, nil, known)
	require.ErrorContains(t, err, "it is a folder, not a regular file")
	_, _, err = Load("/dev/zero", nil, known)
	require.ErrorContains(t, err, "it is a device, not a regular file")
	_, _, err = Load(filepath.Join(dir, "large.yaml"), nil, known)
	require.ErrorContains(t, err, "larger than a configuration can be (256KiB)")
}

func TestToken(t *testing.T) {
	dir := write(t, map[string]string{"good": "  0123456789abcdef\n", "short": "abc\n",
		"two": "0123456789abcdef 0123456789abcdef", "long": strings.Repeat("x", 5000)})
	token, err := HTTP{}.Token()
	require.NoError(t, err)
	require.Empty(t, token)
	token, err = HTTP{TokenFile: filepath.Join(dir, "good")}.Token()
	require.NoError(t, err)
	require.Equal(t, "0123456789abcdef", token)
	for name, want := range map[string]string{"short": "too short", "two": "more than a token",
		"long": "more than a token", "none": "cannot read http.token_file"} {
		_, err = HTTP{TokenFile: filepath.Join(dir, name)}.Token()
		require.ErrorContains(t, err, want)
	}
}
