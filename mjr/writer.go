package mjr

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// maxLength is the largest length that the format can say.
const maxLength = 1<<16 - 1

// Writer writes a file as Janus does. It is not safe for use by several goroutines at once.
type Writer struct {
	w   io.Writer
	gen Generation
	buf []byte
	err error
}

// NewWriter writes the file header. Every header and every record is one call of w.Write.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	b, err := h.Marshal()
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("cannot write the recording's header: %w", err)
	}
	return &Writer{w: w, gen: h.Generation}, nil
}

// WriteRecord writes one packet. receivedMs is its arrival in ms since the first one; only generation 2 can hold it.
// After a failed write the file ends inside a record, and all further calls fail too.
func (w *Writer) WriteRecord(receivedMs uint32, payload []byte) error {
	if w.err != nil {
		return w.err
	}
	if len(payload) > maxLength {
		return fmt.Errorf("a record holds at most %d bytes, this packet has %d", maxLength, len(payload))
	}
	if w.gen == Generation0 && len(payload) == wordSize {
		if _, err := parseWord(string(payload)); err == nil {
			return fmt.Errorf("the packet %q would be read as a header of generation 0", payload)
		}
	}
	b := w.buf[:0]
	if w.gen == Generation2 {
		b = append(b, magicRecord...)
		b = binary.BigEndian.AppendUint32(b, receivedMs)
	} else {
		b = append(b, magicOld...)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	b = append(b, payload...)
	w.buf = b
	if _, err := w.w.Write(b); err != nil {
		w.err = fmt.Errorf("cannot write a record: %w", err)
	}
	return w.err
}

// Marshal returns the file header, byte for byte as Janus writes it: its order of keys, and the spaces of jansson.
// Unknown keys come last.
func (h Header) Marshal() ([]byte, error) {
	switch h.Generation {
	case Generation0:
		word := ""
		switch {
		case h.Kind == Audio && h.Codec == "opus":
			word = "audio"
		case h.Kind == Video && h.Codec == "vp8":
			word = "video"
		default:
			return nil, fmt.Errorf("generation 0 holds only Opus audio and VP8 video, not kind %q with codec %q", h.Kind,
				h.Codec)
		}
		return append(binary.BigEndian.AppendUint16([]byte(magicOld), wordSize), word...), nil
	case Generation1, Generation2:
		b, err := h.appendJSON(nil)
		if err != nil {
			return nil, err
		}
		if len(b) > maxLength {
			return nil, fmt.Errorf("a header holds at most %d bytes of JSON, this one has %d", maxLength, len(b))
		}
		magic := magic2
		if h.Generation == Generation1 {
			magic = magic1
		}
		return append(binary.BigEndian.AppendUint16([]byte(magic), uint16(len(b))), b...), nil
	}
	return nil, fmt.Errorf("there is no MJR generation %d", h.Generation)
}

func (h Header) appendJSON(b []byte) ([]byte, error) {
	if h.Kind != Audio && h.Kind != Video && h.Kind != Data {
		return nil, fmt.Errorf("header: kind (t) is %q, expected %q, %q or %q", h.Kind, Audio, Video, Data)
	}
	if h.Codec == "" {
		return nil, errors.New("header: codec (c) is missing")
	}
	written := map[string]bool{}
	key := func(name string) {
		if len(written) > 0 {
			b = append(b, ", "...)
		}
		written[name] = true
		b = appendString(b, name)
		b = append(b, ": "...)
	}
	text := func(name, value string) {
		if value != "" {
			key(name)
			b = appendString(b, value)
		}
	}
	b = append(b, '{')
	text("t", string(h.Kind))
	text("c", h.Codec)
	text("f", h.Fmtp)
	text("d", h.Description)
	if len(h.Extensions) > 0 {
		key("x")
		for i, id := range slices.Sorted(maps.Keys(h.Extensions)) {
			if i > 0 {
				b = append(b, ", "...)
			} else {
				b = append(b, '{')
			}
			b = appendString(b, strconv.Itoa(id))
			b = append(b, ": "...)
			b = appendString(b, h.Extensions[id])
		}
		b = append(b, '}')
	}
	key("s")
	b = strconv.AppendInt(b, h.CreatedUs, 10)
	key("u")
	b = strconv.AppendInt(b, h.FirstUs, 10)
	if h.REDPayload != 0 {
		key("or")
		b = strconv.AppendInt(b, int64(h.REDPayload), 10)
	}
	if h.Encrypted {
		key("e")
		b = append(b, "true"...)
	}
	for _, name := range slices.Sorted(maps.Keys(h.Unknown)) {
		if written[name] {
			continue
		}
		if !json.Valid(h.Unknown[name]) {
			return nil, fmt.Errorf("header: the value of %q is not valid JSON", name)
		}
		key(name)
		b = append(b, h.Unknown[name]...)
	}
	return append(b, '}'), nil
}

// appendString quotes like jansson: only quotes, backslashes and control characters are escaped.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			if c < 0x20 {
				b = fmt.Appendf(b, `\u%04X`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}
