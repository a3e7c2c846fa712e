package sketch

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/room"
)

func score() *room.Score {
	half := func(who string, kind room.SourceKind, x int) room.Region {
		return room.Region{Person: who, Source: kind, X: x, Y: 0, W: 640, H: 720}
	}
	span := func(from, to float64, regions ...room.Region) room.Arrangement {
		return room.Arrangement{MsSpan: room.MsSpan{From: from, To: to}, Layout: "own", Regions: regions}
	}
	small := room.Region{Source: room.More, Count: 7, X: 320, Y: 240, W: 640, H: 240, Z: 1,
		Dress: room.Dress{Round: 20, Border: 4, Colour: "#ff0000"}}
	return &room.Score{Canvas: &room.Canvas{Width: 1280, Height: 720}, People: []room.Player{{ID: "1", Name: "Ann"},
		{ID: "2", Name: "<b>&\x1b[31m"}}, Spans: []room.Arrangement{
		span(0, 5000, half("1", room.Camera, 0)),
		span(5000, 9000, half("1", room.Camera, 0), half("2", room.Avatar, 640), small),
		span(9000, 11000, half("2", room.Camera, 0)),
		span(11000, 12000, room.Region{Source: room.Fill, X: 640, W: 640, H: 360, Dress: room.Dress{Background: "#102030"}}),
	}}
}

func TestText(t *testing.T) {
	list := Of(score())
	require.Len(t, list, 3, "who is where does not matter")
	require.Equal(t, "5.00 s, own, 9 people", list[1].Title)
	require.Equal(t, `
┌──────────────┐┌──────────────┐
│              ││              │
│              ││<b>&�[31m (av…│
│       ┌──────────────┐       │
│  Ann  │      +7      │       │
│       └──────────────┘       │
│              ││              │
│              ││              │
└──────────────┘└──────────────┘`, "\n"+strings.Join(list[1].Text(32), "\n"))
	for _, line := range list[2].Text(32) {
		require.NotContains(t, line, "avatar")
	}
	require.Contains(t, strings.Join(list[2].Text(32), "\n"), "│░░░░")
}

func TestSVG(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, SVG(&b, Of(score())))
	rects, texts := 0, ""
	d := xml.NewDecoder(&b)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, "an SVG is XML, whatever people are called")
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "rect" {
				rects++
			}
		case xml.CharData:
			texts += string(e)
		}
	}
	require.Equal(t, 1+3+5, rects)
	require.Contains(t, texts, "<b>&\ufffd[31m (avatar)")
	require.Contains(t, texts, "5.00 s, own, 9 people")
}
