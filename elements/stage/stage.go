// Package stage is the element uprightstage: it plays the score of a room, which says what is seen where and when.
//
// GStreamer's compositor scales every input for every output picture and blends in one thread. Here one canvas stays, a
// picture is scaled once, straight into its cell, and what has not changed is not touched; it is turned and cropped on
// the way. Names, initials and the like are drawn once, here, and blended in C.
package stage

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-base-1.0 gstreamer-video-1.0
#cgo CFLAGS: -Wall -O2 -I${SRCDIR}/../internal/gstx
#cgo LDFLAGS: -lm
#include "stage.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"runtime/cgo"
	"time"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/room"
)

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	gstx.Init()
	if C.upright_stage_register((*C.GstPlugin)(plugin)) == C.FALSE {
		return gstx.Refused("uprightstage")
	}
	return nil
}

// play is what the Go side keeps for one element.
type play struct {
	score *room.Score
	next  int  // span
	drawn bool // what lies over everything
	draw  *painter
}

// What C calls. Nothing here may panic: it would end the program that has loaded the plugin.

//export uprightGoStageNew
func uprightGoStageNew() (handle C.guintptr) {
	defer func() { _ = recover() }()
	return C.guintptr(cgo.NewHandle(new(play)))
}

//export uprightGoStageFree
func uprightGoStageFree(handle C.guintptr) {
	defer func() { _ = recover() }()
	cgo.Handle(handle).Delete()
}

// uprightGoStageOpen reads the score. It returns why that cannot be played, nil if it can.
//
//export uprightGoStageOpen
func uprightGoStageOpen(handle C.guintptr, stage unsafe.Pointer, path *C.gchar) (reason *C.gchar) {
	reason = C.CString(gstx.Fault)
	defer gstx.Guard(stage)
	p := cgo.Handle(handle).Value().(*play)
	if err := p.open(stage, C.GoString(path)); err != nil {
		C.free(unsafe.Pointer(reason))
		return C.CString(err.Error())
	}
	C.free(unsafe.Pointer(reason))
	return nil
}

