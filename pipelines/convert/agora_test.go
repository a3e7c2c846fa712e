package convert_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testagora"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// drawn are pictures that can be decoded, 15 a second, as an encoder makes them: with start codes.
func drawn(t *testing.T, n, width, height int) [][]byte {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf("videotestsrc num-buffers=%d pattern=smpte ! "+
		"video/x-raw,format=I420,width=%d,height=%d,framerate=15/1 ! x264enc bframes=0 key-int-max=30 "+
		"speed-preset=ultrafast tune=zerolatency "+
		"byte-stream=true aud=false ! video/x-h264,stream-format=byte-stream,alignment=au ! multifilesink "+
		"location=%s/%%05d", n, width, height, dir),
		gstrun.Options{}))
	var pictures [][]byte
	for i := range n {
		p, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%05d", i)))
		require.NoError(t, err)
		pictures = append(pictures, p)
	}
	return pictures
}

// agoraStay is a folder of one user; lines are those of the uid file between create and close of the pictures.
func agoraStay(t *testing.T, mp4 []byte, ext string, lines ...string) *testagora.Folder {
	f := testagora.New(t, t.TempDir(), "my class (1)", time.Date(2030, 1, 2, 3, 4, 5, 144e6, time.UTC))
	aac, pictures := f.Name("a b_1", 0, ".aac"), f.Name("a b_1", 400*time.Millisecond, ext)
	f.File(aac, testagora.ADTS(300, 1))
	f.File(pictures, mp4)
	all := []string{"0.000 " + aac + " create ", "0.400 " + pictures + " create "}
	for _, l := range lines {
		all = append(all, fmt.Sprintf(l, pictures))
	}
	f.UID("a b_1", append(all, "6.400 "+aac+" close ")...)
	f.Done()
	return f
}

// What the recorder has written comes out with all of its pictures, at their times, and nothing of its log comes out.
func TestAgora(t *testing.T) {
	codes := drawn(t, 90, 320, 180)
	for name, tt := range map[string]struct {
		folder        *testagora.Folder
		mode          string
		width, height int
		warnings      string
	}{
		"start codes": {agoraStay(t, testagora.MP4(t, codes, 67), ".mp4",
			"0.401 %s info width=320 height=180 rotation=0", "6.430 %s close "),
			"copy", 320, 180, ""},
		"on its side": {agoraStay(t, testagora.MP4(t, codes, 67), ".mp4",
			"0.401 %s info width=320 height=180 rotation=90", "6.430 %s close "),
			"copy", 180, 320, ""},
		"turned in between": {agoraStay(t, testagora.MP4(t, codes, 67), ".mp4",
			"0.401 %s info width=320 height=180 rotation=90",
			"2.000 %s rotate rotation=0 ", "6.430 %s close "), "mixed", 320, 180, ""},
		"too fast": {agoraStay(t, testagora.MP4(t, codes, 50), ".mp4",
			"0.401 %s info width=320 height=180 rotation=0", "6.430 %s close "),
			"copy", 320, 180, report.ClipRate},
		"no index": {agoraStay(t, testagora.Unfinished(codes), ".mp4", "0.401 %s info width=320 height=180 rotation=0"),
			"copy", 320, 180, report.NoIndex + " " + report.NotClosed},
	} {
		t.Run(name, func(t *testing.T) {
			made, paths := must(t, tt.folder.Path, profile.MP4)
			require.Equal(t, tt.mode, made.Plan.Mode)
			require.Equal(t, tt.warnings, codesWithout(made, report.AudioSilent, report.NotVerified))
			require.Equal(t, "my class (1)-a b_1", made.Participant)
			require.Len(t, made.Inputs, 2)
			o := made.Outputs[0]
			require.InDelta(t, 6430, o.DurationMs, 150)
			require.Equal(t, []int{tt.width, tt.height}, []int{o.Tracks[0].Width, o.Tracks[0].Height})
			require.InDelta(t, 6030, o.Tracks[0].DurationMs, 150)
			for _, path := range append(paths, report.Path(filepath.Dir(paths[0]), made.Participant)) {
				text, err := os.ReadFile(path)
				require.NoError(t, err)
				require.NotContains(t, string(text), testagora.Secret)
			}
		})
	}
}

