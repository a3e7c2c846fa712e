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

// What is wrong with a command line is said in words of this program, not of the library that reads it.
func TestWrongUsageIsSaidPlainly(t *testing.T) {
	for args, want := range map[string]string{
		"convert":                         "missing: --output=DIR",
		"convert x -o":                    "--output needs a value",
		"convert x -o --overwrite":        "--output needs a value, and --overwrite looks like a flag",
		"convert x -o y --rejoin 5":       `--rejoin: "5" is no length of time such as 30s`,
		"convert x -o y -j two":           `--jobs: "two" is no whole number`,
		"convert x -o y -j -1":            "--jobs: -1 is less than 0",
		"convert x -o y --max-pixels -4":  "--max-pixels: -4 is less than 0",
		"convert x -o y --rejoin -4s":     "--rejoin: -4s is less than 0",
		"convert x -o y --audio mp3":      `--audio: "mp3" is none of auto, copy, aac`,
		"jobs list --sort down":           `--sort: "down" is none of oldest, recorded, longest`,
		"completion tcsh":                 `<shell>: "tcsh" is none of bash, zsh, fish`,
		"layout":                          "a command is missing: import",
		"jobs cancel":                     "<id> is missing",
		"compose x -o y --loudness -20dB": `--loudness: "-20dB" is neither`,
	} {
		status, _, stderr := runUpright(t, strings.Fields(args)...)
		require.Equal(t, exitUsage, status, args)
		require.Contains(t, stderr, "upright: "+want, args)
	}
}

// Negative numbers need no =, as in --orientation-id -1.
func TestNegativeNumbers(t *testing.T) {
	for from, to := range map[string]string{
		"convert a --orientation-id -1 -o b": "convert a --orientation-id=-1 -o b",
		"convert -j -2":                      "convert -j-2",
		"convert --loudness=-16 -1":          "convert --loudness=-16 -1",
		"convert -- --x -1":                  "convert -- --x -1",
		"-1":                                 "-1",
		"convert -1.mjr":                     "convert -1.mjr",
	} {
		require.Equal(t, strings.Fields(to), joinNegative(strings.Fields(from)))
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