func (p *play) open(stage unsafe.Pointer, path string) error {
	if path == "" {
		return errors.New("uprightstage has no score to play: set its property score")
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := room.ReadScore(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if s.Canvas == nil {
		return fmt.Errorf("%s has no canvas: it is of a room without pictures", path)
	}
	*p = play{score: s, draw: newPainter(s)}
	if err := p.draw.pictures(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	n, d := s.Canvas.Rate()
	C.upright_stage_open(C.gpointer(stage), C.gint(s.Canvas.Width), C.gint(s.Canvas.Height), C.gint(n), C.gint(d),
		ns(s.DurationMs),
		C.guint32(p.draw.background))
	put(stage, C.UPRIGHT_BITMAP_BACKDROP, image.Point{}, p.draw.backdrop)
	for _, piece := range s.Timeline {
		C.upright_stage_piece(C.gpointer(stage), ns(piece.From), ns(piece.To), C.gint64(piece.RoomMs*1e6))
	}
	for _, src := range s.Sources {
		C.upright_stage_source(C.gpointer(stage), gbool(src.Source == room.Camera), C.gint64(src.From*1e6),
			C.gint64(src.To*1e6))
	}
	for _, n := range s.Borders {
		C.upright_stage_key(C.gpointer(stage), C.guint64(n))
	}
	return nil
}

func ns(ms float64) C.GstClockTime { return C.GstClockTime(math.Round(max(0, ms) * 1e6)) }

func gbool(b bool) C.gboolean {
	if b {
		return C.TRUE
	}
	return C.FALSE
}

// uprightGoStageSpan says what is to be seen from a time on.
//
//export uprightGoStageSpan
func uprightGoStageSpan(handle C.guintptr, stage unsafe.Pointer, at C.GstClockTime) (ok C.gboolean) {
	defer gstx.Guard(stage)
	p := cgo.Handle(handle).Value().(*play)
	for p.next < len(p.score.Spans) && ns(p.score.Spans[p.next].To) <= at {
		p.next++
	}
	if p.next == len(p.score.Spans) {
		C.upright_stage_span(C.gpointer(stage), C.GST_CLOCK_TIME_NONE)
		return C.TRUE
	}
	span := &p.score.Spans[p.next]
	c := p.score.Canvas
	regions, until := p.score.Moved(p.next, time.Duration(at), time.Duration(p.score.Style.AnimateMs*1e6),
		time.Duration(float64(time.Second)/c.FPS))
	C.upright_stage_span(C.gpointer(stage), C.GstClockTime(until))
	for z := range layers(regions) {
		for _, r := range regions {
			if r.Z == z {
				p.cell(stage, r, regions, span.MsSpan)
			}
		}
	}
	return C.TRUE
}

// layers are the heights at which there are regions, from below.
func layers(regions []room.Region) func(func(int) bool) {
	return func(yield func(int) bool) {
		z, any := 0, false
		for {
			next, found := 0, false
			for _, r := range regions {
				if (!any || r.Z > z) && (!found || r.Z < next) {
					next, found = r.Z, true
				}
			}
			if !found || !yield(next) {
				return
			}
			z, any = next, true
		}
	}
}

var fits = map[string]C.gint{"contain": C.UPRIGHT_FIT_CONTAIN, "cover": C.UPRIGHT_FIT_COVER, "blur": C.UPRIGHT_FIT_BLUR,
	"stretch": C.UPRIGHT_FIT_STRETCH}

func (p *play) cell(stage unsafe.Pointer, r room.Region, all []room.Region, span room.MsSpan) {
	pads := make([]C.gint32, len(r.Pads))
	for i, n := range r.Pads {
		pads[i] = C.gint32(n)
	}
	if r.Source != room.Camera && r.Source != room.Screen {
		pads = nil
	}
	var first *C.gint32
	if len(pads) > 0 {
		first = &pads[0]
	}
	C.upright_stage_cell(C.gpointer(stage), C.gint(r.X), C.gint(r.Y), C.gint(r.W), C.gint(r.H), fits[r.Fit], first,
		C.guint(len(pads)))
	behind := C.gint64(-1)
	if colour, ok := parseColour(r.Background); ok && r.Source != room.Fill {
		behind = C.gint64(colour)
	}
	colour, _ := parseColour(r.Colour)
	C.upright_stage_dress(C.gpointer(stage), C.gint(r.Round), C.gint(r.Border), C.guint32(colour), behind)
	if (r.Source == room.Camera || r.Source == room.Avatar) && !p.draw.whole(r) {
		for _, t := range p.draw.rings(r.Person, span) {
			C.upright_stage_ring(C.gpointer(stage), ns(t.From), ns(t.To), C.gint(t.width))
		}
	}
	switch r.Source {
	case room.Screen:
	case room.Fill:
		put(stage, C.UPRIGHT_BITMAP_INSTEAD, image.Pt(r.X, r.Y), p.draw.fill(r))
	case room.Camera, room.Avatar, room.More:
		put(stage, C.UPRIGHT_BITMAP_INSTEAD, image.Pt(r.X, r.Y), p.draw.avatar(r))
	}
	if at, label := p.draw.label(r, all); label != nil {
		put(stage, C.UPRIGHT_BITMAP_OVER, at, label)
	}
}

// put gives the C side a bitmap.
func put(stage unsafe.Pointer, use C.gint, at image.Point, m *image.RGBA) {
	if m == nil || m.Rect.Empty() {
		return
	}
	C.upright_stage_bitmap(C.gpointer(stage), use, C.gint(at.X), C.gint(at.Y), C.gint(m.Rect.Dx()), C.gint(m.Rect.Dy()),
		(*C.guint8)(&m.Pix[0]))
}

// uprightGoStageSecond draws what lies over everything, if that is another in this second of the output.
//
//export uprightGoStageSecond
func uprightGoStageSecond(handle C.guintptr, stage unsafe.Pointer, at C.GstClockTime) (ok C.gboolean) {
	defer gstx.Guard(stage)
	p := cgo.Handle(handle).Value().(*play)
	second := int(at / 1e9)
	if p.drawn && !p.draw.changes(second) {
		return C.TRUE
	}
	list := p.draw.over(second)
	if p.drawn || len(list) > 0 {
		C.upright_stage_canvas_clear(C.gpointer(stage))
	}
	p.drawn = true
	for _, o := range list {
		put(stage, C.UPRIGHT_BITMAP_CANVAS, o.at, o.picture)
	}
	return C.TRUE
}
