package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVP8Descriptor(t *testing.T) {
	const delta = "610400" // a frame tag with P=1
	base := Info{StartKnown: true, Start: true, Spatial: -1, Temporal: -1, PictureID: -1, BaseIndex: -1}
	with := func(change func(*Info)) Info {
		info := base
		change(&info)
		return info
	}
	for name, c := range map[string]struct {
		descriptor string
		want       Info
	}{
		"shortest":          {"10", base},
		"not a start":       {"00", with(func(i *Info) { i.Start = false })},
		"second partition":  {"11", with(func(i *Info) { i.Start = false })},
		"discardable":       {"30", with(func(i *Info) { i.Discardable = true })},
		"reserved bits":     {"58", base},
		"X without fields":  {"9000", base},
		"7-bit picture id":  {"90805A", with(func(i *Info) { i.PictureID = 0x5A })},
		"15-bit picture id": {"9080D898", with(func(i *Info) { i.PictureID = 0x5898 })},
		"TL0PICIDX":         {"90407F", with(func(i *Info) { i.BaseIndex = 0x7F })},
		"temporal layer":    {"9020C0", with(func(i *Info) { i.Temporal = 3 })},
		"layer sync":        {"902060", with(func(i *Info) { i.Temporal, i.Switch = 1, true })},
		"key index only":    {"9010FF", base},
		"all, as browsers do": {"B0E0D8997FA0", with(func(i *Info) {
			i.Discardable = true
			i.PictureID = 0x5899
			i.BaseIndex = 0x7F
			i.Temporal = 2
			i.Switch = true
		})},
	} {
		t.Run(name, func(t *testing.T) {
			payload := unhex(t, c.descriptor, delta)
			require.Equal(t, c.want, inspect(t, "vp8", payload))
			enough := len(payload)
			if !c.want.Start {
				enough -= 3 // nothing of the frame is looked at
			}
			requireTruncated(t, "vp8", payload, enough)
		})
	}
}

func TestVP8KeyFrame(t *testing.T) {
	// From a browser: 320×180, whose size fields have no scaling.
	payload := unhex(t, "90e0d8987f20", "b01b00", "9d012a", "4001b400", "396b0027")
	require.Equal(t, Info{
		Start: true, StartKnown: true, Key: true, Width: 320, Height: 180,
		Spatial: -1, Temporal: 0, Switch: true, PictureID: 0x5898, BaseIndex: 0x7F,
	}, inspect(t, "vp8", payload))
	requireTruncated(t, "vp8", payload, 6+10)
}

func TestVP8ScalingIsNotSize(t *testing.T) {
	info := inspect(t, "vp8", unhex(t, "10", "b01b00", "9d012a", "4041b4c0"))
	require.Equal(t, [2]int{320, 180}, [2]int{info.Width, info.Height})
}

func TestVP8Damage(t *testing.T) {
	for name, payload := range map[string]string{
		"start code": "10b01b009d012b4001b400",
		"no width":   "10b01b009d012a0040b400",
		"no height":  "10b01b009d012a40010080",
	} {
		_, err := look(vp8{}, unhex(t, payload))
		require.ErrorIs(t, err, ErrInvalid, name)
	}
}
