package mix

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"

	"github.com/upright-media/upright/room"
)

// Levels are what the element has measured of one pad.
type Levels struct {
	Levels room.Levels
	Blocks room.Blocks
}

// ReadLevels reads the file that the property levels names, by number of pad.
func ReadLevels(path string) (map[int]Levels, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseLevels(text)
}

var errLevels = errors.New("the levels that uprightmix wrote are incomplete")

func parseLevels(text []byte) (map[int]Levels, error) {
	if len(text) < 8 || !bytes.HasPrefix(text, []byte("UPLV")) {
		return nil, errLevels
	}
	n := binary.NativeEndian.Uint32(text[4:])
	text = text[8:]
	all := map[int]Levels{}
	for range n {
		if len(text) < 8 {
			return nil, errLevels
		}
		index, count := binary.NativeEndian.Uint32(text), uint64(binary.NativeEndian.Uint32(text[4:]))
		text = text[8:]
		if count*8 > uint64(len(text)) {
			return nil, errLevels
		}
		l := Levels{make(room.Levels, count), make(room.Blocks, count)}
		for _, values := range [][]float32{l.Levels, l.Blocks} {
			_, _ = binary.Decode(text, binary.NativeEndian, values)
			text = text[4*count:]
		}
		all[int(index)] = l
	}
	return all, nil
}
