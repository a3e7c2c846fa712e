package media

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/upright-media/upright/internal/testagora"
)

// lookAll reads everything in a file of data, whatever it is, and fails if that does not end or does not fit.
func lookAll(t *testing.T, path string, data []byte) {
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Look(path)
	if err != nil {
		return
	}
	for _, track := range []*Track{f.Video, f.Audio} {
		if track == nil {
			continue
		}
		r, err := track.Open()
		if err != nil {
			t.Fatal(err)
		}
		n, last := 0, Frame{At: -1}
		for {
			fr, err := r.Next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatalf("frame %d of %d: %v", n, track.Frames, err)
				}
				break
			}
			if fr.Number != n || fr.Duration < 0 || len(fr.Data) > len(data)*3+8 {
				t.Fatalf("frame %d: %+v", n, fr)
			}
			last, n = fr, n+1
		}
		if n != track.Frames || n > len(data) {
			t.Fatalf("%d of %d frames, last at %v", n, track.Frames, last.At)
		}
		for _, k := range track.Keys {
			if k.Frame < 0 || k.Frame >= track.Frames {
				t.Fatalf("key %+v of %d frames", k, track.Frames)
			}
		}
		if n > 1 {
			if err := r.Seek(n / 2); err != nil {
				t.Fatal(err)
			}
			if fr, err := r.Next(); err != nil || fr.Number != n/2 {
				t.Fatalf("after a seek to %d: %d, %v", n/2, fr.Number, err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzMP4(f *testing.F) {
	f.Add(testagora.MP4Shown(f, testagora.Pictures(9), 67, testagora.Reordered(9)))
	codes := testagora.Pictures(4)
	f.Add(testagora.MP4(f, codes, 67))
	f.Add(testagora.Unfinished(codes))
	f.Add(testagora.Unfinished([][]byte{testagora.WithLengths(codes[0]), testagora.WithLengths(codes[1])}))
	path := filepath.Join(f.TempDir(), "a.mp4")
	f.Fuzz(func(t *testing.T, data []byte) { lookAll(t, path, data) })
}

func FuzzADTS(f *testing.F) {
	f.Add(append(testTag(20, 0x10), testagora.ADTS(3, 1)...))
	f.Add(testagora.ADTS(3, 1))
	f.Add(append(testagora.ADTS(2, 2), 0xFF, 0xF1))
	path := filepath.Join(f.TempDir(), "a.aac")
	f.Fuzz(func(t *testing.T, data []byte) { lookAll(t, path, data) })
}

func FuzzMP3(f *testing.F) {
	f.Add(append([]byte{0xFF, 0xFB, 0x90, 0xC0}, make([]byte, 413)...))
	path := filepath.Join(f.TempDir(), "a.mp3")
	f.Fuzz(func(t *testing.T, data []byte) { lookAll(t, path, data) })
}

func FuzzTS(f *testing.F) {
	f.Add(testagora.TSShown(f, testagora.Pictures(9), testagora.Reordered(9)))
	f.Add(testagora.TSHeard(f, testagora.Pictures(3), testagora.ADTS(9, 1), 0))
	f.Add(testagora.TS(f, testagora.Pictures(3)))
	path := filepath.Join(f.TempDir(), "a.ts")
	f.Fuzz(func(t *testing.T, data []byte) { lookAll(t, path, data) })
}

func FuzzWebM(f *testing.F) {
	f.Add([]byte("\x1aE\xdf\xa3\x84\x42\x82\x81w\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff\x16T\xaek\x8f\xae\x8d\xd7\x81\x01" +
		"\x83\x81\x01\x86\x85V_VP8\x1f\x43\xb6u\x8f\xe7\x81\x00\xa3\x8a\x81\x00\x00\x80\x10\x02\x00\x9d\x01\x2a"))
	path := filepath.Join(f.TempDir(), "a.webm")
	f.Fuzz(func(t *testing.T, data []byte) { lookAll(t, path, data) })
}
