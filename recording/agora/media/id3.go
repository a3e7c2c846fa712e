package media

import (
	"bufio"
	"bytes"
)

// id3Header and id3v1 are the sizes of what begins an ID3v2 tag and of a whole ID3v1 tag, in bytes.
const id3Header, id3v1 = 10, 128

// tagAhead is how long the ID3 tag is that a file of sound goes on with, in bytes, 0 if there is none: one of version 2
// (id3v2.4.0-structure section 3.1), anywhere, or of version 1, at the end of the file.
func tagAhead(r *bufio.Reader) int {
	if b, _ := r.Peek(id3Header); len(b) == id3Header && bytes.HasPrefix(b, []byte("ID3")) {
		size := id3Header
		if b[5]&0x10 != 0 {
			size *= 2 // there is a footer
		}
		for i, x := range b[6:] {
			if b[3] < 2 || b[3] > 4 || x >= 0x80 { // 2.2 to 2.4; sizes have seven bits to the byte
				return 0
			}
			size += int(x) << (7 * (3 - i))
		}
		return size
	}
	if b, _ := r.Peek(id3v1 + 1); len(b) == id3v1 && beginsTag(b) {
		return id3v1
	}
	return 0
}

// beginsTag says whether a tag can begin so.
func beginsTag(b []byte) bool {
	return bytes.HasPrefix(b, []byte("ID3")) || bytes.HasPrefix(b, []byte("TAG"))
}