// The scene is the same in all pictures, so one that a decoder could not make of those before it stands out. The first
// picture makes the elements behind the decoder negotiate, which must not make it begin anew.
func TestAgoraTurnedPictures(t *testing.T) {
	scene.NeedDecoder(t)
	webm := filepath.Join(t.TempDir(), "x.webm")
	require.NoError(t, gstrun.Run(t.Context(), "videotestsrc num-buffers=90 pattern=smpte75 ! "+
		"video/x-raw,format=I420,width=320,height=180,framerate=15/1 ! vp8enc deadline=1 keyframe-max-dist=30 ! webmmux ! "+
		"filesink location="+webm, gstrun.Options{}))
	data, err := os.ReadFile(webm)
	require.NoError(t, err)
	folder := agoraStay(t, data, ".webm",
		"0.401 %s info width=320 height=180 rotation=90", "2.800 %s rotate rotation=0 ", "6.400 %s close ")
	_, paths := must(t, folder.Path, profile.MP4)
	const size = 90 * 160 * 3
	cmd := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", paths[0], "-vf", "scale=160:90", "-fps_mode",
		"passthrough",
		"-pix_fmt", "rgb24", "-f", "rawvideo", "-")
	shown, err := cmd.Output()
	require.NoError(t, err)
	var pictures [][]byte
	for p := range slices.Chunk(shown, size) {
		pictures = append(pictures, p)
	}
	require.Equal(t, 90, len(pictures)) // Len would print them
	for _, turn := range [][2]int{{0, 36}, {36, 90}} {
		last := pictures[turn[1]-1]
		for i := turn[0]; i < turn[1]; i++ {
			off := 0
			for k, c := range pictures[i] {
				off += max(int(c), int(last[k])) - min(int(c), int(last[k]))
			}
			require.Less(t, off/size, 8, "picture %d", i)
		}
	}
}

// brightening are so many pictures that get brighter and brighter, as an encoder makes them that sends a picture, and
// then two that are shown before it (testagora.Reordered).
func brightening(t *testing.T, n int) [][]byte {
	t.Helper()
	const size = 64 * 64
	raw := bytes.Repeat([]byte{128}, n*size*3/2)
	for i := range n {
		copy(raw[i*size*3/2:], bytes.Repeat([]byte{byte(30 + i*6)}, size))
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "raw")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	require.NoError(t, gstrun.Run(t.Context(), "filesrc location="+path+" ! rawvideoparse format=i420 width=64 height=64 "+
		"framerate=15/1 ! x264enc bframes=2 b-adapt=false key-int-max=100 quantizer=10 pass=quant ! "+
		"video/x-h264,stream-format=byte-stream,alignment=au ! multifilesink location="+dir+"/%05d", gstrun.Options{}))
	var pictures [][]byte
	for i := range n {
		p, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%05d", i)))
		require.NoError(t, err)
		pictures = append(pictures, p)
	}
	return pictures
}

// Pictures that are sent in another order than they are shown in (B-frames) are shown in the right one, also where only
// they themselves say which that is, when they are copied and when they are encoded again.
func TestAgoraShownOrder(t *testing.T) {
	const n = 28
	pictures, shown := brightening(t, n), testagora.Reordered(n)
	info := "0.401 %s info width=64 height=64 rotation=0"
	for name, folder := range map[string]*testagora.Folder{
		"MP4":              agoraStay(t, testagora.MP4Shown(t, pictures, 67, shown), ".mp4", info),
		"transport stream": agoraStay(t, testagora.TSShown(t, pictures, shown), ".ts", info),
		"no index":         agoraStay(t, testagora.Unfinished(append(pictures, pictures[0])), ".mp4", info),
		"turned":           agoraStay(t, testagora.MP4Shown(t, pictures, 67, shown), ".mp4", info, "1.2 %s rotate rotation=90"),
	} {
		t.Run(name, func(t *testing.T) {
			_, paths := must(t, folder.Path, profile.MP4)
			cmd := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", paths[0], "-vf", "scale=1:1", "-fps_mode",
				"passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-")
			luma, err := cmd.Output()
			require.NoError(t, err)
			require.Len(t, luma, n)
			require.True(t, slices.IsSorted(luma), luma)
			require.Greater(t, luma[n-1]-luma[0], byte(100))
		})
	}
}

// codesWithout are the codes of a report's warnings but for some.
func codesWithout(r *report.Report, but ...string) (list string) {
	for _, w := range r.Warnings {
		skip := false
		for _, b := range but {
			skip = skip || w.Code == b
		}
		if !skip {
			if list != "" {
				list += " "
			}
			list += w.Code
		}
	}
	return list
}
