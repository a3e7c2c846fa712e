package agora

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/testagora"
)

var zero = time.Date(2030, 1, 2, 3, 4, 5, 144e6, time.UTC)

// session writes the folder of one user with sound and pictures.
func session(t testing.TB) (f *testagora.Folder, aac, mp4 string) {
	f = testagora.New(t, t.TempDir(), "demo_room", zero)
	aac, mp4 = f.Name("111", 0, ".aac"), f.Name("111", 400*time.Millisecond, ".mp4")
	f.File(aac, testagora.ADTS(400, 1))
	f.File(mp4, testagora.MP4(t, testagora.Pictures(119), 67))
	f.UID("111", "0.000 "+aac+" create ", "0.400 "+mp4+" create ",
		"0.401 "+mp4+" info width=640 height=360 rotation=90",
		"4.000 "+mp4+" rotate rotation=0 ", "8.373 "+mp4+" close ", "8.533 "+aac+" close ")
	f.Done()
	return f, aac, mp4
}

// load reads the only presence of a folder.
func load(t testing.TB, f *testagora.Folder) *Timeline {
	folder, err := ReadFolder(f.Path)
	require.NoError(t, err)
	require.Len(t, folder.Presences, 1)
	tl, err := Load(context.Background(), folder.Presences[0], EmptyHead)
	require.NoError(t, err)
	return tl
}

func codes(tl *Timeline) (list []string) {
	for _, n := range tl.Notes {
		list = append(list, n.Code)
	}
	return list
}

// units reads a track.
func units(t testing.TB, tl *Timeline, track *Track) []Unit {
	s, err := tl.Open(track)
	require.NoError(t, err)
	defer s.Close()
	var list []Unit
	for {
		u, err := s.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		list = append(list, u)
	}
}

func TestFolder(t *testing.T) {
	f, aac, mp4 := session(t)
	// What Agora's script makes of it, snapshots and logs are no inputs.
	f.File("111_"+testagora.Stamp(zero)+"_av.mp4", []byte("x"))
	f.File("111_"+testagora.Stamp(zero)+"_tmp.m4a", []byte("x"))
	f.File("111"+testagora.Stamp(zero)+".jpg", []byte("x"))
	folder, err := ReadFolder(f.Path)
	require.NoError(t, err)
	require.Equal(t, "demo_room", folder.Channel)
	require.True(t, folder.Done)
	require.Len(t, folder.Presences, 1)
	p := folder.Presences[0]
	require.Equal(t, []string{filepath.Join(f.Path, mp4), filepath.Join(f.Path, aac)}, p.Media())
	require.Equal(t, zero.UnixMicro(), p.StartUs)

	tl := load(t, f)
	require.Empty(t, tl.Notes)
	require.Equal(t, zero.UnixMicro(), tl.OriginUs)
	require.Equal(t, 400*time.Millisecond, tl.Video.Start)
	require.Equal(t, []Turn{{400 * time.Millisecond, cvo.Orientation{Degrees: 90}}, {4018 * time.Millisecond,
		cvo.Orientation{}}}, tl.Video.Orientations)
	pictures := units(t, tl, tl.Video)
	require.Len(t, pictures, 119)
	for i, u := range pictures {
		require.Equal(t, time.Duration(400+67*i)*time.Millisecond, u.PTS)
		require.Equal(t, i == 0 || i == 54, u.OrientationChanged, i)
		require.Equal(t, i == 118, u.Last)
	}
	require.Len(t, units(t, tl, tl.Audio), 400)
}

func TestSeek(t *testing.T) {
	f, _, _ := session(t)
	tl := load(t, f)
	s, err := tl.Open(tl.Video)
	require.NoError(t, err)
	defer s.Close()
	for at, want := range map[time.Duration]int{0: 0, 3 * time.Second: 30, 4430 * time.Millisecond: 60,
		5 * time.Second: 60, time.Minute: 90} {
		require.NoError(t, s.Seek(at))
		u, err := s.Next()
		require.NoError(t, err)
		require.True(t, u.Key && u.OrientationChanged)
		require.Equal(t, time.Duration(400+67*want)*time.Millisecond, u.PTS)
	}
	a, err := tl.Open(tl.Audio)
	require.NoError(t, err)
	defer a.Close()
	require.NoError(t, a.Seek(5*time.Second))
	u, err := a.Next()
	require.NoError(t, err)
	require.LessOrEqual(t, u.PTS, 5*time.Second)
	require.Greater(t, u.PTS+u.Duration, 5*time.Second)
}

