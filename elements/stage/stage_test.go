package stage_test

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/stage"
	"github.com/upright-media/upright/room"
)

func TestMain(m *testing.M) {
	if err := stage.Register(nil); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

const width, height, frameSize = 320, 180, 320 * 180 * 3 / 2

// score is one of so many cameras, a second long unless changed.
func score(regions ...room.Region) *room.Score {
	s := &room.Score{Schema: room.ScoreSchema, Canvas: &room.Canvas{Width: width, Height: height, FPS: 10},
		DurationMs: 1000,
		Timeline:   []room.Piece{{MsSpan: room.MsSpan{To: 1000}}},
		Spans:      []room.Arrangement{{MsSpan: room.MsSpan{To: 1000}, Layout: "grid", Regions: regions}},
		Style:      room.Style{Labels: "none", Speaker: "none", Background: "#000000"}}
	for i := range 9 {
		id := fmt.Sprint("p", i)
		s.Sources = append(s.Sources, room.ScoreSource{Person: id, Source: room.Camera, To: 3_600_000})
		s.People = append(s.People, room.Player{ID: id, Name: "Person " + id, Initials: "P"})
	}
	return s
}

func camera(pad, x, y, w, h int, fit string) room.Region {
	return room.Region{Person: fmt.Sprint("p", pad), Source: room.Camera, X: x, Y: y, W: w, H: h, Fit: fit,
		Pads: []int{pad}}
}

// write writes a score to a file in a folder.
func write(t *testing.T, dir string, s *room.Score) string {
	t.Helper()
	path := filepath.Join(dir, "score.json")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, s.Write(f))
	require.NoError(t, f.Close())
	return path
}

// play plays a score and returns the pictures.
func play(t *testing.T, s *room.Score, properties string, sources ...string) [][]byte {
	t.Helper()
	return playOn(t, frameSize, s, properties, sources...)
}

// playOn is play on a canvas whose pictures have another number of bytes.
func playOn(t *testing.T, frameSize int, s *room.Score, properties string, sources ...string) [][]byte {
	t.Helper()
	dir := t.TempDir()
	path, out := write(t, dir, s), filepath.Join(dir, "out")
	line := fmt.Sprintf("uprightstage name=s %s score=%s ! filesink location=%s ", properties, path, out)
	for i, src := range sources {
		line += fmt.Sprintf(" %s ! s.sink_%d ", src, i)
	}
	require.NoError(t, gstrun.Run(t.Context(), line, gstrun.Options{}))
	raw, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Zero(t, len(raw)%frameSize)
	var frames [][]byte
	for len(raw) > 0 {
		frames, raw = append(frames, raw[:frameSize]), raw[frameSize:]
	}
	return frames
}

// grey is a camera that shows one brightness, at 10 pictures per second.
func grey(v, w, h int, more string) string {
	return fmt.Sprintf("videotestsrc pattern=solid-color foreground-color=0xff%02x%02x%02x %s ! "+
		"video/x-raw,format=I420,width=%d,height=%d,framerate=10/1", v, v, v, more, w, h)
}

// luma is the brightness of a grey in limited range.
func luma(v int) int { return 16 + (v*219+127)/255 }

func at(frame []byte, x, y int) int { return int(frame[y*width+x]) }

func TestPicturesGoIntoTheirCells(t *testing.T) {
	// Pictures of 4:3, in cells of 16:9.
	frames := play(t, score(camera(0, 0, 0, 160, 90, "contain"), camera(1, 160, 0, 160, 90, "cover"),
		camera(2, 0, 90, 160, 90, "stretch"), camera(3, 160, 90, 160, 90, "blur")),
		"skip-still=false", grey(100, 64, 48, "num-buffers=10"), grey(150, 640, 480, "num-buffers=10"),
		grey(200, 64, 48, "num-buffers=10"), grey(250, 64, 48, "num-buffers=10"))
	require.Len(t, frames, 10)
	for i, f := range frames {
		for _, c := range []struct{ x, y, want int }{
			{80, 45, luma(100)}, {10, 45, luma(0)}, {150, 45, luma(0)}, {24, 45, luma(100)}, {135, 45, luma(100)},
			{162, 2, luma(150)}, {318, 88, luma(150)},
			{2, 92, luma(200)}, {158, 178, luma(200)},
			{240, 135, luma(250)}, {165, 135, 16 + (luma(250)-16)*55/100},
		} {
			require.InDelta(t, c.want, at(f, c.x, c.y), 3, "picture %d at %d,%d", i, c.x, c.y)
		}
	}
}

