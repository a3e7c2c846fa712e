package recording

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Piece is one file of a session on its way into a track.
type Piece struct {
	Medium      Medium
	Codec       string
	Description string // what the publisher called it, "" if nothing
	Line        int    // index of the m-line, -1 if unknown
	From, To    time.Duration
}

// screenWords are what people call what is no camera, in the languages in which clients name their streams for
// programs.
var screenWords = regexp.MustCompile(`(?i)screen|display|desktop|window|slide|presentation|share|sharing`)

// IsScreen says that a stream's description is that of a shared screen, or of its sound.
func IsScreen(description string) bool { return screenWords.MatchString(description) }

const (
	// overlap is how much two pieces of one track can overlap, at the most: whoever switches a camera off and on again has
	// the new one recorded before the last packets of the old one have come.
	overlap = time.Second
	// overlapShare is the most that it can be of the shorter piece.
	overlapShare = 2
)

// Stitch says which pieces of one session are one track, such as a camera that was switched off and on again: lists of
// indexes in order of time, the first pieces in their order. Pieces of a track do not overlap. An m-line that is used
// again goes on with what it had; a new one goes on with what has ended, for that is what a client does whose m-lines
// are used up. Two cameras at the same time stay two, and a shared screen is continued only by one of the same
// description. Sound is continued by sound of the same codec. Messages are left as they are.
func Stitch(pieces []Piece) [][]int {
	order := make([]int, len(pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(pieces[a].From, pieces[b].From) })
	var tracks [][]int
	for n, i := range order {
		p := &pieces[i]
		best, rank := -1, 0
		for t, track := range tracks {
			last := &pieces[track[len(track)-1]]
			if r := continues(last, p); r > rank && !awaited(pieces, track, order[n+1:], p) {
				best, rank = t, r
			}
		}
		if best < 0 {
			tracks = append(tracks, []int{i})
		} else {
			tracks[best] = append(tracks[best], i)
		}
	}
	slices.SortStableFunc(tracks, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	return tracks
}

// continues says how well a piece goes on with another: 0 if it does not.
func continues(last, p *Piece) int {
	over := last.To - p.From
	switch {
	case last.Medium != p.Medium || p.Medium == Data || p.Medium == "":
		return 0
	case over > overlap || over > 0 && over*overlapShare > min(last.To-last.From, p.To-p.From):
		return 0
	case p.Medium == Audio && last.Codec != p.Codec:
		return 0
	}
	same := strings.EqualFold(strings.TrimSpace(last.Description), strings.TrimSpace(p.Description))
	switch {
	case !same && (IsScreen(last.Description) || IsScreen(p.Description)):
		return 0
	case last.Line == p.Line:
		return 3
	case same && p.Description != "":
		return 2
	}
	return 1
}

// awaited says that another piece, which begins before p ends, goes on with a track on its own m-line.
func awaited(pieces []Piece, track []int, later []int, p *Piece) bool {
	last := &pieces[track[len(track)-1]]
	if last.Line == p.Line {
		return false
	}
	for _, i := range later {
		next := &pieces[i]
		if next.From >= p.To {
			break
		}
		if next.Medium == p.Medium && next.Line == last.Line && continues(last, next) == 3 {
			return true
		}
	}
	return false
}
