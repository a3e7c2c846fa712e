package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testagora"
	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/recording/agora/media"
)

// The folder is one that Upright reads without a word, and its MP4 has start codes.
func TestAgoraFolder(t *testing.T) {
	dir := t.TempDir()
	sound, pictures := filepath.Join(dir, "x.aac"), filepath.Join(dir, "x.mp4")
	var list [][]byte
	for _, p := range testagora.Pictures(60) {
		list = append(list, testagora.WithLengths(p))
	}
	require.NoError(t, os.WriteFile(sound, testagora.ADTS(188, 1), 0o600))
	require.NoError(t, os.WriteFile(pictures, testagora.MP4(t, list, 67), 0o600))
	folder, err := agoraFolder(sound, pictures, dir)
	require.NoError(t, err)
	f, err := agora.ReadFolder(folder)
	require.NoError(t, err)
	require.Len(t, f.Presences, 1)
	tl, err := agora.Load(t.Context(), f.Presences[0], agora.EmptyHead)
	require.NoError(t, err)
	require.Empty(t, tl.Notes)
	require.Equal(t, 60, tl.Video.Units)
	film, err := media.Look(f.Presences[0].Pictures[0].Path)
	require.NoError(t, err)
	require.True(t, film.Video.StartCodes)
}
