package recording

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStitch(t *testing.T) {
	at := func(line int, from, to float64, d string) Piece {
		s := func(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }
		return Piece{Medium: Video, Codec: "vp8", Line: line, From: s(from), To: s(to), Description: d}
	}
	sound := func(line int, from, to float64, codec, d string) Piece {
		p := at(line, from, to, d)
		p.Medium, p.Codec = Audio, codec
		return p
	}
	for name, c := range map[string]struct {
		pieces []Piece
		want   [][]int
	}{
		"nothing": {nil, nil},
		"the same m-line again": {[]Piece{at(1, 0, 10, ""), at(1, 20, 30, ""), at(1, 40, 50, "")},
			[][]int{{0, 1, 2}}},
		"in another order":           {[]Piece{at(1, 20, 30, ""), at(1, 0, 10, "")}, [][]int{{1, 0}}},
		"a new m-line":               {[]Piece{at(1, 0, 10, ""), at(2, 20, 30, "")}, [][]int{{0, 1}}},
		"from the front to the back": {[]Piece{at(1, 0, 10, "front"), at(2, 10, 30, "back")}, [][]int{{0, 1}}},
		"two cameras at a time":      {[]Piece{at(1, 0, 30, ""), at(2, 10, 20, "")}, [][]int{{0}, {1}}},
		"two cameras, both again": {[]Piece{at(1, 0, 30, ""), at(2, 0, 30, ""), at(2, 40, 50, ""), at(1, 41, 50, "")},
			[][]int{{0, 3}, {1, 2}}},
		"two cameras, one on a new line": {[]Piece{at(1, 0, 30, ""), at(2, 0, 35, ""), at(3, 40, 50, ""), at(2, 41, 50, "")},
			[][]int{{0, 2}, {1, 3}}},
		"the old one's last packets": {[]Piece{at(1, 0, 10.5, ""), at(2, 10, 30, "")}, [][]int{{0, 1}}},
		"two moments at a time":      {[]Piece{at(1, 0, 1, ""), at(2, 0.2, 1.2, "")}, [][]int{{0}, {1}}},
		"a screen after the camera":  {[]Piece{at(1, 0, 10, ""), at(2, 20, 30, "my Screen")}, [][]int{{0}, {1}}},
		"a camera after the screen":  {[]Piece{at(1, 0, 10, "window"), at(1, 20, 30, "camera")}, [][]int{{0}, {1}}},
		"a screen twice": {[]Piece{at(2, 0, 10, "screen"), at(3, 20, 30, "Screen "), at(4, 40, 50, "slides")},
			[][]int{{0, 1}, {2}}},
		"beside the camera, three times": {[]Piece{at(1, 0, 90, ""), at(2, 10, 20, ""), at(2, 30, 40, ""), at(3, 50, 60, "")},
			[][]int{{0}, {1, 2, 3}}},
		"a microphone": {[]Piece{sound(0, 0, 10, "opus", ""), sound(0, 20, 30, "opus", "")},
			[][]int{{0, 1}}},
		"another codec of sound": {[]Piece{sound(0, 0, 10, "opus", ""), sound(0, 20, 30, "pcmu", "")},
			[][]int{{0}, {1}}},
		"the sound of a screen": {[]Piece{sound(0, 0, 10, "opus", ""), sound(3, 20, 30, "opus", "screen")},
			[][]int{{0}, {1}}},
		"sound and pictures": {[]Piece{at(1, 0, 10, ""), sound(1, 20, 30, "vp8", "")}, [][]int{{0}, {1}}},
		"messages": {[]Piece{{Medium: Data, From: 0, To: 1}, {Medium: Data, From: 2, To: 3}},
			[][]int{{0}, {1}}},
	} {
		require.Equal(t, c.want, Stitch(c.pieces), name)
	}
}

// The work grows with the number of pieces, not with its square, as long as few tracks go on at a time.
func TestStitchMany(t *testing.T) {
	var pieces []Piece
	for i := range 20_000 {
		from := time.Duration(i) * 10 * time.Second
		pieces = append(pieces, Piece{Medium: Video, Line: 1 + i%7, From: from, To: from + 5*time.Second})
	}
	require.Len(t, Stitch(pieces), 1)
}
