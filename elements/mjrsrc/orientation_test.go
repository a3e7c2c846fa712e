package mjrsrc

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
)

// The tag is in front of the first packet of the first picture that it applies to, although the sender puts it on the
// last, and it keeps that place through depayloader and decoder. truth.json says when the sender turned.
func TestOrientationIsInFrontOfItsPicture(t *testing.T) {
	for _, c := range []struct{ folder, decode string }{
		{"rot-change-h264-libwebrtc", "rtph264depay ! avdec_h264"},
		{"chromium-vp8-rot-change", "rtpvp8depay ! vp8dec"},
	} {
		t.Run(c.folder, func(t *testing.T) {
			path := recorded(t, c.folder, "video-1")
			_, track := load(t, path)
			var want []string
			var at []time.Duration
			for _, o := range track.Orientations {
				want, at = append(want, o.Orientation.ImageOrientation()), append(at, o.At)
			}
			require.Len(t, want, 5)
			compareWithTruth(t, c.folder, want, at)

			p := gsttest.Parse(t, "mjrsrc name=src location=%s ! %s ! fakesink name=out", path, c.decode)
			src, out := gsttest.Watch(t, p, "src", "src"), gsttest.Watch(t, p, "out", "sink")
			gsttest.Play(t, p)
			for name, r := range map[string]*gsttest.Record{"packets": src, "pictures": out} {
				var tags []string
				var times []time.Duration
				tagged := false
				for _, i := range r.Items() {
					if i.Tag != "" && (len(tags) == 0 || tags[len(tags)-1] != i.Tag) {
						tags, tagged = append(tags, i.Tag), true
					}
					if i.Event == 0 && tagged {
						times, tagged = append(times, i.PTS), false
						require.Zero(t, i.Index)
					}
				}
				require.Equal(t, want, tags, name)
				require.Len(t, times, len(at), name)
				for i := range at {
					require.InDelta(t, at[i], times[i], float64(time.Millisecond), "%s: %s", name, want[i])
				}
			}
		})
	}
}

// compareWithTruth compares with what the sender did, as far as a picture's distance.
func compareWithTruth(t *testing.T, folder string, tags []string, at []time.Duration) {
	b, err := os.ReadFile(filepath.Join("../../testdata", folder, "truth.json"))
	require.NoError(t, err)
	var truth struct {
		Participants []struct {
			Video struct {
				Orientation []struct {
					TMs     float64 `json:"t_ms"`
					Degrees int     `json:"degrees"`
				} `json:"orientation"`
			} `json:"video"`
		} `json:"participants"`
	}
	require.NoError(t, json.Unmarshal(b, &truth))
	turns := truth.Participants[0].Video.Orientation
	require.Len(t, turns, len(tags))
	for i, turn := range turns {
		require.Equal(t, fmt.Sprintf("rotate-%d", turn.Degrees), tags[i])
		if i > 0 {
			between := (turn.TMs - turns[i-1].TMs) * float64(time.Millisecond)
			require.InDelta(t, between, at[i]-at[i-1], float64(150*time.Millisecond), "turn %d", i)
		}
	}
}

// Who reads one stream after another with one decoder must not keep the turn of the one before.
func TestUprightIsSaidToo(t *testing.T) {
	for _, file := range [][2]string{{"pion-vp8-opus", "video-1"}, {"video-late-3s", "video-1"}} {
		p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", recorded(t, file[0], file[1]))
		r := gsttest.Watch(t, p, "src", "src")
		gsttest.Play(t, p)
		require.Equal(t, []string{"rotate-0"}, r.Tags())
	}
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", recorded(t, "pion-vp8-opus", "audio-0"))
	r := gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	require.Empty(t, r.Tags(), "sound has no orientation")
}

func TestOrientationID(t *testing.T) {
	path := recorded(t, "rot-h264-90", "video-1")
	for id, want := range map[int]string{0: "rotate-90", -1: "rotate-0", 9: "rotate-0"} {
		p := gsttest.Parse(t, "mjrsrc name=src location=%s orientation-id=%d ! fakesink", path, id)
		r := gsttest.Watch(t, p, "src", "src")
		gsttest.Play(t, p)
		require.Equal(t, []string{want}, r.Tags(), "orientation-id=%d", id)
	}
}
