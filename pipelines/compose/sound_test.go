package compose

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// heardIn is the sound of one of a file's tracks, at 48 kHz, one channel.
func heardIn(t *testing.T, path string, number int) []float32 {
	t.Helper()
	out := filepath.Join(t.TempDir(), "raw")
	require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf("uprightsamplesrc location=%s track=audio number=%d ! aacparse ! "+
		"avdec_aac ! audioconvert ! audioresample ! audio/x-raw,format=F32LE,rate=48000,channels=1 ! filesink location=%s",
		path, number, out), gstrun.Options{}))
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	sound := make([]float32, len(text)/4)
	_, err = binary.Decode(text, binary.LittleEndian, sound)
	require.NoError(t, err)
	return sound
}

// level is the RMS of a stretch of a sound, in dBFS.
func level(sound []float32, s room.MsSpan) float64 {
	from, to := int(s.From*48), min(int(s.To*48), len(sound))
	sum := 1e-12
	for _, v := range sound[min(from, to):to] {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(max(to-from, 1)))
}

// Beside the mix there is a track of each person, in which that person is heard and nobody else; all together are the
// mix. Cuts hold for all, and parts change nothing.
func TestTracksOfSinglePeople(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	for _, trim := range []string{"ends", "quiet"} {
		var first []byte
		for _, chunks := range []int{1, 4} {
			s := inParts(t, "grid")
			s.Chunks, s.Tracks = chunks, true
			s.Room.Trim = room.Trim{Mode: trim, Quiet: 1e9}
			r, err := Room(t.Context(), rec, lost, s, nil)
			require.NoError(t, err)
			require.Empty(t, r.Warnings)
			path := filepath.Join(s.OutputDir, "2024.mp4")
			info, err := mp4box.Read(path)
			require.NoError(t, err)
			var titles []string
			var off []bool
			for _, track := range info.Tracks[1:] {
				titles, off = append(titles, track.Title), append(off, track.Off)
				require.InDelta(t, r.Outputs[0].DurationMs, float64(track.End().Milliseconds()), 150)
			}
			voices := []string{""}
			for _, p := range r.People {
				if p.Loudness != nil {
					voices = append(voices, p.Name)
				}
			}
			require.Equal(t, voices, titles)
			require.Equal(t, false, off[0])
			for i, track := range r.Outputs[0].Tracks[2:] {
				require.True(t, off[i+1])
				require.Equal(t, voices[i+1], track.Title)
			}
			content := soundOf(t, path, len(titles))
			if first == nil {
				first = content
			}
			require.Equal(t, first, content, "%d parts", chunks)
			if chunks == 1 {
				require.Greater(t, compared(t, r, path, titles), 2, trim)
			}
		}
	}
}

// soundOf are the bytes of all sound tracks.
func soundOf(t *testing.T, path string, tracks int) (all []byte) {
	for i := range tracks {
		_, media := allSamples(t, path, i+1)
		all = append(all, media...)
	}
	return all
}

// compared looks at each talk in each track, and says how many there were.
func compared(t *testing.T, r *report.Room, path string, titles []string) (n int) {
	mix := heardIn(t, path, 0)
	own := map[string][]float32{}
	names := map[string]string{}
	for i, title := range titles[1:] {
		own[title] = heardIn(t, path, i+1)
		require.InDelta(t, len(mix), len(own[title]), 2048)
	}
	for _, p := range r.People {
		names[p.ID] = p.Name
	}
	sum := make([]float32, len(mix))
	for _, sound := range own {
		for i := range min(len(sum), len(sound)) {
			sum[i] += sound[i]
		}
	}
	for _, talk := range r.Talks {
		if talk.To-talk.From < 500 {
			continue
		}
		n++
		require.InDelta(t, talk.DB, level(own[names[talk.Person]], talk.MsSpan), 3, "%+v", talk)
		require.InDelta(t, level(mix, talk.MsSpan), level(sum, talk.MsSpan), 0.5, "%+v", talk)
		for name, sound := range own {
			alone := name != names[talk.Person]
			for _, o := range r.Talks {
				alone = alone && (names[o.Person] != name || o.To < talk.From || o.From > talk.To)
			}
			if alone {
				require.Less(t, level(sound, talk.MsSpan), talk.DB-20, "%s while %s speaks", name, talk.Person)
			}
		}
	}
	return n
}
