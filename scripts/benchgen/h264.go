package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/pion/rtp/codecs"

	"github.com/upright-media/upright/internal/testmjr"
)

// Types of NAL units (H.264 table 7-1).
const (
	nalSlice = 1
	nalIDR   = 5
)

// readH264 reads pictures from an H.264 byte stream (annex B), as payloads of RTP packets.
func readH264(path string) ([]testmjr.Unit, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var units []testmjr.Unit
	var payloader codecs.H264Payloader
	var unit testmjr.Unit
	pictures := 0 // in unit, 0 or 1
	for _, nal := range split(b) {
		kind := nal[0] & 0x1F
		slice := kind == nalSlice || kind == nalIDR
		// A slice whose first macroblock is number 0, which is the bit 1, begins a picture; so does anything between two
		// pictures.
		if pictures > 0 && (!slice || len(nal) > 1 && nal[1]&0x80 != 0) {
			units, unit, pictures = append(units, unit), testmjr.Unit{}, 0
		}
		if slice {
			pictures = 1
			unit.Key = unit.Key || kind == nalIDR
		}
		unit.Payloads = append(unit.Payloads, payloader.Payload(maxPayload, nal)...)
	}
	if pictures > 0 {
		units = append(units, unit)
	}
	if len(units) == 0 || !units[0].Key {
		return nil, fmt.Errorf("%s is no H.264 byte stream that begins with a key picture", path)
	}
	return units, nil
}

// split returns the NAL units between start codes, those that hold anything.
func split(b []byte) (nals [][]byte) {
	code := []byte{0, 0, 1}
	for {
		i := bytes.Index(b, code)
		if i < 0 {
			return nals
		}
		b = b[i+len(code):]
		end := bytes.Index(b, code)
		if end < 0 {
			end = len(b)
		}
		if nal := bytes.TrimRight(b[:end], "\x00"); len(nal) > 0 {
			nals = append(nals, nal)
		}
	}
}
