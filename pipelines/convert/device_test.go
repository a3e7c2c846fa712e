package convert_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// Elements as of a GPU, for which the pictures of system memory are in a memory of its own.
const (
	nvDecoder = "nvh264dec=device/decoder/CUDAMemory/"
	nvTurner  = "cudaconvertscale=device/turner/CUDAMemory/"
	nvDown    = "cudadownload=device/down/CUDAMemory/works"
	nvEncoder = "nvh264enc=device/encoder/CUDAMemory/"
	vaDecoder = "vah264dec=device/decoder/VAMemory/"
	vaTurner  = "vapostproc=device/turner/VAMemory/"
	vaEncoder = "vah264enc=device/encoder/VAMemory/"
)

// turning is H.264 whose orientation changes.
const turning = "rot-change-h264-libwebrtc"

func onDevice(t *testing.T, s *probing.Selector) *report.Report {
	t.Helper()
	scene.NeedDecoder(t)
	dir := t.TempDir()
	made, err := converted(t, testmjr.TestData(turning), profile.MP4,
		convert.Settings{Settings: plan.Settings{OutputDir: dir}, Encoders: s})
	require.NoError(t, err)
	require.Len(t, list(t, dir), 2)
	whole(t, filepath.Join(dir, made.Outputs[0].File), turning)
	return made
}

// Decoder, rotation and encoder of one kind of memory: pictures do not leave it.
func TestPicturesStayOnTheDevice(t *testing.T) {
	r := onDevice(t, faked(t, nvDecoder+"works", nvTurner+"works", nvDown, nvEncoder+"works"))
	require.Equal(t, "nvenc", r.Plan.Backend)
	require.Equal(t, []string{"nvh264enc", "nvh264dec", "cudaconvertscale"}, r.Plan.Hardware)
	require.Contains(t, r.Plan.Pipeline, "! nvh264dec ! 'video/x-raw(memory:CUDAMemory)' ! cvorotate width=")
	require.Contains(t, r.Plan.Pipeline, "! 'video/x-raw(memory:CUDAMemory),format=NV12' !")
	require.NotContains(t, r.Plan.Pipeline, "videoconvert")
	require.Empty(t, r.Warnings)

	r = onDevice(t, faked(t, vaDecoder+"works", vaTurner+"works", vaEncoder+"works"))
	require.Equal(t, "va", r.Plan.Backend)
	require.Equal(t, []string{"vah264enc", "vah264dec", "vapostproc"}, r.Plan.Hardware)
	require.NotContains(t, r.Plan.Pipeline, "videoconvert")
}

// A100, H100, H200: they decode and have no encoder. Decoded and turned there, encoded here.
func TestDeviceWithoutEncoder(t *testing.T) {
	for _, have := range [][]string{{nvDecoder + "works", nvTurner + "works", nvDown},
		{vaDecoder + "works", vaTurner + "works"}} {
		s := faked(t, have...)
		r := onDevice(t, s)
		require.Equal(t, "x264enc", r.Plan.Encoder)
		require.Equal(t, "software", r.Plan.Backend)
		require.Len(t, r.Plan.Hardware, 2)
		require.Contains(t, r.Plan.Pipeline, "! queue max-size-buffers=3 ! videoconvert ! video/x-raw,format=I420 !")

		s.Request.Encoder = "software"
		r = onDevice(t, s)
		require.Empty(t, r.Plan.Hardware, "who asks for software gets software")
	}
}

// Where pictures would have to go from one device to another, they go by way of system memory, from a decoder in
// software.
func TestNoRouteBetweenDevices(t *testing.T) {
	r := onDevice(t, faked(t, vaDecoder+"works", vaTurner+"works", nvEncoder+"works"))
	require.Equal(t, []string{"nvh264enc"}, r.Plan.Hardware)
	require.Contains(t, r.Plan.Pipeline, "! videoconvert ! video/x-raw,format=NV12 !")
}

// What does not decode, or does not turn as it should, is found out when it is tried.
func TestRoutesThatDoNotWork(t *testing.T) {
	for name, have := range map[string][]string{
		"decoder":    {nvDecoder + "no-start", nvTurner + "works"},
		"turner":     {nvDecoder + "works", nvTurner + "no-start"},
		"direction":  {nvDecoder + "works", nvTurner + "stubborn"},
		"not enough": {nvDecoder + "works"},
	} {
		r := onDevice(t, faked(t, append(have, nvDown, nvEncoder+"works")...))
		require.Equal(t, "nvh264enc", r.Plan.Encoder, name)
		require.Equal(t, []string{"nvh264enc"}, r.Plan.Hardware, name)
		require.Empty(t, r.Warnings, name)
	}
}

// A route that fails in a job: the same encoder gets its pictures by way of system memory.
func TestRouteThatFails(t *testing.T) {
	for name, have := range map[string][]string{
		"decoder does not start": {nvDecoder + "no-start-in-jobs", nvTurner + "works"},
		"decoder fails":          {nvDecoder + "mid-stream-in-jobs", nvTurner + "works"},
		"turner does not start":  {nvDecoder + "works", nvTurner + "no-start-in-jobs"},
		"turner fails":           {nvDecoder + "works", nvTurner + "mid-stream-in-jobs"},
		"driver does not turn":   {nvDecoder + "works", nvTurner + "stubborn-in-jobs"},
	} {
		t.Run(name, func(t *testing.T) {
			s := faked(t, append(have, nvDown, nvEncoder+"works")...)
			r := onDevice(t, s)
			require.Equal(t, "nvh264enc", r.Plan.Encoder)
			require.Equal(t, []string{"nvh264enc"}, r.Plan.Hardware)
			require.Equal(t, report.EncoderFailed, codes(r.Warnings))
			require.Contains(t, r.Warnings[0].Text, "nvh264dec: ")
			again := onDevice(t, s)
			require.Equal(t, []string{"nvh264enc"}, again.Plan.Hardware, "it is put aside for a while")
			require.Empty(t, again.Warnings)
		})
	}
	t.Run("all of it", func(t *testing.T) {
		r := onDevice(t, faked(t, nvDecoder+"mid-stream-in-jobs", nvTurner+"works", nvDown, nvEncoder+"no-start-in-jobs"))
		require.Equal(t, "x264enc", r.Plan.Encoder)
		require.Empty(t, r.Plan.Hardware)
	})
	t.Run("a crash", func(t *testing.T) {
		s := faked(t, nvDecoder+"works", nvTurner+"works", nvDown)
		dir := t.TempDir()
		r, err := converted(t, testmjr.TestData(turning), profile.MP4, convert.Settings{
			Settings: plan.Settings{OutputDir: dir, Avoid: []encoders.Rejection{{Encoder: "cudaconvertscale",
				Kind: encoders.Crashed, Reason: "crashed"}}}, Encoders: s,
		})
		require.NoError(t, err)
		require.Empty(t, r.Plan.Hardware)
	})
}
