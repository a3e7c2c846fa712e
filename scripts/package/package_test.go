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
