package mjr

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// file puts a file header in front of JSON.
func file(magic, header string) []byte {
	return append(binary.BigEndian.AppendUint16([]byte(magic), uint16(len(header))), header...)
}

func TestHeader(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want Header
	}{
		"generation 0, audio": {file("MEETECHO", "audio"), Header{Kind: Audio, Codec: "opus"}},
		"generation 0, video": {file("MEETECHO", "video"), Header{Kind: Video, Codec: "vp8"}},
		"generation 0, data":  {file("MEETECHO", "datax"), Header{Kind: Data, Codec: "text"}},
		"generation 1": {
			file("MJR00001", `{"t": "v", "c": "h264", "s": 1, "u": 2}`),
			Header{Generation: Generation1, Kind: Video, Codec: "h264", CreatedUs: 1, FirstUs: 2},
		},
		"all keys": {
			file("MJR00002", `{"t": "a", "c": "opus", "f": "useinbandfec=1", "d": "Mic \"A\"", "x": {"1": "urn:a", "15": "urn:b"}, `+
				`"s": 1795235572557677, "u": 1795235572682095, "or": 63, "e": true}`),
			Header{
				Generation: Generation2, Kind: Audio, Codec: "opus", Fmtp: "useinbandfec=1", Description: `Mic "A"`,
				Extensions: map[int]string{1: "urn:a", 15: "urn:b"}, CreatedUs: 1795235572557677, FirstUs: 1795235572682095,
				REDPayload: 63, Encrypted: true,
			},
		},
		"no times": {
			file("MJR00002", `{"t":"d","c":"text"}`),
			Header{Generation: Generation2, Kind: Data, Codec: "text"},
		},
		"harmless differences": {
			file("MJR00002", ` { "c" : "VP8" , "t" : "v", "s": "1795235572557677", "u": 1.795235572682e15 } `),
			Header{Generation: Generation2, Kind: Video, Codec: "vp8", CreatedUs: 1795235572557677, FirstUs: 1795235572682000},
		},
		"a string of C, with the NUL behind it": {
			file("MJR00002", "{\"t\": \"V\", \"c\": \"vp8\"}\x00\x00"),
			Header{Generation: Generation2, Kind: Video, Codec: "vp8"},
		},
		"unknown keys and optional keys of a wrong type": {
			file("MJR00002", `{"t": "v", "c": "vp9", "mid": [1, 2], "f": 7, "d": null, "x": "no", "or": 128, "e": "yes"}`),
			Header{Generation: Generation2, Kind: Video, Codec: "vp9", Unknown: map[string]json.RawMessage{
				"mid": json.RawMessage(`[1, 2]`), "f": json.RawMessage(`7`), "d": json.RawMessage(`null`),
				"x":  json.RawMessage(`"no"`),
				"or": json.RawMessage(`128`), "e": json.RawMessage(`"yes"`),
			}},
		},
		"unusable extensions": {
			file("MJR00002", `{"t": "v", "c": "vp9", "x": {"4": "urn:a", "0": "b", "256": "c", "07": "d", "x": "e", "5": 5}}`),
			Header{Generation: Generation2, Kind: Video, Codec: "vp9", Extensions: map[int]string{4: "urn:a"},
				Unknown: map[string]json.RawMessage{
					"x": json.RawMessage(`{"4": "urn:a", "0": "b", "256": "c", "07": "d", "x": "e", "5": 5}`),
				}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := NewReader(iotest.OneByteReader(bytes.NewReader(c.file)))
			require.NoError(t, err)
			require.Equal(t, c.want, r.Header())
			require.EqualValues(t, len(c.file), r.HeaderSize())
			require.Empty(t, drain(t, r, r.HeaderSize(), int64(len(c.file))))
			require.True(t, r.Complete())
		})
	}
}

func TestHeaderOfLargestSize(t *testing.T) {
	text := `{"t": "v", "c": "vp8", "d": ""}`
	text = text[:len(text)-2] + strings.Repeat("x", maxLength-len(text)) + `"}`
	r, err := NewReader(bytes.NewReader(file("MJR00002", text)))
	require.NoError(t, err)
	require.EqualValues(t, preambleSize+maxLength, r.HeaderSize())
	h := r.Header()
	require.Len(t, h.Description, maxLength-len(`{"t": "v", "c": "vp8", "d": ""}`))

	_, err = h.Marshal() // with s and u it no longer fits
	require.ErrorContains(t, err, "at most 65535 bytes")
}