// raw is a file with a grey picture, each pixel as bright as is said.
func raw(t *testing.T, w, h int, bright func(x, y int) byte) string {
	t.Helper()
	planes := make([]byte, w*h*3/2)
	for i := range planes {
		planes[i] = 128
	}
	for y := range h {
		for x := range w {
			planes[y*w+x] = bright(x, y)
		}
	}
	path := filepath.Join(t.TempDir(), "raw")
	require.NoError(t, os.WriteFile(path, planes, 0o600))
	return path
}

// quarters is a picture in four parts, which shows how it lies.
func quarters(t *testing.T, w, h int) string {
	t.Helper()
	return raw(t, w, h, func(x, y int) byte { return [2][2]byte{{50, 100}, {150, 200}}[2*y/h][2*x/w] })
}

func TestPicturesAreTurned(t *testing.T) {
	// What each corner shows (above left, right, below left, right), by how it is turned and then mirrored.
	want := map[cvo.Orientation][4]int{
		{Degrees: 0}:               {50, 100, 150, 200},
		{Degrees: 90}:              {150, 50, 200, 100},
		{Degrees: 180}:             {200, 150, 100, 50},
		{Degrees: 270}:             {100, 200, 50, 150},
		{Degrees: 0, Flip: true}:   {100, 50, 200, 150},
		{Degrees: 90, Flip: true}:  {200, 100, 150, 50},
		{Degrees: 180, Flip: true}: {150, 200, 50, 100},
		{Degrees: 270, Flip: true}: {50, 150, 100, 200},
	}
	for _, o := range cvo.Orientations() {
		path := quarters(t, 64, 32)
		frames := play(t, score(camera(0, 40, 10, 160, 160, "contain")), "",
			fmt.Sprintf("filesrc location=%s ! rawvideoparse width=64 height=32 format=i420 framerate=10/1 ! "+
				"taginject tags=\"image-orientation=%s\"", path, o.ImageOrientation()))
		f := frames[len(frames)-1]
		w, h := 160, 80
		if o.Degrees%180 != 0 {
			w, h = 80, 160
		}
		x, y := 40+(160-w)/2, 10+(160-h)/2
		for i, v := range want[o] {
			require.InDelta(t, v, at(f, x+w/4+i%2*w/2, y+h/4+i/2*h/2), 2, "%v, corner %d", o, i)
		}
		require.Equal(t, 16, at(f, 42, 12), "bars are black")
	}
}

// Most cells of a grid are half as large as what cameras send: each pixel is the mean of four.
func TestHalfOfASizeIsTheMeanOfFourPixels(t *testing.T) {
	raw := make([]byte, 640*360*3/2)
	for y := range 360 {
		for x := range 640 {
			raw[y*640+x] = byte(16 + x%2*60 + y%2*100 + x/8)
		}
	}
	for i := range 640 * 360 / 2 {
		raw[640*360+i] = byte(100 + i%2*40)
	}
	path := filepath.Join(t.TempDir(), "raw")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	f := play(t, score(camera(0, 0, 0, 320, 180, "contain")), "",
		"filesrc location="+path+" ! rawvideoparse width=640 height=360 format=i420 framerate=10/1")[0]
	for _, at := range [][2]int{{0, 0}, {101, 77}, {319, 179}} {
		x, y := at[0], at[1]
		require.InDelta(t, 16+30+50+x/4, int(f[y*width+x]), 1, "luma at %v", at)
		require.InDelta(t, 120, int(f[width*height+y/2*width/2+x/2]), 1, "chroma at %v", at)
	}
}

func TestSizesChange(t *testing.T) {
	s := score(camera(0, 0, 0, 320, 180, "contain"))
	s.DurationMs, s.Timeline[0].To, s.Spans[0].To = 2000, 2000, 2000
	frames := play(t, s, "skip-still=false", "concat name=c  "+grey(100, 64, 36, "num-buffers=10")+" ! c.  "+grey(200, 48,
		64, "num-buffers=10")+" ! c.  c.")
	require.Len(t, frames, 20)
	require.InDelta(t, luma(100), at(frames[4], 5, 90), 2)
	require.InDelta(t, luma(200), at(frames[15], 160, 90), 2)
	require.Equal(t, 16, at(frames[15], 5, 90), "upright, with bars")
}

func TestNothingIsGivenWhileNothingChanges(t *testing.T) {
	s := score(camera(0, 0, 0, 320, 180, "contain"))
	s.DurationMs, s.Timeline[0].To, s.Spans[0].To = 10000, 10000, 10000
	frames := play(t, s, "", grey(100, 64, 36, "num-buffers=1"))
	require.InDelta(t, 11, len(frames), 1, "one in a second, and the last")
	require.Equal(t, luma(100), at(frames[5], 160, 90))
	require.InDelta(t, luma(0x29), at(frames[9], 2, 2), 2, "the picture of a camera does not stand for ever")
}

