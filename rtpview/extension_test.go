package rtpview_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/rtpview"
)

type element struct {
	id   int
	data string
}

func elements(profile uint16, block []byte) (all []element) {
	for id, data := range rtpview.Elements(profile, block) {
		all = append(all, element{id, string(data)})
	}
	return all
}

func TestElements(t *testing.T) {
	for name, c := range map[string]struct {
		profile uint16
		block   string
		want    []element
	}{
		"none":               {0xBEDE, "", nil},
		"one":                {0xBEDE, "\x40\x01\x00\x00", []element{{4, "\x01"}}},
		"sixteen bytes":      {0xBEDE, "\x1Fabcdefghijklmnop", []element{{1, "abcdefghijklmnop"}}},
		"padding everywhere": {0xBEDE, "\x00\x11ab\x00\x00\x20c\x00", []element{{1, "ab"}, {2, "c"}}},
		"id 15 stops":        {0xBEDE, "\x10a\xF0x\x20b", []element{{1, "a"}}},
		"id 0 with a length": {0xBEDE, "\x10a\x01xy\x20b", []element{{1, "a"}}},
		"too long":           {0xBEDE, "\x10a\x23xyz", []element{{1, "a"}}},
		"length at the end":  {0xBEDE, "\x10a\x20", []element{{1, "a"}}},
		"repeated id":        {0xBEDE, "\x10a\x10b", []element{{1, "a"}, {1, "b"}}},

		"two-byte form":         {0x1000, "\x0D\x01\x02\x00", []element{{13, "\x02"}}},
		"two-byte, appbits":     {0x100F, "\x0D\x01\x02\x00", []element{{13, "\x02"}}},
		"two-byte, no data":     {0x1000, "\x05\x00\x06\x01a", []element{{5, ""}, {6, "a"}}},
		"two-byte, padding":     {0x1000, "\x00\x05\x02ab\x00\x00\x00\x06\x01c", []element{{5, "ab"}, {6, "c"}}},
		"two-byte, ids from 15": {0x1000, "\x0F\x01a\xFF\x01b", []element{{15, "a"}, {255, "b"}}},
		"two-byte, too long":    {0x1000, "\x05\x01a\x06\x04xyz", []element{{5, "a"}}},
		"two-byte, no length":   {0x1000, "\x05\x01a\x06", []element{{5, "a"}}},

		"another profile":       {0x1010, "\x05\x01a\x00", nil},
		"yet another profile":   {0xABAC, "\x40\x01\x00\x00", nil},
		"encrypted (RFC 9335)":  {0xC0DE, "\x40\x01\x00\x00", nil},
		"no extension, profile": {0, "\x40\x01\x00\x00", nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, elements(c.profile, []byte(c.block)))
		})
	}
}

func TestElementTakesTheFirst(t *testing.T) {
	p := rtpview.Packet{ExtensionProfile: 0xBEDE, Extension: []byte("\x10a\x10b")}
	data, ok := p.Element(1)
	require.True(t, ok)
	require.Equal(t, "a", string(data))
}
