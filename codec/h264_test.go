package codec

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// Real units of a 320×180 stream.
const (
	h264SPS320 = "6764000cacb40a0cfcf8094a0000030002000003003d1e2855"
	h264PPS320 = "68ef3cb0"
)

// withSizes joins NAL units as an aggregation packet has them, with fields in front of each.
func withSizes(fields string, units ...[]byte) (out []byte) {
	for _, unit := range units {
		out = binary.BigEndian.AppendUint16(out, uint16(len(unit)))
		out = append(append(out, fields...), unit...)
	}
	return out
}

func TestH264Payloads(t *testing.T) {
	sps, pps := unhex(t, h264SPS320), unhex(t, h264PPS320)
	idr, slice := []byte{0x65, 0x88, 0x84}, []byte{0x41, 0x9A, 0x02}
	plain := Info{Spatial: -1, Temporal: -1, PictureID: -1, BaseIndex: -1}
	with := func(change func(*Info)) Info {
		info := plain
		change(&info)
		return info
	}
	sets := with(func(i *Info) { i.Start, i.ParameterSets, i.Width, i.Height = true, true, 320, 180 })
	all := sets
	all.Key, all.FrameNumbers = true, 16
	for name, c := range map[string]struct {
		payload []byte
		want    Info
	}{
		"IDR slice":             {idr, with(func(i *Info) { i.Start, i.Key = true, true })},
		"IDR, second slice":     {[]byte{0x65, 0x07, 0xA2}, with(func(i *Info) { i.Key = true })},
		"slice":                 {slice, with(func(i *Info) { i.Start = true })},
		"second slice":          {[]byte{0x41, 0x07}, plain},
		"slice without content": {[]byte{0x41}, plain},
		"slice not referred to": {[]byte{0x01, 0x9A}, with(func(i *Info) { i.Start, i.Discardable = true, true })},
		"partition A":           {[]byte{0x22, 0x88}, with(func(i *Info) { i.Start = true })},
		"partition B":           {[]byte{0x43, 0x88}, plain},
		"SPS":                   {sps, sets},
		"PPS":                   {pps, with(func(i *Info) { i.Start = true })},
		"access unit delimiter": {[]byte{0x09, 0xF0}, with(func(i *Info) { i.Start, i.Discardable = true, true })},
		"SEI": {[]byte{0x06, 0x05, 0x01, 0, 0x80},
			with(func(i *Info) { i.Start, i.Discardable = true, true })},
		"SEI of recovery": {[]byte{0x06, 0x06, 0x01, 0xC4, 0x80},
			with(func(i *Info) { i.Start, i.Discardable, i.Recovery = true, true, true })},
		"end of sequence": {[]byte{0x0A}, with(func(i *Info) { i.Discardable = true })},
		"STAP-A":          {append([]byte{0x78}, withSizes("", sps, pps, idr)...), all},
		"STAP-A of delta": {append([]byte{0x58}, withSizes("", slice, []byte{0x41, 0x07})...),
			with(func(i *Info) { i.Start = true })},
		"STAP-A, referred and not": {append([]byte{0x58}, withSizes("", []byte{0x01, 0x9A}, slice)...),
			with(func(i *Info) { i.Start = true })},
		"STAP-A, empty unit":     {append([]byte{0x78, 0, 0}, withSizes("", sps, pps, idr)...), all},
		"STAP-B":                 {append([]byte{0x79, 0, 7}, withSizes("", sps, pps, idr)...), all},
		"MTAP16":                 {append([]byte{0x7A, 0, 7}, withSizes("\x01\x00\x02", sps, pps, idr)...), all},
		"MTAP24":                 {append([]byte{0x7B, 0, 7}, withSizes("\x01\x00\x00\x02", sps, pps, idr)...), all},
		"FU-A, start":            {[]byte{0x7C, 0x85, 0x88}, with(func(i *Info) { i.Start, i.Key = true, true })},
		"FU-A, start of slice 2": {[]byte{0x7C, 0x85, 0x07}, with(func(i *Info) { i.Key = true })},
		"FU-A, middle":           {[]byte{0x7C, 0x05, 0x88}, with(func(i *Info) { i.Key = true })},
		"FU-A, end":              {[]byte{0x7C, 0x45, 0x88}, with(func(i *Info) { i.Key = true })},
		"FU-A of delta":          {[]byte{0x5C, 0x81, 0x9A}, with(func(i *Info) { i.Start = true })},
		"FU-A of discardable":    {[]byte{0x1C, 0x01, 0x9A}, with(func(i *Info) { i.Discardable = true })},
		"FU-A without content":   {[]byte{0x5C, 0x81}, plain},
		"FU-A of an SPS":         {append([]byte{0x7C, 0x87}, sps[1:]...), sets},
		"FU-A of part of an SPS": {append([]byte{0x7C, 0x87}, sps[1:9]...),
			with(func(i *Info) { i.Start, i.ParameterSets = true, true })},
		"FU-A, rest of an SPS":      {append([]byte{0x7C, 0x47}, sps[9:]...), with(func(i *Info) { i.ParameterSets = true })},
		"FU-B":                      {[]byte{0x7D, 0x85, 0, 7, 0x88}, with(func(i *Info) { i.Start, i.Key = true, true })},
		"FU-B, DON is not the unit": {[]byte{0x7D, 0x85, 0xFF, 0xFF, 0x07}, with(func(i *Info) { i.Key = true })},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, inspect(t, "h264", c.payload))
		})
	}
}

