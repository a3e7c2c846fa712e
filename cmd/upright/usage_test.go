package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrongUsage(t *testing.T) {
	in := recordingOf("rot-h264-90")
	for args, want := range map[string]string{
		"convert " + in:                                "--output",
		"convert -o x":                                 "<input>",
		"convert " + in + " -o x --profile mp5":        `did you mean "mp4"`,
		"convert " + in + " -o x --audio mp3":          "--audio",
		"convert " + in + " -o x --jobs 0":             "--jobs",
		"convert " + in + " -o x --orientation-id 300": "--orientation-id",
		"plan " + in + " --profile copy":               `did you mean "original"`,
		"inspect " + in + " --jsn":                     `did you mean "--json"`,
		"inspcet " + in:                                `did you mean "inspect"`,
	} {
		status, stdout, stderr := runUpright(t, strings.Fields(args)...)
		require.Equal(t, exitUsage, status, args)
		require.Empty(t, stdout, args)
		require.Contains(t, stderr, want, args)
		require.Contains(t, stderr, "--help'", args)
		require.NoFileExists(t, "x")
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range []string{"", "--help", "convert --help", "version", "--version"} {
		status, stdout, stderr := runUpright(t, strings.Fields(args)...)
		require.Equal(t, exitDone, status, args)
		require.Contains(t, stdout, "pright", args)
		require.Empty(t, stderr, args)
		for line := range strings.Lines(stdout) {
			require.LessOrEqual(t, len(line), tableWidth, line)
		}
	}
}

// Help says everything once: which values there are, and which one counts if the flag is not there.
func TestHelpSaysDefaults(t *testing.T) {
	for command, want := range map[string][]string{
		"convert":      {"--head", "Default: empty.", "Default: 168h.", "auto, bar, json, none"},
		"compose":      {"Default: 1280x720.", "border, level, none", "Default: -16."},
		"check-config": {"Default: upright.yaml."},
		"jobs submit":  {"high, normal, low. Default: high.", "also UPRIGHT_ADDRESS in the environment."},
	} {
		_, stdout, _ := runUpright(t, append(strings.Fields(command), "--help")...)
		text := strings.Join(strings.Fields(stdout), " ")
		for _, w := range want {
			require.Contains(t, text, w, command)
		}
		require.NotContains(t, text, "(UPRIGHT", command)
		require.NotContains(t, text, "$", command)
	}
}