// A screen on which nothing moves is sent again and again, and what codecs change of it is not to be seen: that comes
// when a picture is due anyway.
func TestNothingIsGivenWhilePicturesAreTheSame(t *testing.T) {
	for _, c := range []struct {
		other int
		more  float64
	}{{101, 0}, {110, 1}} {
		s := score(camera(0, 0, 0, 320, 180, "contain"))
		s.DurationMs, s.Timeline[0].To, s.Spans[0].To = 10000, 10000, 10000
		frames := play(t, s, "", "concat name=c  "+grey(100, 64, 36, "num-buffers=45")+" ! c.  "+
			grey(c.other, 64, 36, "num-buffers=55")+" ! c.  c.")
		require.InDelta(t, 11+c.more, len(frames), 0.5, "one in a second, the last, and the one that is another")
		first := 0
		for at(frames[first], 160, 90) == luma(100) {
			first++
		}
		require.Equal(t, 5, first, "of %d", c.other) // at 4.5 or 5 s
		require.Equal(t, luma(c.other), at(frames[first], 160, 90))
		require.Equal(t, luma(c.other), at(frames[len(frames)-1], 160, 90))
	}
}

// What is hardly another picture does not wait once anything else changes.
func TestHardlyAnotherPictureComesWithOthers(t *testing.T) {
	s := score(camera(0, 0, 0, 160, 180, "cover"), camera(1, 160, 0, 160, 180, "cover"))
	s.DurationMs, s.Timeline[0].To, s.Spans[0].To = 3000, 3000, 3000
	frames := play(t, s, "", "concat name=c  "+grey(100, 64, 36, "num-buffers=12")+" ! c.  "+
		grey(101, 64, 36, "num-buffers=18")+" ! c.  c.", balls(64, 36, "num-buffers=30"))
	require.Len(t, frames, 30)
	require.Equal(t, luma(100), at(frames[11], 80, 90))
	require.Equal(t, luma(101), at(frames[12], 80, 90))
}

func TestPeopleComeAndGo(t *testing.T) {
	s := score()
	s.DurationMs, s.Timeline[0].To = 4000, 4000
	s.Sources[1].From, s.Sources[1].To = 2000, 3000
	s.Spans = []room.Arrangement{
		{MsSpan: room.MsSpan{From: 0, To: 1500}, Regions: []room.Region{camera(0, 0, 0, 320, 180, "cover")}},
		{MsSpan: room.MsSpan{From: 1500, To: 3000}, Regions: []room.Region{camera(0, 0, 0, 160, 180, "cover"),
			camera(1, 160, 0, 160, 180, "cover")}},
		{MsSpan: room.MsSpan{From: 3000, To: 4000}, Regions: []room.Region{camera(0, 0, 0, 320, 180, "cover")}},
	}
	frames := play(t, s, "skip-still=false", grey(100, 64, 36, "num-buffers=40"),
		grey(200, 64, 36, "num-buffers=10 timestamp-offset=2000000000"))
	require.Len(t, frames, 40)
	require.Equal(t, luma(100), at(frames[14], 300, 90))
	require.NotEqual(t, luma(200), at(frames[17], 300, 10), "an avatar until the first picture comes")
	require.Equal(t, luma(200), at(frames[20], 300, 90), "and the picture that stands in the middle of the time")
	require.Equal(t, luma(100), at(frames[20], 10, 90))
	require.Equal(t, luma(100), at(frames[30], 300, 90))
}

func TestWhatIsCutOutIsNotShown(t *testing.T) {
	s := score(camera(0, 0, 0, 320, 180, "cover"))
	s.Timeline = []room.Piece{{MsSpan: room.MsSpan{From: 0, To: 500}},
		{MsSpan: room.MsSpan{From: 500, To: 1000}, RoomMs: 5500}}
	frames := play(t, s, "skip-still=false", "concat name=c  "+grey(100, 64, 36, "num-buffers=30")+" ! c.  "+grey(150, 64,
		36, "num-buffers=20")+" ! c.  "+grey(200, 64, 36, "num-buffers=20")+" ! c.  c.")
	require.Len(t, frames, 10)
	require.Equal(t, luma(100), at(frames[4], 160, 90))
	require.Equal(t, luma(200), at(frames[5], 160, 90))
}

