package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func vp9Key(width, height uint64) []byte {
	var w bitWriter
	w.u(2, 2).u(2, 0).u(1, 0).u(1, 0).u(1, 1).u(1, 0) // marker, profile, no existing, key, shown, not resilient
	w.u(24, vp9SyncCode).u(3, 2).u(1, 0).u(16, width-1).u(16, height-1).u(8, 0)
	return w.data
}

// vp9Inter writes a shown inter frame. Found says which of its references, 0 to 2, has the size; -1: it is explicit.
func vp9Inter(refresh uint64, references [3]uint64, found int, width, height uint64) []byte {
	var w bitWriter
	w.u(2, 2).u(2, 0).u(1, 0).u(1, 1).u(1, 1).u(1, 0).u(2, 0).u(8, refresh)
	for _, r := range references {
		w.u(3, r).u(1, 0)
	}
	for i := range 3 {
		if i == found {
			return w.u(1, 1).u(8, 0).data
		}
		w.u(1, 0)
	}
	return w.u(16, width-1).u(16, height-1).u(8, 0).data
}

func vp9IntraOnlyFrame(refresh, width, height uint64) []byte {
	var w bitWriter
	w.u(2, 2).u(2, 0).u(1, 0).u(1, 1).u(1, 0).u(1, 0).u(1, 1).u(2, 0) // hidden, intra_only, reset_frame_context
	return w.u(24, vp9SyncCode).u(8, refresh).u(16, width-1).u(16, height-1).u(8, 0).data
}

func vp9Payload(t testing.TB, descriptor string, frame []byte) []byte {
	return append(unhex(t, descriptor), frame...)
}

func TestVP9Descriptor(t *testing.T) {
	key := vp9Key(320, 180)
	base := Info{StartKnown: true, Start: true, Key: true, Width: 320, Height: 180, Spatial: -1, Temporal: -1,
		PictureID: -1, BaseIndex: -1}
	with := func(change func(*Info)) Info {
		info := base
		change(&info)
		return info
	}
	for name, c := range map[string]struct {
		descriptor string
		want       Info
	}{
		"shortest":          {"08", base},
		"end as well":       {"0C", with(func(i *Info) { i.End = true })},
		"7-bit picture id":  {"885A", with(func(i *Info) { i.PictureID = 0x5A })},
		"15-bit picture id": {"88B6A3", with(func(i *Info) { i.PictureID = 0x36A3 })},
		"layers, flexible":  {"3850", with(func(i *Info) { i.Temporal, i.Spatial, i.Switch = 2, 0, true })},
		"layers":            {"28207F", with(func(i *Info) { i.BaseIndex = 0x7F; i.Temporal, i.Spatial = 1, 0 })},
		"upper layer": {"282500", with(func(i *Info) {
			i.BaseIndex = 0
			i.Temporal, i.Spatial, i.Start, i.Key = 1, 2, false, false
		})},
		"structure: sizes, group":   {"0A" + "18" + "014000B4" + "01" + "04" + "01", base},
		"structure: group of three": {"0A" + "08" + "03" + "00" + "24" + "01" + "2C" + "010203", base},
		"structure: nothing":        {"0A00", base},
		"structure: three layers":   {"0A" + "50" + "00A0005A" + "014000B4" + "02800168", base},
		"all": {"BAB6A3" + "10" + "18" + "014000B4" + "01" + "04" + "01",
			with(func(i *Info) { i.PictureID, i.Temporal, i.Spatial, i.Switch = 0x36A3, 0, 0, true })},
		"all, not flexible": {"AAB6A3" + "10" + "00" + "18" + "014000B4" + "01" + "04" + "01",
			with(func(i *Info) { i.BaseIndex = 0; i.PictureID, i.Temporal, i.Spatial, i.Switch = 0x36A3, 0, 0, true })},
	} {
		t.Run(name, func(t *testing.T) {
			payload := vp9Payload(t, c.descriptor, key)
			got := inspect(t, "vp9", payload)
			if payload[0]&vp9B != 0 {
				require.Equal(t, &Frame{Refreshes: 0xFF | VP9Statistics}, got.Frame)
			}
			got.Frame = nil
			require.Equal(t, c.want, got)
			requireTruncated(t, "vp9", payload, len(payload)-1) // 8 bits behind the size
		})
	}
}

