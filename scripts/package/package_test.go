package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// nfpm is scripts/package/nfpm.yaml, as far as it is looked at.
type nfpm struct {
	Depends  []string
	Contents []struct {
		Src, Dst, Type string
		Expand         bool
	}
	Scripts map[string]string
}

func read(t *testing.T) (n nfpm) {
	text, err := os.ReadFile("nfpm.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &n))
	require.NotEmpty(t, n.Contents)
	return n
}

// What the package has is in the source, or made by the script that builds it, and each variable gets a value.
func TestContents(t *testing.T) {
	script, err := os.ReadFile("build")
	require.NoError(t, err)
	for _, c := range read(t).Contents {
		require.Equal(t, strings.Contains(c.Dst, "${"), c.Expand, c.Dst)
		if made, ok := strings.CutPrefix(c.Src, "build/package/"); ok {
			kind, _, _ := strings.Cut(made, ".")
			require.Contains(t, string(script), "build/package/"+kind, c.Src)
			continue
		}
		require.FileExists(t, filepath.Join(root, c.Src))
	}
	for _, path := range read(t).Scripts {
		path = filepath.Join(root, path)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.NotZero(t, info.Mode()&0o100, path)
		out, err := exec.Command("sh", "-n", path).CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

// The packages that `make setup` installs to run pipelines are those that the package depends on or recommends.
func TestDepends(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(root, "scripts/setup"))
	require.NoError(t, err)
	_, list, _ := strings.Cut(string(script), "\nrun=(")
	list, _, ok := strings.Cut(list, ")")
	require.True(t, ok)
	text, err := os.ReadFile("nfpm.yaml")
	require.NoError(t, err)
	for _, name := range strings.Fields(list) {
		require.Contains(t, string(text), "- "+name, name)
	}
}

// The service may write where its configuration wants it to, and the package makes these folders.
func TestFoldersOfService(t *testing.T) {
	var config struct {
		Watch []struct{ Folder, Output string }
	}
	text, err := os.ReadFile("upright.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &config))
	unit, err := os.ReadFile(filepath.Join(root, "scripts/systemd/upright.service"))
	require.NoError(t, err)
	postinst, err := os.ReadFile("postinst")
	require.NoError(t, err)
	for _, w := range config.Watch {
		for _, folder := range []string{w.Folder, w.Output} {
			require.Contains(t, string(unit), "-"+filepath.Dir(folder), folder)
			require.Contains(t, string(postinst), folder+"\n")
		}
	}
}

// A release says what CHANGELOG.md says about its version, and nothing of others.
func TestChanges(t *testing.T) {
	dir := t.TempDir()
	script, err := os.ReadFile(filepath.Join(root, "scripts/release"))
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "scripts"), 0o755))
	path := filepath.Join(dir, "scripts/release")
	require.NoError(t, os.WriteFile(path, script, 0o755))
	changelog := "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.10.0] - 2026-12-01\n\n### Added\n\n- this\n\n## " +
		"[1.1.0]\n\n- before\n\n[1.10.0]: https://example.com\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "CHANGELOG.md"), []byte(changelog), 0o644))
	out, err := exec.Command(path, "--changes", "1.10.0").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "### Added\n\n- this\n", string(out))
	out, err = exec.Command(path, "--changes", "1.1.0").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "- before\n", string(out))
	out, err = exec.Command(path, "--changes", "2.0.0").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "no section ## [2.0.0]")
}

// In a container, the first start makes a token and prints it, and others use it.
func TestContainerMakesToken(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "upright")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\necho started $UPRIGHT_HTTP_TOKEN_FILE \"$@\"\n"), 0o755))
	start := func(environment ...string) string {
		cmd := exec.Command(filepath.Join(root, "scripts/container/start"), "serve", "--config", "x")
		cmd.Env = append([]string{"PATH=" + dir + ":" + os.Getenv("PATH")}, environment...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	file := filepath.Join(dir, "token")
	first := start("UPRIGHT_HTTP_TOKEN_FILE=" + file)
	token, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Regexp(t, `^[0-9a-f]{64}\n$`, string(token))
	require.Contains(t, first, strings.TrimSpace(string(token)))
	require.Contains(t, first, "started "+file+" serve --config x\n")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	second := start("UPRIGHT_HTTP_TOKEN_FILE=" + file)
	require.NotContains(t, second, strings.TrimSpace(string(token)))
	same, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, token, same)
}

// compose.yaml gives Janus and Upright the same folder, and makes Janus mark what it has not finished.
func TestCompose(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "compose.yaml"))
	require.NoError(t, err)
	var compose struct {
		Services map[string]struct {
			Build struct {
				Dockerfile string `yaml:"dockerfile"`
				Inline     string `yaml:"dockerfile_inline"`
			}
			Volumes []string
		}
		Volumes map[string]any
	}
	require.NoError(t, yaml.Unmarshal(text, &compose))
	require.FileExists(t, filepath.Join(root, compose.Services["upright"].Build.Dockerfile))
	config, err := os.ReadFile(filepath.Join(root, "scripts/container/upright.yaml"))
	require.NoError(t, err)
	for _, volume := range compose.Services["upright"].Volumes {
		host, inside, _ := strings.Cut(strings.TrimSuffix(volume, ":ro"), ":")
		require.Contains(t, string(config), inside+"\n", volume)
		if !strings.HasPrefix(host, "./") {
			require.Contains(t, compose.Volumes, host)
		}
	}
	require.Contains(t, compose.Services["janus"].Volumes, "./recordings:/recordings")

	const janus = "/etc/janus/janus.jcfg"
	if _, err := os.Stat(janus); err != nil {
		t.Skip("Janus is not installed")
	}
	_, command, ok := strings.Cut(compose.Services["janus"].Build.Inline, "RUN sed -i ")
	require.True(t, ok)
	expression, _, _ := strings.Cut(strings.TrimPrefix(command, "'"), "'")
	out, err := exec.Command("sed", expression, janus).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Regexp(t, `(?m)^\s*recordings_tmp_ext = "tmp"`, string(out))
	require.NotRegexp(t, `protected_folders = \[[^]]*"/recordings"`, string(out))
}