func TestInsetsStayAbove(t *testing.T) {
	inset := camera(1, 200, 100, 100, 60, "cover")
	inset.Z = 1
	frames := play(t, score(inset, camera(0, 0, 0, 320, 180, "cover")), "", grey(100, 64, 36, "num-buffers=10"),
		grey(200, 64, 36, "num-buffers=1"))
	for _, f := range frames {
		require.Equal(t, luma(200), at(f, 250, 130))
		require.Equal(t, luma(100), at(f, 10, 10))
	}
}

func TestNamesBordersAndAvatars(t *testing.T) {
	draw := func(change func(*room.Score)) []byte {
		guest := camera(1, 160, 0, 160, 180, "cover")
		guest.Source = room.Avatar
		s := score(camera(0, 0, 0, 160, 180, "cover"), guest)
		s.Talks = []room.ScoreTalk{{Person: "p0", MsSpan: room.MsSpan{From: 400, To: 2000}}}
		change(s)
		frames := play(t, s, "skip-still=false", grey(100, 64, 36, "num-buffers=10"))
		return append(frames[0], frames[9]...)
	}
	plain := draw(func(*room.Score) {})
	differ := func(a, b []byte, x, y, w, h int) (n int) {
		for v := y; v < y+h; v++ {
			for u := x; u < x+w; u++ {
				if a[v*width+u] != b[v*width+u] {
					n++
				}
			}
		}
		return n
	}
	for _, name := range []string{"Anna", "محمد شهاب", "עומר", "สมชาย 🎧", strings.Repeat("W", 64),
		"Zoë \U0001F468‍\U0001F469‍\U0001F467", "\U0001F3A7"} {
		named := draw(func(s *room.Score) { s.Style.Labels, s.People[0].Name = "name", name })
		require.Positive(t, differ(plain, named, 0, 150, 160, 30), name)
		require.Zero(t, differ(plain, named, 0, 0, 160, 150), "%s: a name stays below", name)
	}
	border := draw(func(s *room.Score) { s.Style.Speaker = "border" })
	require.Zero(t, differ(plain, border, 0, 0, 320, 180), "nobody speaks yet")
	after := border[frameSize:]
	require.NotEqual(t, luma(100), at(after, 0, 90))
	require.Equal(t, luma(100), at(after, 80, 90))
	titled := draw(func(s *room.Score) { s.Style.Title = "A meeting" })
	require.Positive(t, differ(plain, titled, 60, 60, 200, 60))
	clock := draw(func(s *room.Score) { s.Style.Clock = "elapsed" })
	require.Positive(t, differ(plain, clock, 160, 0, 160, 40))
	require.Positive(t, differ(plain, make([]byte, frameSize), 220, 70, 40, 40), "initials")
}

// A name that another region would cover goes above, and away where that is covered, too.
func TestNamesAreNotCovered(t *testing.T) {
	draw := func(labels string, insets ...room.Region) []byte {
		for i := range insets {
			insets[i].Z = 1
		}
		s := score(append([]room.Region{camera(0, 0, 0, 320, 180, "cover")}, insets...)...)
		s.Style.Labels, s.People[1].Name = labels, "" // of the inset nothing is to be seen here
		return play(t, s, "", grey(100, 64, 36, "num-buffers=10"), grey(200, 64, 36, "num-buffers=10"))[0]
	}
	changed := func(x, y int, insets ...room.Region) bool {
		plain, named := draw("none", insets...), draw("name", insets...)
		for v := y; v < y+40; v++ {
			for u := x; u < x+60; u++ {
				if plain[v*width+u] != named[v*width+u] {
					return true
				}
			}
		}
		return false
	}
	require.True(t, changed(0, 140), "below at the left")
	small := camera(1, 20, 150, 58, 30, "cover") // too small for a name of its own
	require.False(t, changed(0, 140, small))
	require.True(t, changed(0, 0, small), "above, where nothing covers it")
	tall := camera(1, 10, 4, 20, 170, "cover")
	require.False(t, changed(0, 60, tall))
	require.False(t, changed(0, 0, tall), "nowhere")
}

// picture writes a PNG of one colour.
func picture(t *testing.T, w, h int, c color.Color) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	path := filepath.Join(t.TempDir(), "picture.png")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, m))
	require.NoError(t, f.Close())
	return path
}

