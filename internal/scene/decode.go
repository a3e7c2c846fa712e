package scene

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// Shown is a picture of a file, and when it is shown.
type Shown struct {
	Picture
	At            time.Duration
	Width, Height int // as displayed
}

// NeedDecoder skips a test if nothing is installed that can decode files.
func NeedDecoder(t testing.TB) {
	t.Helper()
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed: cannot look at the pictures")
		}
	}
}

// showinfo is what ffmpeg's filter of this name says of a picture.
var showinfo = regexp.MustCompile(`Parsed_showinfo.* pts_time:(\S+) .* s:(\d+)x(\d+) `)

// Pictures decodes the video of a file as a player shows it: turned as the file says.
func Pictures(t testing.TB, path string) []Shown {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-hide_banner", "-nostdin", "-i", path, "-map", "0:v:0", "-vf", "showinfo", "-fps_mode",
		"passthrough",
		"-pix_fmt", "rgb24", "-f", "rawvideo", "-")
	var messages bytes.Buffer
	cmd.Stderr = &messages
	pix, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot decode %s: %v\n%s", path, err, messages.String())
	}
	var all []Shown
	for _, m := range showinfo.FindAllStringSubmatch(messages.String(), -1) {
		seconds, _ := strconv.ParseFloat(m[1], 64)
		w, _ := strconv.Atoi(m[2])
		h, _ := strconv.Atoi(m[3])
		if len(pix) < 3*w*h {
			t.Fatalf("%s: the decoder gave fewer pictures than it said", path)
		}
		all = append(all, Shown{Picture: Read(pix[:3*w*h], w, h), At: time.Duration(seconds * float64(time.Second)), Width: w,
			Height: h})
		pix = pix[3*w*h:]
	}
	if len(pix) > 0 || len(all) == 0 {
		t.Fatalf("%s: %d pictures, and %d bytes too many\n%s", path, len(all), len(pix), messages.String())
	}
	return all
}

// Sound decodes one channel of the first audio track of a file, from time 0 on: what comes before it begins is silence.
func Sound(t testing.TB, path string, channel int) []int16 {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:a:0",
		"-af", "aresample=48000:async=1:first_pts=0,pan=mono|c0=c"+strconv.Itoa(channel), "-f", "s16le", "-")
	var messages bytes.Buffer
	cmd.Stderr = &messages
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot decode %s: %v\n%s", path, err, messages.String())
	}
	samples := make([]int16, len(b)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return samples
}
