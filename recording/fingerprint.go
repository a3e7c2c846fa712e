package recording

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/upright-media/upright/internal/files"
)

// fingerprintPart is what a fingerprint covers of a file's beginning and of its end, in bytes.
const fingerprintPart = 64 << 10

// buffers are what files are read through: a scan reads thousands of them, one after the other.
var buffers = sync.Pool{New: func() any { return new([copyBytes]byte) }}

const copyBytes = 32 << 10

// Fingerprint identifies a recording by its content: the SHA-256 of its size (8 bytes, big-endian), its first 64 KiB
// and its last 64 KiB, which is all of a small file. A copy, a new name and a touched time change nothing.
//
// These parts are enough to tell recordings apart. The header has the times of the recorder and of the first packet in
// µs. Every packet has the random SSRC and the media of its sender, and its arrival in ms, at the end of the file as at
// its beginning. Files that are the same in all of this and in size are copies. Of those without times (generation 0)
// the random RTP timestamps and the media remain. What a fingerprint does not see is a change in the middle that keeps
// the size: Janus writes no such file, and a damaged disk does not make another recording. All files that never got a
// packet have the same fingerprint: it says nothing about them.
//
// A file that is still written to has another fingerprint later.
func Fingerprint(path string) ([sha256.Size]byte, error) {
	src, info, err := OpenRegular(path)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("cannot use %s: %w", path, err)
	}
	defer src.Close()
	sum := sha256.New()
	size := info.Size()
	sum.Write(binary.BigEndian.AppendUint64(nil, uint64(size)))
	head := min(size, fingerprintPart)
	tail := max(head, size-fingerprintPart)
	buffer := buffers.Get().(*[copyBytes]byte)
	defer buffers.Put(buffer)
	for _, part := range []*io.SectionReader{io.NewSectionReader(src, 0, head),
		io.NewSectionReader(src, tail, size-tail)} {
		n, err := io.CopyBuffer(sum, part, buffer[:])
		if err != nil {
			return [sha256.Size]byte{}, fmt.Errorf("cannot read %s: %w", path, files.Reason(err))
		}
		if n < part.Size() {
			return [sha256.Size]byte{}, fmt.Errorf("cannot read %s: it was cut short while it was read", path)
		}
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}
