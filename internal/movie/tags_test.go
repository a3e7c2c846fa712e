package movie

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"
)

func TestTagsAreTextOfBoundedSize(t *testing.T) {
	m, path := create(t, Options{Chapters: []Chapter{{0, "one"}}})
	a := m.Track(TrackOptions{Kind: Audio})
	require.NoError(t, a.Entry(opus))
	write(t, a, 0, 20*ms, 50, true)
	m.Describe(map[string]string{"title": "Zo\xc3\xab\xff", "comment": strings.Repeat("\u00eb", maxTag), "artist": "",
		"album": "\xff", "shoe-size": "43"})
	require.NoError(t, m.Close())
	read(t, path)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	moov, err := mp4.DecodeBox(0, bytes.NewReader(content[bytes.Index(content, []byte("moov"))-4:]))
	require.NoError(t, err)
	about := moov.(*mp4.MoovBox).Children[len(moov.(*mp4.MoovBox).Children)-1].(*mp4.UdtaBox)
	require.Len(t, about.Children, 2, "chapters and tags")
	list := about.Children[1].(*mp4.MetaBox).Children[1].(*mp4.IlstBox)
	items := map[string]string{}
	for _, item := range list.Children {
		var b bytes.Buffer
		require.NoError(t, item.Encode(&b))
		const headers = 8 + 8 + 8 // of item and data, and the kind of that
		items[item.Type()] = string(b.Bytes()[headers:])
	}
	require.Equal(t, map[string]string{"\xa9nam": "Zo\u00eb", "\xa9cmt": strings.Repeat("\u00eb", maxTag/2)}, items)
}
