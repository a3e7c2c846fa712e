package recording

import (
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestFingerprint(t *testing.T) {
	folder := t.TempDir()
	path := write(t, folder, "x.mjr", random(300_000))
	want, err := Fingerprint(path)
	require.NoError(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Greater(t, len(content), 2*fingerprintPart)

	renamed := filepath.Join(folder, "renamed.mjr")
	require.NoError(t, os.Rename(path, renamed))
	require.NoError(t, os.Chtimes(renamed, time.Time{}, time.Now()))
	got, err := Fingerprint(renamed)
	require.NoError(t, err)
	require.Equal(t, want, got, "renamed and touched")

	seen := map[[sha256.Size]byte]string{want: "original"}
	for name, change := range map[string]func(b []byte) []byte{
		"first byte":         func(b []byte) []byte { b[0]++; return b },
		"last of first part": func(b []byte) []byte { b[fingerprintPart-1]++; return b },
		"first of last part": func(b []byte) []byte { b[len(b)-fingerprintPart]++; return b },
		"last byte":          func(b []byte) []byte { b[len(b)-1]++; return b },
		"one byte more":      func(b []byte) []byte { return append(b, 0) },
		"one byte less":      func(b []byte) []byte { return b[:len(b)-1] },
		"empty":              func(b []byte) []byte { return nil },
		"a part":             func(b []byte) []byte { return b[:fingerprintPart] },
		"a part and one":     func(b []byte) []byte { return b[:fingerprintPart+1] },
	} {
		got, err := Fingerprint(write(t, folder, "changed.mjr", change(append([]byte(nil), content...))))
		require.NoError(t, err)
		require.NotContains(t, seen, got, name)
		seen[got] = name
	}
}

// The number is part of what a daemon remembers: it must stay what it was.
func TestFingerprintStays(t *testing.T) {
	got, err := Fingerprint(write(t, t.TempDir(), "x.mjr", []byte("MJR00002")))
	require.NoError(t, err)
	require.Equal(t, sha256.Sum256([]byte("\x00\x00\x00\x00\x00\x00\x00\x08MJR00002")), got)
}

func TestFingerprintOfNoFile(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "x.mjr")
	require.NoError(t, unix.Mkfifo(pipe, 0o644))
	for path, want := range map[string]string{folder: "a folder", pipe: "a named pipe",
		filepath.Join(folder, "missing"): "no such file"} {
		_, err := Fingerprint(path)
		require.ErrorContains(t, err, want)
	}
}

func write(t *testing.T, folder, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(path, b, 0o644))
	return path
}

// random are n bytes that look like media, the same ones each time.
func random(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}
