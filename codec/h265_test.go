package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestH265Payloads(t *testing.T) {
	// The first packet of an x265 stream: VPS, SPS and PPS in an aggregation packet.
	sets := unhex(t, "6001"+
		"0018"+"40010c01ffff01600000030090000003000003003cba0240"+
		"002b"+"42010101600000030090000003000003003ca00a080b9f796ea4932bc05a52080000030008000003007840"+
		"0007"+"4401c172b46240")
	sps := sets[2+26+2:][:43]
	plain := Info{Spatial: -1, Temporal: -1, PictureID: -1, BaseIndex: -1}
	with := func(change func(*Info)) Info {
		info := plain
		change(&info)
		return info
	}
	size := with(func(i *Info) { i.Start, i.ParameterSets, i.Width, i.Height = true, true, 320, 180 })
	for name, c := range map[string]struct {
		payload []byte
		want    Info
	}{
		"AP of parameter sets":  {sets, size},
		"SPS":                   {sps, size},
		"VPS":                   {[]byte{0x40, 1, 0x0C}, with(func(i *Info) { i.Start = true })},
		"PPS":                   {[]byte{0x44, 1, 0xC1}, with(func(i *Info) { i.Start = true })},
		"access unit delimiter": {[]byte{0x46, 1, 0x50}, with(func(i *Info) { i.Start, i.Discardable = true, true })},
		"SEI before": {[]byte{0x4E, 1, 5, 1, 0, 0x80},
			with(func(i *Info) { i.Start, i.Discardable = true, true })},
		"SEI of recovery": {[]byte{0x4E, 1, 6, 1, 0xD0, 0x80},
			with(func(i *Info) { i.Start, i.Discardable, i.Recovery = true, true, true })},
		"SEI behind":            {[]byte{0x50, 1, 6, 1, 0, 0x80}, with(func(i *Info) { i.Discardable = true })},
		"IDR_W_RADL":            {[]byte{0x26, 1, 0xAF}, with(func(i *Info) { i.Start, i.Key, i.Temporal = true, true, 0 })},
		"IDR_N_LP":              {[]byte{0x28, 1, 0xAF}, with(func(i *Info) { i.Start, i.Key, i.Temporal = true, true, 0 })},
		"CRA":                   {[]byte{0x2A, 1, 0xAF}, with(func(i *Info) { i.Start, i.Key, i.Temporal = true, true, 0 })},
		"BLA":                   {[]byte{0x20, 1, 0xAF}, with(func(i *Info) { i.Start, i.Key, i.Temporal = true, true, 0 })},
		"IDR, second slice":     {[]byte{0x26, 1, 0x2F}, with(func(i *Info) { i.Key, i.Temporal = true, 0 })},
		"TRAIL_R":               {[]byte{2, 1, 0xD0}, with(func(i *Info) { i.Start, i.Temporal = true, 0 })},
		"TRAIL_N, no SPS known": {[]byte{0, 1, 0xD0}, with(func(i *Info) { i.Start, i.Temporal = true, 0 })},
		"temporal sub-layer 2":  {[]byte{2, 3, 0xD0}, with(func(i *Info) { i.Start, i.Temporal = true, 2 })},
		"layer 33": {[]byte{3, 0x0A, 0xD0},
			with(func(i *Info) { i.Start, i.Temporal, i.Spatial = true, 1, 33 })},
		"SPS of layer 1": {append([]byte{0x42, 0x09}, sps[2:20]...),
			with(func(i *Info) { i.Start, i.ParameterSets = true, true })},
		"FU, start of IDR": {[]byte{0x62, 1, 0x93, 0xAF},
			with(func(i *Info) { i.Start, i.Key, i.Temporal = true, true, 0 })},
		"FU, middle of IDR":      {[]byte{0x62, 1, 0x13, 0xAF}, with(func(i *Info) { i.Key, i.Temporal = true, 0 })},
		"FU, end of IDR":         {[]byte{0x62, 1, 0x53, 0xAF}, with(func(i *Info) { i.Key, i.Temporal = true, 0 })},
		"FU of the second slice": {[]byte{0x62, 1, 0x93, 0x2F}, with(func(i *Info) { i.Key, i.Temporal = true, 0 })},
		"FU, start of SEI":       {[]byte{0x62, 1, 0xA7, 5}, with(func(i *Info) { i.Start, i.Discardable = true, true })},
		"FU of an SPS":           {append([]byte{0x62, 1, 0xA1}, sps[2:]...), size},
		"FU of part of an SPS": {append([]byte{0x62, 1, 0xA1}, sps[2:9]...),
			with(func(i *Info) { i.Start, i.ParameterSets = true, true })},
		"PACI of an IDR": {[]byte{0x64, 1, 0x26, 0x20, 0xAA, 0xBB, 0xAF},
			with(func(i *Info) { i.Start, i.Key, i.Temporal = true, true, 0 })},
		"PACI of an FU": {[]byte{0x64, 1, 0x62, 0x00, 0x93, 0xAF},
			with(func(i *Info) { i.Start, i.Key, i.Temporal = true, true, 0 })},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, inspect(t, "h265", c.payload))
		})
	}
}

