package launch

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// names are what people and programs call files, and what breaks quoting.
var names = []string{
	"plain", "a b", `a"b c`, `"quoted"`, `"a b" c`, "it's", "ex!x", "a ! b", `back\slash`, `end\`, `end\ x "y" z`,
	"ünï çødé", "日本",
	"$HOME `id`", "a;b&c|d", "(x)[y]{z}", "a,b=c", "tab\tx", "line\nbreak", "*?", "%s%d", "#c", "~t", `"`, `\"`, "'",
	"name=x", "bin.( x )", "a . b",
	"  two  spaces ", "alice:bob", `a\:b`, "\x7f",
}

// TestQuotingRoundTrip writes each name into a line, lets a real shell and a real gst-launch-1.0 read it, and looks
// whether they open that file.
func TestQuotingRoundTrip(t *testing.T) {
	if _, err := exec.LookPath("gst-launch-1.0"); err != nil {
		t.Skip("gst-launch-1.0 is not installed: cannot see how it reads a line")
	}
	dir := t.TempDir()
	var l Line
	for _, name := range names {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(name), 0o600))
		out := filepath.Join(dir, "out", name)
		require.NoError(t, os.MkdirAll(filepath.Dir(out), 0o700))

		l = l.Add("filesrc").Set("location", path).To("filesink").Set("location", out)
	}
	run := exec.Command("sh", "-c", "gst-launch-1.0 -q "+l.Shell())
	msg, err := run.CombinedOutput()
	require.NoError(t, err, "%s\n%s", msg, l.Shell())
	for _, name := range names {
		got, err := os.ReadFile(filepath.Join(dir, "out", name))
		require.NoError(t, err, "%q", name)
		require.Equal(t, name, string(got))
	}
}

// TestQuotingOfRelativeNames does the same for names that begin a value, where quotation marks have a meaning.
func TestQuotingOfRelativeNames(t *testing.T) {
	if _, err := exec.LookPath("gst-launch-1.0"); err != nil {
		t.Skip("gst-launch-1.0 is not installed: cannot see how it reads a line")
	}
	dir := t.TempDir()
	for _, name := range []string{`"`, `"a b"`, `'a b'`, `'`, `\"x`, `x\`, "-v"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
		l := Line{"filesrc"}.Set("location", name).To("filesink").Set("location", "out")
		run := exec.Command("sh", "-c", "gst-launch-1.0 -q "+l.Shell())
		run.Dir = dir
		msg, err := run.CombinedOutput()
		require.NoError(t, err, "%s\n%s", msg, l.Shell())
		got, err := os.ReadFile(filepath.Join(dir, "out"))
		require.NoError(t, err)
		require.Equal(t, name, string(got))
	}
}

func TestShellLineIsReadableWhereItCanBe(t *testing.T) {
	l := Line{}.To("mjrsrc").Set("location", "/a/b-video-1.mjr").To("rtph264depay").To("x264enc key-int-max=60").
		To("video/x-raw,format=I420").To("mp4mux name=m0").To("filesink").Set("location", "/out/it's me.mp4")
	require.Equal(t, `mjrsrc location=/a/b-video-1.mjr ! rtph264depay ! x264enc key-int-max=60 ! video/x-raw,format=I420 ! mp4mux name=m0 ! filesink 'location=/out/it\'\''s me.mp4'`, l.Shell())
	require.Equal(t, `mjrsrc location=/a/b-video-1.mjr ! rtph264depay ! x264enc key-int-max=60 ! video/x-raw,format=I420 ! mp4mux name=m0 ! filesink location=/out/it\'s\ me.mp4`, l.String())
}

func TestNamesThatGStreamerCannotTake(t *testing.T) {
	require.NoError(t, CheckText("日本"))
	require.ErrorIs(t, CheckText("\xff"), ErrNotUTF8)
	require.Error(t, CheckText("a\x00b"))
}

func TestElements(t *testing.T) {
	l := Line{"uprightstage", "name=s"}.Set("score", "/a b/x264enc").To("video/x-raw,format=NV12").
		To("x264enc threads=1").Then(Line{"uprightmp4sink"}.Set("location", "/srv/my videos/1.mp4"))
	l = append(l, Line{"mjrsrc"}.Set("location", "/srv/in/1.mjr").To("vp8dec name=d").To("s.sink_0").Add("v0.")...)
	l = append(l, Line{"mjrsrc", "from=7"}...)
	require.Equal(t, []string{"mjrsrc", "uprightmp4sink", "uprightstage", "vp8dec", "x264enc"}, l.Elements())

	other := l.Redirect("location", "/srv/my videos/1.mp4", "/srv/my videos/2.mp4")
	require.Contains(t, other.String(), `uprightmp4sink location=/srv/my\ videos/2.mp4 `)
	require.Contains(t, other.String(), "mjrsrc location=/srv/in/1.mjr ")
	require.Contains(t, l.String(), `/srv/my\ videos/1.mp4`, "it stays")
}