func TestH264Damage(t *testing.T) {
	sps := unhex(t, h264SPS320)
	for name, c := range map[string]struct {
		payload []byte
		want    error
	}{
		"nothing":                 {nil, ErrTruncated},
		"forbidden bit":           {[]byte{0xE5, 0x88}, ErrInvalid},
		"type 0":                  {[]byte{0x60, 0x88}, ErrInvalid},
		"type 30":                 {[]byte{0x7E, 0x88}, ErrInvalid},
		"type 31":                 {[]byte{0x7F, 0x88}, ErrInvalid},
		"SPS cut off":             {sps[:8], ErrTruncated},
		"STAP-A without units":    {[]byte{0x78}, ErrTruncated},
		"STAP-A of empty units":   {[]byte{0x78, 0, 0, 0, 0}, ErrTruncated},
		"STAP-A, unit too long":   {[]byte{0x78, 0, 3, 0x65, 0x88}, ErrTruncated},
		"STAP-A, half a size":     {append([]byte{0x78}, append(withSizes("", sps), 0)...), ErrTruncated},
		"STAP-A in a STAP-A":      {append([]byte{0x78}, withSizes("", []byte{0x78, 0})...), ErrInvalid},
		"STAP-A, unit of type 0":  {append([]byte{0x78}, withSizes("", []byte{0x60, 0})...), ErrInvalid},
		"STAP-A, forbidden bit":   {append([]byte{0x78}, withSizes("", []byte{0xE5, 0})...), ErrInvalid},
		"STAP-A, SPS cut off":     {append([]byte{0x78}, withSizes("", sps[:8])...), ErrTruncated},
		"STAP-B without DON":      {[]byte{0x79, 0}, ErrTruncated},
		"MTAP16, fields cut off":  {[]byte{0x7A, 0, 0, 0, 1, 0, 0}, ErrTruncated},
		"FU-A without header":     {[]byte{0x7C}, ErrTruncated},
		"FU-A of type 0":          {[]byte{0x7C, 0x80, 1}, ErrInvalid},
		"FU-A of an FU-A":         {[]byte{0x7C, 0x9C, 1}, ErrInvalid},
		"FU-A with start and end": {[]byte{0x7C, 0xC5, 0x88}, ErrInvalid},
		"FU-B without DON":        {[]byte{0x7D, 0x85, 0}, ErrTruncated},
		"SPS of another universe": {[]byte{0x67, 0x64, 0, 0x0C, 0xFF, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00}, ErrInvalid},
		"SPS of chroma_format_idc 25": {append([]byte{0x67}, new(bitWriter).u(24, 0x64000C).ue(0, 25).u(32, 0).data...),
			ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := look(new(h264), c.payload)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// frame_num is read where the parameter sets are known that say how long it is.
func TestH264FrameNumber(t *testing.T) {
	inspector, _ := New("h264")
	slice := []byte{0x41, 0xE5, 0x54} // first_mb 0, slice_type 0, pps 0: 1 1 1; frame_num 0010; then anything
	info, err := look(inspector, slice)
	require.NoError(t, err)
	require.Zero(t, info.FrameNumbers)
	for _, set := range []string{h264SPS320, h264PPS320} {
		_, err := look(inspector, unhex(t, set))
		require.NoError(t, err)
	}
	info, err = look(inspector, slice)
	require.NoError(t, err)
	require.Equal(t, 16, info.FrameNumbers)
	require.Equal(t, 2, info.FrameNumber)
}
