package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testagora"
	"github.com/upright-media/upright/room"
)

// writeStay writes a stay of a user in a session of Agora's recorder, as the examples name it.
func writeStay(t *testing.T, dir string) {
	zero := time.Date(2019, 2, 8, 4, 27, 29, 165e6, time.UTC)
	f := testagora.New(t, t.TempDir(), "demo", zero)
	sound, pictures := f.Name("111", 0, ".aac"), f.Name("111", 400*time.Millisecond, ".mp4")
	f.File(sound, testagora.ADTS(200, 1))
	f.File(pictures, testagora.MP4(t, testagora.Pictures(50), 67))
	f.UID("111", "0.000 "+sound+" create ", "0.400 "+pictures+" create ",
		"0.401 "+pictures+" info width=640 height=360 rotation=0", "3.750 "+pictures+" close ", "4.267 "+sound+" close ")
	f.Done()
	require.NoError(t, os.CopyFS(dir, os.DirFS(f.Path)))
}

// scoreLength is a little more than the recordings last.
const scoreLength = 9 * time.Second

// writeScore writes a room in which two people are seen beside each other.
func writeScore(t *testing.T, path string) {
	ms := float64(scoreLength.Milliseconds())
	all := room.MsSpan{To: ms}
	s := &room.Score{Schema: room.ScoreSchema, Canvas: &room.Canvas{Width: 320, Height: 90, FPS: 10}, DurationMs: ms,
		Timeline: []room.Piece{{MsSpan: all}}, Spans: []room.Arrangement{{MsSpan: all, Layout: "grid"}},
		Style: room.Style{Labels: "name", Speaker: "none", Background: "#000000"}}
	for i, name := range []string{"alice", "bob"} {
		s.People = append(s.People, room.Player{ID: name, Name: name, Initials: name[:1]})
		s.Sources = append(s.Sources, room.ScoreSource{Person: name, Source: room.Camera, To: 3_600_000})
		s.Spans[0].Regions = append(s.Spans[0].Regions, room.Region{Person: name, Source: room.Camera,
			X: i * 160, W: 160, H: 90, Fit: "contain", Pads: []int{i}})
	}
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, s.Write(f))
	require.NoError(t, f.Close())
}
