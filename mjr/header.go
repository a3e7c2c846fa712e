package mjr

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

const (
	magic1      = "MJR00001"
	magic2      = "MJR00002"
	magicOld    = "MEETECHO" // records of generation 0 and 1, header of generation 0
	magicRecord = "MEET"     // records of generation 2; MEETECHO begins with it too
	magicSize   = 8
	wordSize    = 5 // generation 0: "audio" or "video"
)

// readHeader reads the file header at the window's start and returns its size.
func readHeader(w *window) (Header, int64, error) {
	b := w.at(0, magicSize)
	if w.err != nil && !errors.Is(w.err, io.EOF) {
		return Header{}, 0, fmt.Errorf("cannot read the header: %w", w.err)
	}
	if len(b) == 0 {
		return Header{}, 0, fmt.Errorf("%w (0 bytes)", ErrEmpty)
	}
	known := false
	for _, m := range []string{magic1, magic2, magicOld} {
		known = known || strings.HasPrefix(m, string(b))
	}
	switch {
	case !known && len(b) == magicSize && bytes.HasPrefix(b, []byte("MJR")):
		return Header{}, 0, fmt.Errorf("%w of a known generation: it begins with %q, known are %q and %q", ErrNotMJR, b,
			magic1, magic2)
	case !known:
		return Header{}, 0, fmt.Errorf("%w: it begins with %q", ErrNotMJR, b)
	case len(b) < magicSize:
		return Header{}, 0, fmt.Errorf("%w: the file has only %d bytes", ErrTruncatedHeader, len(b))
	}
	magic := string(b)
	b = w.at(0, preambleSize)
	if w.err != nil && !errors.Is(w.err, io.EOF) {
		return Header{}, 0, fmt.Errorf("cannot read the header: %w", w.err)
	}
	if len(b) == magicSize && magic != magicOld {
		return Header{}, 0, fmt.Errorf("%w (only the %d bytes %q)", ErrEmpty, len(b), b)
	}
	if len(b) < preambleSize {
		return Header{}, 0, fmt.Errorf("%w: the file ends at byte %d, inside the header's length", ErrTruncatedHeader, len(b))
	}
	n := int(binary.BigEndian.Uint16(b[magicSize:]))
	if magic == magicOld && n != wordSize {
		return Header{}, 0, fmt.Errorf("%w: the first record at byte 0 has %d bytes, expected the %d of \"audio\" or "+
			"\"video\"", ErrHeader, n, wordSize)
	}
	b = w.at(0, preambleSize+n)
	if w.err != nil && !errors.Is(w.err, io.EOF) {
		return Header{}, 0, fmt.Errorf("cannot read the header: %w", w.err)
	}
	if len(b) < preambleSize+n {
		return Header{}, 0, fmt.Errorf("%w: the file ends at byte %d, the header reaches to byte %d", ErrTruncatedHeader,
			len(b), preambleSize+n)
	}
	var h Header
	var err error
	switch magic {
	case magicOld:
		h, err = parseWord(string(b[preambleSize:]))
	case magic1:
		h, err = parseJSON(b[preambleSize:])
		h.Generation = Generation1
	case magic2:
		h, err = parseJSON(b[preambleSize:])
		h.Generation = Generation2
	}
	if err != nil {
		return Header{}, 0, err
	}
	return h, int64(len(b)), nil
}

// parseWord reads the header of generation 0. Data was not recorded then, but janus-pp-rec takes a word that begins
// with d, so somebody may have written it.
func parseWord(word string) (Header, error) {
	switch {
	case word == "audio":
		return Header{Kind: Audio, Codec: "opus"}, nil
	case word == "video":
		return Header{Kind: Video, Codec: "vp8"}, nil
	case len(word) == wordSize && word[0] == 'd':
		return Header{Kind: Data, Codec: "text"}, nil
	}
	return Header{}, fmt.Errorf("%w: the word at byte %d is %q, expected \"audio\" or \"video\"", ErrHeader, preambleSize,
		word)
}