func TestCrashes(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(f *testagora.Folder, aac, mp4 string)
		codes  []string
		video  bool
		audio  bool
		start  time.Duration // of the pictures
	}{
		"an empty uid file": {func(f *testagora.Folder, aac, mp4 string) { f.UID("111") }, []string{NoteTextLost},
			true, true, 400 * time.Millisecond},
		"a hidden copy": {func(f *testagora.Folder, aac, mp4 string) {
			f.UID("111")
			f.File(".uid_111_"+testagora.Stamp(zero)+".txt", []byte("0.000 "+aac+" create \n0.500 "+mp4+" create \n"))
		}, []string{NoteTimes, NoteTextLost, NoteNotClosed}, true, true, 500 * time.Millisecond},
		"only a hidden copy": {func(f *testagora.Folder, aac, mp4 string) {
			name := "uid_111_" + testagora.Stamp(zero) + ".txt"
			require.NoError(t, os.Rename(filepath.Join(f.Path, name), filepath.Join(f.Path, "."+name)))
		}, nil, true, true, 400 * time.Millisecond},
		"no sound in it": {func(f *testagora.Folder, aac, mp4 string) { f.File(aac, nil) },
			[]string{NoteNoMedia}, true, false, 0},
		"no picture in it": {func(f *testagora.Folder, aac, mp4 string) { f.File(mp4, nil) },
			[]string{NoteNoMedia}, false, true, 0},
		"a file is missing": {func(f *testagora.Folder, aac, mp4 string) {
			require.NoError(t,
				os.Remove(filepath.Join(f.Path, mp4)))
		}, []string{NoteMissing}, false, true, 0},
		"a file is a link": {func(f *testagora.Folder, aac, mp4 string) {
			path := filepath.Join(f.Path, mp4)
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Symlink("/etc/passwd", path))
		}, []string{NoteMissing}, false, true, 0},
		"a file is a pipe": {func(f *testagora.Folder, aac, mp4 string) {
			path := filepath.Join(f.Path, mp4)
			require.NoError(t, os.Remove(path))
			require.NoError(t, syscall.Mkfifo(path, 0o600))
		}, []string{NoteMissing}, false, true, 0},
		"no index": {func(f *testagora.Folder, aac, mp4 string) {
			f.File(mp4,
				testagora.Unfinished(testagora.Pictures(119)))
		}, []string{NoteNoIndex}, true, true,
			400 * time.Millisecond},
		"nothing in the mdat": {func(f *testagora.Folder, aac, mp4 string) {
			f.File(mp4,
				testagora.Unfinished(nil))
		}, []string{NoteUnreadable}, false, true, 0},
		"no key picture": {func(f *testagora.Folder, aac, mp4 string) {
			f.File(mp4, testagora.MP4(t, testagora.Pictures(40)[1:30], 67))
		}, []string{NoteNoKeyFrame}, false, true, 0},
		"nothing is left": {func(f *testagora.Folder, aac, mp4 string) { f.File(mp4, nil); f.File(aac, nil) },
			[]string{NoteNoMedia, NoteNoMedia}, false, false, 0},
		"lines out of nothing": {func(f *testagora.Folder, aac, mp4 string) {
			f.UID("111", "hello", "0.000 "+aac+" create ", "0.400 "+mp4+" create ", "8.373 "+mp4+" close ",
				"8.533 "+aac+" close ")
		}, []string{NoteTextOdd}, true, true, 400 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			f, aac, mp4 := session(t)
			tt.change(f, aac, mp4)
			tl := load(t, f)
			require.Equal(t, tt.codes, codes(tl))
			require.Equal(t, []bool{tt.video, tt.audio}, []bool{tl.Video != nil, tl.Audio != nil})
			if tt.video {
				require.Equal(t, tt.start, tl.Video.Start)
				require.NotEmpty(t, units(t, tl, tl.Video))
			}
			if tt.audio {
				require.Len(t, units(t, tl, tl.Audio), 400)
			}
		})
	}
}

// Between two files of sound there are frames of silence, and the pictures beside them keep their time.
func TestSilence(t *testing.T) {
	f := testagora.New(t, t.TempDir(), "x", zero)
	one, two := f.Name("1", 0, ".aac"), f.Name("1", 20300*time.Millisecond, ".aac")
	f.File(one, testagora.ADTS(200, 2))
	f.File(two, testagora.ADTS(200, 2))
	f.UID("1", "0.000 "+one+" create", "4.267 "+one+" close", "20.300 "+two+" create", "24.567 "+two+" close")
	f.Done()
	tl := load(t, f)
	list := units(t, tl, tl.Audio)
	gaps := 0
	for i, u := range list {
		if u.Gap {
			gaps++
		}
		if i > 0 {
			require.InDelta(t, float64(list[i-1].PTS+list[i-1].Duration), float64(u.PTS), 2, i)
		}
	}
	require.Equal(t, 752, gaps) // 16.04 s
	require.InDelta(t, 20.3, tl.Audio.Pieces[1].Start.Seconds(), 0.011)
}

