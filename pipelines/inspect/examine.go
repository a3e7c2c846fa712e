package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/pipelines/internal/silence"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/rtpview"
	"github.com/upright-media/upright/timeline"
)

// examine looks into the packets of a timeline for what a user should know and its tracks do not say: whether there is
// anything in the sound, and whether pictures may be turned although nothing says so. It reads no further than it has
// to: of sound to the first packet that is not silence. What cannot be read is no matter of its own: converting will
// say so. orientationID is that of the options.
func examine(ctx context.Context, tl *timeline.Timeline, orientationID int) ([]report.Warning, error) {
	var list []report.Warning
	for _, t := range tl.Tracks {
		if plan.Problem(t) != nil || t.Given != nil {
			continue
		}
		var text, code string
		switch t.Info.Medium {
		case recording.Audio:
			if silent(ctx, tl, t) {
				code, text = report.AudioSilent, fmt.Sprintf("all of its %d packets are silence", t.Units)
			}
		case recording.Video:
			if orientationID != 0 || t.OrientationID != 0 || len(t.Info.Extensions) > 0 {
				continue // somebody has said how it is
			}
			if id, value := doubtful(ctx, tl, t); id != 0 {
				code, text = report.RotationUnknown,
					fmt.Sprintf("RTP header extension %d, which nothing names, may say that the pictures "+
						"are turned by %d°, or something else", id, value%4*90)
			}
		}
		if code != "" {
			list = append(list, report.Warning{Code: code, Text: filepath.Base(t.Path) + ": " + text})
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// packets calls f with the packets of a track in order, until it returns false, and says whether it came to the end.
func packets(ctx context.Context, tl *timeline.Timeline, t *timeline.Track,
	f func(u *timeline.Unit, p *rtpview.Packet) bool) bool {
	s, err := tl.Open(t)
	if err != nil {
		return false
	}
	defer s.Close()
	s.Unfilled()
	var p rtpview.Packet
	for ctx.Err() == nil {
		u, err := s.Next()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		for _, raw := range u.Packets {
			if p.Unmarshal(raw) != nil {
				return false
			}
			if !f(u, &p) {
				return false
			}
		}
	}
	return false
}

// silent says whether a track holds packets, and nothing but silence in them.
func silent(ctx context.Context, tl *timeline.Timeline, t *timeline.Track) bool {
	is := silence.New(strings.ToUpper(t.Media.EncodingName))
	if is == nil {
		return false
	}
	return packets(ctx, tl, t, func(_ *timeline.Unit, p *rtpview.Packet) bool { return is(p.Payload) })
}

// doubtUnits is how many pictures are searched for an orientation: the first of them is a key picture, which has to say
// it.
const doubtUnits = 300

// doubtful returns the id and value of a header extension that could be an orientation other than 0. That is one whose
// data has always been one byte that an orientation can be, the same one, and not 0: a sender that says how it is
// turned on key pictures only, and never turns. A screen share's content type looks the same, so package cvo does not
// claim it.
func doubtful(ctx context.Context, tl *timeline.Timeline, t *timeline.Track) (id int, value byte) {
	seen := map[int]int{} // by id; -1: impossible
	n := 0
	packets(ctx, tl, t, func(u *timeline.Unit, p *rtpview.Packet) bool {
		for id, data := range p.Elements() {
			if old, ok := seen[id]; len(data) != 1 || data[0] > 0x0F || ok && old != int(data[0]) {
				seen[id] = -1
			} else {
				seen[id] = int(data[0])
			}
		}
		n++
		return n < doubtUnits
	})
	for i, v := range seen {
		if v > 0 && v&7 != 0 && (id == 0 || i < id) {
			id, value = i, byte(v)
		}
	}
	return id, value
}