func TestVP9ReferenceIndices(t *testing.T) {
	inter := vp9Inter(1, [3]uint64{}, 0, 0, 0)
	for _, descriptor := range []string{"5802", "580302", "58030302"} {
		info := inspect(t, "vp9", vp9Payload(t, descriptor, inter))
		require.True(t, info.Start)
		require.False(t, info.Key)
	}
	_, err := look(new(vp9), vp9Payload(t, "5803030302", inter))
	require.ErrorIs(t, err, ErrInvalid, "four references")
	_, err = look(new(vp9), unhex(t, "5803"))
	require.ErrorIs(t, err, ErrTruncated)
}

func TestVP9Continuation(t *testing.T) {
	v := new(vp9)
	info, err := look(v, vp9Payload(t, "8801", vp9Key(320, 180)))
	require.NoError(t, err)
	require.True(t, info.Key)
	info, err = look(v, unhex(t, "8401", "DEADBEEF"))
	require.NoError(t, err)
	require.Equal(t, Info{StartKnown: true, Key: true, End: true, Spatial: -1, Temporal: -1, PictureID: 1, BaseIndex: -1},
		info)

	info, err = look(v, vp9Payload(t, "8802", vp9IntraOnlyFrame(1, 320, 180)))
	require.NoError(t, err)
	require.False(t, info.Key, "intra-only is no key frame, although nothing else is needed to decode it")
	require.Equal(t, 320, info.Width)
	info, err = look(v, unhex(t, "8402", "DEADBEEF"))
	require.NoError(t, err)
	require.False(t, info.Key)

	info, err = look(v, unhex(t, "8003", "DEADBEEF"))
	require.NoError(t, err)
	require.True(t, info.Key, "the start was lost: the descriptor's P is all there is")
}

func TestVP9DiscardableLastsForTheFrame(t *testing.T) {
	v := new(vp9)
	_, err := look(v, vp9Payload(t, "8801", vp9Key(320, 180)))
	require.NoError(t, err)
	info, err := look(v, vp9Payload(t, "C802", vp9Inter(0, [3]uint64{}, 0, 0, 0)))
	require.NoError(t, err)
	require.True(t, info.Discardable)
	info, err = look(v, unhex(t, "C402", "DEAD"))
	require.NoError(t, err)
	require.True(t, info.Discardable)
	info, err = look(v, unhex(t, "C003", "DEAD"))
	require.NoError(t, err)
	require.False(t, info.Discardable, "of the next picture, whose start was lost, nothing is known")
}

// TestVP9SizeFollowsReferences has a change of size without a key frame.
func TestVP9SizeFollowsReferences(t *testing.T) {
	v := new(vp9)
	for i, c := range []struct {
		descriptor string
		frame      []byte
		want       pictureSize
	}{
		{"4C", vp9Inter(1, [3]uint64{0, 1, 2}, 0, 0, 0), pictureSize{}}, // of a frame that was never seen
		{"0C", vp9Key(640, 360), pictureSize{640, 360}},
		{"4C", vp9Inter(0x02, [3]uint64{0, 0, 0}, 0, 0, 0), pictureSize{640, 360}},
		{"4C", vp9Inter(0x04, [3]uint64{0, 1, 2}, -1, 320, 180), pictureSize{320, 180}},
		{"4C", vp9Inter(0x08, [3]uint64{0, 2, 1}, 1, 0, 0), pictureSize{320, 180}},
		{"4C", vp9Inter(0x00, [3]uint64{0, 1, 3}, 2, 0, 0), pictureSize{320, 180}},
		{"4C", vp9Inter(0x00, [3]uint64{7, 1, 3}, 0, 0, 0), pictureSize{640, 360}},
		{"0C", vp9IntraOnlyFrame(0x80, 160, 90), pictureSize{160, 90}},
		{"4C", vp9Inter(0x00, [3]uint64{7, 1, 3}, 0, 0, 0), pictureSize{160, 90}},
		{"4C", []byte{0x8F}, pictureSize{160, 90}}, // show_existing_frame 7
	} {
		info, err := look(v, vp9Payload(t, c.descriptor, c.frame))
		require.NoError(t, err, "frame %d", i)
		require.Equal(t, c.want, pictureSize{info.Width, info.Height}, "frame %d", i)
	}
}

