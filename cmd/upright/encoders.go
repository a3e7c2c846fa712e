package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/encoders/probing"
)

type encodersCmd struct {
	JSON    bool `name:"json" help:"Print JSON."`
	Refresh bool `help:"Try all encoders again."`
}

func (cmd *encodersCmd) Run(ctx context.Context, c *console) error {
	s := newSelector(encoders.Request{})
	if cmd.Refresh {
		s.Forget()
	}
	codecs := []codecFacts{}
	for _, name := range encoders.Codecs {
		facts, err := encodersOf(ctx, s, name)
		switch {
		case ctx.Err() != nil:
			return errStopped
		case err != nil:
			return err
		}
		codecs = append(codecs, facts)
	}
	var err error
	if cmd.JSON {
		err = writeJSON(c.stdout, codecs)
	} else {
		err = writeEncoders(c.stdout, codecs)
	}
	if err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

// newSelector chooses encoders for this machine.
func newSelector(r encoders.Request) *probing.Selector {
	return probing.On(encoders.Dir(), r, probing.DefaultSessions)
}

// What is known about an encoder.
const (
	encoderWorks   = "works"
	encoderRefused = "refused"
	encoderMissing = "missing"
)

// codecFacts is what encoders says about one codec. It is a public format (docs/encoders.md).
type codecFacts struct {
	Codec    string         `json:"codec"`
	Chosen   string         `json:"chosen,omitempty"` // with encoder: auto
	Encoders []encoderFacts `json:"encoders"`
	Decoders []encoderFacts `json:"decoders,omitempty"` // on devices that turn pictures, too
}

type encoderFacts struct {
	Element string     `json:"element"`
	Backend string     `json:"backend"`
	Device  string     `json:"device,omitempty"`
	State   string     `json:"state"` // works, refused, missing
	Reason  string     `json:"reason,omitempty"`
	TriedAt *time.Time `json:"tried_at,omitempty"`
	TookMs  int64      `json:"took_ms,omitempty"`
}

func encodersOf(ctx context.Context, s *probing.Selector, codec string) (codecFacts, error) {
	facts := codecFacts{Codec: codec, Encoders: []encoderFacts{}}
	all, err := s.All(codec)
	if err != nil {
		return facts, err
	}
	for _, e := range all {
		f, err := factsOf(ctx, s, e, s.Installed(e))
		if err != nil {
			return facts, err
		}
		if f.State == encoderWorks && facts.Chosen == "" {
			facts.Chosen = e.Element
		}
		facts.Encoders = append(facts.Encoders, f)
	}
	for _, d := range s.Routes(codec) {
		f, err := factsOf(ctx, s, d, true)
		if err != nil {
			return facts, err
		}
		facts.Decoders = append(facts.Decoders, f)
	}
	return facts, nil
}

// factsOf tries an encoder, or a decoder, that is installed.
func factsOf(ctx context.Context, s *probing.Selector, e encoders.Encoder, installed bool) (encoderFacts, error) {
	f := encoderFacts{Element: e.Element, Backend: string(e.Backend), Device: e.Device, State: encoderMissing}
	if !installed {
		return f, nil
	}
	r, err := s.Try(ctx, e)
	if err != nil {
		return f, fmt.Errorf("cannot try %s: %w", e.Element, err)
	}
	f.State, f.Reason, f.TriedAt, f.TookMs = encoderRefused, r.Reason, &r.At, r.TookMs
	if r.OK {
		f.State = encoderWorks
	}
	return f, nil
}

var codecTitles = map[string]string{"h264": "H.264", "h265": "H.265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1"}

// writeEncoders writes what is known for people: what is installed a line each, in the order of preference.
func writeEncoders(w io.Writer, codecs []codecFacts) error {
	var lines []string
	for _, c := range codecs {
		title := codecTitles[c.Codec] + ": "
		if c.Chosen == "" {
			title += "no encoder works"
		} else {
			title += c.Chosen
		}
		lines = append(lines, title)
		row := func(e encoderFacts, works string) {
			if e.Reason != "" {
				works = "does not work: " + e.Reason
			}
			lines = append(lines, indented(fmt.Sprintf("  %-20s %-9s ", e.Element, e.Backend), works)...)
		}
		var missing []string
		for _, e := range c.Encoders {
			if e.State == encoderMissing {
				missing = append(missing, e.Element)
				continue
			}
			row(e, "works")
		}
		for _, d := range c.Decoders {
			row(d, "decodes and turns pictures on the device")
		}
		if len(missing) > 0 {
			lines = append(lines, indented("  ",
				"not installed, or not without a device: "+strings.Join(missing, ", "))...)
		}
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// probeCmd tries one encoder. It is nothing for people: upright encoders starts it.
type probeCmd struct {
	Element string `arg:""`
	Dir     string `arg:""`
}

func (cmd *probeCmd) Run(ctx context.Context, _ *console) error {
	return probing.Probe(ctx, cmd.Element, cmd.Dir, os.Stdout)
}

// prepareGStreamer does what has to be done before GStreamer is initialised.
func prepareGStreamer() {
	probing.PrepareRegistry(encoders.Dir())
	gstrun.ReadRegistryLate()
}
