package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestH264SizeByX264 has parameter sets that x264 wrote for pictures of known size.
func TestH264SizeByX264(t *testing.T) {
	for name, c := range map[string]struct {
		sps  string
		want pictureSize
	}{
		"4:2:0, cropped":       {h264SPS320, pictureSize{320, 180}},
		"scaling matrix":       {"6764000bacb40a0cfcf808800000030080000005078a1550", pictureSize{320, 180}},
		"1080 lines":           {"67640028acb403c0113f2e022000000300200000030141e30654", pictureSize{1920, 1080}},
		"4:2:2":                {"677a0028bcb403c0113f1380880000030008000003005078c195", pictureSize{1920, 1080}},
		"4:4:4, cropped":       {"67f4000b919681519e3e2f0110000003001000000300a0f142aa", pictureSize{322, 182}},
		"one macroblock":       {"6764000aacb4f6022000000300200000030141e244d4", pictureSize{16, 16}},
		"4096×2160":            {"67640033acb400800087d808800000030080000005078c1950", pictureSize{4096, 2160}},
		"4:0:0":                {"6764000af2d0589d80b64000000300400000030283c489a8", pictureSize{176, 144}},
		"10 bits":              {"676e000ba6cb40a0cfcf80880000030008000003005078a155", pictureSize{320, 180}},
		"interlaced":           {"67640028ac2590078044fde022000003000200000300143e2c5b2c", pictureSize{1920, 1080}},
		"constrained baseline": {"6742c0158c8d40a0cbcf37010d0107844235", pictureSize{320, 180}}, // OpenH264, in a browser
	} {
		info := inspect(t, "h264", unhex(t, c.sps))
		require.Equal(t, c.want, pictureSize{info.Width, info.Height}, name)
	}
}

// h264Set writes a sequence parameter set of baseline profile with these sizes, in macroblocks, and cropping.
func h264Set(orderType uint64, interlaced bool, mbWide, mapHigh uint64, crop ...uint64) []byte {
	var w bitWriter
	w.u(24, 0x42C01E).ue(0, 0).ue(orderType)
	switch orderType {
	case 0:
		w.ue(2)
	case 1:
		w.u(1, 0).se(-3).se(4).ue(2).se(5).se(-70000)
	}
	w.ue(1).u(1, 0).ue(mbWide-1, mapHigh-1)
	if interlaced {
		w.u(1, 0).u(1, 1)
	} else {
		w.u(1, 1)
	}
	w.u(1, 1)
	if len(crop) > 0 {
		w.u(1, 1).ue(crop...)
	} else {
		w.u(1, 0)
	}
	w.u(1, 0).u(1, 1) // no VUI, stop bit
	return escape(w.data)
}

func TestH264Size(t *testing.T) {
	for name, c := range map[string]struct {
		sps  []byte
		want pictureSize
	}{
		"order type 0":        {h264Set(0, false, 20, 12), pictureSize{320, 192}},
		"order type 1":        {h264Set(1, false, 20, 12), pictureSize{320, 192}},
		"order type 2":        {h264Set(2, false, 20, 12), pictureSize{320, 192}},
		"cropped everywhere":  {h264Set(2, false, 20, 12, 1, 2, 3, 4), pictureSize{314, 178}},
		"interlaced":          {h264Set(2, true, 45, 18), pictureSize{720, 576}},
		"interlaced, cropped": {h264Set(2, true, 120, 34, 0, 0, 0, 2), pictureSize{1920, 1080}},
		"largest":             {h264Set(2, false, 2048, 2048), pictureSize{32768, 32768}},
	} {
		w, h, err := sizeOf(c.sps)
		require.NoError(t, err, name)
		require.Equal(t, c.want, pictureSize{w, h}, name)
		for n := range c.sps {
			_, _, err := sizeOf(c.sps[:n])
			require.Error(t, err, "%s, %d bytes", name, n)
		}
	}
}

func TestH264SizeOfScalingListsAndPlanes(t *testing.T) {
	// High 4:4:4 Predictive with 12 scaling lists of all kinds; separate colour planes, so that cropping is in samples.
	var w bitWriter
	w.u(24, 0xF4001E).ue(0, 3).u(1, 1).ue(0, 0).u(1, 0).u(1, 1)
	for i := range 12 {
		switch size := map[bool]int{true: 16, false: 64}[i < 6]; i % 4 {
		case 0:
			w.u(1, 0) // not there
		case 1:
			w.u(1, 1).se(-8) // default: the list ends
		case 2:
			w.u(1, 1)
			for range size {
				w.se(1)
			}
		case 3:
			w.u(1, 1).se(2).se(-10) // all others as the first
		}
	}
	w.ue(0, 2, 1).u(1, 0).ue(19, 11).u(2, 3).u(1, 1).ue(1, 0, 0, 3).u(1, 0).u(1, 1)
	width, height, err := sizeOf(escape(w.data))
	require.NoError(t, err)
	require.Equal(t, pictureSize{319, 189}, pictureSize{width, height})
}

func TestH264SizeRejects(t *testing.T) {
	for name, sps := range map[string][]byte{
		"too wide":         h264Set(2, false, 2049, 1),
		"too high":         h264Set(2, true, 1, 1025),
		"absurd":           h264Set(2, false, 1<<32-1, 1<<32-1),
		"nothing left":     h264Set(2, false, 1, 1, 4, 4, 0, 0),
		"cropped absurdly": h264Set(2, false, 1, 1, 0, 0, 1<<32-2, 1<<32-2),
		"order type 3":     h264Set(3, false, 1, 1),
		"endless cycle": append(new(bitWriter).u(24, 0x42C01E).ue(0, 0, 1).u(1, 0).se(0).se(0).ue(256).data,
			make([]byte, 100)...),
		"code of 40 zero bits": append(new(bitWriter).u(24, 0x42C01E).data, 0, 0, 0, 0, 0, 1),
	} {
		_, _, err := sizeOf(escape(sps))
		require.ErrorIs(t, err, ErrInvalid, name)
	}
}

func sizeOf(sps []byte) (int, int, error) {
	set, err := parseH264SPS(sps)
	return set.width, set.height, err
}
