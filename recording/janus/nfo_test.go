package janus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseNFO(t *testing.T) {
	f, err := os.Open("../../testdata/recordplay-vp8/8189896314659482.nfo")
	require.NoError(t, err)
	defer f.Close()
	entries, err := ParseNFO(f)
	require.NoError(t, err)
	require.Equal(t, []NFO{{
		ID: "8189896314659482", Name: "corpus recordplay-vp8", Date: "2026-11-21 04:28:05",
		Audio: "rec-8189896314659482-audio.mjr", Video: "rec-8189896314659482-video.mjr",
	}}, entries)
}

func TestParseNFOWrittenByHand(t *testing.T) {
	entries, err := ParseNFO(strings.NewReader("\ufeffname = before any section\n; a comment = here\n[1]\nNAME=a = b; " +
		"c\x07\nPrivate = yes\n" +
		"nonsense\naudio =   x-audio.mjr  \n# video = no.mjr\n[broken\n[2]\r\n\r\nvideo=../../etc/passwd\r\ndata=d"))
	require.NoError(t, err)
	require.Equal(t, []NFO{
		{ID: "1", Name: "a = b; c", Private: true, Audio: "x-audio.mjr"},
		{ID: "2", Video: "../../etc/passwd", Data: "d"},
	}, entries)
	require.Equal(t, []string{"d"}, entries[1].files(), "a name with a folder leads nowhere")
}

func TestParseNFOTooLarge(t *testing.T) {
	_, err := ParseNFO(strings.NewReader(strings.Repeat("x", maxNFOSize+1)))
	require.ErrorContains(t, err, "more than 65536 bytes")
	_, err = ParseNFO(strings.NewReader(strings.Repeat("[1]\n", maxNFOEntries+1)))
	require.ErrorContains(t, err, "more than 256 sections")
}

// The sample of the Janus tree: files of generation 0, named by hand, paired by 1234.nfo.
func TestNFOPairs(t *testing.T) {
	folder := t.TempDir()
	old(t, folder, "rec-sample-audio.mjr", "audio", 5, 960)
	old(t, folder, "rec-sample-video.mjr", "video", 5, 3000)
	write(t, folder, "1234.nfo", []byte("[1234]\r\nname = Opus/VP8 sample\r\ndate = 2014-07-05 10:00:00\r\naudio = "+
		"rec-sample-audio.mjr\r\nvideo = rec-sample-video.mjr\r\n"))
	write(t, folder, "gone.nfo", []byte("[9]\r\nname = gone\r\naudio = rec-9-audio.mjr\r\n"))
	recordings := find(t, folder)
	require.Equal(t, []string{"rec-sample / rec-sample (0): rec-sample-video.mjr rec-sample-audio.mjr"}, show(recordings))
	require.Equal(t, "Opus/VP8 sample", recordings[0].Title)

	p, r, err := Siblings(filepath.Join(folder, "rec-sample-video.mjr"))
	require.NoError(t, err)
	require.Equal(t, recordings[0], r)
	require.Equal(t, recordings[0].Participants[0], p)
}

func TestNFOPairsDifferentNames(t *testing.T) {
	folder := t.TempDir()
	old(t, folder, "voice.mjr", "audio", 5, 960)
	old(t, folder, "picture.mjr", "video", 5, 3000)
	old(t, folder, "other.mjr", "video", 5, 3000)
	nfo := write(t, folder, "x.nfo", []byte("[77]\nname = Interview\naudio = voice\nvideo = picture.mjr\n"))
	require.Equal(t, []string{"other / other (0): other.mjr", "rec-77 / rec-77 (0): picture.mjr voice.mjr"},
		show(find(t, folder)))
	require.Equal(t, []string{"rec-77 / rec-77 (0): picture.mjr voice.mjr"}, show(find(t, nfo)),
		"an .nfo file stands for its files")
}

// <id>.nfo is the one that Janus wrote for rec-<id>; a second one that names the file does not take it away.
func TestNFOOwnFirst(t *testing.T) {
	folder := t.TempDir()
	audio := rec(t, folder, "rec-2-audio.mjr", "a", "opus", 0, 1)
	write(t, folder, "2.nfo", []byte("[2]\nname = own\naudio = rec-2-audio.mjr\n"))
	write(t, folder, "1.nfo", []byte("[1]\nname = stranger\naudio = rec-2-audio.mjr\n"))
	require.Equal(t, "own", find(t, folder)[0].Title)
	_, r, err := Siblings(audio)
	require.NoError(t, err)
	require.Equal(t, "own", r.Title)
}

func TestNFOMissingIsTolerated(t *testing.T) {
	folder := t.TempDir()
	rec(t, folder, "rec-5-audio.mjr", "a", "opus", 0, 1)
	rec(t, folder, "rec-5-video.mjr", "v", "vp8", 0, 1)
	recordings := find(t, folder)
	require.Equal(t, map[string]int{"rec-5": 2}, sizes(recordings))
	require.Equal(t, "rec-5", recordings[0].Title)

	write(t, folder, "gone.nfo", []byte("[9]\naudio = rec-9-audio.mjr\n"))
	_, _, err := Find([]string{filepath.Join(folder, "gone.nfo")})
	require.ErrorContains(t, err, "none of the files that "+filepath.Join(folder, "gone.nfo")+" names")
}

func TestNFONamesNoFolders(t *testing.T) {
	for _, name := range []string{"/", ".", "..", "/etc/passwd", "../a.mjr", "sub/a.mjr"} {
		n := NFO{Audio: name}
		require.Empty(t, n.files(), name)
	}
}

func FuzzParseNFO(f *testing.F) {
	f.Add([]byte("[1]\r\nname = x\r\naudio = rec-1-audio.mjr\r\n"))
	f.Add([]byte("\xef\xbb\xbf[\n]\n[]\n=\n = \nvideo==\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := ParseNFO(strings.NewReader(string(text)))
		if err != nil {
			require.Nil(t, entries)
			return
		}
		require.LessOrEqual(t, len(entries), maxNFOEntries)
		for _, e := range entries {
			require.NotContains(t, e.Name, "\n")
			for _, stem := range e.files() {
				require.NotContains(t, stem, "/")
			}
		}
	})
}