func TestVP9SizeFromStructure(t *testing.T) {
	// Two layers, of which neither frame's header tells the size.
	v := new(vp9)
	inter := vp9Inter(0, [3]uint64{}, 0, 0, 0)
	info, err := look(v, vp9Payload(t, "6A"+"0000"+"30"+"00A0005A"+"014000B4", inter))
	require.NoError(t, err)
	require.Equal(t, pictureSize{160, 90}, pictureSize{info.Width, info.Height})
	info, err = look(v, vp9Payload(t, "68"+"0300", inter))
	require.NoError(t, err)
	require.Equal(t, pictureSize{320, 180}, pictureSize{info.Width, info.Height})
}

func TestVP9StructureWithoutHeight(t *testing.T) {
	_, err := look(new(vp9), vp9Payload(t, "0A"+"10"+"00A00000", vp9Key(320, 180)))
	require.ErrorIs(t, err, ErrInvalid)
}

func TestVP9Profiles(t *testing.T) {
	for name, c := range map[string]struct {
		write func(*bitWriter)
		fails bool
	}{
		"1":       {func(w *bitWriter) { w.u(2, 2).u(2, 2).u(4, 2).u(24, vp9SyncCode).u(3, 2).u(1, 0).u(3, 0) }, false},
		"1, sRGB": {func(w *bitWriter) { w.u(2, 2).u(2, 2).u(4, 2).u(24, vp9SyncCode).u(3, 7).u(1, 0) }, false},
		"2":       {func(w *bitWriter) { w.u(2, 2).u(2, 1).u(4, 2).u(24, vp9SyncCode).u(1, 1).u(3, 2).u(1, 0) }, false},
		"3": {func(w *bitWriter) {
			w.u(2, 2).u(2, 3).u(1, 0).u(4, 2).u(24, vp9SyncCode).u(1, 0).u(3, 2).u(1, 0).u(3, 0)
		}, false},
		"0, sRGB": {func(w *bitWriter) { w.u(2, 2).u(2, 0).u(4, 2).u(24, vp9SyncCode).u(3, 7) }, true},
		"3, reserved bit": {func(w *bitWriter) {
			w.u(2, 2).u(2, 3).u(1, 1).u(4, 2).u(24, vp9SyncCode).u(1, 0).u(3, 2).u(1, 0)
		}, true},
		"wrong sync code":   {func(w *bitWriter) { w.u(2, 2).u(2, 0).u(4, 2).u(24, vp9SyncCode+1).u(3, 2).u(1, 0) }, true},
		"wrong marker":      {func(w *bitWriter) { w.u(2, 3).u(2, 0).u(4, 2).u(24, vp9SyncCode).u(3, 2).u(1, 0) }, true},
		"encrypted payload": {func(w *bitWriter) { w.u(32, 0x4A3B2C1D) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			var w bitWriter
			c.write(&w)
			w.u(16, 321).u(16, 182).u(8, 0)
			info, err := look(new(vp9), append([]byte{0x0C}, w.data...))
			if c.fails {
				require.ErrorIs(t, err, ErrInvalid)
				return
			}
			require.NoError(t, err)
			require.Equal(t, pictureSize{322, 183}, pictureSize{info.Width, info.Height})
		})
	}
}

func TestVP9IntraOnlyOfHigherProfile(t *testing.T) {
	var w bitWriter
	w.u(2, 2).u(2, 2).u(1, 0).u(1, 1).u(1, 0).u(1, 1).u(1, 1) // profile 1, hidden, error resilient, intra_only
	w.u(24, vp9SyncCode).u(3, 2).u(1, 0).u(3, 0).u(8, 0).u(16, 99).u(16, 49).u(8, 0)
	info := inspect(t, "vp9", append([]byte{0x0C}, w.data...))
	require.Equal(t, pictureSize{100, 50}, pictureSize{info.Width, info.Height})
	require.True(t, info.Discardable)
	require.False(t, info.Key)
}

func TestVP9Browser(t *testing.T) {
	// First packet of a Chromium stream: flexible mode off, one layer, structure with size and a group of one.
	info := inspect(t, "vp9", unhex(t, "9bb6a310014000b4824983420013f00b341038241c18c00004d050618fd3f9bf"))
	require.Equal(t, Info{
		Start: true, StartKnown: true, Key: true, Width: 320, Height: 180, Spatial: -1, Temporal: -1, PictureID: 0x36A3,
		BaseIndex: -1,
		Frame:     &Frame{Refreshes: 0xFF | VP9Statistics},
	}, info)
}
