package playback_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/playback"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/compose"
	"github.com/upright-media/upright/recording/kinds"
	"github.com/upright-media/upright/room"
)

// TestPlaysRooms plays the video of a whole room, whose pictures lie further apart where nothing changes. UPRIGHT_ROOM
// can name the folder of another, longer one.
func TestPlaysRooms(t *testing.T) {
	browser := playback.Start(t)
	folders := []string{filepath.Join(testmjr.TestData(), "room-meeting")}
	if longer := os.Getenv("UPRIGHT_ROOM"); longer != "" {
		folders = append(folders, longer)
	}
	for _, folder := range folders {
		for _, layout := range []string{"auto", "speaker"} {
			t.Run(filepath.Base(folder)+"/"+layout, func(t *testing.T) {
				found, lost, err := kinds.Find([]string{folder})
				require.NoError(t, err)
				require.Len(t, found, 1)
				dir := t.TempDir()
				choice := arrangement.Choice{Loudness: -16, Room: room.Options{Chapters: true,
					Look:  room.Look{Layout: layout, Width: 1280, Height: 720},
					Style: room.Style{Labels: "name", Speaker: "border"}}}
				report, err := compose.Room(t.Context(), found[0], lost, compose.Settings{OutputDir: dir, Choice: choice}, nil)
				require.NoError(t, err)
				o := &report.Outputs[0]
				for _, problem := range play(t, browser, output{filepath.Join(dir, o.File), o}, false) {
					t.Errorf("%s: %s", o.File, problem)
				}
			})
		}
	}
}