// parseJSON reads the JSON header of generation 1 and 2. Without t and c the packets mean nothing, so these must be
// right; s and u may be missing, but must be numbers; everything else goes to Unknown if it cannot be understood,
// because it is no reason to refuse the media.
func parseJSON(b []byte) (Header, error) {
	var fields map[string]json.RawMessage
	// Writers in C may count the end of their string in; janus-pp-rec takes that as well.
	if text := bytes.TrimRight(b, "\x00"); len(text) > 0 {
		b = text
	}
	if err := json.Unmarshal(b, &fields); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return Header{}, fmt.Errorf("%w: no valid JSON at byte %d (%s)", ErrHeader, preambleSize+syntax.Offset, syntax)
		}
		return Header{}, fmt.Errorf("%w: the JSON at byte %d is not an object", ErrHeader, preambleSize)
	}
	h := Header{}
	for _, key := range []string{"t", "c"} {
		if _, ok := fields[key]; !ok {
			return Header{}, fmt.Errorf("%w: field %q is missing in the JSON at byte %d", ErrHeader, key, preambleSize)
		}
	}
	for key, raw := range fields {
		ok, required := true, false
		switch key {
		case "t":
			var t string
			required = true
			t, ok = parseString(raw)
			h.Kind = Kind(strings.ToLower(t))
			ok = ok && (h.Kind == Audio || h.Kind == Video || h.Kind == Data)
		case "c":
			required = true
			h.Codec, ok = parseString(raw)
			h.Codec = strings.ToLower(h.Codec)
			ok = ok && h.Codec != ""
		case "s":
			required = true
			h.CreatedUs, ok = parseInt(raw)
		case "u":
			required = true
			h.FirstUs, ok = parseInt(raw)
		case "f":
			h.Fmtp, ok = parseString(raw)
		case "d":
			h.Description, ok = parseString(raw)
		case "x":
			h.Extensions, ok = parseExtensions(raw)
		case "or":
			var pt int64
			pt, ok = parseInt(raw)
			if ok = ok && pt >= 0 && pt <= 127; ok {
				h.REDPayload = int(pt)
			}
		case "e":
			ok = json.Unmarshal(raw, &h.Encrypted) == nil
		default:
			ok = false
		}
		if ok {
			continue
		}
		if required {
			return Header{}, fmt.Errorf("%w: field %q has the unusable value %s in the JSON at byte %d", ErrHeader, key,
				shorten(raw), preambleSize)
		}
		if h.Unknown == nil {
			h.Unknown = map[string]json.RawMessage{}
		}
		h.Unknown[key] = bytes.Clone(raw)
	}
	return h, nil
}

func parseString(raw json.RawMessage) (string, bool) {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// parseInt takes what other writers make of an integer too: "1700000000000000" and 1.7e15.
func parseInt(raw json.RawMessage) (int64, bool) {
	text, ok := parseString(raw)
	if !ok {
		text = string(raw)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// parseExtensions returns the usable entries, and false if there are others. Ids are 1 to 255 (RFC 8285 §4.3; Janus
// itself writes only those up to 15).
func parseExtensions(raw json.RawMessage) (map[int]string, bool) {
	var entries map[string]json.RawMessage
	if json.Unmarshal(raw, &entries) != nil || entries == nil {
		return nil, false
	}
	ok := true
	extensions := make(map[int]string, len(entries))
	for key, value := range entries {
		id, err := strconv.Atoi(key)
		uri, isString := parseString(value)
		if err != nil || strconv.Itoa(id) != key || id < 1 || id > 255 || !isString {
			ok = false
			continue
		}
		extensions[id] = uri
	}
	return extensions, ok
}

func shorten(b []byte) string {
	const most = 60
	if len(b) <= most {
		return string(b)
	}
	return string(b[:most]) + "…"
}