func TestDisplayMatrixIsNotAppliedTwice(t *testing.T) {
	turned := cvo.Orientation{Degrees: 90}
	for name, tt := range map[string]struct {
		said  []turnLine
		own   cvo.Orientation
		coded [2]int
		want  cvo.Orientation
	}{
		"only the uid file": {[]turnLine{{0, 90}}, cvo.Orientation{}, [2]int{640, 360}, turned},
		"only the matrix":   {nil, turned, [2]int{640, 360}, turned},
		"both":              {[]turnLine{{0, 90}}, turned, [2]int{640, 360}, turned},
		"the uid file says that nothing is to be done": {[]turnLine{{0, 0}}, turned, [2]int{640, 360}, turned},
		"pixels are turned": {[]turnLine{{0, 90}}, cvo.Orientation{}, [2]int{360, 640},
			cvo.Orientation{}},
	} {
		t.Run(name, func(t *testing.T) {
			f, _, _ := session(t)
			folder, err := ReadFolder(f.Path)
			require.NoError(t, err)
			p := folder.Presences[0]
			l := &loading{p: p, tl: &Timeline{}, lines: []int64{0, 0, 0, 0, 0, 0}}
			found, _, err := l.look(t.Context(), p.Pictures)
			require.NoError(t, err)
			c := found[0]
			c.track.Orientation, c.track.CodedWidth, c.track.CodedHeight = tt.own, tt.coded[0], tt.coded[1]
			c.slice.turns, c.slice.said = tt.said, tt.said != nil
			var piece Piece
			l.turns(c, &piece)
			require.Equal(t, tt.want, piece.orientation(0))
		})
	}
}

func TestManyFiles(t *testing.T) {
	f := testagora.New(t, t.TempDir(), "x", zero)
	for i := range 1000 {
		f.File(f.Name("1", time.Duration(i)*time.Second, ".aac"), nil)
	}
	f.UID("1")
	start := time.Now()
	folder, err := ReadFolder(f.Path)
	require.NoError(t, err)
	require.Len(t, folder.Presences[0].Empty, 1000)
	require.Less(t, time.Since(start), 20*time.Second)
	_, err = ReadFolder(t.TempDir())
	require.ErrorIs(t, err, ErrNoSession)
	require.ErrorContains(t, fmt.Errorf("%w", err), "no uid file")
}

// An MP4 that is not whole gives way to the TS beside it, each time that the presence is loaded.
func TestTransportStreamInstead(t *testing.T) {
	f, _, mp4 := session(t)
	f.File(mp4, testagora.Unfinished(testagora.Pictures(60)))
	f.File(f.Name("111", 400*time.Millisecond, ".ts"), testagora.TS(t, testagora.Pictures(119)))
	folder, err := ReadFolder(f.Path)
	require.NoError(t, err)
	for range 2 {
		tl, err := Load(t.Context(), folder.Presences[0], EmptyHead)
		require.NoError(t, err)
		require.Equal(t, []string{NoteTransport}, codes(tl))
		require.Equal(t, mp4, tl.Notes[0].File)
		require.Len(t, units(t, tl, tl.Video), 119)
	}
}

// Where everybody's sound and pictures are in one transport stream, both are used, and the sound begins as much later
// as it says.
func TestSoundInTransportStream(t *testing.T) {
	f := testagora.New(t, t.TempDir(), "demo_room", zero)
	ts := f.Name("0", 0, ".ts")
	f.File(ts, testagora.TSHeard(t, testagora.Pictures(60), testagora.ADTS(180, 1), 200*time.Millisecond))
	f.UID("0", "0.000 "+f.Name("0", 0, ".mp4")+" create ", "0.000 "+f.Name("0", 0, ".mp4")+" info width=640 height=360 rotation=0")
	tl := load(t, f)
	require.NotNil(t, tl.Audio)
	require.Equal(t, 180, tl.Audio.Units)
	require.Equal(t, 200*time.Millisecond, tl.Audio.Start)
	require.Zero(t, tl.Video.Start)
	require.Len(t, units(t, tl, tl.Audio), 180)
}