func TestPicturesBehindAndOverEverything(t *testing.T) {
	s := score(camera(0, 80, 40, 160, 90, "contain"))
	s.Style.Backdrop = picture(t, 40, 90, color.Gray{200}) // higher than the canvas is, and much smaller
	f := play(t, s, "", grey(100, 48, 48, "num-buffers=10"))[0]
	for _, c := range []struct{ x, y, want int }{
		{0, 0, luma(200)}, {319, 179, luma(200)}, {160, 80, luma(100)},
		{82, 80, luma(200)}, // beside a picture that does not fill its cell
	} {
		require.InDelta(t, c.want, at(f, c.x, c.y), 2, "at %d,%d", c.x, c.y)
	}
	require.InDelta(t, 128, int(f[width*height+10]), 1)

	for corner, where := range map[string][2]int{"top-left": {0, 0}, "top-right": {1, 0}, "bottom-left": {0, 1},
		"bottom-right": {1, 1}} {
		s := score(camera(0, 0, 0, 320, 180, "contain"))
		s.Style.Logo, s.Style.LogoAt = picture(t, 20, 10, color.Gray{250}), corner
		f := play(t, s, "", grey(100, 64, 36, "num-buffers=10"))[0]
		x, y := 2+10+where[0]*(320-20-4), 2+5+where[1]*(180-10-4)
		require.InDelta(t, luma(250), at(f, x, y), 2, corner)
		require.Equal(t, luma(100), at(f, 160, 90), corner)
		require.Equal(t, luma(100), at(f, 319-x, 179-y), "%s: nowhere else", corner)
	}
	s = score(camera(0, 0, 0, 320, 180, "contain"))
	s.Style.Logo, s.Style.LogoAt = picture(t, 1000, 1000, color.NRGBA{255, 255, 255, 0x80}), "top-left"
	f = play(t, s, "", grey(100, 64, 36, "num-buffers=10"))[0]
	require.InDelta(t, (luma(255)+luma(100))/2, at(f, 4, 4), 3, "what is behind shines through")
	require.Equal(t, luma(100), at(f, 2+36, 4), "no larger than a fifth of the canvas")
}

func TestFormats(t *testing.T) {
	for _, format := range []string{"I420", "YV12", "Y42B", "Y444", "NV12"} {
		frames := play(t, score(camera(0, 0, 0, 320, 180, "cover")), "",
			fmt.Sprintf("videotestsrc num-buffers=2 pattern=solid-color foreground-color=0xff0000ff ! "+
				"video/x-raw,format=%s,width=63,height=35,framerate=10/1,colorimetry=bt601", format))
		f := frames[0]
		require.InDelta(t, 41, at(f, 160, 90), 2, format)
		require.InDelta(t, 240, int(f[width*height+45*160+80]), 2, format)
		require.InDelta(t, 110, int(f[width*height*5/4+45*160+80]), 2, format)
	}
}

func TestScoresThatCannotBePlayed(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) string {
		path := filepath.Join(dir, "score")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for text, want := range map[string]string{
		"":   "not a score",
		"{}": "schema is 0",
		`{"schema":1,"duration_ms":5,"timeline":[{"from_ms":0,"to_ms":5,"room_ms":0}]}`: "has no canvas",
	} {
		err := gstrun.Run(t.Context(), "uprightstage name=s score="+write(text)+" ! fakesink  videotestsrc ! s.",
			gstrun.Options{})
		require.ErrorContains(t, err, want)
	}
	s := score(camera(0, 0, 0, 320, 180, "contain"))
	s.Style.Backdrop = filepath.Join(dir, "score")
	var text strings.Builder
	require.NoError(t, s.Write(&text))
	path := filepath.Join(dir, "other")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	require.ErrorContains(t, gstrun.Run(t.Context(), "uprightstage name=s score="+path+" ! fakesink  videotestsrc ! s.",
		gstrun.Options{}), "no PNG or JPEG")
	require.ErrorContains(t, gstrun.Run(t.Context(), "uprightstage name=s ! fakesink  videotestsrc ! s.",
		gstrun.Options{}), "no score to play")
	require.ErrorContains(t, gstrun.Run(t.Context(), "uprightstage name=s score=/does/not/exist ! fakesink  "+
		"videotestsrc ! s.", gstrun.Options{}), "no such file")
}

// What is behind a picture that does not fill its cell is blurred, however sharp the picture is: no step is left.
func TestBlurHasNoEdges(t *testing.T) {
	s := score(camera(0, 0, 0, 320, 180, "blur"))
	f := play(t, s, "", "filesrc location="+quarters(t, 48, 96)+" ! rawvideoparse format=i420 width=48 height=96")[0]
	most := 0
	for y := 1; y < height; y++ {
		for _, x := range []int{20, 60, 260, 300} {
			most = max(most, at(f, x, y)-at(f, x, y-1), at(f, x, y-1)-at(f, x, y))
		}
	}
	require.InDelta(t, 100*55/100, at(f, 20, 170)-at(f, 20, 10), 25, "the lower half is brighter")
	require.LessOrEqual(t, most, 2)
}