func TestHeaderErrors(t *testing.T) {
	whole := file("MJR00002", `{"t": "v", "c": "vp8"}`)
	for name, c := range map[string]struct {
		file []byte
		want error
		text string
	}{
		"no bytes":         {nil, ErrEmpty, "0 bytes"},
		"magic only":       {whole[:8], ErrEmpty, "only the 8 bytes"},
		"magic only, old":  {[]byte("MJR00001"), ErrEmpty, "only the 8 bytes"},
		"generation 0 cut": {[]byte("MEETECHO"), ErrTruncatedHeader, "ends at byte 8"},
		"inside the word": {file("MEETECHO", "audio")[:12], ErrTruncatedHeader,
			"ends at byte 12, the header reaches to byte 15"},
		"inside the magic":       {whole[:5], ErrTruncatedHeader, "only 5 bytes"},
		"inside the length":      {whole[:9], ErrTruncatedHeader, "ends at byte 9"},
		"behind the length":      {whole[:10], ErrTruncatedHeader, "ends at byte 10, the header reaches to byte 32"},
		"inside the JSON":        {whole[:31], ErrTruncatedHeader, "ends at byte 31"},
		"another format":         {[]byte("RIFF\x00\x00\x00\x00WAVE"), ErrNotMJR, `"RIFF`},
		"short and other":        {[]byte("hi"), ErrNotMJR, `"hi"`},
		"zeros":                  {make([]byte, 4096), ErrNotMJR, `\x00`},
		"generation 3":           {file("MJR00003", `{}`), ErrNotMJR, "known generation"},
		"no header, only record": {file("MEETECHO", "123456789012"), ErrHeader, "12 bytes, expected the 5"},
		"unknown word":           {file("MEETECHO", "movie"), ErrHeader, `"movie"`},
		"no JSON at all":         {append(file("MJR00002", ""), "MEET"...), ErrHeader, "byte 10"},
		"JSON ends too early":    {file("MJR00002", `{"t": "v"`), ErrHeader, "byte 19"},
		"zeros as JSON":          {file("MJR00002", "\x00\x00\x00\x00"), ErrHeader, "byte 11"},
		"no object":              {file("MJR00002", `[1]`), ErrHeader, "not an object"},
		"null":                   {file("MJR00002", `null`), ErrHeader, `"t" is missing`},
		"no t":                   {file("MJR00002", `{"c": "vp8"}`), ErrHeader, `"t" is missing`},
		"no c":                   {file("MJR00002", `{"t": "v"}`), ErrHeader, `"c" is missing`},
		"unknown t":              {file("MJR00002", `{"t": "w", "c": "vp8"}`), ErrHeader, `"t" has the unusable value "w"`},
		"t of a wrong type":      {file("MJR00002", `{"t": 1, "c": "vp8"}`), ErrHeader, `"t" has the unusable value 1`},
		"c empty":                {file("MJR00002", `{"t": "v", "c": ""}`), ErrHeader, `"c" has the unusable value ""`},
		"c null":                 {file("MJR00002", `{"t": "v", "c": null}`), ErrHeader, `"c" has the unusable value null`},
		"s no number": {file("MJR00002", `{"t": "v", "c": "vp8", "s": "now"}`), ErrHeader,
			`"s" has the unusable value "now"`},
		"u too large": {file("MJR00002", `{"t": "v", "c": "vp8", "u": 1e300}`), ErrHeader,
			`"u" has the unusable value 1e300`},
		"u no integer": {file("MJR00002", `{"t": "v", "c": "vp8", "u": 1.5}`), ErrHeader,
			`"u" has the unusable value 1.5`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewReader(bytes.NewReader(c.file))
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.text)
		})
	}
}

// A file that cannot be read is not the same as a file that ends.
func TestHeaderReadError(t *testing.T) {
	broken := errors.New("input/output error")
	whole := file("MJR00002", `{"t": "v", "c": "vp8"}`)
	for n := range len(whole) {
		_, err := NewReader(&failing{data: whole[:n], err: broken})
		require.ErrorIs(t, err, broken, "after %d bytes", n)
	}
}

func TestMarshalErrors(t *testing.T) {
	for name, h := range map[string]Header{
		"no kind":                   {Generation: Generation2, Codec: "vp8"},
		"no codec":                  {Generation: Generation1, Kind: Video},
		"generation 0 without VP8":  {Kind: Video, Codec: "h264"},
		"generation 0 without Opus": {Kind: Audio, Codec: "pcmu"},
		"generation 3":              {Generation: 3, Kind: Video, Codec: "vp8"},
		"broken unknown value": {Generation: Generation2, Kind: Video, Codec: "vp8",
			Unknown: map[string]json.RawMessage{"z": json.RawMessage("{")}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Marshal()
			require.Error(t, err)
		})
	}
}

func TestMarshalLooksLikeJansson(t *testing.T) {
	b, err := Header{
		Generation: Generation1, Kind: Video, Codec: "h264", Fmtp: "profile-level-id=42e01f",
		Description: "a/b \"c\" \\ \x01\x1f\t\n\r\b\f ü </x>",
		Extensions:  map[int]string{14: "urn:b", 4: "urn:3gpp:video-orientation"}, CreatedUs: 1, FirstUs: 2, REDPayload: 63,
		Encrypted: true,
		Unknown: map[string]json.RawMessage{"z": json.RawMessage(`[1]`), "m": json.RawMessage(`"0"`),
			"x": json.RawMessage(`{}`)},
	}.Marshal()
	require.NoError(t, err)
	require.Equal(t, `{"t": "v", "c": "h264", "f": "profile-level-id=42e01f", "d": "a/b \"c\" \\ \u0001\u001F\t\n\r\b\f ü </x>", `+
		`"x": {"4": "urn:3gpp:video-orientation", "14": "urn:b"}, "s": 1, "u": 2, "or": 63, "e": true, "m": "0", "z": [1]}`,
		string(b[10:]))
	require.True(t, json.Valid(b[10:]))
	require.Equal(t, "MJR00001", string(b[:8]))
	require.EqualValues(t, len(b)-10, binary.BigEndian.Uint16(b[8:]))
}

// failing delivers data and then an error instead of the end.
type failing struct {
	data []byte
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		return 0, f.err
	}
	n := copy(p, f.data)
	f.data = f.data[n:]
	return n, nil
}