func TestH265Discardable(t *testing.T) {
	// With two temporal sub-layers, only what nothing in the upper one refers to can go.
	sps := unhex(t, "42010101600000030090000003000003003ca00a080c1f3e595952930bc05a020000030002000003000a10")
	sps[2] = sps[2]&^0x0E | 1<<1 // sps_max_sub_layers_minus1 = 1
	upper := append(append([]byte{}, sps[:18]...), 0, 0)
	upper = append(upper, sps[18:]...) // no profile or level for sub-layer 0
	inspector, _ := New("h265")
	_, err := look(inspector, upper)
	require.NoError(t, err)
	for _, c := range []struct {
		kind, temporal byte
		want           bool
	}{
		{0, 0, false}, {1, 0, false}, {0, 1, true}, {1, 1, false}, {2, 1, true}, {8, 1, true}, {9, 1, false},
		{14, 1, true}, {15, 1, false}, {16, 1, false}, {22, 1, false},
	} {
		info, err := look(inspector, []byte{c.kind << 1, c.temporal + 1, 0xD0})
		require.NoError(t, err)
		require.Equal(t, c.want, info.Discardable, "type %d, temporal sub-layer %d", c.kind, c.temporal)
	}
}

func TestH265Damage(t *testing.T) {
	for name, c := range map[string]struct {
		payload []byte
		want    error
	}{
		"nothing":                {nil, ErrTruncated},
		"one byte":               {[]byte{2}, ErrTruncated},
		"forbidden bit":          {[]byte{0x82, 1, 0xD0}, ErrInvalid},
		"TID 0":                  {[]byte{2, 0, 0xD0}, ErrInvalid},
		"type 51":                {[]byte{0x66, 1, 0xD0}, ErrInvalid},
		"type 63":                {[]byte{0x7E, 1, 0xD0}, ErrInvalid},
		"SPS cut off":            {unhex(t, "420101016000000300"), ErrTruncated},
		"AP without units":       {[]byte{0x60, 1}, ErrTruncated},
		"AP, unit too long":      {[]byte{0x60, 1, 0, 4, 2, 1, 0xD0}, ErrTruncated},
		"AP, unit too short":     {[]byte{0x60, 1, 0, 1, 2}, ErrInvalid},
		"AP in an AP":            {[]byte{0x60, 1, 0, 3, 0x60, 1, 0}, ErrInvalid},
		"AP, SPS cut off":        {append([]byte{0x60, 1, 0, 9}, unhex(t, "420101016000000300")...), ErrTruncated},
		"FU without header":      {[]byte{0x62, 1}, ErrTruncated},
		"FU with start and end":  {[]byte{0x62, 1, 0xD3, 0xAF}, ErrInvalid},
		"FU of an FU":            {[]byte{0x62, 1, 0xB1, 0xAF}, ErrInvalid},
		"PACI without header":    {[]byte{0x64, 1, 0x26}, ErrTruncated},
		"PACI, extension beyond": {[]byte{0x64, 1, 0x26, 0x20, 0xAA}, ErrTruncated},
		"PACI in a PACI":         {[]byte{0x64, 1, 0x64, 0, 0xAF}, ErrInvalid},
		"PACI of an empty FU":    {[]byte{0x64, 1, 0x62, 0}, ErrTruncated},
	} {
		t.Run(name, func(t *testing.T) {
			inspector, _ := New("h265")
			_, err := look(inspector, c.payload)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// TestH265SizeByX265 has parameter sets that x265 wrote for pictures of known size.
func TestH265SizeByX265(t *testing.T) {
	for name, c := range map[string]struct {
		sps  string
		want pictureSize
	}{
		"4:2:0, window": {"42010101600000030090000003000003003ca00a080c1f3e595952930bc05a020000030002000003000a10",
			pictureSize{320, 180}},
		"10 bits, window": {"420101022000000300900000030000030078a003c0801107cad965654a4c2f0168080000030008000003002840",
			pictureSize{1920, 1080}},
		"4:2:2, window": {"4201010408000003009d0800000300003cb00a880c1c445e595952930bc05a020000030002000003000a10",
			pictureSize{322, 182}},
		"4:4:4, odd sizes": {"4201010408000003009e0800000300003c9001510183842332caca94985e02d0100000030010000003005080",
			pictureSize{321, 181}},
		"4:0:0": {"4201010408000003009fc800000300001ec05880916595952930bc05b020000003002000000300a1",
			pictureSize{176, 144}},
	} {
		info := inspect(t, "h265", unhex(t, c.sps))
		require.Equal(t, c.want, pictureSize{info.Width, info.Height}, name)
	}
}

// writeH265Set writes the front of a sequence parameter set.
func writeH265Set(subLayers int, subLayerFlags uint64, chromaFormat, width, height uint64, window ...uint64) []byte {
	var w bitWriter
	w.u(4, 0).u(3, uint64(subLayers-1)).u(1, 0).u(32, 0x01600000).u(32, 0x90000000).u(32, 0x1E)
	if subLayers > 1 {
		w.u(16, subLayerFlags)
		for i := range 7 {
			if subLayerFlags>>(15-2*i)&1 == 1 {
				w.u(44, 1<<44-1).u(44, 1<<44-1)
			}
			if subLayerFlags>>(14-2*i)&1 == 1 {
				w.u(8, 0x5A)
			}
		}
	}
	w.ue(0, chromaFormat)
	if chromaFormat == 3 {
		w.u(1, 1)
	}
	w.ue(width, height)
	if len(window) > 0 {
		w.u(1, 1).ue(window...)
	} else {
		w.u(1, 0)
	}
	w.ue(0)
	return escape(w.data)
}

func TestH265SPS(t *testing.T) {
	for name, c := range map[string]struct {
		sps  []byte
		want [3]int // width, height, sub-layers
	}{
		"plain":              {writeH265Set(1, 0, 1, 640, 360), [3]int{640, 360, 1}},
		"two sub-layers":     {writeH265Set(2, 0, 1, 640, 360), [3]int{640, 360, 2}},
		"with their levels":  {writeH265Set(3, 0x5000, 1, 640, 360), [3]int{640, 360, 3}},
		"and their profiles": {writeH265Set(7, 0xFFF0, 1, 640, 360), [3]int{640, 360, 7}},
		"window 4:2:0":       {writeH265Set(1, 0, 1, 640, 368, 1, 2, 3, 1), [3]int{634, 360, 1}},
		"window 4:2:2":       {writeH265Set(1, 0, 2, 640, 368, 1, 2, 3, 5), [3]int{634, 360, 1}},
		"window of planes":   {writeH265Set(1, 0, 3, 640, 368, 1, 2, 3, 5), [3]int{637, 360, 1}},
	} {
		got, err := parseH265SPS(c.sps)
		require.NoError(t, err, name)
		require.Equal(t, c.want, [3]int{got.width, got.height, got.subLayers}, name)
		for n := range len(c.sps) - 1 {
			_, err := parseH265SPS(c.sps[:n])
			require.Error(t, err, "%s, %d bytes", name, n)
		}
	}
	for name, sps := range map[string][]byte{
		"8 sub-layers":    writeH265Set(8, 0, 1, 640, 360),
		"chroma format 4": writeH265Set(1, 0, 4, 640, 360),
		"no width":        writeH265Set(1, 0, 1, 0, 360),
		"too wide":        writeH265Set(1, 0, 1, 32769, 360),
		"nothing left":    writeH265Set(1, 0, 1, 640, 360, 160, 160, 0, 0),
		"window absurd":   writeH265Set(1, 0, 1, 640, 360, 0, 0, 1<<32-2, 1<<32-2),
	} {
		_, err := parseH265SPS(sps)
		require.ErrorIs(t, err, ErrInvalid, name)
	}
}
