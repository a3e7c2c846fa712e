package main

import (
	"bytes"
	"encoding/binary"

	"github.com/upright-media/upright/mjr"
)

// chat is the recording of a data channel with two messages, two seconds apart.
func chat() []byte {
	const us = 1_795_000_000_000_000
	var b bytes.Buffer
	w, err := mjr.NewWriter(&b, mjr.Header{Generation: mjr.Generation2, Kind: mjr.Data, Codec: "text", CreatedUs: us,
		FirstUs: us})
	for i, text := range []string{"hello", "goodbye"} {
		if err == nil {
			ms := uint32(2000 * i)
			err = w.WriteRecord(ms, append(binary.BigEndian.AppendUint64(nil, us+uint64(ms)*1000), text...))
		}
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}
